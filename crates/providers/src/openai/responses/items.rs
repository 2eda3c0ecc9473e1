//! What a model said as items of the Responses API. Pure.

use super::{
    super::content::{is_type, text},
    input::Input,
};
use crate::python_json::is_truthy;
use serde_json::{Map, Value, json};

/// Items that stand for tools of the service itself.
const BUILT_IN: [&str; 13] = [
    "compaction",
    "web_search_call",
    "file_search_call",
    "computer_call",
    "code_interpreter_call",
    "mcp_call",
    "mcp_list_tools",
    "mcp_approval_request",
    "image_generation_call",
    "tool_search_call",
    "tool_search_output",
    "apply_patch_call",
    "apply_patch_call_output",
];

/// Whether an item of this type is one of the service's own.
pub(super) fn is_built_in(kind: &str) -> bool {
    BUILT_IN.contains(&kind)
}

/// Adds the blocks of an answer as items.
pub(super) fn add_blocks(input: &mut Input, blocks: &[Value]) {
    for fields in blocks.iter().filter_map(Value::as_object) {
        match text(fields, "type") {
            Some("text" | "output_text" | "refusal") => add_words(input, fields),
            Some("reasoning") => {
                let sealed = fields.get("encrypted_content").is_some_and(is_truthy);
                if input.stores || sealed {
                    input.items.push(without_index(fields));
                }
            }
            Some("image_generation_call") => add_image(input, fields),
            Some(kind) if is_built_in(kind) || matches!(kind, "function_call" | "custom_tool_call") => {
                input.items.push(without_index(fields));
            }
            _ => {}
        }
    }
}

/// Words go into the message of their id, or into a new one.
fn add_words(input: &mut Input, fields: &Map<String, Value>) {
    let block = if text(fields, "type") == Some("refusal") {
        json!({"type": "refusal", "refusal": fields.get("refusal")})
    } else {
        let Some(words) = fields.get("text").filter(|words| !words.is_null()) else { return };
        let annotations = fields.get("annotations").and_then(Value::as_array);
        let annotations: Vec<_> = annotations.into_iter().flatten().map(annotation).collect();
        json!({"type": "output_text", "text": words, "annotations": annotations})
    };
    let id = text(fields, "id").filter(|id| !id.is_empty());
    let phase = fields.get("phase").filter(|phase| !phase.is_null());
    let same = |item: &&mut Value| id.is_some() && item.get("id").and_then(Value::as_str) == id;
    let Some(item) = input.items.iter_mut().find(same) else {
        let id = id.filter(|id| input.stores && !id.starts_with("lc_"));
        input.items.push(new_message(&block, id, phase));
        return;
    };
    let Value::Object(item) = item else { return };
    if let Value::Array(content) = item.entry("content").or_insert_with(|| json!([])) {
        content.push(block);
    }
    item.extend(phase.map(|phase| ("phase".into(), phase.clone())));
}

fn new_message(block: &Value, id: Option<&str>, phase: Option<&Value>) -> Value {
    let mut item = json!({"type": "message", "content": [block], "role": "assistant"});
    if let Some(id) = id {
        item["id"] = id.into();
    }
    if let Some(phase) = phase {
        item["phase"] = phase.clone();
    }
    item
}

/// LangChain keeps the name `index` for itself.
fn annotation(annotation: &Value) -> Value {
    let mut annotation = annotation.clone();
    if let (true, Value::Object(fields)) = (is_type(&annotation, "file_citation"), &mut annotation)
        && let Some(index) = fields.shift_remove("file_index")
    {
        fields.insert("index".into(), index);
    }
    annotation
}

/// An image the service keeps is told by its id.
fn add_image(input: &mut Input, fields: &Map<String, Value>) {
    if input.stores {
        let id = fields.get("id").cloned().unwrap_or_default();
        input.items.push(json!({"type": "image_generation_call", "id": id}));
        return;
    }
    let item = without_index(fields);
    let more = item.as_object().into_iter().flatten().any(|(key, _)| !matches!(key.as_str(), "type" | "id"));
    if more {
        input.items.push(item);
    }
}

/// The block without the numbers that LangChain adds pieces up by.
fn without_index(fields: &Map<String, Value>) -> Value {
    let mut fields = fields.clone();
    fields.shift_remove("index");
    if let Some(Value::Array(summary)) = fields.get_mut("summary") {
        summary.iter_mut().filter_map(Value::as_object_mut).for_each(|part| drop(part.shift_remove("index")));
    }
    Value::Object(fields)
}
