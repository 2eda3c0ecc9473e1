//! Answers in the form that LangChain gave them before its first version, read as it gives them now. Pure.

use super::super::content::is_type;
use crate::python_json::{self, is_truthy};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::{AiMessage, Content};

/// The kinds of blocks, in the order they are put in; what is of no kind comes last.
const ORDER: [&str; 10] = [
    "reasoning",
    "code_interpreter_call",
    "mcp_call",
    "image_generation_call",
    "text",
    "refusal",
    "function_call",
    "computer_call",
    "mcp_list_tools",
    "mcp_approval_request",
];

/// The content with what stood beside it.
pub(super) fn modern(message: &AiMessage) -> Cow<'_, Content> {
    let Content::Blocks(blocks) = &message.content else { return Cow::Borrowed(&message.content) };
    if !blocks.iter().all(Value::is_object) || !is_old(message) {
        return Cow::Borrowed(&message.content);
    }
    let mut all = beside(message);
    for block in blocks {
        let mut block = block.clone();
        if let (true, Some(id)) = (is_type(&block, "text"), message_id(message)) {
            block["id"] = id.into();
        }
        all.push(block);
    }
    all.extend(calls(message));
    let outputs = message.additional_kwargs.get("tool_outputs").and_then(Value::as_array);
    all.extend(outputs.into_iter().flatten().cloned());
    let rank = |block: &Value| ORDER.iter().position(|kind| is_type(block, kind)).unwrap_or(ORDER.len());
    all.sort_by_key(rank);
    Cow::Owned(Content::Blocks(all))
}

fn is_old(message: &AiMessage) -> bool {
    let marks = ["reasoning", "tool_outputs", "refusal", CALL_IDS];
    let marked = marks.iter().any(|mark| message.additional_kwargs.contains_key(*mark));
    let of_response = || {
        let id = message.response_metadata.get("id").and_then(Value::as_str);
        id.is_some_and(|id| id.starts_with("resp_"))
    };
    marked || (message_id(message).is_some() && of_response())
}

/// Where the ids of calls stood.
pub(super) const CALL_IDS: &str = "__openai_function_call_ids__";

fn message_id(message: &AiMessage) -> Option<&str> {
    message.id.as_deref().filter(|id| id.starts_with("msg_"))
}

/// Thoughts and a refusal.
fn beside(message: &AiMessage) -> Vec<Value> {
    let beside = |name| message.additional_kwargs.get(name).filter(|value| is_truthy(value));
    let reasoning = beside("reasoning").cloned().map(|mut reasoning| {
        if reasoning.get("type").is_none() {
            reasoning["type"] = "reasoning".into();
        }
        reasoning
    });
    let refusal = beside("refusal").map(|refusal| json!({"type": "refusal", "refusal": refusal}));
    reasoning.into_iter().chain(refusal).collect()
}

fn calls(message: &AiMessage) -> impl Iterator<Item = Value> {
    let ids = message.additional_kwargs.get(CALL_IDS);
    message.tool_calls.iter().map(move |call| {
        let arguments = python_json::dumps(&call.args).unwrap_or_default();
        let mut block = Map::from_iter([
            ("type".into(), "function_call".into()),
            ("name".into(), call.name.as_str().into()),
            ("arguments".into(), arguments.into()),
            ("call_id".into(), json!(call.id)),
        ]);
        let id = ids.and_then(|ids| ids.get(call.id.as_deref()?));
        block.extend(id.map(|id| ("id".into(), id.clone())));
        Value::Object(block)
    })
}

/// The message as LangChain gave it then; for a piece of one that follows others with thoughts, these lose their name.
pub(super) fn old(mut message: AiMessage, has_reasoning: bool) -> AiMessage {
    let Content::Blocks(blocks) = message.content else { return message };
    let mut beside = message.additional_kwargs.into_map();
    let mut kept = Vec::new();
    for block in blocks {
        match block {
            Value::Object(fields) => {
                kept.extend(set_aside(fields, &mut beside, &mut message.id, has_reasoning))
            }
            other => kept.push(other),
        }
    }
    message.id.take_if(|id| id.starts_with("resp_"));
    message.content = Content::Blocks(kept);
    message.additional_kwargs = beside.into();
    message
}

/// Puts a block where it stood then; what stays in the content comes back.
fn set_aside(
    mut fields: Map<String, Value>,
    beside: &mut Map<String, Value>,
    id: &mut Option<std::sync::Arc<str>>,
    has_reasoning: bool,
) -> Option<Value> {
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind.as_str() {
        "reasoning" => {
            fields.shift_remove("index");
            if has_reasoning {
                fields.shift_remove("id");
                fields.shift_remove("type");
            }
            beside.insert("reasoning".into(), Value::Object(fields));
        }
        kind if is_output_of_tool(kind) => {
            if let Value::Array(outputs) = beside.entry("tool_outputs").or_insert_with(|| json!([])) {
                outputs.push(Value::Object(fields));
            }
        }
        "function_call" => {
            let ids = beside.entry(CALL_IDS).or_insert_with(|| json!({}));
            if let (Some(Value::String(call)), Some(own)) = (fields.get("call_id"), fields.get("id")) {
                ids[call.as_str()] = own.clone();
            }
        }
        "refusal" if fields.get("refusal").is_some_and(is_truthy) => {
            beside.extend(fields.shift_remove("refusal").map(|refusal| ("refusal".into(), refusal)));
        }
        "text" => {
            if let Some(Value::String(own)) = fields.shift_remove("id") {
                *id = Some(own.into());
            }
            return Some(Value::Object(fields));
        }
        _ => return Some(Value::Object(fields)),
    }
    None
}

fn is_output_of_tool(kind: &str) -> bool {
    kind != "compaction" && super::items::is_built_in(kind)
}
