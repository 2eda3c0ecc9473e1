//! What LangChain does with standard blocks when the last piece of a message is there: calls in pieces become calls.

use super::{AiMessage, Content, Part};
use crate::python::loads;
use serde_json::{Map, Value, json};

/// Makes whole calls of the pieces in a message's standard blocks, if all of it is there.
pub(super) fn finish(message: &mut AiMessage) {
    if message.part != Part::Last || !has_pieces(&message.content) {
        return;
    }
    if message.response_metadata.get("output_version").is_none_or(|version| version != "v1") {
        return;
    }
    let (calls, _) = message.calls_so_far();
    let Content::Blocks(blocks) = &mut message.content else { return };
    for block in blocks.iter_mut().filter_map(Value::as_object_mut) {
        match block.get("type").and_then(Value::as_str) {
            Some("tool_call_chunk") => {
                let id = block.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
                // Of calls with one id the last counts.
                let call = calls.iter().rfind(|call| id.is_some() && call.id.as_deref() == id);
                if let Some(call) = call {
                    let extras = block.shift_remove("extras");
                    block.clear();
                    block.extend([
                        ("type".to_owned(), "tool_call".into()),
                        ("name".to_owned(), call.name.as_str().into()),
                        ("args".to_owned(), call.args.clone().into()),
                        ("id".to_owned(), json!(call.id)),
                    ]);
                    block.extend(extras.map(|extras| ("extras".to_owned(), extras)));
                }
            }
            Some("server_tool_call" | "server_tool_call_chunk") => finish_server_call(block),
            _ => {}
        }
    }
}

fn has_pieces(content: &Content) -> bool {
    let is_piece = |block: &Value| {
        let kind = block.get("type").and_then(Value::as_str);
        matches!(kind, Some("tool_call_chunk" | "server_tool_call_chunk" | "server_tool_call"))
    };
    matches!(content, Content::Blocks(blocks) if blocks.iter().any(is_piece))
}

/// A call that the service made itself: its arguments' text is read, if it is an object's.
fn finish_server_call(block: &mut Map<String, Value>) {
    let args = match block.get("args") {
        Some(Value::String(args)) if !args.is_empty() => loads(args).ok(),
        Some(Value::Object(args)) if !args.is_empty() => None,
        _ => Some(json!({})),
    };
    if let Some(args @ Value::Object(_)) = args {
        block.insert("type".into(), "server_tool_call".into());
        block.insert("args".into(), args);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chunk, ToolCallChunk};

    fn piece(blocks: Value, part: Part) -> AiMessage {
        AiMessage {
            content: serde_json::from_value(blocks).unwrap(),
            response_metadata: [("output_version".to_owned(), "v1".into())].into_iter().collect(),
            part,
            ..AiMessage::default()
        }
    }

    #[test]
    fn calls_are_whole_when_the_last_piece_is_there() {
        let part = Part::Piece;
        let call = json!({"type": "tool_call_chunk", "id": "a", "name": "f", "args": "{\"b\": 1}", "index": 0, "extras": {"c": 2}});
        let server =
            json!({"type": "server_tool_call_chunk", "id": "s", "name": "g", "args": "", "index": 1});
        let mut whole = piece(json!([call, server]), part);
        let chunk = ToolCallChunk {
            index: Some(0),
            id: Some("a".into()),
            name: Some("f".into()),
            args: Some("{\"b\": 1}".into()),
        };
        whole.tool_call_chunks.push(chunk);
        whole.merge(piece(
            json!([{"type": "server_tool_call_chunk", "args": "{\"q\": 3}", "index": 1}]),
            part,
        ));
        assert_eq!(json!(whole.content)[0], call);
        whole.merge(piece(json!([]), Part::Last));
        let expect = json!([
            {"type": "tool_call", "name": "f", "args": {"b": 1}, "id": "a", "extras": {"c": 2}},
            {"type": "server_tool_call", "id": "s", "name": "g", "args": {"q": 3}, "index": 1},
        ]);
        assert_eq!(json!(whole.content), expect);
    }
}
