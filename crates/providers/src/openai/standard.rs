//! LangChain's standard blocks, which a model gives with `output_version: v1`, made of chat completions. Pure.

use crate::places::Places;
use serde_json::{Value, json};
use windlass_core::{AiMessage, Content, Part};

/// Gives an answer and its chunks in standard blocks.
#[derive(Debug, Default)]
pub(super) struct Standard {
    places: Places,
}

impl Standard {
    pub(super) fn give(&mut self, mut message: AiMessage) -> AiMessage {
        let is_piece = message.part == Part::Piece;
        let mut blocks = match std::mem::take(&mut message.content) {
            Content::Text(text) if text.is_empty() => Vec::new(),
            Content::Text(text) => vec![json!({"type": "text", "text": text})],
            Content::Blocks(blocks) => blocks,
        };
        if is_piece {
            blocks.extend(message.tool_call_chunks.iter().map(|piece| {
                json!({"type": "tool_call_chunk", "id": piece.id, "name": piece.name, "args": piece.args, "index": piece.index})
            }));
        } else {
            blocks.extend(message.tool_calls.iter().map(call));
        }
        message.content = Content::Blocks(blocks);
        if is_piece {
            self.places.give(&mut message.content);
        }
        if message.part != Part::Last {
            message.response_metadata.insert("output_version", json!("v1"));
        }
        message
    }
}

fn call(call: &windlass_core::ToolCall) -> Value {
    json!({"type": "tool_call", "id": call.id, "name": call.name, "args": call.args})
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::ToolCallChunk;

    #[track_caller]
    fn check(message: AiMessage, blocks: &Value) -> AiMessage {
        let given = Standard::default().give(message);
        let content = if let Content::Blocks(blocks) = &given.content {
            Value::from(blocks.clone())
        } else {
            Value::Null
        };
        assert_eq!(&content, blocks);
        given
    }

    #[test]
    fn texts_and_calls_are_blocks() {
        let given = check(AiMessage::text("a"), &json!([{"type": "text", "text": "a"}]));
        assert_eq!(given.response_metadata.get("output_version"), Some(&json!("v1")));
        check(AiMessage::default(), &json!([]));
        let last = check(AiMessage { part: Part::Last, ..AiMessage::default() }, &json!([]));
        assert_eq!(last.response_metadata.get("output_version"), None);
    }

    #[test]
    fn pieces_have_places() {
        let piece = ToolCallChunk {
            name: Some("f".into()),
            args: Some("{".into()),
            id: Some("c".into()),
            index: Some(2),
        };
        let message = AiMessage { part: Part::Piece, tool_call_chunks: vec![piece], ..AiMessage::text("a") };
        check(
            message,
            &json!([{"type": "text", "text": "a", "index": 0}, {"type": "tool_call_chunk", "id": "c", "name": "f", "args": "{", "index": 2}]),
        );
    }
}
