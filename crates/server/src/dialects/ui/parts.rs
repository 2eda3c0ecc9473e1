//! The parts of a UI message stream: those that every `ai` from 5 on understands, because an unknown one ends the stream.

use crate::dialects::{frames::Frames, sse::Sse};
use bytes::BufMut;
use serde::Serialize;
use serde_json::{Map, Value};

/// A part.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum UiPart<'a> {
    Start {
        message_id: &'a str,
    },
    StartStep,
    TextStart {
        id: &'a str,
    },
    TextEnd {
        id: &'a str,
    },
    ReasoningStart {
        id: &'a str,
    },
    ReasoningEnd {
        id: &'a str,
    },
    ToolInputStart {
        tool_call_id: &'a str,
        tool_name: &'a str,
    },
    ToolInputAvailable {
        tool_call_id: &'a str,
        tool_name: &'a str,
        input: &'a Map<String, Value>,
    },
    ToolInputError {
        tool_call_id: &'a str,
        tool_name: &'a str,
        input: &'a str,
        error_text: &'a str,
    },
    FinishStep,
    Finish {
        /// Left out where it is `stop`: the first `ai` 5 know no such field, and take it for an error.
        #[serde(skip_serializing_if = "Option::is_none")]
        finish_reason: Option<&'a str>,
        message_metadata: Value,
    },
    Error {
        error_text: &'a str,
    },
}

impl UiPart<'_> {
    pub(super) fn write(&self, frames: &mut Frames) {
        Sse::LF.data(frames, None, self);
    }
}

/// What streams in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Text,
    Reasoning,
}

impl Flow {
    fn name(self) -> &'static str {
        match self {
            Flow::Text => "text",
            Flow::Reasoning => "reasoning",
        }
    }
}

/// A text or a reasoning that has begun and not ended.
#[derive(Debug)]
struct OpenFlow {
    flow: Flow,
    id: String,
    /// The event of a piece, up to the piece.
    before: String,
}

/// Writes the texts and reasonings of a message, each begun before its first piece and ended after its last.
#[derive(Debug, Default)]
pub(super) struct Flows {
    open: Option<OpenFlow>,
    count: usize,
}

impl Flows {
    /// The next piece of a text or a reasoning.
    pub(super) fn piece(&mut self, frames: &mut Frames, flow: Flow, piece: &str) {
        if self.open.as_ref().is_none_or(|open| open.flow != flow) {
            self.begin(frames, flow);
        }
        let Some(open) = &self.open else { return };
        let start = frames.len();
        frames.bytes.put_slice(open.before.as_bytes());
        if !frames.json(piece) {
            frames.bytes.truncate(start);
            return;
        }
        frames.bytes.put_slice(b"}\n\n");
        frames.end_event();
    }

    fn begin(&mut self, frames: &mut Frames, flow: Flow) {
        self.end(frames);
        self.count += 1;
        let name = flow.name();
        let id = format!("{name}-{}", self.count);
        let part = match flow {
            Flow::Text => UiPart::TextStart { id: &id },
            Flow::Reasoning => UiPart::ReasoningStart { id: &id },
        };
        part.write(frames);
        let before = format!("data: {{\"type\":\"{name}-delta\",\"id\":\"{id}\",\"delta\":");
        self.open = Some(OpenFlow { flow, id, before });
    }

    /// Ends what is open.
    pub(super) fn end(&mut self, frames: &mut Frames) {
        let Some(OpenFlow { flow, id, .. }) = self.open.take() else { return };
        let part = match flow {
            Flow::Text => UiPart::TextEnd { id: &id },
            Flow::Reasoning => UiPart::ReasoningEnd { id: &id },
        };
        part.write(frames);
    }
}
