//! What comes back: answers and chunks of answers as messages. Pure.

use super::{
    bad_answer::{ended_badly, misread, misread_object, no_choices, raised, told},
    error::in_stream,
    usage::dumped_usage,
    wire::{About, AboutChoice, CallPiece, Choice, Chunk, ChunkChoice, Completion, Said, Text},
};
use crate::{call::BadAnswer, python_json::is_truthy};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::sync::{Arc, LazyLock};
use windlass_core::{
    AiMessage, AiMessageChunk, Content, Metadata, ParsedCall, Part, RunId, ToolCall, ToolCallChunk,
};

pub(super) const PROVIDER: &str = "openai";

/// What is known of an answer before it comes.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// The id of its chunks; that of a whole answer adds a number.
    pub(super) id: Arc<str>,
    /// Whether it was asked for in a given form.
    pub(super) structured: bool,
    /// For Azure: what goes behind the model's name.
    pub(super) azure: Option<Arc<str>>,
}

impl Expected {
    /// The answer of a new run.
    pub(super) fn new(structured: bool, azure: Option<Arc<str>>) -> Self {
        Expected { id: format!("lc_run--{}", RunId::new()).into(), structured, azure }
    }

    pub(super) fn whole_id(&self) -> Arc<str> {
        format!("{}-0", self.id).into()
    }
}

/// A whole answer.
pub(super) fn whole(body: &Bytes, expected: &Expected) -> Result<AiMessage, BadAnswer> {
    let completion: Completion<'_> = serde_json::from_slice(body)
        .map_err(|error| misread(body, "the answer is not a chat completion", &error))?;
    if let Some(error) = completion.error.filter(is_truthy) {
        return Err(told(error));
    }
    let Completion { service_tier, choices, usage, error: _ } = completion;
    let choices = choices.ok_or_else(|| no_choices(body))?;
    let reasons = choices.iter().filter_map(|choice| choice.finish_reason.as_ref());
    if let Some(bad) = reasons.map(|reason| &*reason.0).find_map(|reason| expected.refuses(reason, body)) {
        return Err(bad);
    }
    let Some(Choice { message, .. }) = choices.into_iter().next() else {
        return Err(raised("IndexError", "list index out of range"));
    };
    let Some(message) = message else {
        return Err(raised("AttributeError", "'NoneType' object has no attribute 'get'"));
    };
    let usage = usage.map(|usage| usage.tell(service_tier.as_ref()));
    let (body, azure) = (body.clone(), expected.azure.clone());
    let response_metadata = Metadata::deferred(move || about(&body, azure.as_deref()));
    Ok(AiMessage { usage, response_metadata, ..message.tell(expected)? })
}

impl Expected {
    fn refuses(&self, reason: &str, body: &[u8]) -> Option<BadAnswer> {
        if self.azure.is_some() && reason == "content_filter" {
            let ours = "Azure has not provided the response due to a content filter being triggered";
            return Some(raised("ValueError", ours));
        }
        if !self.structured {
            return None;
        }
        let about: About = serde_json::from_slice(body).unwrap_or_default();
        ended_badly(reason, &about.usage)
    }
}

/// What LangChain keeps of an answer beside what the model said; of several answers only how the last one ended.
fn about(body: &[u8], azure: Option<&str>) -> Map<String, Value> {
    let mut answer: About = serde_json::from_slice(body).unwrap_or_default();
    let alone = answer.choices.len() == 1;
    let mut reasons = answer.choices.iter().map(|choice| &choice.finish_reason);
    let finish_reason = reasons.rfind(|reason| !reason.is_null()).cloned().unwrap_or_default();
    let AboutChoice { logprobs, content_filter_results, .. } = answer.choices.pop().unwrap_or_default();
    let mut about = if alone { answer.tell(azure) } else { Map::new() };
    about.extend([("finish_reason".into(), finish_reason), ("logprobs".into(), dumped_logprobs(logprobs))]);
    if azure.is_some() {
        let filtered = content_filter_results.unwrap_or_else(|| Map::new().into());
        about.insert("content_filter_results".into(), filtered);
    }
    about
}

