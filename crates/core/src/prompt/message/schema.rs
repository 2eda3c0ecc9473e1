//! The JSON Schema of what [`message_from`](super::message_from) reads.

use serde_json::{Value, json};

/// The JSON Schema of a conversation, in all forms that prompts and models take.
///
/// A message in LangChain's serialised form is taken like any other: it is data that names one of the message classes,
/// and nothing else is ever built from it.
///
/// ```
/// let schema = windlass_core::messages_schema();
/// assert_eq!(schema["type"], "array");
/// ```
pub fn messages_schema() -> Value {
    json!({
        "type": "array",
        "description": "Chat messages, the oldest first.",
        "items": {"anyOf": [
            {"type": "string", "description": "What a person says."},
            {
                "type": "array",
                "description": "A pair: who speaks, and what is said.",
                "prefixItems": [speakers(), content()],
                "minItems": 2,
                "maxItems": 2,
            },
            message("role", &speakers(), &json!({}), &[]),
            message("role", &json!({"const": "tool"}), &tool_fields(), &["tool_call_id"]),
            message("role", &json!({"const": "function"}), &json!({"name": {"type": "string"}}), &["name"]),
            message("type", &speakers(), &json!({"role": false}), &[]),
            message("type", &json!({"const": "tool"}), &tool_fields(), &["tool_call_id"]),
            message("type", &json!({"const": "function"}), &json!({"role": false, "name": {"type": "string"}}), &["name"]),
            serialised(&["HumanMessage", "AIMessage", "SystemMessage"], &json!({}), &[]),
            serialised(&["HumanMessageChunk", "AIMessageChunk", "SystemMessageChunk"], &json!({}), &[]),
            serialised(&["ToolMessage", "ToolMessageChunk"], &tool_fields(), &["tool_call_id"]),
            serialised(&["FunctionMessage", "FunctionMessageChunk"], &json!({"name": {"type": "string"}}), &["name"]),
        ]},
    })
}

fn speakers() -> Value {
    json!({"enum": ["system", "human", "user", "ai", "assistant", "developer"]})
}

fn content() -> Value {
    json!({
        "description": "Text, or a list of content blocks.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "object"]}}],
    })
}

fn tool_fields() -> Value {
    json!({
        "tool_call_id": {"type": "string"},
        "status": {"enum": ["success", "error", null]},
    })
}

/// An object that says who speaks under `word`, with fields of its own besides those all messages have.
fn message(word: &str, who: &Value, own: &Value, required: &[&str]) -> Value {
    let mut properties = common();
    if let (Some(properties), Some(own)) = (properties.as_object_mut(), own.as_object()) {
        properties.insert(word.into(), who.clone());
        properties.extend(own.clone());
        if word == "type" {
            properties.insert("role".into(), false.into());
        }
    }
    let required: Vec<_> = [word, "content"].into_iter().chain(required.iter().copied()).collect();
    json!({
        "type": "object",
        "description": "Who speaks, and what is said.",
        "properties": properties,
        "required": required,
        "not": {"properties": {"type": {"const": "constructor"}}, "required": ["lc", "type"]},
    })
}

/// A message as LangChain serialises it.
fn serialised(classes: &[&str], own: &Value, required: &[&str]) -> Value {
    let mut properties = common();
    if let (Some(properties), Some(own)) = (properties.as_object_mut(), own.as_object()) {
        properties.extend(own.clone());
        // These would say again who speaks, and say it louder than the class.
        properties.insert("role".into(), false.into());
        let kinds = classes.iter().filter_map(|class| super::CLASSES.iter().find(|(name, _)| name == class));
        let mut kinds: Vec<_> = kinds.map(|(_, kind)| *kind).collect();
        kinds.dedup();
        properties.insert("type".into(), json!({"enum": kinds}));
    }
    let required: Vec<_> = ["content"].into_iter().chain(required.iter().copied()).collect();
    json!({
        "type": "object",
        "description": "A message as LangChain serialises it.",
        "properties": {
            "lc": {"const": 1},
            "type": {"const": "constructor"},
            // The last part of the path is the name of the class.
            "id": {"type": "array", "minItems": 1, "items": {"type": "string"}, "contains": {"enum": classes}},
            "kwargs": {"type": "object", "properties": properties, "required": required},
        },
        "required": ["lc", "type", "id", "kwargs"],
    })
}

fn common() -> Value {
    let object = json!({"type": "object"});
    let content = json!({"anyOf": [content(), {"type": "null"}]});
    let text_or_null = json!({"type": ["string", "null"]});
    let call = json!({
        "type": "object",
        "anyOf": [
            {
                "properties": {"name": {"type": "string"}, "args": object, "id": text_or_null, "function": false},
                "required": ["name", "args", "id"],
            },
            {
                "properties": {
                    "id": text_or_null,
                    "function": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "arguments": {"type": ["object", "string"]}},
                        "required": ["name", "arguments"],
                    },
                },
                "required": ["id", "function"],
            },
        ],
    });
    json!({
        "content": content,
        "name": text_or_null,
        "id": {"type": ["string", "null"]},
        "additional_kwargs": object,
        "response_metadata": {"type": ["object", "null"]},
        "tool_calls": {"type": ["array", "null"], "items": call},
    })
}
