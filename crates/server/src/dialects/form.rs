//! What of a chain's output is text, and what a message of the model's says beside it.

use serde_json::Value;
use windlass_core::{AiMessage, Content, Endpoint, Merge, Message, RunId, Val};

/// How the pieces of a chain's output become text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// Each piece is text or a message.
    Pieces,
    /// Each piece is an object, and its text is in this field.
    Field(String),
    /// Pieces are nothing before all are there.
    Whole,
}

impl Form {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        match (endpoint.merge(), text_field(endpoint)) {
            (Merge::Replace, _) => Form::Whole,
            (_, Some(field)) => Form::Field(field),
            (..) => Form::Pieces,
        }
    }
}

/// The only field for text of the objects that a chain gives.
fn text_field(endpoint: &Endpoint) -> Option<String> {
    if endpoint.output_key().is_some() {
        return None;
    }
    let properties = endpoint.output_schema().get("properties")?.as_object()?;
    let mut texts =
        properties.iter().filter(|(_, schema)| schema.get("type").is_some_and(|kind| kind == "string"));
    let (Some((name, _)), None) = (texts.next(), texts.next()) else { return None };
    Some(name.clone())
}

/// The text that an output is: itself, a message's, the only text field of an object, the only field of one whose fields
/// were not known; or its JSON.
pub(super) fn text(endpoint: &Endpoint, output: Val) -> String {
    match output {
        Val::Null => String::new(),
        Val::Text(text) => text,
        Val::Message(message) => message.content().to_text().into_owned(),
        Val::Dict(mut dict) | Val::AddDict(mut dict) => {
            let only = match endpoint.output_schema().get("properties") {
                Some(_) => text_field(endpoint),
                None => dict.keys().next().filter(|_| dict.len() == 1).cloned(),
            };
            match only.and_then(|key| dict.get_mut(&key)) {
                Some(Val::Text(text)) => std::mem::take(text),
                Some(Val::Message(message)) => message.content().to_text().into_owned(),
                _ => Value::from(Val::Dict(dict)).to_string(),
            }
        }
        other => Value::from(other).to_string(),
    }
}

/// What a model thought before it spoke, in the forms in which vendors tell it.
pub(super) fn reasoning(message: &AiMessage) -> String {
    let mut found = String::new();
    if let Content::Blocks(blocks) = &message.content {
        blocks.iter().for_each(|block| block_reasoning(block, &mut found));
    }
    if !message.additional_kwargs.is_absent()
        && let Some(Value::String(text)) = message.additional_kwargs.get("reasoning_content")
    {
        found.push_str(text);
    }
    found
}

fn block_reasoning(block: &Value, found: &mut String) {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    match block.get("type").and_then(Value::as_str) {
        Some("thinking") => found.push_str(&text(block, "thinking")),
        Some("reasoning") => {
            found.push_str(&text(block, "reasoning"));
            let summaries = block.get("summary").and_then(Value::as_array).into_iter().flatten();
            summaries.for_each(|summary| found.push_str(&text(summary, "text")));
        }
        _ => {}
    }
}

/// Why a model stopped, in OpenAI's words, if it says so.
pub(super) fn finish_reason(message: &AiMessage) -> Option<&'static str> {
    if message.response_metadata.is_absent() {
        return None;
    }
    let metadata = &message.response_metadata;
    let word = ["finish_reason", "stop_reason"].iter().find_map(|key| metadata.get(*key)?.as_str());
    let incomplete = || metadata.get("incomplete_details")?.get("reason")?.as_str();
    match word.or_else(incomplete)? {
        "length" | "max_tokens" | "max_output_tokens" | "model_context_window_exceeded" => Some("length"),
        "content_filter" | "refusal" => Some("content_filter"),
        "tool_calls" | "tool_use" | "function_call" => Some("tool_calls"),
        _ => Some("stop"),
    }
}

/// The id of a call of a tool, by its place among those of an answer: some services give none, but clients need one.
pub(super) fn call_id(id: Option<&str>, run: RunId, index: usize) -> String {
    id.filter(|id| !id.is_empty()).map_or_else(|| format!("call_{run}_{index}"), Into::into)
}

/// What a model said, if an output is that.
pub(super) fn model_message(output: &Val) -> Option<&AiMessage> {
    let Val::Message(message) = output else { return None };
    match &**message {
        Message::Ai(message) => Some(message),
        _ => None,
    }
}
