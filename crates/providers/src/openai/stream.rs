//! The bytes of a stream as chunks of an answer. Pure.

use super::{
    bad_answer::{self, raised},
    response::{self, Expected},
    structured::Structured,
};
use crate::{
    call::{BadAnswer, NO_CHUNKS, Reader},
    sse::{Event, Limits, SseDecoder},
};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::collections::VecDeque;
use windlass_core::{AiMessage, AiMessageChunk, Part};

/// What the service sends last.
const DONE: &str = "[DONE]";

/// Reads the answer of a chat completion.
#[derive(Debug)]
pub(super) struct ChunkDecoder {
    events: SseDecoder,
    expected: Expected,
    /// What is known of the answer so far, where it was asked for in a given form.
    structured: Option<Structured>,
    /// Chunks that are ready.
    ready: VecDeque<AiMessageChunk>,
    /// Whether any chunk came.
    begun: bool,
    /// Whether the reason why the answer ended came.
    finished: bool,
    /// Whether the stream's own end came.
    done: bool,
    /// Why the answer cannot end as it does.
    bad_end: Option<BadAnswer>,
}

impl ChunkDecoder {
    pub(super) fn new(expected: Expected) -> Self {
        ChunkDecoder {
            events: SseDecoder::new(Limits::default()),
            structured: expected.structured.then(Structured::default),
            expected,
            ready: VecDeque::new(),
            begun: false,
            finished: false,
            done: false,
            bad_end: None,
        }
    }
}

impl Reader for ChunkDecoder {
    fn whole(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        response::whole(body, &self.expected)
    }

    fn plain(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        let is_object = serde_json::from_slice::<Map<String, Value>>(body).is_ok();
        if is_object { self.whole(body) } else { Err(bad_answer::plain(body)) }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.events.push(bytes);
    }

    fn next_chunk(&mut self) -> Result<Option<AiMessageChunk>, BadAnswer> {
        if let Some(chunk) = self.ready.pop_front() {
            return Ok(Some(chunk));
        }
        while let Some(event) = self.events.next_event().filter(|_| !self.done) {
            let Event { data, .. } = event.map_err(|error| BadAnswer::nonsense(error.to_string()))?;
            let chunk = match (data, &mut self.structured) {
                ("", _) => None,
                (data, _) if data.starts_with(DONE) => {
                    self.done = true;
                    None
                }
                (data, None) => response::chunk(data, &self.expected)?,
                (data, Some(structured)) => {
                    let (chunk, more) = structured.read(data, &self.expected)?;
                    self.ready.extend((0..more).map(|_| response::empty(&self.expected)));
                    chunk.or_else(|| self.ready.pop_front())
                }
            };
            if let Some(chunk) = chunk {
                self.begun = true;
                self.finished |= chunk.response_metadata.contains_key("finish_reason");
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn finish(&mut self) {
        if !self.begun {
            return;
        }
        if !self.finished && !self.done {
            self.bad_end = Some(bad_answer::cut_off());
            return;
        }
        match self.structured.take().map(|structured| structured.finish(&self.expected)) {
            Some(Ok(chunk)) => self.ready.push_back(chunk),
            Some(Err(bad)) => {
                self.bad_end = Some(bad);
                return;
            }
            None => {}
        }
        self.ready.push_back(AiMessage { part: Part::Last, ..response::empty(&self.expected) });
    }

    fn end(&self) -> Result<(), BadAnswer> {
        match (&self.bad_end, self.begun) {
            (Some(bad), _) => Err(bad.clone()),
            (None, true) => Ok(()),
            (None, false) => Err(raised("ValueError", NO_CHUNKS)),
        }
    }
}

#[cfg(test)]
mod tests;
