//! LangChain's standard blocks, which a model gives with `output_version: v1`, made of Anthropic's. Pure.

pub(super) mod native;

use super::{
    content::{Fields, text},
    params::OutputVersion,
};
use crate::python_json::is_truthy;
use serde_json::{Value, json};
use windlass_core::{AiMessage, Content, Part, ToolCallChunk};

/// The message with its content in standard blocks.
pub(super) fn standard(mut message: AiMessage) -> AiMessage {
    let blocks = match std::mem::take(&mut message.content) {
        Content::Text(text) => vec![json!({"type": "text", "text": text})],
        Content::Blocks(blocks) => blocks,
    };
    let objects = blocks.into_iter().filter_map(|block| match block {
        Value::Object(block) => Some(converted(block, &message)),
        _ => None,
    });
    message.content = Content::Blocks(objects.map(Value::Object).collect());
    message.response_metadata.insert("output_version", json!(OutputVersion::V1));
    message
}

fn converted(mut block: Fields, message: &AiMessage) -> Fields {
    let piece = match message.tool_call_chunks.as_slice() {
        [piece] if message.part == Part::Piece => Some(piece),
        _ => None,
    };
    let kind = text(&block, "type").unwrap_or_default().to_owned();
    match (kind.as_str(), piece) {
        ("text", _) => text_block(&block),
        ("thinking", _) => reasoning(block),
        ("tool_use", Some(piece)) => call_piece(&block, piece),
        ("tool_use", None) => call(&block),
        ("input_json_delta", Some(piece)) => call_piece(&Fields::new(), piece),
        ("input_json_delta", None) if message.part != Part::Whole => {
            let args = block.shift_remove("partial_json").unwrap_or_else(|| "".into());
            placed(fields([("type", "server_tool_call_chunk".into()), ("args", args)]), &block)
        }
        ("server_tool_use" | "mcp_tool_use", _) => server_call(block, message.part),
        (kind, _) if kind.ends_with("_tool_result") => server_result(block, kind),
        _ => non_standard(block),
    }
}

fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// With the place of the block that it was made of.
fn placed(mut made: Fields, block: &Fields) -> Fields {
    made.extend(block.get("index").map(|index| ("index".to_owned(), index.clone())));
    made
}

/// With what else the block holds.
fn with_extras(mut made: Fields, block: Fields, known: &[&str]) -> Fields {
    for (name, value) in block.into_iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        let extras = made.entry("extras").or_insert_with(|| json!({}));
        extras[name] = value;
    }
    made
}

fn field(block: &Fields, name: &str, absent: impl Into<Value>) -> Value {
    block.get(name).cloned().unwrap_or_else(|| absent.into())
}

fn text_block(block: &Fields) -> Fields {
    let mut made = fields([("type", "text".into()), ("text", field(block, "text", ""))]);
    if let Some(Value::Array(citations)) = block.get("citations").filter(|citations| is_truthy(citations)) {
        let annotations = citations.iter().filter_map(Value::as_object).map(annotation);
        made.insert("annotations".into(), annotations.collect());
    }
    placed(made, block)
}

/// A citation in the standard's form.
fn annotation(citation: &Fields) -> Value {
    let kind = text(citation, "type").unwrap_or_default();
    let of_web = kind == "web_search_result_location";
    let of_document = matches!(
        kind,
        "char_location" | "content_block_location" | "page_location" | "search_result_location"
    );
    let has = |name: &str| citation.contains_key(name);
    if !(of_web && has("url") || of_document) || !has("cited_text") {
        return json!({"type": "non_standard_annotation", "value": citation});
    }
    let mut made =
        fields([("type", "citation".into()), ("cited_text", field(citation, "cited_text", Value::Null))]);
    let title = citation.get("title").filter(|title| is_truthy(title));
    let known: &[&str] = if of_web {
        made.extend(citation.get("url").map(|url| ("url".to_owned(), url.clone())));
        made.extend(title.map(|title| ("title".to_owned(), title.clone())));
        &["type", "cited_text", "url", "title", "index", "extras"]
    } else {
        let title = citation.get("document_title").or(title);
        made.extend(title.map(|title| ("title".to_owned(), title.clone())));
        &["type", "cited_text", "document_title", "title", "index", "extras"]
    };
    with_extras(made, citation.clone(), known).into()
}

fn reasoning(block: Fields) -> Fields {
    let made = fields([("type", "reasoning".into()), ("reasoning", field(&block, "thinking", ""))]);
    with_extras(placed(made, &block), block, &["type", "thinking", "index", "extras"])
}

const OF_CALLS: [&str; 2] = ["caller", "toolset_name"];

/// With what stands beside a call.
fn beside_call(mut made: Fields, block: &Fields) -> Fields {
    for name in OF_CALLS {
        if let Some(value) = block.get(name) {
            made.entry("extras").or_insert_with(|| json!({}))[name] = value.clone();
        }
    }
    made
}

fn call_piece(block: &Fields, piece: &ToolCallChunk) -> Fields {
    let made = fields([
        ("name", json!(piece.name)),
        ("id", json!(piece.id)),
        ("args", json!(piece.args)),
        ("type", "tool_call_chunk".into()),
    ]);
    let mut made = beside_call(made, block);
    made.extend(piece.index.map(|index| ("index".to_owned(), index.into())));
    made
}

fn call(block: &Fields) -> Fields {
    let made = fields([
        ("type", "tool_call".into()),
        ("name", field(block, "name", "")),
        ("args", field(block, "input", json!({}))),
        ("id", field(block, "id", "")),
    ]);
    beside_call(placed(made, block), block)
}

/// A call that the service makes itself; in a stream its arguments are still to come.
fn server_call(block: Fields, part: Part) -> Fields {
    let remote = text(&block, "type") == Some("mcp_tool_use");
    let begins = part == Part::Piece && block.get("input").is_some_and(|input| *input == json!({}));
    let name = match block.get("name") {
        _ if remote => "remote_mcp".into(),
        Some(name) if name == "code_execution" => "code_interpreter".into(),
        name => name.cloned().unwrap_or_else(|| "".into()),
    };
    let kind = if begins { "server_tool_call_chunk" } else { "server_tool_call" };
    let args = if begins { "".into() } else { field(&block, "input", json!({})) };
    let mut made =
        fields([("type", kind.into()), ("name", name), ("args", args), ("id", field(&block, "id", ""))]);
    if let Some(name) = block.get("name").filter(|_| remote) {
        made.insert("extras".into(), json!({"tool_name": name}));
    }
    with_extras(placed(made, &block), block, &["type", "name", "input", "partial_json", "id", "index"])
}

fn server_result(block: Fields, kind: &str) -> Fields {
    let output = block.get("content").filter(|output| is_truthy(output));
    let refused = output.is_some_and(|output| output.get("error_code").is_some_and(is_truthy));
    let failed = refused || block.get("is_error").is_some_and(is_truthy);
    let mut made = fields([
        ("type", "server_tool_result".into()),
        ("tool_call_id", field(&block, "tool_use_id", "")),
        ("status", if failed { "error" } else { "success" }.into()),
        ("extras", json!({"block_type": kind})),
    ]);
    made.extend(output.map(|output| ("output".to_owned(), output.clone())));
    with_extras(placed(made, &block), block, &["type", "tool_use_id", "content", "is_error", "index"])
}

fn non_standard(mut block: Fields) -> Fields {
    let place = block.shift_remove("index");
    let mut made = fields([("type", "non_standard".into()), ("value", block.into())]);
    made.extend(place.map(|place| ("index".to_owned(), place)));
    made
}
