//! LangChain's own content blocks of an answer, as the Responses API has them. Pure.

use super::super::content::{is_type, text};
use crate::python_json::is_truthy;
use serde_json::{Map, Value, json};
use windlass_core::ToolCall;

type Fields = Map<String, Value>;

/// The blocks; `calls` are the answer's calls of tools.
pub(super) fn from_v1(blocks: Vec<Value>, calls: &[ToolCall]) -> Vec<Value> {
    let typed = blocks.into_iter().filter(|block| block.get("type").is_some());
    let converted = typed.map(|block| match block {
        Value::Object(fields) => convert(fields, calls),
        other => other,
    });
    joined_calls(joined_thoughts(converted.collect()))
}

fn convert(mut fields: Fields, calls: &[ToolCall]) -> Value {
    let extra = |name: &str| fields.get("extras").and_then(|extras| extras.get(name)).cloned();
    match text(&fields, "type").unwrap_or_default() {
        "text" => {
            if let Some(Value::Array(annotations)) = fields.get_mut("annotations") {
                annotations.iter_mut().for_each(|annotation| *annotation = from_annotation(annotation));
            }
            Value::Object(fields)
        }
        "tool_call" => call(&fields, calls),
        "server_tool_call" if text(&fields, "name") == Some("tool_search") => search_call(&fields),
        "server_tool_result" if extra("name").is_some_and(|name| name == "tool_search") => {
            search_result(&fields)
        }
        "image"
            if text(&fields, "id").is_some_and(|id| id.starts_with("ig_"))
                && fields.contains_key("base64") =>
        {
            let mut image = json!({"type": "image_generation_call", "result": fields["base64"]});
            for name in ["id", "status"] {
                if let Some(value) = fields.get(name).cloned().or_else(|| extra(name)) {
                    image[name] = value;
                }
            }
            image
        }
        "non_standard" => fields.shift_remove("value").unwrap_or(Value::Object(fields)),
        _ => Value::Object(fields),
    }
}

fn from_annotation(annotation: &Value) -> Value {
    let Value::Object(fields) = annotation else { return annotation.clone() };
    match text(fields, "type") {
        Some("non_standard_annotation") => fields.get("value").cloned().unwrap_or_default(),
        Some("citation") => citation(fields),
        _ => annotation.clone(),
    }
}

fn citation(fields: &Fields) -> Value {
    let copied = |from: &str, to: &str| fields.get(from).map(|value| (to.to_string(), value.clone()));
    let extras = || fields.get("extras").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut new: Fields = ["end_index", "start_index"].iter().filter_map(|name| copied(name, name)).collect();
    if fields.contains_key("url") {
        new.extend(copied("title", "title"));
        new.insert("type".into(), "url_citation".into());
        new.extend(copied("url", "url"));
        new.extend(extras());
    } else {
        new.insert("type".into(), "file_citation".into());
        new.extend(extras());
        new.extend(copied("title", "filename"));
    }
    Value::Object(new)
}

fn call(fields: &Fields, calls: &[ToolCall]) -> Value {
    let id = fields.get("id").cloned().unwrap_or_default();
    let extra = |name: &str| fields.get("extras").and_then(|extras| extras.get(name)).cloned();
    let same = calls.iter().find(|call| call.id.as_deref() == id.as_str());
    let mut new = json!({"type": "function_call", "call_id": id});
    let name = fields.get("name").cloned().or_else(|| same.map(|call| call.name.as_str().into()));
    let arguments = extra("arguments").or_else(|| same.map(|call| compact(&json!(call.args)).into()));
    for (name, value) in [("id", extra("item_id")), ("name", name), ("arguments", arguments)] {
        if let Some(value) = value {
            new[name] = value;
        }
    }
    for name in ["status", "namespace", "async"] {
        if let Some(value) = extra(name) {
            new[name] = value;
        }
    }
    new
}

