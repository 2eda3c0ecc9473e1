//! A whole answer of the Responses API as a message. Pure.

use super::{
    super::{
        bad_answer::{misread, raised},
        response::{Expected, PROVIDER},
        usage::usage_details,
    },
    items::is_built_in,
    v03,
};
use crate::{call::BadAnswer, python_json::is_truthy};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_core::{
    AiMessage, Content, InvalidToolCall, Metadata, ModelErrorKind, ToolCall, Usage, Val, python,
};

/// The fields that LangChain keeps in `response_metadata`.
const KEPT: [&str; 9] = [
    "id",
    "created_at",
    "incomplete_details",
    "metadata",
    "model",
    "object",
    "service_tier",
    "status",
    "user",
];

/// What the service gives back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Response {
    id: Option<String>,
    error: Value,
    output: Option<Vec<Map<String, Value>>>,
    usage: Value,
    service_tier: Value,
    text: Value,
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// A whole answer.
pub(super) fn whole(body: &[u8], expected: &Expected, old: bool) -> Result<AiMessage, BadAnswer> {
    let response: Response = serde_json::from_slice(body).map_err(|error| no_response(body, &error))?;
    if is_truthy(&response.error) {
        return Err(failed(&response.error));
    }
    let message = response.tell(expected)?;
    let mut message = if old { v03::old(message, false) } else { message };
    message.id.get_or_insert_with(|| expected.whole_id());
    Ok(message)
}

/// What is no object has no attributes in Python.
fn no_response(body: &[u8], error: &serde_json::Error) -> BadAnswer {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(_)) | Err(_) => misread(body, "the answer is not a response", error),
        Ok(other) => without_error(python::type_name(&Val::from(other))),
    }
}

/// An answer that does not say it is JSON: the SDK takes it as text.
pub(super) fn without_error(class: &str) -> BadAnswer {
    raised("AttributeError", format!("'{class}' object has no attribute 'error'"))
}

/// An error that the service tells in an answer with a good status.
pub(super) fn failed(error: &Value) -> BadAnswer {
    let word = |name: &str| python::repr(&Val::from(error.get(name).cloned().unwrap_or_default()));
    let said = format!(
        "ResponseError(code={}, message={}, misalignment={}, param={}, type={})",
        word("code"),
        word("message"),
        word("misalignment"),
        word("param"),
        word("type")
    );
    let told = BadAnswer { kind: ModelErrorKind::Server, said: Some(said), ..raised("ValueError", "") };
    BadAnswer { ours: "an error stood in the answer".into(), ..told }
}

impl Response {
    /// The message; an id of its own is left to who knows the run.
    pub(super) fn tell(self, expected: &Expected) -> Result<AiMessage, BadAnswer> {
        let Some(output) = &self.output else {
            return Err(raised("TypeError", "'NoneType' object is not iterable"));
        };
        let mut message = AiMessage {
            usage: self.usage(),
            response_metadata: self.about().into(),
            id: self.id.as_deref().map(Arc::from),
            ..AiMessage::default()
        };
        let mut blocks = Vec::new();
        for item in output {
            add_item(&mut message, &mut blocks, item)?;
        }
        if let Some(parsed) = self.parsed(&blocks).filter(|_| expected.structured) {
            message.additional_kwargs = Metadata::object(Map::from_iter([("parsed".into(), parsed)]));
        }
        message.content = Content::Blocks(blocks);
        Ok(message)
    }

    fn about(&self) -> Map<String, Value> {
        let id = json!(self.id);
        let field = |name: &str| match name {
            "id" => Some(&id),
            "service_tier" => Some(&self.service_tier),
            name => self.more.get(name),
        };
        let kept = KEPT.iter().filter_map(|name| Some((*name, without_nulls(field(name)?)?)));
        let mut about: Map<String, Value> = kept.map(|(name, value)| (name.into(), value)).collect();
        if let Some(created) = about.get("created_at").and_then(Value::as_f64) {
            about.insert("created_at".into(), created.into());
        }
        about.insert("model_provider".into(), PROVIDER.into());
        let model = about.get("model").cloned().unwrap_or_default();
        about.insert("model_name".into(), model);
        about
    }