impl About {
    /// What stands beside the choices.
    pub(super) fn tell(self, azure: Option<&str>) -> Map<String, Value> {
        let model = match (azure, &self.model) {
            (Some(version), Value::String(model)) if !version.is_empty() => {
                format!("{model}-{version}").into()
            }
            _ => self.model,
        };
        let mut about = Map::from_iter([
            ("token_usage".into(), dumped_usage(self.usage)),
            ("model_provider".into(), PROVIDER.into()),
            ("model_name".into(), model),
            ("system_fingerprint".into(), self.system_fingerprint),
            ("id".into(), self.id),
        ]);
        about.extend(self.service_tier.filter(is_truthy).map(|tier| ("service_tier".into(), tier)));
        let filtered = self.prompt_filter_results.filter(|_| azure.is_some());
        about.extend(filtered.map(|filtered| ("prompt_filter_results".into(), filtered)));
        about
    }
}

/// Probabilities as the SDK gives them: both lists are there, and probabilities are floats.
fn dumped_logprobs(mut logprobs: Value) -> Value {
    if let Value::Object(map) = &mut logprobs {
        for list in ["content", "refusal"] {
            map.entry(list).or_insert(Value::Null);
        }
        for token in map.values_mut().filter_map(Value::as_array_mut).flatten() {
            float_logprob(token);
            token
                .get_mut("top_logprobs")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
                .for_each(float_logprob);
        }
    }
    logprobs
}

fn float_logprob(token: &mut Value) {
    if let Some(logprob) = token.get_mut("logprob")
        && let Some(float) = logprob.as_f64()
    {
        *logprob = float.into();
    }
}

/// What LangChain says of an answer that is no refusal.
static NO_REFUSAL: LazyLock<Metadata> =
    LazyLock::new(|| [("refusal".into(), Value::Null)].into_iter().collect());

/// The metadata of a chunk that has nothing else to say.
static ONLY_PROVIDER: LazyLock<Metadata> =
    LazyLock::new(|| [("model_provider".into(), PROVIDER.into())].into_iter().collect());

pub(super) fn only_provider() -> Metadata {
    ONLY_PROVIDER.clone()
}

/// A chunk of a stream; `None` for one that says nothing.
pub(super) fn chunk(data: &str, expected: &Expected) -> Result<Option<AiMessageChunk>, BadAnswer> {
    let chunk: Chunk<'_> = serde_json::from_str(data).map_err(|error| {
        misread_object(data.as_bytes(), "an event is not a chat completion chunk", &error)
    })?;
    if let Some(error) = chunk.error.as_ref().filter(|error| is_truthy(error)) {
        return Err(in_stream(error));
    }
    Ok(chunk.tell(expected))
}

/// An empty chunk of the answer.
pub(super) fn empty(expected: &Expected) -> AiMessageChunk {
    AiMessage { id: Some(expected.id.clone()), part: Part::Piece, ..AiMessage::default() }
}

impl Chunk<'_> {
    /// As LangChain gives it. Where a form was asked for, only the choice counts.
    pub(super) fn tell(self, expected: &Expected) -> Option<AiMessageChunk> {
        let Chunk { model, system_fingerprint, service_tier, choices, usage, .. } = self;
        let usage = usage.filter(|_| !expected.structured).map(|usage| usage.tell(service_tier.as_ref()));
        let Some(choice) = choices.and_then(|choices| choices.into_iter().next()) else {
            return Some(AiMessage { usage, ..empty(expected) });
        };
        let ChunkChoice { delta, finish_reason, logprobs } = choice;
        let delta = delta?;
        let mut piece = delta.tell(expected);
        piece.usage = usage;
        let finish_reason = finish_reason.filter(|reason| !reason.0.is_empty());
        let logprobs = logprobs.filter(is_truthy);
        if finish_reason.is_none() && logprobs.is_none() {
            return Some(piece);
        }
        let mut about = Map::new();
        if finish_reason.is_some() {
            insert_text(&mut about, "finish_reason", finish_reason);
            if !expected.structured {
                insert_text(&mut about, "model_name", model);
                insert_text(&mut about, "system_fingerprint", system_fingerprint);
                insert_text(&mut about, "service_tier", service_tier);
            }
        }
        about.extend(logprobs.map(|logprobs| ("logprobs".into(), dumped_logprobs(logprobs))));
        about.insert("model_provider".into(), PROVIDER.into());
        piece.response_metadata = about.into();
        Some(piece)
    }
}

