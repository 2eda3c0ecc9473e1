//! Content blocks as the API takes them: LangChain's and OpenAI's kinds are converted, empty ones dropped. Pure.

use super::media;
use crate::{call::BadRequest, python_json::is_truthy};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use windlass_core::{AiMessage, ToolCall, Val, python};

/// An object of JSON.
pub(super) type Fields = Map<String, Value>;

const TOOL_RESULT_FIELDS: &[&str] =
    &["type", "content", "tool_use_id", "is_error", "cache_control", "retrieved_at"];
const REFERENCE_FIELDS: &[&str] = &["type", "content", "tool_use_id", "cache_control"];

/// The blocks on their way out. `ai` is the message they stand in, if the model said it.
pub(super) fn formatted(blocks: &[Value], ai: Option<&AiMessage>) -> Result<Vec<Value>, BadRequest> {
    let mut out = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block {
            Value::String(text) => out.push(text_block(text)),
            Value::Object(fields) => add(fields, ai, &mut out)?,
            other => return Err(no_block(other)),
        }
    }
    Ok(out)
}

fn no_block(value: &Value) -> BadRequest {
    let class = python::class_of(&Val::from(value.clone()));
    BadRequest::value(format!("Content blocks must be str or dict, instead was: {class}"))
}

/// A block of text.
pub(super) fn text_block(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn add(block: &Fields, ai: Option<&AiMessage>, out: &mut Vec<Value>) -> Result<(), BadRequest> {
    let Some(kind) = block.get("type") else {
        return Err(BadRequest::value("Dict content block must have a type key"));
    };
    let kept = match kind.as_str().unwrap_or_default() {
        "reasoning" | "function_call" if !said_by_anthropic(ai) => return Ok(()),
        "image_url" => json!({"type": "image", "source": media::image_of_url(block)?}),
        _ if media::is_media(block) => media::formatted(block)?,
        "tool_use" => return tool_use(block, ai, out),
        "server_tool_use" | "mcp_tool_use" => server_tool_use(block)?,
        "text" => {
            if has_text(block)? {
                out.push(text_fields(block));
            }
            return Ok(());
        }
        "thinking" => thinking(block),
        "redacted_thinking" => keep(block, &["type", "cache_control", "data"]),
        "tool_result" if has_references(block) => result(block, REFERENCE_FIELDS),
        "tool_search_tool_result" => result(block, REFERENCE_FIELDS),
        "tool_result" => tool_result(block)?,
        "code_execution_tool_result"
        | "bash_code_execution_tool_result"
        | "text_editor_code_execution_tool_result"
        | "mcp_tool_result"
        | "web_search_tool_result"
        | "web_fetch_tool_result" => result(block, TOOL_RESULT_FIELDS),
        "advisor_tool_result" => {
            Value::Object(block.iter().filter(|(key, _)| *key != "index").map(own).collect())
        }
        _ => Value::Object(block.clone()),
    };
    out.push(kept);
    Ok(())
}

/// Whether there is more than white space.
fn has_text(block: &Fields) -> Result<bool, BadRequest> {
    match block.get("text") {
        None => Ok(false),
        Some(Value::String(text)) => Ok(!text.trim().is_empty()),
        Some(other) => Err(lacks(other, "strip")),
    }
}

fn said_by_anthropic(ai: Option<&AiMessage>) -> bool {
    ai.is_some_and(|ai| ai.response_metadata.get("model_provider").is_some_and(|name| name == "anthropic"))
}

/// A text field.
pub(super) fn text<'a>(block: &'a Fields, name: &str) -> Option<&'a str> {
    block.get(name)?.as_str()
}

fn own((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

/// The block with these of its fields, in the block's order.
fn keep(block: &Fields, names: &[&str]) -> Value {
    Value::Object(block.iter().filter(|(key, _)| names.contains(&key.as_str())).map(own).collect())
}

/// A block's field that must be there; Python fails with a `KeyError`.
pub(super) fn needed<'a>(block: &'a Fields, name: &str) -> Result<&'a Value, BadRequest> {
    block.get(name).ok_or_else(|| missing(name))
}

/// Python's `AttributeError` for a value without this attribute.
pub(super) fn lacks(value: &Value, attribute: &str) -> BadRequest {
    let words = format!("'{}' object has no attribute '{attribute}'", kind_of(value)).into();
    BadRequest { class: "AttributeError", words }
}

/// Python's `TypeError` for a value that is not the text it should be.
pub(super) fn not_text(value: &Value) -> BadRequest {
    let words = format!("expected string or bytes-like object, got '{}'", kind_of(value)).into();
    BadRequest { class: "TypeError", words }
}

/// The name of a value's type in Python.
pub(super) fn kind_of(value: &Value) -> &'static str {
    python::type_name(&Val::from(value.clone()))
}

/// Python's `KeyError` for this key.
pub(super) fn missing(key: &str) -> BadRequest {
    BadRequest { class: "KeyError", words: format!("'{key}'").into() }
}

