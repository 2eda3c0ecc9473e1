//! What comes back whole: answers as messages. Pure.

use super::wire;
use crate::{call::BadAnswer, python_json::is_truthy};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use windlass_core::{AiMessage, Content, Metadata, ModelErrorKind, ToolCall, Usage, Val, python};

pub(super) const PROVIDER: &str = "anthropic";

/// What Python takes away again where it is null.
const ONLY_IF_KNOWN: [&str; 3] = ["citations", "caller", "encrypted_content"];

/// A whole answer. `beta` says whether features in test were switched on.
pub(super) fn whole(body: &Bytes, beta: bool) -> Result<AiMessage, BadAnswer> {
    let answer = object(body)?;
    let refused = answer.contains_key("error");
    let mut about = wire::whole(answer, beta);
    let blocks = match about.shift_remove("content") {
        Some(Value::Array(blocks)) => blocks,
        content if refused => {
            let bad = no_blocks(content.as_ref());
            return Err(BadAnswer { kind: ModelErrorKind::Server, ..bad });
        }
        content => return Err(no_blocks(content.as_ref())),
    };
    about.retain(|name, _| !matches!(name.as_str(), "role" | "type"));
    let usage = usage(about.get("usage").unwrap_or(&Value::Null));
    let blocks: Vec<_> = blocks.into_iter().map(|block| without_nulls(block, &ONLY_IF_KNOWN)).collect();
    let tool_calls = calls(&blocks)?;
    Ok(AiMessage {
        content: content(blocks)?,
        tool_calls,
        usage: Some(usage),
        response_metadata: Metadata::deferred(move || metadata(about.clone())),
        ..AiMessage::default()
    })
}

/// The answer's object. Python's SDK gives what is no JSON as text, unless its type says that it is JSON.
fn object(body: &Bytes) -> Result<Map<String, Value>, BadAnswer> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(answer)) => Ok(answer),
        Ok(other) => Err(no_model(python::type_name(&Val::from(other)))),
        Err(error) => match body.trim_ascii().first() {
            None | Some(b'{' | b'[') => {
                let bad = BadAnswer::misread("the answer is not a message", &error);
                Err(BadAnswer { class: Some("JSONDecodeError"), ..bad })
            }
            Some(_) => Err(no_model("str")),
        },
    }
}

fn no_model(kind: &str) -> BadAnswer {
    raised("AttributeError", format!("'{kind}' object has no attribute 'model_dump'"))
}

/// An answer without a list of blocks.
fn no_blocks(content: Option<&Value>) -> BadAnswer {
    match content {
        Some(Value::String(_) | Value::Object(_)) => {
            raised("TypeError", "string indices must be integers, not 'str'")
        }
        content => {
            let kind = content.cloned().map_or("NoneType", |content| python::type_name(&Val::from(content)));
            raised("TypeError", format!("'{kind}' object is not iterable"))
        }
    }
}

/// What Python raises where an answer is not what it should be.
pub(super) fn raised(class: &'static str, words: impl Into<String>) -> BadAnswer {
    BadAnswer { class: Some(class), ..BadAnswer::nonsense(words) }
}

/// From an error in an answer that began well: Python shows the whole of it.
pub(super) fn told(body: Value) -> BadAnswer {
    BadAnswer { status: Some(200), ..BadAnswer::told(python::str(&Val::from(body))) }
}

/// What LangChain keeps of an answer beside what the model said.
fn metadata(mut about: Map<String, Value>) -> Map<String, Value> {
    let date = about.get_mut("container").and_then(|container| container.get_mut("expires_at"));
    if let Some(Value::String(date)) = date {
        *date = iso(date);
    }
    let model = about.get("model").cloned().unwrap_or_default();
    about.insert("model_name".into(), model);
    about.insert("model_provider".into(), PROVIDER.into());
    about
}

/// A time as Python's `isoformat` writes it.
fn iso(time: &str) -> String {
    match time.strip_suffix('Z').map(|time| time.split_once('.').unwrap_or((time, ""))) {
        Some((seconds, "")) => format!("{seconds}+00:00"),
        Some((seconds, part)) => format!("{seconds}.{part:0<6.6}+00:00"),
        None => time.into(),
    }
}

/// The block without these of its fields where they are null.
pub(super) fn without_nulls(mut block: Value, names: &[&str]) -> Value {
    if let Some(fields) = block.as_object_mut() {
        fields.retain(|name, value| !(value.is_null() && names.contains(&name.as_str())));
    }
    block
}

/// An answer of text is text; every other is its blocks.
fn content(blocks: Vec<Value>) -> Result<Content, BadAnswer> {
    match blocks.as_slice() {
        [block] if block["type"] == "text" && !block.get("citations").is_some_and(is_truthy) => {
            let text = block["text"].as_str();
            text.map(Content::from).ok_or_else(|| raised("ValidationError", "the answer's text is not text"))
        }
        _ => Ok(Content::Blocks(blocks)),
    }
}

fn calls(blocks: &[Value]) -> Result<Vec<ToolCall>, BadAnswer> {
    let call = |block: &Value| {
        let bad = || raised("ValidationError", "a tool has no name, or is called with what is not an object");
        let name = block["name"].as_str().ok_or_else(bad)?.into();
        let args = block["input"].as_object().cloned().ok_or_else(bad)?;
        Ok(ToolCall { name, args, id: block["id"].as_str().map(Into::into) })
    };
    blocks.iter().filter(|block| block["type"] == "tool_use").map(call).collect()
}

/// Tokens as LangChain counts them: those read from the cache and written to it went in, too.
pub(super) fn usage(counted: &Value) -> Usage {
    let count = |name: &str| counted.get(name).and_then(Value::as_u64);
    let by_time = |name: &str| {
        counted.get("cache_creation").and_then(|created| created.get(name)).filter(|count| !count.is_null())
    };
    let times = ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"];
    let counts = times.iter().filter_map(|name| by_time(name)?.as_u64());
    let written = counts.fold(0, u64::saturating_add);
    let (read, created) = (count("cache_read_input_tokens"), count("cache_creation_input_tokens"));
    let mut details = Map::new();
    details.extend(read.map(|count| ("cache_read".into(), count.into())));
    // What was written is not to be counted twice.
    let shown = if written > 0 { Some(0) } else { created };
    details.extend(shown.map(|count| ("cache_creation".into(), count.into())));
    details.extend(times.iter().filter_map(|name| Some(((*name).into(), by_time(name)?.clone()))));
    let written = if written > 0 { written } else { created.unwrap_or(0) };
    let input = count("input_tokens").unwrap_or(0).saturating_add(read.unwrap_or(0)).saturating_add(written);
    let output = count("output_tokens").unwrap_or(0);
    let thought = counted.get("output_tokens_details").and_then(|details| details.get("thinking_tokens"));
    let thought = thought.filter(|count| !count.is_null());
    Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input.saturating_add(output),
        input_token_details: Metadata::object(details),
        output_token_details: thought.map(|count| ("reasoning".into(), count.clone())).into_iter().collect(),
    }
}

/// The metadata of a chunk, with LangChain's word for where it came from.
pub(super) fn of_chunk(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Metadata {
    let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
    pairs.chain([("model_provider".to_owned(), json!(PROVIDER))]).collect()
}

#[cfg(test)]
mod tests;
