//! The bytes of a stream on their way out: joined, or every event as a write of its own.

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memchr2_iter;
use serde::Serialize;
use std::collections::VecDeque;

/// How what is ready at one moment leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// In one write.
    Joined,
    /// Every event in a write of its own, because clients read no more than one from each.
    Separate,
}

/// Bytes that wait to be written.
#[derive(Debug)]
pub(crate) struct Frames {
    pub(crate) bytes: BytesMut,
    /// The lengths of the events in `bytes`, if each is a write of its own.
    events: Option<VecDeque<usize>>,
}

impl Frames {
    pub(crate) fn new(writes: Writes) -> Self {
        let events = (writes == Writes::Separate).then(VecDeque::new);
        Frames { bytes: BytesMut::new(), events }
    }

    pub(crate) fn writes(&self) -> Writes {
        if self.events.is_some() { Writes::Separate } else { Writes::Joined }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// An event ends here.
    pub(crate) fn end_event(&mut self) {
        let Some(events) = &mut self.events else { return };
        let before: usize = events.iter().sum();
        if self.bytes.len() > before {
            events.push_back(self.bytes.len() - before);
        }
    }

    /// The bytes of the next write.
    pub(crate) fn take(&mut self) -> Option<Bytes> {
        let length = match &mut self.events {
            Some(events) => events.pop_front().unwrap_or(self.bytes.len()),
            None => self.bytes.len(),
        };
        (length > 0).then(|| self.bytes.split_to(length).freeze())
    }

    /// Writes a value as JSON on one line, whatever a reader takes for the end of a line. Gives whether it could be written.
    pub(crate) fn json(&mut self, value: &(impl Serialize + ?Sized)) -> bool {
        let start = self.bytes.len();
        if serde_json::to_writer((&mut self.bytes).writer(), value).is_err() {
            self.bytes.truncate(start);
            return false;
        }
        self.escape_line_ends(start);
        true
    }

    /// U+0085, U+2028 and U+2029 end lines for some readers of SSE. In JSON they stand in texts only, where they can be escaped.
    fn escape_line_ends(&mut self, start: usize) {
        if memchr2_iter(0xC2, 0xE2, &self.bytes[start..]).next().is_none() {
            return;
        }
        let written = self.bytes.split_off(start);
        let mut rest = &written[..];
        while let Some((at, length, escaped)) = next_line_end(rest) {
            self.bytes.put_slice(&rest[..at]);
            self.bytes.put_slice(escaped);
            rest = &rest[at + length..];
        }
        self.bytes.put_slice(rest);
    }
}

/// Where the first of them is, how long, and how it is written.
fn next_line_end(bytes: &[u8]) -> Option<(usize, usize, &'static [u8])> {
    memchr2_iter(0xC2, 0xE2, bytes).find_map(|at| match &bytes[at..] {
        [0xC2, 0x85, ..] => Some((at, 2, &b"\\u0085"[..])),
        [0xE2, 0x80, 0xA8, ..] => Some((at, 3, &b"\\u2028"[..])),
        [0xE2, 0x80, 0xA9, ..] => Some((at, 3, &b"\\u2029"[..])),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_on_one_line_for_every_reader() {
        let mut frames = Frames::new(Writes::Joined);
        frames.bytes.put_slice("data: \u{2028}".as_bytes());
        assert!(frames.json("a\u{85}b\u{2028}\u{2029}é–\n"));
        let text = "data: \u{2028}\"a\\u0085b\\u2028\\u2029é–\\n\"";
        assert_eq!(frames.take().unwrap(), text.as_bytes());
    }

    #[test]
    fn events_leave_one_by_one_where_each_is_a_write() {
        let fill = |writes| {
            let mut frames = Frames::new(writes);
            for text in ["one", "two"] {
                frames.bytes.put_slice(text.as_bytes());
                frames.end_event();
                frames.end_event();
            }
            std::iter::from_fn(|| frames.take()).collect::<Vec<_>>()
        };
        assert_eq!(fill(Writes::Joined), ["onetwo"]);
        assert_eq!(fill(Writes::Separate), ["one", "two"]);
    }
}
