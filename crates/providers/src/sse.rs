//! Reads server-sent events from bytes as they come; a stream that waits for the next event holds no buffer.
//!
//! It follows the WHATWG rules byte by byte, with two decisions of its own: an event that is not UTF-8 is an error (a
//! model's words are not to be shown with holes in them), and an event has a greatest size.
//!
//! ```
//! use windlass_providers::sse::{Limits, SseDecoder};
//!
//! let mut decoder = SseDecoder::new(Limits::default());
//! decoder.push(b"data: {\"te");
//! assert!(decoder.next_event().is_none());
//! decoder.push(b"xt\": 1}\n\n");
//! assert_eq!(decoder.next_event().unwrap().unwrap().data, r#"{"text": 1}"#);
//! ```

use memchr::{memchr, memchr2};
use std::{ops::Range, time::Duration};

/// The greatest size of one event, in bytes, unless told otherwise.
pub const MAX_EVENT: usize = 1 << 20;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a decoder accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The greatest size of one event as it is sent, field names and line ends included, in bytes.
    pub event: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { event: MAX_EVENT }
    }
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event's type; `message` where the stream names none.
    pub name: &'a str,
    /// The data, its lines joined with a line feed.
    pub data: &'a str,
    /// The last id the stream gave, with this event or before it; empty if it gave none.
    pub id: &'a str,
}

/// Why a stream cannot be read on. A decoder that gave an error gives nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// An event is larger than the limit.
    #[error("an event is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// An event holds bytes that are not UTF-8.
    #[error("an event is not UTF-8")]
    NotUtf8,
}

/// Turns bytes into events: [`push`](SseDecoder::push) what came, then take
/// [`next_event`](SseDecoder::next_event) until there is none.
///
/// What is not finished by a blank line when the stream ends is no event, as the standard says.
#[derive(Debug)]
pub struct SseDecoder {
    limits: Limits,
    buffer: Vec<u8>,
    /// Where the unfinished event begins.
    start: usize,
    /// Where the unfinished line begins.
    line: usize,
    /// Up to where the unfinished line was searched for its end.
    searched: usize,
    /// Where the event's data is; lines are joined in place, which always fits.
    data: Option<Range<usize>>,
    name: String,
    id: String,
    retry: Option<Duration>,
    /// The line before ended in a carriage return, whose line feed may follow.
    after_cr: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was read; a byte order mark may come.
    Start,
    /// In the middle of the stream.
    Lines,
    /// The event in `data` was handed out.
    HandedOut,
    /// An error was handed out.
    Failed,
}

impl SseDecoder {
    /// A decoder for one stream. It holds no memory before the first bytes come.
    pub fn new(limits: Limits) -> Self {
        SseDecoder {
            limits,
            buffer: Vec::new(),
            start: 0,
            line: 0,
            searched: 0,
            data: None,
            name: String::new(),
            id: String::new(),
            retry: None,
            after_cr: false,
            stage: Stage::Start,
        }
    }