impl super::wire::Delta<'_> {
    fn tell(self, expected: &Expected) -> AiMessageChunk {
        let calls = self.tool_calls.unwrap_or_default();
        let own_id = self.id.map(|id| Arc::from(&*id.0));
        AiMessage {
            content: Content::Text(self.content.map(Text::into_string).unwrap_or_default()),
            tool_call_chunks: calls.into_iter().map(CallPiece::tell).collect(),
            additional_kwargs: function_call(self.function_call),
            response_metadata: ONLY_PROVIDER.clone(),
            id: own_id.or_else(|| Some(expected.id.clone())),
            part: Part::Piece,
            ..AiMessage::default()
        }
    }
}

/// A piece of a call in the form from before there were tools.
fn function_call(call: Option<Value>) -> Metadata {
    let Some(Value::Object(mut call)) = call.filter(is_truthy) else {
        return Metadata::default();
    };
    call.entry("arguments").or_insert(Value::Null);
    let name = call.entry("name").or_insert(Value::Null);
    if name.is_null() {
        *name = "".into();
    }
    Metadata::from(Map::from_iter([("function_call".into(), Value::Object(in_order(call)))]))
}

/// A call with the fields as the SDK orders them, which a message as text shows.
fn in_order(mut call: Map<String, Value>) -> Map<String, Value> {
    let known = ["arguments", "name"].map(|name| call.shift_remove_entry(name));
    known.into_iter().flatten().chain(call).collect()
}

fn insert_text(map: &mut Map<String, Value>, name: &str, text: Option<Text<'_>>) {
    if let Some(text) = text.filter(|text| !text.0.is_empty()) {
        map.insert(name.into(), Value::String(text.into_string()));
    }
}

impl Text<'_> {
    fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl Said {
    fn tell(self, expected: &Expected) -> Result<AiMessage, BadAnswer> {
        let content = match self.content {
            Some(Content::Blocks(blocks)) if !blocks.is_empty() => Content::Blocks(blocks),
            Some(Content::Text(text)) => Content::Text(text),
            _ => Content::default(),
        };
        let id = self.id.map_or_else(|| expected.whole_id(), Arc::from);
        let is_user = self.role.is_some_and(|role| role == "user");
        let part = if is_user { Part::Human } else { Part::Whole };
        let mut message = AiMessage { content, name: self.name, id: Some(id), part, ..AiMessage::default() };
        let function_call = match self.function_call {
            Some(Value::Object(call)) => Some(Value::Object(in_order(call))),
            other => other,
        };
        let own = [("function_call", function_call), ("audio", self.audio)];
        let mut own: Map<String, Value> = own
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), value.filter(is_truthy)?)))
            .collect();
        message.additional_kwargs = if own.is_empty() && self.refusal.is_none() && !expected.structured {
            NO_REFUSAL.clone()
        } else {
            if expected.structured {
                own.insert("parsed".into(), Value::Null);
            }
            own.insert("refusal".into(), self.refusal.unwrap_or_default());
            own.into()
        };
        add_calls(&mut message, self.tool_calls.unwrap_or_default())?;
        Ok(message)
    }
}

/// The calls of tools in a whole answer; if the arguments of one are no object, LangChain takes none of the answer.
fn add_calls(message: &mut AiMessage, calls: Vec<super::wire::Call>) -> Result<(), BadAnswer> {
    for call in calls {
        let (name, arguments) = (call.function.name.unwrap_or_default(), call.function.arguments);
        match ToolCall::parse(name, &arguments.unwrap_or_default(), call.id) {
            ParsedCall::Valid(call) => message.tool_calls.push(call),
            ParsedCall::Invalid(call) => message.invalid_tool_calls.push(call),
            ParsedCall::NoObject(_) => {
                let place = message.tool_calls.len();
                let ours = format!(
                    "1 validation error for AIMessage\ntool_calls.{place}.args\n  Input should be a valid dictionary"
                );
                return Err(raised("ValidationError", ours));
            }
        }
    }
    Ok(())
}

impl CallPiece<'_> {
    fn tell(self) -> ToolCallChunk {
        let (name, arguments) =
            self.function.map_or((None, None), |function| (function.name, function.arguments));
        ToolCallChunk {
            index: self.index,
            id: self.id.map(Text::into_string),
            name: name.map(Text::into_string),
            args: arguments.map(Text::into_string),
        }
    }
}

#[cfg(test)]
mod tests;
