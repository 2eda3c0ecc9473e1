//! What the API's answers hold, as Anthropic's SDK knows it: fields that are not sent are null in Python. Pure.

use serde_json::{Map, Value};

/// The fields of an object, in the SDK's order.
type Shape = &'static [&'static str];

/// A whole answer.
const MESSAGE: Shape = &[
    "id",
    "container",
    "content",
    "diagnostics",
    "model",
    "role",
    "stop_details",
    "stop_reason",
    "stop_sequence",
    "type",
    "usage",
];
/// The same with features in test.
const BETA_MESSAGE: Shape = &[
    "id",
    "container",
    "content",
    "context_management",
    "diagnostics",
    "model",
    "role",
    "stop_details",
    "stop_reason",
    "stop_sequence",
    "type",
    "usage",
    "input_transformations",
];
/// Tokens, counted.
const USAGE: Shape = &[
    "cache_creation",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "inference_geo",
    "input_tokens",
    "output_tokens",
    "output_tokens_details",
    "server_tool_use",
    "service_tier",
    "speed",
];
/// The same with features in test.
const BETA_USAGE: Shape = &[
    "cache_creation",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "fallback_credit",
    "inference_geo",
    "input_tokens",
    "iterations",
    "output_tokens",
    "output_tokens_details",
    "server_tool_use",
    "service_tier",
    "speed",
];
/// Where code ran.
const CONTAINER: Shape = &["id", "expires_at", "skills"];
/// Why the cache was of no use.
const DIAGNOSTICS: Shape = &["cache_miss_reason"];

/// A block of a type that the SDK does not know.
const UNKNOWN: Shape = &["citations", "text", "type"];

/// Blocks whose fields are always there.
const UNCHANGED: [&str; 6] = [
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "advisor_tool_result",
    "container_upload",
];

/// Objects that say of what type they are.
const TYPED: &[(&str, Shape)] = &[
    ("text", &["citations", "text", "type"]),
    ("thinking", &["signature", "thinking", "type"]),
    ("redacted_thinking", &["data", "type"]),
    ("tool_use", &["id", "caller", "input", "name", "type", "toolset_name"]),
    ("server_tool_use", &["id", "caller", "input", "name", "type"]),
    ("mcp_tool_use", &["id", "input", "name", "server_name", "type"]),
    ("mcp_tool_result", &["content", "is_error", "tool_use_id", "type"]),
    ("web_search_tool_result", &["caller", "content", "tool_use_id", "type"]),
    ("web_search_result", &["encrypted_content", "page_age", "title", "type", "url"]),
    ("web_fetch_tool_result", &["caller", "content", "tool_use_id", "type"]),
    ("web_fetch_result", &["content", "retrieved_at", "type", "url"]),
    ("document", &["citations", "source", "title", "type"]),
    ("advisor_result", &["stop_reason", "text", "type"]),
    ("advisor_redacted_result", &["encrypted_content", "stop_reason", "type"]),
    ("text_editor_code_execution_tool_result_error", &["error_code", "error_message", "type"]),
    (
        "text_editor_code_execution_view_result",
        &["content", "file_type", "num_lines", "start_line", "total_lines", "type"],
    ),
    (
        "text_editor_code_execution_str_replace_result",
        &["lines", "new_lines", "new_start", "old_lines", "old_start", "type"],
    ),
    ("tool_search_tool_result_error", &["error_code", "error_message", "type"]),
    ("compaction", &["content", "encrypted_content", "type", "signature", "tool_changes"]),
    ("refusal", &["category", "explanation", "type"]),
    (
        "char_location",
        &[
            "cited_text",
            "document_index",
            "document_title",
            "end_char_index",
            "file_id",
            "start_char_index",
            "type",
        ],
    ),
    (
        "page_location",
        &[
            "cited_text",
            "document_index",
            "document_title",
            "end_page_number",
            "file_id",
            "start_page_number",
            "type",
        ],
    ),
    (
        "content_block_location",
        &[
            "cited_text",
            "document_index",
            "document_title",
            "end_block_index",
            "file_id",
            "start_block_index",
            "type",
        ],
    ),
    ("web_search_result_location", &["cited_text", "encrypted_index", "title", "type", "url"]),
    (
        "search_result_location",
        &[
            "cited_text",
            "end_block_index",
            "search_result_index",
            "source",
            "start_block_index",
            "title",
            "type",
        ],
    ),
    ("text_delta", &["text", "type"]),
    ("input_json_delta", &["partial_json", "type"]),
    ("citations_delta", &["citation", "type"]),
    ("signature_delta", &["signature", "type"]),
    ("thinking_delta", &["thinking", "type"]),
    ("compaction_delta", &["content", "encrypted_content", "type"]),
];

