//! Messages as people write them: what is taken, and the JSON Schema that says the same.

use super::Role;
use crate::{Dict, Error, Message, Result, Val, message::LARGEST_COUNT};
use serde_json::{Value, json};

/// A message as people write one: a message, plain text (human), `["human", "text"]`, `{"role", "content"}`, or its stored form.
///
/// What of this is JSON is what [`messages_schema`] lets in, so that an accepted input does not fail later.
pub(crate) fn message_from(val: Val) -> Result<Message> {
    match val {
        Val::Message(message) => Ok(*message),
        Val::Text(text) => Ok(Message::human(text)),
        Val::List(pair) => match <[Val; 2]>::try_from(pair) {
            Ok([Val::Text(role), Val::Text(text)]) => Ok(Role::parse(&role)?.message(text)),
            _ => Err(Error::wrong_kind("a pair of role and text", "another list")),
        },
        Val::Dict(dict) | Val::AddDict(dict) => message_from_dict(dict),
        other => Err(Error::wrong_kind("a message", other.kind_name())),
    }
}

fn message_from_dict(dict: Dict) -> Result<Message> {
    if dict.contains_key("type") {
        // Serde's own words quote the conversation.
        return serde_json::from_value(Value::from(Val::Dict(dict)))
            .map_err(|_| Error::wrong_kind("a message", "an object with other fields"));
    }
    match (dict.get("role"), dict.get("content")) {
        (Some(Val::Text(role)), Some(Val::Text(content))) => Ok(Role::parse(role)?.message(content.clone())),
        _ => Err(Error::wrong_kind("a message with `type`, or with `role` and `content`", "another object")),
    }
}

/// The JSON Schema of a conversation, in all forms that prompts and models take.
///
/// ```
/// let schema = windlass_core::messages_schema();
/// assert_eq!(schema["type"], "array");
/// ```
pub fn messages_schema() -> Value {
    let role = json!({"enum": ["system", "human", "user", "ai", "assistant"]});
    json!({
        "type": "array",
        "description": "Chat messages, the oldest first.",
        "items": {"anyOf": [
            {"type": "string", "description": "What a person says."},
            {
                "type": "object",
                "description": "Who speaks, and what is said.",
                // With a `type` it is a stored message, and the role says nothing.
                "properties": {"role": role, "content": {"type": "string"}, "type": false},
                "required": ["role", "content"],
            },
            {
                "type": "array",
                "description": "A pair: who speaks, and what is said.",
                "prefixItems": [role, {"type": "string"}],
                "minItems": 2,
                "maxItems": 2,
            },
            stored("system", json!({"additional_kwargs": {"type": "object"}}), &[]),
            stored("human", json!({"additional_kwargs": {"type": "object"}}), &[]),
            stored("ai", ai_fields(), &[]),
            stored("tool", json!({"tool_call_id": {"type": "string"}, "status": text_or_null()}), &["tool_call_id"]),
            stored("function", json!({"name": {"type": "string"}}), &["name"]),
            stored("chat", json!({"role": {"type": "string"}}), &["role"]),
        ]},
    })
}

/// A message in its stored form: the fields all have, and those of its type.
fn stored(kind: &str, fields: Value, required: &[&str]) -> Value {
    let mut properties = json!({
        "type": {"const": kind},
        "content": {"type": ["string", "array"], "description": "Text, or a list of content blocks."},
        "name": text_or_null(),
        "id": text_or_null(),
    });
    if let (Some(properties), Value::Object(fields)) = (properties.as_object_mut(), fields) {
        properties.extend(fields);
    }
    let required: Vec<_> = ["type", "content"].iter().chain(required).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn ai_fields() -> Value {
    let (object, count) = (json!({"type": "object"}), count());
    let call = json!({"name": {"type": "string"}, "args": object, "id": text_or_null()});
    let place = json!({"type": ["integer", "null"], "minimum": 0, "maximum": LARGEST_COUNT});
    let piece = json!({"index": place, "id": text_or_null(), "name": text_or_null(), "args": text_or_null()});
    let invalid = json!({"name": text_or_null(), "args": text_or_null(), "id": text_or_null(), "error": text_or_null()});
    let usage = json!({
        "input_tokens": count, "output_tokens": count, "total_tokens": count,
        "input_token_details": object, "output_token_details": object,
    });
    json!({
        "additional_kwargs": object,
        "response_metadata": object,
        "tool_calls": list_of(&call, &["name", "args"]),
        "tool_call_chunks": list_of(&piece, &["index", "args"]),
        "invalid_tool_calls": list_of(&invalid, &[]),
        "usage_metadata": {
            "type": ["object", "null"],
            "properties": usage,
            "required": ["input_tokens", "output_tokens", "total_tokens"],
        },
    })
}

fn list_of(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "array", "items": {"type": "object", "properties": properties, "required": required}})
}

