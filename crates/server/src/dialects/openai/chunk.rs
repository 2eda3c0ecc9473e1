//! The bytes of `chat.completion.chunk`: what all chunks of an answer share is made once.

use super::answer::{Answer, usage_object};
use crate::dialects::{frames::Frames, sse::Sse};
use bytes::BufMut;
use serde::Serialize;
use serde_json::json;
use windlass_core::Usage;

/// Writes the chunks of one answer.
#[derive(Debug)]
pub(super) struct Chunks {
    /// From `data:` up to the list of choices.
    head: String,
    /// The same up to the text of a chunk of nothing else.
    text_head: String,
    /// From the end of the choices.
    tail: &'static str,
    /// Whether the client wants token counts at the end.
    include_usage: bool,
}

const DELTA: &str = r#"[{"index":0,"delta":"#;
const NOT_FINISHED: &str = r#","logprobs":null,"finish_reason":null}]"#;

impl Chunks {
    pub(super) fn new(answer: &Answer, include_usage: bool) -> Self {
        let model = json!(answer.model);
        let head = format!(
            r#"data: {{"id":"{}","object":"chat.completion.chunk","created":{},"model":{model},"choices":"#,
            answer.id(),
            answer.created
        );
        let text_head = format!(r#"{head}{DELTA}{{"content":"#);
        let tail = if include_usage { ",\"usage\":null}\n\n" } else { "}\n\n" };
        Chunks { head, text_head, tail, include_usage }
    }

    /// The first chunk, which says who speaks.
    pub(super) fn role(&self, frames: &mut Frames) {
        self.delta(frames, &json!({"role": "assistant", "content": ""}));
    }

    /// A chunk of text.
    pub(super) fn text(&self, frames: &mut Frames, text: &str) {
        frames.bytes.put_slice(self.text_head.as_bytes());
        frames.json(text);
        frames.bytes.put_slice(b"}");
        frames.bytes.put_slice(NOT_FINISHED.as_bytes());
        self.end(frames);
    }

    /// A chunk of anything else.
    pub(super) fn delta(&self, frames: &mut Frames, delta: &impl Serialize) {
        self.head(frames, DELTA);
        frames.json(delta);
        frames.bytes.put_slice(NOT_FINISHED.as_bytes());
        self.end(frames);
    }

    /// The end: why the answer ends, token counts if the client wants them, and that nothing comes after.
    pub(super) fn finish(&self, frames: &mut Frames, reason: &str, usage: Option<&Usage>) {
        self.head(frames, DELTA);
        frames.bytes.put_slice(br#"{},"logprobs":null,"finish_reason":"#);
        frames.json(reason);
        frames.bytes.put_slice(b"}]");
        self.end(frames);
        if self.include_usage {
            self.head(frames, "[],\"usage\":");
            frames.json(&usage_object(usage));
            frames.bytes.put_slice(b"}\n\n");
            frames.end_event();
        }
        Sse::LF.text(frames, "[DONE]");
    }

    fn head(&self, frames: &mut Frames, next: &str) {
        frames.bytes.put_slice(self.head.as_bytes());
        frames.bytes.put_slice(next.as_bytes());
    }

    fn end(&self, frames: &mut Frames) {
        frames.bytes.put_slice(self.tail.as_bytes());
        frames.end_event();
    }
}