/// Typed objects that hold more with features in test.
const BETA_TYPED: &[(&str, Shape)] = &[
    ("thinking_delta", &["estimated_tokens", "thinking", "type"]),
    (
        "refusal",
        &[
            "category",
            "explanation",
            "fallback_credit_token",
            "fallback_has_prefill_claim",
            "recommended_model",
            "type",
        ],
    ),
];

/// A whole answer with all its fields.
pub(super) fn whole(mut answer: Map<String, Value>, beta: bool) -> Map<String, Value> {
    if let Some(usage) = answer.get_mut("usage") {
        fill(usage, if beta { BETA_USAGE } else { USAGE });
    }
    for (name, shape) in [("container", CONTAINER), ("diagnostics", DIAGNOSTICS)] {
        if let Some(value) = answer.get_mut(name) {
            fill(value, shape);
        }
    }
    for block in answer.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        complete_block(block, beta);
    }
    if let Some(details) = answer.get_mut("stop_details") {
        complete(details, beta);
    }
    filled(answer, if beta { BETA_MESSAGE } else { MESSAGE })
}

/// Where code ran, with all its fields.
pub(super) fn container(mut container: Value) -> Value {
    fill(&mut container, CONTAINER);
    container
}

/// Completes one of an answer's blocks. The SDK takes one that it does not know for text.
pub(super) fn complete_block(block: &mut Value, beta: bool) {
    complete(block, beta);
    let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
    let inner = ["document", "web_search_result", "web_fetch_result"].contains(&kind);
    let known = TYPED.iter().any(|(name, _)| *name == kind) || UNCHANGED.contains(&kind);
    if inner || !known {
        fill(block, UNKNOWN);
    }
}

/// Completes a piece of a block, what stands in a block, or a list of them. What tools are called with is not ours to complete.
pub(super) fn complete(value: &mut Value, beta: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| complete(item, beta)),
        Value::Object(fields) => {
            let foreign = |name: &str| matches!(name, "input" | "source" | "input_schema" | "definition");
            fields.iter_mut().filter(|(name, _)| !foreign(name)).for_each(|(_, value)| complete(value, beta));
            let known = |table: &'static [(&str, Shape)]| {
                let kind = fields.get("type")?.as_str()?;
                table.iter().find(|(name, _)| *name == kind).map(|(_, shape)| *shape)
            };
            if let Some(shape) = known(BETA_TYPED).filter(|_| beta).or_else(|| known(TYPED)) {
                fill(value, shape);
            }
        }
        _ => {}
    }
}

fn fill(value: &mut Value, shape: Shape) {
    if let Value::Object(fields) = value {
        *fields = filled(std::mem::take(fields), shape);
    }
}

/// The fields of the shape in its order, then the others.
fn filled(mut fields: Map<String, Value>, shape: Shape) -> Map<String, Value> {
    let mut made = Map::with_capacity(fields.len() + shape.len());
    for name in shape {
        made.insert((*name).into(), fields.shift_remove(*name).unwrap_or_default());
    }
    made.extend(fields);
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: &Value, beta: bool, expect: &str) {
        let mut value = value.clone();
        complete(&mut value, beta);
        assert_eq!(value.to_string(), expect);
    }

    #[test]
    fn what_was_not_sent_is_null_and_what_is_unknown_stays() {
        check(
            &json!({"type": "text", "new": 1, "text": "a"}),
            false,
            r#"{"citations":null,"text":"a","type":"text","new":1}"#,
        );
        check(&json!([{"type": "later", "text": "a"}]), false, r#"[{"type":"later","text":"a"}]"#);
        let delta = json!({"type": "thinking_delta", "thinking": "a"});
        check(&delta, false, r#"{"thinking":"a","type":"thinking_delta"}"#);
        check(&delta, true, r#"{"estimated_tokens":null,"thinking":"a","type":"thinking_delta"}"#);
    }

    #[test]
    fn blocks_in_blocks_are_completed_but_arguments_are_not() {
        let result = json!({"type": "mcp_tool_result", "tool_use_id": "1", "is_error": false, "content": [{"type": "text", "text": "a"}]});
        let expect = r#"{"content":[{"citations":null,"text":"a","type":"text"}],"is_error":false,"tool_use_id":"1","type":"mcp_tool_result"}"#;
        check(&result, true, expect);
        let call = json!({"type": "tool_use", "id": "1", "name": "f", "input": {"type": "text"}});
        let expect = r#"{"id":"1","caller":null,"input":{"type":"text"},"name":"f","type":"tool_use","toolset_name":null}"#;
        check(&call, false, expect);
    }
}
