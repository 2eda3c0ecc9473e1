//! Anthropic's blocks made of LangChain's standard ones, for answers that go back into a conversation. Pure.

use crate::anthropic::{
    content::{Fields, parsed, text},
    response::PROVIDER,
};
use crate::python_json::is_truthy;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::{AiMessage, Content, Message};

/// The message, with native blocks if its own are standard ones.
pub(in crate::anthropic) fn native(message: &Message) -> Cow<'_, Message> {
    let Message::Ai(said) = message else { return Cow::Borrowed(message) };
    let is_standard = said.response_metadata.get("output_version").is_some_and(|version| version == "v1");
    let Content::Blocks(blocks) = &said.content else { return Cow::Borrowed(message) };
    if !is_standard {
        return Cow::Borrowed(message);
    }
    let ours = said.response_metadata.get("model_provider").is_some_and(|name| name == PROVIDER);
    let blocks = blocks.iter().filter_map(|block| match block {
        Value::Object(fields) => of(fields, ours),
        other => Some(other.clone()),
    });
    Cow::Owned(Message::Ai(AiMessage { content: Content::Blocks(blocks.collect()), ..said.clone() }))
}

/// The native block; nothing where Anthropic takes none. `ours` says whether Anthropic made the message.
fn of(block: &Fields, ours: bool) -> Option<Value> {
    let made = match text(block, "type").unwrap_or_default() {
        "text" => text_block(block, ours),
        "tool_call" => tool_use(block, &field(block, "args", json!({}))),
        "tool_call_chunk" => tool_use(block, &streamed(block)),
        "invalid_tool_call" => {
            let known = |name: &str| text(block, name).filter(|text| ours && !text.is_empty());
            let (id, name) = (known("id")?, known("name")?);
            json!({"type": "tool_use", "name": name, "input": {}, "id": id})
        }
        "reasoning" if ours => thinking(block),
        "server_tool_call" if ours => server_call(block),
        "server_tool_result" if ours => server_result(block),
        "non_standard" if ours && block.contains_key("value") => block["value"].clone(),
        _ => Value::Object(block.clone()),
    };
    Some(made)
}

fn field(block: &Fields, name: &str, absent: impl Into<Value>) -> Value {
    block.get(name).cloned().unwrap_or_else(|| absent.into())
}

fn extra<'a>(block: &'a Fields, name: &str) -> Option<&'a Value> {
    block.get("extras")?.get(name)
}

fn text_block(block: &Fields, ours: bool) -> Value {
    match block.get("annotations").and_then(Value::as_array).filter(|_| ours) {
        Some(annotations) => {
            let citations: Vec<_> = annotations.iter().map(citation).collect();
            let mut made = json!({"type": "text", "citations": citations});
            if let Some(text) = block.get("text") {
                made["text"] = text.clone();
            }
            made
        }
        None => json!({"text": field(block, "text", ""), "type": "text"}),
    }
}

fn tool_use(block: &Fields, input: &Value) -> Value {
    let (name, id) = (field(block, "name", ""), field(block, "id", ""));
    let mut made = json!({"type": "tool_use", "name": name, "input": input, "id": id});
    for name in super::OF_CALLS {
        if let Some(value) = extra(block, name) {
            made[name] = value.clone();
        }
    }
    made
}

/// Arguments that came in pieces.
fn streamed(block: &Fields) -> Value {
    match block.get("args") {
        Some(Value::String(args)) => parsed(args),
        Some(args) if is_truthy(args) => args.clone(),
        _ => json!({}),
    }
}

fn thinking(block: &Fields) -> Value {
    let mut made = Map::new();
    made.extend(block.get("reasoning").map(|text| ("thinking".to_owned(), text.clone())));
    made.insert("type".into(), "thinking".into());
    let signature = extra(block, "signature").filter(|signature| is_truthy(signature));
    made.extend(signature.map(|signature| ("signature".to_owned(), signature.clone())));
    made.into()
}

fn server_call(block: &Fields) -> Value {
    let mut made = Map::new();
    made.extend(block.get("id").map(|id| ("id".to_owned(), id.clone())));
    made.insert("input".into(), field(block, "args", json!({})));
    if let Some(piece) = extra(block, "partial_json").filter(|piece| is_truthy(piece)) {
        made.insert("input".into(), json!({}));
        made.insert("partial_json".into(), piece.clone());
    }
    let remote = text(block, "name") == Some("remote_mcp");
    if remote {
        made.extend(extra(block, "tool_name").map(|name| ("name".to_owned(), name.clone())));
        made.extend(extra(block, "server_name").map(|name| ("server_name".to_owned(), name.clone())));
    } else {
        let name = field(block, "name", "");
        made.insert("name".into(), if name == "code_interpreter" { "code_execution".into() } else { name });
    }
    made.insert("type".into(), if remote { "mcp_tool_use" } else { "server_tool_use" }.into());
    made.into()
}

fn server_result(block: &Fields) -> Value {
    let kind = extra(block, "block_type").cloned().unwrap_or_else(|| "".into());
    let mut made = Map::new();
    made.extend(block.get("output").map(|output| ("content".to_owned(), output.clone())));
    if kind == "mcp_tool_result" {
        made.insert("is_error".into(), (text(block, "status") == Some("error")).into());
    }
    made.extend(block.get("tool_call_id").map(|id| ("tool_use_id".to_owned(), id.clone())));
    made.insert("type".into(), kind);
    made.into()
}

/// An annotation as the citation that it was made of.
fn citation(annotation: &Value) -> Value {
    match (annotation["type"].as_str(), annotation.as_object()) {
        (Some("non_standard_annotation"), _) => annotation["value"].clone(),
        (Some("citation"), Some(fields)) => located(fields).map_or_else(|| annotation.clone(), Value::Object),
        _ => annotation.clone(),
    }
}

/// The citation of the kind that its fields tell, if they tell one.
fn located(annotation: &Fields) -> Option<Fields> {
    let has = |name: &str| extra(annotation, name).is_some();
    let (kind, title) = if annotation.contains_key("url") {
        ("web_search_result_location", "title")
    } else if has("start_char_index") {
        ("char_location", "document_title")
    } else if has("search_result_index") {
        ("search_result_location", "title")
    } else if has("start_block_index") {
        ("content_block_location", "document_title")
    } else if has("start_page_number") {
        ("page_location", "document_title")
    } else {
        return None;
    };
    // Where Python asks whether the title is there, an empty one is kept.
    let keeps_title = matches!(kind, "web_search_result_location" | "content_block_location");
    let mut made = Fields::new();
    let known = |name: &str| annotation.get(name).filter(|value| is_truthy(value));
    made.extend(known("cited_text").map(|text| ("cited_text".to_owned(), text.clone())));
    let own_title = if keeps_title { annotation.get("title") } else { known("title") };
    made.extend(own_title.map(|text| (title.to_owned(), text.clone())));
    made.insert("type".into(), kind.into());
    made.extend(annotation.get("url").map(|url| ("url".to_owned(), url.clone())));
    for (name, value) in annotation.get("extras").and_then(Value::as_object).into_iter().flatten() {
        if !keeps_title || !made.contains_key(name) {
            made.insert(name.clone(), value.clone());
        }
    }
    if kind == "char_location" {
        made.sort_keys();
    }
    Some(made)
}
