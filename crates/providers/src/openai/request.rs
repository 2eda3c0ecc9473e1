//! What is sent: messages, parameters and call arguments as one JSON body. Pure.
//!
//! The keys stand in the order LangChain sends them: `model`, `stream`, `service_tier`, `messages`, then the rest by
//! name, then what `extra_body` adds.

use super::{message::WireMessages, params::OpenAiParams};
use crate::streaming::DisableStreaming;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::Message;

/// Room for a short conversation, in bytes.
const USUAL_SIZE: usize = 1024;

/// Call arguments that are for us and not for the service.
const NEVER_SENT: [&str; 7] = [
    "extra_headers",
    "extra_body",
    "ls_structured_output_format",
    "structured_output_format",
    "stream",
    "stream_usage",
    "messages",
];

/// A model's requests, but for what differs from call to call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RequestPlan {
    /// The arguments, sorted by name.
    arguments: Map<String, Value>,
    /// The same for a stream.
    streamed: Map<String, Value>,
    extra_body: Map<String, Value>,
    stream_usage: bool,
    streaming: bool,
    disable_streaming: DisableStreaming,
    /// Reasoning models call the system role `developer`.
    developer: bool,
}

impl RequestPlan {
    /// `stream_usage` is what holds if the parameters do not say.
    pub(super) fn new(model: &str, params: &OpenAiParams, stream_usage: bool) -> Self {
        let arguments = arguments(model, params);
        let stream_usage = params.stream_usage.unwrap_or(stream_usage);
        RequestPlan {
            streamed: with_usage(arguments.clone(), stream_usage),
            arguments,
            extra_body: params.extra_body.clone(),
            stream_usage,
            streaming: params.streaming,
            disable_streaming: params.disable_streaming,
            developer: is_reasoning_series(model),
        }
    }

    /// Whether the service is asked for a stream, given what the caller wants.
    pub(super) fn streams(&self, wanted: bool, kwargs: Option<&Map<String, Value>>) -> bool {
        self.disable_streaming.allows(kwargs) && (wanted || self.streaming)
    }

    /// The body.
    pub(super) fn body(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> serde_json::Result<Vec<u8>> {
        let arguments = match kwargs {
            None if stream => Cow::Borrowed(&self.streamed),
            None => Cow::Borrowed(&self.arguments),
            Some(kwargs) => Cow::Owned(self.bound(kwargs, stream)),
        };
        let extra_body = match kwargs.and_then(|kwargs| kwargs.get("extra_body")) {
            Some(Value::Object(bound)) => Cow::Owned(merged(&self.extra_body, bound)),
            _ => Cow::Borrowed(&self.extra_body),
        };
        let messages = WireMessages { messages, developer: self.developer };
        let body = Body { arguments: &arguments, stream, messages, extra_body: &extra_body };
        let mut bytes = Vec::with_capacity(USUAL_SIZE);
        serde_json::to_writer(&mut bytes, &body)?;
        Ok(bytes)
    }

    /// The arguments of one call.
    fn bound(&self, kwargs: &Map<String, Value>, stream: bool) -> Map<String, Value> {
        let mut arguments = self.arguments.clone();
        bind(&mut arguments, kwargs);
        arguments.sort_keys();
        if !stream {
            return arguments;
        }
        let wanted = kwargs.get("stream_usage").and_then(Value::as_bool).unwrap_or(self.stream_usage);
        with_usage(arguments, wanted)
    }
}

/// The arguments of a stream: they ask for token counts, unless the caller already said something about that.
fn with_usage(mut arguments: Map<String, Value>, wanted: bool) -> Map<String, Value> {
    let said = arguments.get("stream_options").is_some_and(|options| options.get("include_usage").is_some());
    if wanted && !said {
        arguments.insert("stream_options".into(), json!({"include_usage": true}));
        arguments.sort_keys();
    }
    arguments
}

fn merged(under: &Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = under.clone();
    merged.extend(over.clone());
    merged
}

/// The parameters as arguments of the API, sorted by name.
fn arguments(model: &str, params: &OpenAiParams) -> Map<String, Value> {
    let value = |value: Option<Value>| value.unwrap_or(Value::Null);
    let named = [
        ("model", json!(model)),
        ("frequency_penalty", json!(params.frequency_penalty)),
        ("logit_bias", value(params.logit_bias.clone().map(Value::Object))),
        ("logprobs", json!(params.logprobs)),
        ("max_completion_tokens", json!(params.max_tokens)),
        ("n", json!(params.n)),
        ("presence_penalty", json!(params.presence_penalty)),
        ("reasoning_effort", json!(params.reasoning_effort)),
        ("seed", json!(params.seed)),
        ("service_tier", json!(params.service_tier)),
        ("stop", json!(params.stop)),
        ("store", json!(params.store)),
        ("temperature", json!(temperature(model, params.temperature))),
        ("top_logprobs", json!(params.top_logprobs)),
        ("top_p", json!(params.top_p)),
    ];
    let named = named.into_iter().filter(|(_, value)| !value.is_null());
    let mut arguments: Map<String, Value> = named.map(|(name, value)| (name.into(), value)).collect();
    bind(&mut arguments, &params.model_kwargs);
    arguments.sort_keys();
    arguments
}

/// Puts a call's own arguments over the model's, unconverted.
fn bind(arguments: &mut Map<String, Value>, kwargs: &Map<String, Value>) {
    for (name, value) in kwargs {
        match name.as_str() {
            name if NEVER_SENT.contains(&name) => {}
            "stop" if value.is_null() => {}
            "max_tokens" => drop(arguments.insert("max_completion_tokens".into(), value.clone())),
            name => drop(arguments.insert(name.into(), value.clone())),
        }
    }
}

/// Some models take no temperature but 1; LangChain knows which.
fn temperature(model: &str, temperature: Option<f64>) -> Option<f64> {
    match temperature {
        None if model == "o1" => Some(1.0),
        Some(degrees) if degrees != 1.0 && model.starts_with("gpt-5") && !model.contains("chat") => None,
        other => other,
    }
}

/// `o1`, `o3-mini`, ...
fn is_reasoning_series(model: &str) -> bool {
    model.strip_prefix('o').is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
}

struct Body<'a> {
    arguments: &'a Map<String, Value>,
    stream: bool,
    messages: WireMessages<'a>,
    extra_body: &'a Map<String, Value>,
}

impl Body<'_> {
    fn argument<S: SerializeMap>(&self, map: &mut S, name: &str) -> Result<(), S::Error> {
        match self.extra_body.get(name).or_else(|| self.arguments.get(name)) {
            Some(value) => map.serialize_entry(name, value),
            None => Ok(()),
        }
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.argument(&mut map, "model")?;
        match self.extra_body.get("stream") {
            Some(stream) => map.serialize_entry("stream", stream)?,
            None => map.serialize_entry("stream", &self.stream)?,
        }
        self.argument(&mut map, "service_tier")?;
        match self.extra_body.get("messages") {
            Some(messages) => map.serialize_entry("messages", messages)?,
            None => map.serialize_entry("messages", &self.messages)?,
        }
        let first = |name: &String| matches!(name.as_str(), "model" | "stream" | "service_tier" | "messages");
        for name in self.arguments.keys().filter(|name| !first(name)) {
            self.argument(&mut map, name)?;
        }
        for (name, value) in self.extra_body {
            if !first(name) && !self.arguments.contains_key(name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