/// `json.dumps(value, separators=(",", ":"))`: ASCII alone.
fn compact(value: &Value) -> String {
    let mut out = String::new();
    for char in value.to_string().chars() {
        if char.is_ascii() {
            out.push(char);
        } else {
            let mut units = [0; 2];
            char.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

fn search_call(fields: &Fields) -> Value {
    let extra = |name: &str| {
        fields.get("extras").and_then(|extras| extras.get(name)).filter(|value| is_truthy(value))
    };
    let mut new = json!({"id": fields.get("id")});
    if let Some(status) = extra("status") {
        new["status"] = status.clone();
    }
    new["type"] = "tool_search_call".into();
    for (name, value) in [("arguments", fields.get("args")), ("execution", extra("execution"))] {
        value.into_iter().for_each(|value| new[name] = value.clone());
    }
    new
}

fn search_result(fields: &Fields) -> Value {
    let mut new = json!({"id": fields.get("tool_call_id").cloned().unwrap_or_else(|| "".into())});
    if let Some(status) = text(fields, "status").filter(|status| !status.is_empty()) {
        new["status"] = plain_status(status).unwrap_or(status).into();
    }
    new["type"] = "tool_search_output".into();
    new["execution"] = "server".into();
    if let Some(tools) = fields.get("output").and_then(|output| output.get("tools")) {
        new["tools"] = tools.clone();
    }
    new
}

/// The service's word for how a tool ended.
fn plain_status(status: &str) -> Option<&'static str> {
    match status {
        "success" => Some("completed"),
        "error" => Some("failed"),
        _ => None,
    }
}

/// Thoughts of one item that stand in blocks of their own become its summary.
fn joined_thoughts(blocks: Vec<Value>) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    let mut open = false;
    for block in blocks {
        let Value::Object(fields) = block else {
            joined.push(block);
            continue;
        };
        if text(&fields, "type") != Some("reasoning") || fields.contains_key("summary") {
            open = false;
            joined.push(Value::Object(fields));
            continue;
        }
        let part = fields.get("reasoning").map(|words| json!({"type": "summary_text", "text": words}));
        let goes_on =
            open && part.is_some() && joined.last().is_some_and(|last| last.get("id") == fields.get("id"));
        match (part, joined.last_mut().filter(|_| goes_on)) {
            (Some(part), Some(last)) => {
                last["summary"].as_array_mut().into_iter().for_each(|summary| summary.push(part.clone()));
            }
            (part, _) => {
                open = part.is_some();
                joined.push(thought(fields, part));
            }
        }
    }
    joined
}

fn thought(mut fields: Fields, part: Option<Value>) -> Value {
    fields.shift_remove("reasoning");
    let kind = fields.shift_remove("type");
    if let Some(Value::Object(extras)) = fields.shift_remove("extras") {
        fields.extend(extras);
    }
    fields.insert("summary".into(), part.into_iter().collect());
    fields.extend(kind.map(|kind| ("type".into(), kind)));
    Value::Object(fields)
}

/// A call of one of the service's tools and its result become one item.
fn joined_calls(blocks: Vec<Value>) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    let mut waiting: Option<Value> = None;
    for block in blocks {
        match waiting.take() {
            None if is_type(&block, "server_tool_call") => waiting = Some(block),
            None => joined.push(block),
            Some(call) => {
                let answers =
                    is_type(&block, "server_tool_result") && block.get("tool_call_id") == call.get("id");
                match collapsed(&call, &block).filter(|_| answers) {
                    Some(item) => joined.push(item),
                    None => joined.extend([call, block]),
                }
            }
        }
    }
    joined.extend(waiting);
    joined
}

fn collapsed(call: &Value, result: &Value) -> Option<Value> {
    let args = |name: &str| call.get("args").and_then(|args| args.get(name)).cloned();
    let extra = |name: &str| call.get("extras").and_then(|extras| extras.get(name)).cloned();
    let output = || result.get("output").cloned();
    let mut item = Map::from_iter([("id".into(), call.get("id").cloned().unwrap_or_default())]);
    let mut put =
        |name: &str, value: Option<Value>| item.extend(value.map(|value| (name.to_string(), value)));
    let kind = match call.get("name").and_then(Value::as_str)? {
        "web_search" => {
            put("action", call.get("args").cloned());
            put("status", status(result));
            "web_search_call"
        }
        "file_search" => {
            put("queries", args("queries"));
            put("results", output());
            put("status", status(result));
            "file_search_call"
        }
        "code_interpreter" => {
            put("code", args("code"));
            put("container_id", call.get("container_id").cloned().or_else(|| extra("container_id")));
            put("outputs", output());
            put("status", status(result));
            "code_interpreter_call"
        }
        "remote_mcp" => return Some(mcp_call(call, result, item)),
        "mcp_list_tools" => {
            put("server_label", extra("server_label"));
            put("tools", output());
            put("type", Some("mcp_list_tools".into()));
            put("error", result.get("extras").and_then(|extras| extras.get("error")).cloned());
            more_extras(call, &mut item, &["server_label", "error"]);
            return Some(Value::Object(item));
        }
        _ => return None,
    };
    item.insert("type".into(), kind.into());
    Some(Value::Object(item))
}

fn status(result: &Value) -> Option<Value> {
    match result.get("status").and_then(Value::as_str).filter(|status| !status.is_empty()) {
        Some(status) => plain_status(status).map(Value::from),
        None => result.get("extras").and_then(|extras| extras.get("status")).cloned(),
    }
}

fn mcp_call(call: &Value, result: &Value, mut item: Fields) -> Value {
    let extra = |name: &str| call.get("extras").and_then(|extras| extras.get(name)).cloned();
    let mut put =
        |name: &str, value: Option<Value>| item.extend(value.map(|value| (name.to_string(), value)));
    put("arguments", call.get("args").map(|args| compact(args).into()).or_else(|| extra("arguments")));
    put("name", extra("tool_name"));
    put("server_label", extra("server_label"));
    put("type", Some("mcp_call".into()));
    put("approval_request_id", extra("approval_request_id"));
    put("error", result.get("extras").and_then(|extras| extras.get("error")).cloned());
    put("output", result.get("output").cloned());
    more_extras(call, &mut item, &["server_label", "arguments", "tool_name", "error"]);
    Value::Object(item)
}

fn more_extras(call: &Value, item: &mut Fields, but: &[&str]) {
    let extras = call.get("extras").and_then(Value::as_object).into_iter().flatten();
    let more = extras.filter(|(name, _)| !but.contains(&name.as_str()));
    item.extend(more.map(|(name, value)| (name.clone(), value.clone())));
}