fn text_or_null() -> Value {
    json!({"type": ["string", "null"]})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": LARGEST_COUNT})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each goes both ways: through the schema that inputs are checked with, and into a message.
    #[track_caller]
    fn check(message: &Value, expect: bool) {
        let validator = jsonschema::draft202012::new(&messages_schema()).unwrap();
        let valid = validator.is_valid(&json!([message]));
        let read = message_from(Val::from(message.clone()));
        assert_eq!((valid, read.is_ok()), (expect, expect), "{message}: {read:?}");
    }

    #[test]
    fn the_schema_and_the_reader_take_the_same_simple_forms() {
        for role in ["system", "human", "user", "ai", "assistant"] {
            check(&json!({"role": role, "content": "x"}), true);
            check(&json!({"role": role, "content": "x", "name": 5}), true);
            check(&json!([role, "x"]), true);
        }
        check(&json!("x"), true);
        for bad in [
            json!(null),
            json!(5),
            json!({}),
            json!({"role": "tool", "content": "x"}),
            json!({"role": "human"}),
            json!({"content": "x"}),
            json!({"role": "human", "content": null}),
            json!({"role": "human", "content": [{"type": "text", "text": "x"}]}),
            json!({"role": "human", "content": "x", "type": null}),
            json!({"role": "human", "content": "x", "type": "user"}),
            json!([]),
            json!(["human"]),
            json!(["human", "x", "y"]),
            json!(["tool", "x"]),
            json!(["human", 5]),
        ] {
            check(&bad, false);
        }
    }

    #[test]
    fn the_schema_and_the_reader_take_the_same_stored_messages() {
        for kind in ["system", "human", "ai"] {
            check(&json!({"type": kind, "content": "x"}), true);
            check(&json!({"type": kind, "content": [{"type": "text", "text": "x"}, "y"]}), true);
            check(
                &json!({"type": kind, "content": "x", "role": 5, "more": {}, "id": null, "name": "n"}),
                true,
            );
            check(&json!({"type": kind, "content": "x", "additional_kwargs": {"a": 1}}), true);
            check(&json!({"type": kind, "content": "x", "additional_kwargs": null}), false);
            check(&json!({"type": kind, "content": "x", "id": 5}), false);
            check(&json!({"type": kind, "content": null}), false);
            check(&json!({"type": kind, "content": {"a": 1}}), false);
            check(&json!({"type": kind}), false);
        }
        check(&json!({"type": "tool", "content": "x", "tool_call_id": "1", "status": "error"}), true);
        check(&json!({"type": "tool", "content": "x", "tool_call_id": "1", "additional_kwargs": null}), true);
        check(&json!({"type": "tool", "content": "x"}), false);
        check(&json!({"type": "tool", "content": "x", "tool_call_id": 1}), false);
        check(&json!({"type": "function", "content": "x", "name": "f"}), true);
        check(&json!({"type": "function", "content": "x"}), false);
        check(&json!({"type": "function", "content": "x", "name": null}), false);
        check(&json!({"type": "chat", "content": "x", "role": "critic", "name": "n"}), true);
        check(&json!({"type": "chat", "content": "x"}), false);
        for kind in ["AIMessageChunk", "user", "assistant", "AI"] {
            check(&json!({"type": kind, "content": "x"}), false);
        }
    }

    #[test]
    fn the_schema_and_the_reader_take_the_same_answers_of_models() {
        let usage = |input: Value| json!({"input_tokens": input, "output_tokens": 2, "total_tokens": 3});
        let calls = json!([{"name": "f", "args": {"a": 1}, "id": "1", "type": "tool_call"}, {"name": "f", "args": {}}]);
        for (field, value, expect) in [
            ("tool_calls", calls, true),
            ("tool_calls", json!([{"name": "f"}]), false),
            ("tool_calls", json!([{"name": "f", "args": "{}"}]), false),
            ("tool_calls", json!(null), false),
            (
                "tool_call_chunks",
                json!([{"index": 0, "args": "{"}, {"index": 1.0, "args": "", "id": "1"}]),
                true,
            ),
            ("tool_call_chunks", json!([{"index": null, "args": null}]), true),
            ("tool_call_chunks", json!([{"index": 1.5, "args": ""}]), false),
            ("tool_call_chunks", json!([{"args": ""}]), false),
            ("invalid_tool_calls", json!([{}, {"args": "{", "error": null}]), true),
            ("invalid_tool_calls", json!([{"args": {}}]), false),
            ("usage_metadata", usage(json!(1)), true),
            ("usage_metadata", usage(json!(1.0)), true),
            ("usage_metadata", json!(null), true),
            ("usage_metadata", usage(json!(-1)), false),
            ("usage_metadata", usage(json!(1.5)), false),
            ("usage_metadata", usage(json!(1e300)), false),
            ("usage_metadata", usage(json!(u64::MAX)), false),
            ("usage_metadata", usage(json!("1")), false),
            ("usage_metadata", json!({}), false),
            ("response_metadata", json!({"a": 1}), true),
            ("response_metadata", json!([]), false),
        ] {
            check(&json!({"type": "ai", "content": "x", field: value}), expect);
        }
    }
}