/// A text block without what LangChain put into it for itself.
pub(super) fn text_fields(block: &Fields) -> Value {
    let mut kept = keep(block, &["type", "text", "cache_control", "citations"]);
    for citation in kept.get_mut("citations").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(citation) = citation.as_object_mut() {
            citation.retain(|key, value| !(key == "file_id" && value.is_null()));
        }
    }
    kept
}

fn thinking(block: &Fields) -> Value {
    let mut kept = keep(block, &["type", "thinking", "cache_control", "signature"]);
    if let Some(kept) = kept.as_object_mut().filter(|kept| kept.contains_key("signature")) {
        kept.entry("thinking").or_insert_with(|| "".into());
    }
    kept
}

/// A call of a tool. If the message has it among its calls too, that one counts.
fn tool_use(block: &Fields, ai: Option<&AiMessage>, out: &mut Vec<Value>) -> Result<(), BadRequest> {
    // Only in what the model said its calls are looked up first.
    let id = if ai.is_some() { needed(block, "id")? } else { block.get("id").unwrap_or(&Value::Null) };
    let toolset = block.get("toolset_name").filter(|name| is_truthy(name));
    let caller = block.get("caller").filter(|caller| is_truthy(caller));
    let calls = ai.map(|ai| ai.tool_calls.as_slice()).unwrap_or_default();
    let same: Vec<_> = calls.iter().filter(|call| call.id.as_deref() == id.as_str()).collect();
    let mut uses: Vec<Value> = same.into_iter().filter(|_| caller.is_none()).map(use_of_call).collect();
    if uses.is_empty() {
        let input = input(block)?;
        let name = needed(block, "name")?;
        let id = needed(block, "id")?;
        if !id.is_string() && is_truthy(id) {
            return Err(not_text(id));
        }
        let mut made = json!({"type": "tool_use", "name": name, "input": input, "id": safe_id(id)});
        if let Some(caller) = caller {
            made["caller"] = caller.clone();
        }
        uses.push(made);
    }
    if let Some(toolset) = toolset {
        uses.iter_mut().for_each(|made| made["toolset_name"] = toolset.clone());
    }
    out.append(&mut uses);
    Ok(())
}

/// A call of the message as a block.
pub(super) fn use_of_call(call: &ToolCall) -> Value {
    json!({"type": "tool_use", "name": call.name, "input": call.args, "id": safe_id(&json!(call.id))})
}

/// What a tool is called with: as it came whole, or as it streamed.
fn input(block: &Fields) -> Result<Value, BadRequest> {
    match block.get("input") {
        Some(input) if is_truthy(input) => Ok(input.clone()),
        _ => Ok(parsed(streamed(block)?.unwrap_or_default())),
    }
}

/// The arguments as far as they streamed.
fn streamed(block: &Fields) -> Result<Option<&str>, BadRequest> {
    match block.get("partial_json") {
        Some(other) if !other.is_string() && is_truthy(other) => {
            let words = format!("the JSON object must be str, bytes or bytearray, not {}", kind_of(other));
            Err(BadRequest { class: "TypeError", words: words.into() })
        }
        text => Ok(text.and_then(Value::as_str)),
    }
}

/// A JSON text; `{}` if it is none.
pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!({}))
}

fn server_tool_use(block: &Fields) -> Result<Value, BadRequest> {
    let mut kept = keep(block, &["type", "id", "input", "name", "server_name", "cache_control"]);
    if block.get("input").is_some_and(|input| *input == json!({}))
        && let Some(text) = streamed(block)?
    {
        let input = parsed(text);
        if is_truthy(&input) {
            kept["input"] = input;
        }
    }
    Ok(kept)
}

fn has_references(block: &Fields) -> bool {
    let items = block.get("content").and_then(Value::as_array);
    items.is_some_and(|items| {
        items.iter().any(|item| item.get("type").is_some_and(|kind| kind == "tool_reference"))
    })
}

fn result(block: &Fields, names: &[&str]) -> Value {
    with_safe_id(keep(block, names))
}

/// What a tool answered; the answer's own blocks are converted too.
fn tool_result(block: &Fields) -> Result<Value, BadRequest> {
    let mut made = block.clone();
    let content = match needed(block, "content")? {
        Value::Array(blocks) => Value::Array(formatted(blocks, None)?),
        Value::String(text) => text.as_str().into(),
        _ => {
            let words = "what a tool answered is neither text nor a list of blocks".into();
            return Err(BadRequest { class: "ValidationError", words });
        }
    };
    made.insert("content".into(), content);
    Ok(with_safe_id(Value::Object(made)))
}

fn with_safe_id(mut block: Value) -> Value {
    if let Some(id) = block.get_mut("tool_use_id") {
        *id = safe_id(id);
    }
    block
}

/// The id of a call, replaced if it has characters the API does not take; always by the same.
pub(super) fn safe_id(id: &Value) -> Value {
    let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    match id.as_str() {
        Some(text) if !text.chars().all(allowed) => {
            let digest = digest(&SHA256, text.as_bytes());
            let hex = digest.as_ref().iter().take(12).fold(String::from("toolu_"), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            hex.into()
        }
        _ => id.clone(),
    }
}
