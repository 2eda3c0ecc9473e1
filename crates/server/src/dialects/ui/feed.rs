//! How a conversation feeds a chain, until the core says it.

use serde_json::{Value, json};
use windlass_core::{Endpoint, InputProblem, Message, Val};

pub(super) fn conversation(endpoint: &Endpoint) -> Result<String, String> {
    let properties = endpoint.input_schema()["properties"].as_object();
    match properties.map(|properties| properties.iter().collect::<Vec<_>>()).as_deref() {
        Some([(key, schema)]) if schema["type"] == "string" || schema["type"] == "array" => {
            Ok((*key).clone())
        }
        _ => Err("no conversation feeds this chain".into()),
    }
}

pub(super) fn accept_conversation(
    endpoint: &Endpoint,
    messages: Vec<Message>,
) -> Result<Val, Vec<InputProblem>> {
    let Ok(key) = conversation(endpoint) else { return Ok(Val::Null) };
    if endpoint.input_schema()["properties"][&key]["type"] == "array" {
        return endpoint.accept(json!({key: messages}));
    }
    let last = messages.into_iter().rev().find(|message| matches!(message, Message::Human(_)));
    let text = last.map(|message| message.content().to_text().into_owned()).unwrap_or_default();
    endpoint.accept(json!({key: Value::String(text)}))
}