    fn usage(&self) -> Option<Usage> {
        let count = |name: &str| self.usage.get(name).and_then(Value::as_u64);
        let detail = |of: &str, name: &str| self.usage.get(of)?.get(name)?.as_u64();
        if !self.usage.is_object() {
            return None;
        }
        let (input, output) = (count("input_tokens").unwrap_or(0), count("output_tokens").unwrap_or(0));
        let tier = self.service_tier.as_str();
        let read = [
            ("cache_read", detail("input_tokens_details", "cached_tokens")),
            ("cache_creation", detail("input_tokens_details", "cache_write_tokens")),
        ];
        let written = [("reasoning", detail("output_tokens_details", "reasoning_tokens")), ("", None)];
        Some(Usage {
            input_tokens: input,
            output_tokens: output,
            total_tokens: count("total_tokens").unwrap_or(input.saturating_add(output)),
            input_token_details: usage_details(tier, None, read, input),
            output_token_details: usage_details(tier, None, written, output),
        })
    }

    /// The answer's text as JSON, where a schema was asked for and the text keeps to it.
    fn parsed(&self, blocks: &[Value]) -> Option<Value> {
        let format = self.text.get("format")?.get("type")?;
        let texts = blocks.iter().filter(|block| block.get("type").is_some_and(|kind| kind == "text"));
        let text: String = texts.filter_map(|block| block.get("text")?.as_str()).collect();
        if format != "json_schema" || text.is_empty() { None } else { python::loads(&text).ok() }
    }
}

/// The value without the nulls in it, as the SDK dumps it; `None` for null itself.
pub(super) fn without_nulls(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) => {
            Some(items.iter().map(|item| without_nulls(item).unwrap_or_default()).collect())
        }
        Value::Object(map) => Some(Value::Object(
            map.iter().filter_map(|(key, value)| Some((key.clone(), without_nulls(value)?))).collect(),
        )),
        other => Some(other.clone()),
    }
}

fn add_item(
    message: &mut AiMessage,
    blocks: &mut Vec<Value>,
    item: &Map<String, Value>,
) -> Result<(), BadAnswer> {
    let field = |name: &str| item.get(name).and_then(Value::as_str).map(String::from);
    let whole = || without_nulls(&Value::Object(item.clone())).unwrap_or_default();
    match item.get("type").and_then(Value::as_str) {
        Some("message") => add_words(blocks, item),
        Some("function_call") => {
            blocks.push(whole());
            let (name, args) = (field("name").unwrap_or_default(), field("arguments").unwrap_or_default());
            add_call(message, name, args, field("call_id"))?;
        }
        Some("custom_tool_call") => {
            blocks.push(whole());
            let args = Map::from_iter([("__arg1".into(), item.get("input").cloned().unwrap_or_default())]);
            let name = field("name").unwrap_or_default();
            message.tool_calls.push(ToolCall { name, args, id: field("call_id") });
        }
        Some("reasoning") => blocks.push(whole()),
        Some(kind) if is_built_in(kind) => blocks.push(whole()),
        _ => {}
    }
    Ok(())
}

fn add_call(
    message: &mut AiMessage,
    name: String,
    args: String,
    id: Option<String>,
) -> Result<(), BadAnswer> {
    match python::loads(&args) {
        Ok(Value::Object(args)) => message.tool_calls.push(ToolCall { name, args, id }),
        Ok(_) => {
            let place = message.tool_calls.len();
            let ours = format!(
                "1 validation error for AIMessage\ntool_calls.{place}.args\n  Input should be a valid dictionary"
            );
            return Err(raised("ValidationError", ours));
        }
        Err(error) => message.invalid_tool_calls.push(InvalidToolCall {
            name: Some(name),
            args: Some(args),
            id,
            error: Some(error.to_string()),
        }),
    }
    Ok(())
}

/// The words of a message, each part a block.
fn add_words(blocks: &mut Vec<Value>, item: &Map<String, Value>) {
    let parts = item.get("content").and_then(Value::as_array).into_iter().flatten();
    for part in parts {
        let mut block = match part.get("type").and_then(Value::as_str) {
            Some("output_text") => {
                let annotations = part.get("annotations").and_then(Value::as_array).into_iter().flatten();
                let annotations: Vec<_> = annotations.map(annotation).collect();
                json!({"type": "text", "text": part.get("text"), "annotations": annotations})
            }
            Some("refusal") => json!({"type": "refusal", "refusal": part.get("refusal")}),
            _ => continue,
        };
        block["id"] = item.get("id").cloned().unwrap_or_default();
        if let Some(phase) = item.get("phase").filter(|phase| !phase.is_null()) {
            block["phase"] = phase.clone();
        }
        blocks.push(block);
    }
}

/// LangChain keeps the name `index` for itself.
pub(super) fn annotation(annotation: &Value) -> Value {
    let mut annotation = annotation.clone();
    if let Value::Object(fields) = &mut annotation
        && fields.get("type").is_some_and(|kind| kind == "file_citation")
        && let Some(index) = fields.shift_remove("index")
    {
        fields.insert("file_index".into(), index);
    }
    annotation
}
