//! The bytes of a stream as chunks of an answer. Pure.

use super::response::{self, error_text};
use crate::{
    call::{BadAnswer, Reader},
    sse::{Event, Limits, SseDecoder},
};
use bytes::Bytes;
use serde_json::Value;
use windlass_core::{AiMessage, AiMessageChunk};

/// What the service sends last.
const DONE: &str = "[DONE]";

/// Turns bytes into chunks, and knows whether the stream may end where it ends.
#[derive(Debug)]
pub(super) struct ChunkDecoder {
    events: SseDecoder,
    /// Whether any chunk came.
    begun: bool,
    /// Whether the reason why the answer ended came.
    finished: bool,
    /// Whether the stream's own end came.
    done: bool,
}

impl ChunkDecoder {
    pub(super) fn new() -> Self {
        ChunkDecoder {
            events: SseDecoder::new(Limits::default()),
            begun: false,
            finished: false,
            done: false,
        }
    }
}

impl Reader for ChunkDecoder {
    fn whole(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        response::whole(body)
    }

    fn push(&mut self, bytes: &[u8]) {
        self.events.push(bytes);
    }

    fn next_chunk(&mut self) -> Result<Option<AiMessageChunk>, BadAnswer> {
        while let Some(event) = self.events.next_event().filter(|_| !self.done) {
            let Event { name, data, .. } = event.map_err(|error| BadAnswer::nonsense(error.to_string()))?;
            match (name, data) {
                ("error", data) => return Err(told(data)),
                (_, "") => {}
                (_, data) if data.starts_with(DONE) => self.done = true,
                (_, data) => {
                    let (chunk, finished) = response::chunk(data)?;
                    self.begun = true;
                    self.finished |= finished;
                    return Ok(Some(chunk));
                }
            }
        }
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn end(&self) -> Result<(), BadAnswer> {
        match (self.begun, self.finished || self.done) {
            (true, true) => Ok(()),
            (true, false) => Err(BadAnswer::nonsense("the stream ended before the answer did")),
            (false, _) => Err(BadAnswer::nonsense("the stream held no chunk")),
        }
    }
}

/// From the data of an event called `error`.
fn told(data: &str) -> BadAnswer {
    let said = match serde_json::from_str::<Value>(data) {
        Ok(body) => error_text(body.get("error").unwrap_or(&body)),
        Err(_) => data.into(),
    };
    BadAnswer::told(said)
}

#[cfg(test)]
mod tests;