    /// Adds the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.stage == Stage::Failed {
            return;
        }
        self.forget_handed_out();
        self.forget_read();
        self.buffer.extend_from_slice(bytes);
    }

    /// The next event, if one is complete.
    pub fn next_event(&mut self) -> Option<Result<Event<'_>, SseError>> {
        match self.advance() {
            Ok(None) => {
                self.release();
                None
            }
            Ok(Some(data)) => match std::str::from_utf8(&self.buffer[data]) {
                Ok(data) => {
                    let name = if self.name.is_empty() { "message" } else { &self.name };
                    Some(Ok(Event { name, data, id: &self.id }))
                }
                Err(_) => {
                    self.stage = Stage::Failed;
                    Some(Err(SseError::NotUtf8))
                }
            },
            Err(error) => {
                self.stage = Stage::Failed;
                Some(Err(error))
            }
        }
    }

    /// How long the stream asked clients to wait before they connect again.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Reads lines up to the end of an event; says where its data is.
    fn advance(&mut self) -> Result<Option<Range<usize>>, SseError> {
        self.forget_handed_out();
        if self.stage == Stage::Failed || !self.skip_bom() {
            return Ok(None);
        }
        while let Some(line) = self.next_line()? {
            if !line.is_empty() {
                self.field(line)?;
                continue;
            }
            self.start = self.line;
            match &self.data {
                Some(data) => {
                    self.stage = Stage::HandedOut;
                    return Ok(Some(data.clone()));
                }
                None => self.name.clear(),
            }
        }
        Ok(None)
    }

    fn forget_handed_out(&mut self) {
        if self.stage == Stage::HandedOut {
            self.stage = Stage::Lines;
            self.data = None;
            self.name.clear();
        }
    }

    /// Frees the part of the buffer that no event needs any more.
    fn forget_read(&mut self) {
        let read = self.start;
        if read == 0 {
            return;
        }
        self.buffer.drain(..read);
        self.start = 0;
        self.line -= read;
        self.searched -= read;
        if let Some(data) = &mut self.data {
            *data = data.start - read..data.end - read;
        }
    }

    /// Gives back a buffer of which nothing is needed: of many streams, most wait for the next event.
    fn release(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer = Vec::new();
            (self.start, self.line, self.searched) = (0, 0, 0);
        }
    }

    /// Whether lines can be read: false while the stream may still begin with a byte order mark.
    fn skip_bom(&mut self) -> bool {
        if self.stage == Stage::Start {
            if self.buffer.len() < BOM.len() && BOM.starts_with(&self.buffer) {
                return false;
            }
            self.stage = Stage::Lines;
            if self.buffer.starts_with(BOM) {
                (self.start, self.line, self.searched) = (BOM.len(), BOM.len(), BOM.len());
            }
        }
        true
    }

    /// The next line without its end, which is LF, CR or CRLF. A CR ends it at once: the LF may never come.
    fn next_line(&mut self) -> Result<Option<Range<usize>>, SseError> {
        if self.after_cr {
            match self.buffer.get(self.line) {
                None => return Ok(None),
                Some(b'\n') => self.skip_line_feed(),
                Some(_) => {}
            }
            self.after_cr = false;
        }
        let found = memchr2(b'\n', b'\r', &self.buffer[self.searched..]);
        let end = found.map_or(self.buffer.len(), |at| self.searched + at);
        self.searched = end;
        if end > self.line && end - self.start > self.limits.event {
            return Err(SseError::TooLarge { limit: self.limits.event });
        }
        if found.is_none() {
            return Ok(None);
        }
        let line = self.line..end;
        self.after_cr = self.buffer[end] == b'\r';
        (self.line, self.searched) = (end + 1, end + 1);
        Ok(Some(line))
    }

    fn skip_line_feed(&mut self) {
        if self.start == self.line {
            self.start += 1;
        }
        self.line += 1;
        self.searched = self.line;
    }

    /// Takes in one line that is not blank.
    fn field(&mut self, line: Range<usize>) -> Result<(), SseError> {
        let text = &self.buffer[line.clone()];
        let colon = memchr(b':', text).unwrap_or(text.len());
        let value = text.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &text[..colon] {
            b"data" => {
                let value = line.end - value.len()..line.end;
                self.add_data(value);
            }
            b"event" => set(&mut self.name, value)?,
            b"id" if memchr(0, value).is_none() => set(&mut self.id, value)?,
            b"retry" => self.retry = milliseconds(value).or(self.retry),
            _ => {}
        }
        if self.data.is_none() {
            self.start = self.line;
        }
        Ok(())
    }

    /// Joins a line of data to those before it, over the line end and the field name between them.
    fn add_data(&mut self, value: Range<usize>) {
        let Some(data) = &mut self.data else {
            self.data = Some(value);
            return;
        };
        self.buffer[data.end] = b'\n';
        let (to, length) = (data.end + 1, value.len());
        self.buffer.copy_within(value, to);
        data.end = to + length;
    }
}

fn set(text: &mut String, value: &[u8]) -> Result<(), SseError> {
    text.clear();
    text.push_str(std::str::from_utf8(value).map_err(|_| SseError::NotUtf8)?);
    Ok(())
}

fn milliseconds(value: &[u8]) -> Option<Duration> {
    let digits = value.iter().all(u8::is_ascii_digit).then_some(value)?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests;
