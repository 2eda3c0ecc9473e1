//! How a stream's parts look on the wire: NDJSON lines, or SSE events that carry the same objects.

use crate::{dialects::frames::Frames, error::ApiError};
use bytes::BufMut;
use serde::Serialize;
use serde_json::{Value, json};
use windlass_core::{EventKind, RunEvent, RunId, Usage, Val};

/// The framing that a client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Ndjson,
    Sse,
}

impl Framing {
    fn object(self, frames: &mut Frames, key: &str, value: &impl Serialize) {
        let (start, end): (&[u8], &[u8]) = match self {
            Framing::Ndjson => (b"{\"", b"}\n"),
            Framing::Sse => (b"data: {\"", b"}\n\n"),
        };
        let before = frames.len();
        frames.bytes.put_slice(start);
        frames.bytes.put_slice(key.as_bytes());
        frames.bytes.put_slice(b"\":");
        if !frames.json(value) {
            frames.bytes.truncate(before);
            return;
        }
        frames.bytes.put_slice(end);
    }

    /// A piece of the output.
    pub(super) fn chunk(self, frames: &mut Frames, piece: &Val) {
        self.object(frames, "chunk", piece);
    }

    /// Something a step said.
    pub(super) fn event(self, frames: &mut Frames, event: &RunEvent) {
        self.object(frames, "event", &event_object(event));
    }

    /// The good end; `output` if the client asked for the whole.
    pub(super) fn end(self, frames: &mut Frames, run: RunId, usage: Option<&Usage>, output: Option<Value>) {
        let mut end = json!({"run_id": run});
        if let Some(usage) = usage {
            end["usage"] = json!(usage);
        }
        if let Some(output) = output {
            end["output"] = output;
        }
        self.object(frames, "end", &end);
    }

    /// The bad end.
    pub(super) fn error(self, frames: &mut Frames, run: RunId, error: &ApiError) {
        self.object(frames, "error", &error.object(run));
    }

    /// A sign of life.
    pub(super) fn keep_alive(self, frames: &mut Frames) {
        frames.bytes.put_slice(match self {
            Framing::Ndjson => b"\n",
            Framing::Sse => b": keep-alive\n\n",
        });
    }
}

/// A step's event: `{"type": "start" | "chunk" | "end" | "error" | "custom", "run_id", "parent_id", ...}`.
fn event_object(event: &RunEvent) -> Value {
    let mut object = json!({"run_id": event.run});
    if let Some(parent) = event.parent {
        object["parent_id"] = json!(parent);
    }
    let (kind, fields) = match &event.kind {
        EventKind::Start(start) => {
            let config = &start.config;
            let tag = start.tag.iter();
            let tags: Vec<_> = config.tags.iter().chain(tag).collect();
            (
                "start",
                json!({"name": start.name, "tags": tags, "metadata": config.metadata, "input": start.input}),
            )
        }
        EventKind::Chunk(piece) => ("chunk", json!({"chunk": piece})),
        EventKind::End { output, .. } => ("end", json!({"output": output})),
        EventKind::Error(_) => ("error", json!({})),
        EventKind::Custom { name, data } => ("custom", json!({"name": &**name, "data": data})),
        EventKind::Usage(usage) => ("usage", json!({"usage": usage})),
        EventKind::Upstream(_) => ("upstream", json!({})),
    };
    object["type"] = kind.into();
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
        object.extend(fields);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::frames::Writes;

    #[test]
    fn a_frame_is_one_line_or_one_event() {
        let mut frames = Frames::new(Writes::Joined);
        Framing::Ndjson.chunk(&mut frames, &Val::from("a\n\"b\""));
        Framing::Sse.chunk(&mut frames, &Val::from("c\r\nd"));
        assert_eq!(
            frames.take().unwrap(),
            &b"{\"chunk\":\"a\\n\\\"b\\\"\"}\ndata: {\"chunk\":\"c\\r\\nd\"}\n\n"[..]
        );
    }
}
