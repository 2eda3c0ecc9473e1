//! What is sent: messages, parameters and call arguments as one JSON body. Pure.
//!
//! The keys stand in the order LangChain sends them: `model`, `stream`, `service_tier`, the conversation, then the rest by
//! name, then what `extra_body` adds.

use super::{
    arguments::{CREATE_CHAT, CREATE_RESPONSE, Method, OPTIONS, PARSE_CHAT, STREAM_CHAT},
    content::{Api, Refused},
    message::WireMessages,
    models,
    params::OpenAiParams,
    responses,
};
use crate::{call::BadRequest, python_json::is_truthy, streaming::DisableStreaming};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};
use windlass_core::Message;

/// Room for a short conversation, in bytes.
const USUAL_SIZE: usize = 1024;

/// Call arguments that are for LangChain and not for the service.
const NEVER_SENT: [&str; 2] = ["ls_structured_output_format", "structured_output_format"];

/// Arguments that only the Responses API has.
const RESPONSES_ARGUMENTS: [&str; 6] =
    ["context_management", "include", "previous_response_id", "reasoning", "text", "truncation"];

/// Which of LangChain's classes is followed where they differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Flavour {
    /// `ChatOpenAI`.
    OpenAi,
    /// `AzureChatOpenAI`, with the name of the deployment.
    Azure(Option<String>),
}

/// A model's requests, but for what differs from call to call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RequestPlan {
    flavour: Flavour,
    /// The arguments, in the order LangChain gives them to the SDK.
    arguments: Map<String, Value>,
    /// The same as they stand in a body, for a whole answer and for a stream; where no call has arguments of its own.
    plain: Option<[Map<String, Value>; 2]>,
    extra_body: Option<Map<String, Value>>,
    stream_usage: bool,
    streaming: Option<bool>,
    disable_streaming: DisableStreaming,
    /// Whether the Responses API is used, where that is settled for all calls.
    responses: Option<bool>,
    /// Whether tools make it the Responses API.
    responses_with_tools: bool,
    previous_response: bool,
    /// Reasoning models call the system role `developer`.
    developer: bool,
}

/// A request as it is written.
#[derive(Debug, PartialEq)]
pub(super) struct Written {
    pub(super) api: Api,
    pub(super) body: Vec<u8>,
    /// Whether the answer was asked for in a given form.
    pub(super) structured: bool,
    /// Further parameters of the URL.
    pub(super) query: Option<Map<String, Value>>,
    /// Further headers.
    pub(super) headers: Option<Map<String, Value>>,
}

impl RequestPlan {
    /// Whether this is `AzureChatOpenAI`.
    pub(super) fn is_azure(&self) -> bool {
        matches!(self.flavour, Flavour::Azure(_))
    }

    /// The arguments that no call brings.
    pub(super) fn arguments(&self) -> &Map<String, Value> {
        &self.arguments
    }

    /// `model` is what stands in the body; `stream_usage` is what holds if the parameters do not say.
    pub(super) fn new(
        flavour: Flavour,
        model: Option<&str>,
        params: &OpenAiParams,
        stream_usage: bool,
    ) -> Self {
        let name = model.unwrap_or_default();
        let mut plan = RequestPlan {
            arguments: arguments(model, params),
            plain: None,
            extra_body: params.extra_body.clone(),
            stream_usage: params.stream_usage.unwrap_or(stream_usage),
            streaming: params.streaming,
            disable_streaming: params.disable_streaming.unwrap_or_default(),
            responses: params.use_responses_api.or_else(|| needs_responses(name, params).then_some(true)),
            responses_with_tools: models::needs_responses_with_tools(name),
            previous_response: params.use_previous_response_id.unwrap_or(false),
            developer: flavour == Flavour::OpenAi && models::has_developer(name),
            flavour,
        };
        plan.plain = plan.plain_arguments();
        plan
    }

    /// The arguments of a call that has none of its own, if they are those of chat completions and all known.
    fn plain_arguments(&self) -> Option<[Map<String, Value>; 2]> {
        let prepared = |stream| {
            let payload = self.payload(None, stream);
            let plain = !self.takes_responses(&payload) && !payload.contains_key("response_format");
            let known = CREATE_CHAT.takes(payload.keys()).is_ok();
            let options =
                OPTIONS.iter().any(|option| *option != "extra_body" && payload.contains_key(*option));
            (plain && known && !options).then(|| sorted(payload))
        };
        Some([prepared(false)?, prepared(true)?])
    }

    /// Whether the service is asked for a stream, given what the caller wants.
    pub(super) fn streams(&self, wanted: bool, kwargs: Option<&Map<String, Value>>) -> bool {
        let asked = kwargs.and_then(|kwargs| kwargs.get("stream")).map(is_truthy);
        let refused = self.streaming == Some(false) || (!wanted && asked == Some(false));
        let asked = wanted || asked == Some(true) || self.streaming == Some(true);
        asked && !refused && self.disable_streaming.allows(kwargs)
    }

    /// The request of one call.
    pub(super) fn write(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Written, BadRequest> {
        if let (None, Some(plain)) = (kwargs, &self.plain) {
            let extra_body = self.extra_body.as_ref();
            let body = self.chat_body(messages, &plain[usize::from(stream)], extra_body, stream)?;
            return Ok(Written {
                api: Api::ChatCompletions,
                body,
                structured: false,
                query: None,
                headers: None,
            });
        }
        let payload = self.payload(kwargs, stream);
        if self.takes_responses(&payload) {
            self.write_response(messages, payload, kwargs, stream)
        } else {
            self.write_chat(messages, payload, stream)
        }
    }

    fn write_chat(
        &self,
        messages: &[Message],
        mut payload: Map<String, Value>,
        stream: bool,
    ) -> Result<Written, BadRequest> {
        let structured = payload.contains_key("response_format");
        chat_method(structured, stream).takes(payload.keys())?;
        let options = Options::take(&mut payload);
        let arguments = sorted(payload);
        let body = self.chat_body(messages, &arguments, options.body.as_ref(), stream)?;
        let Options { headers, query, .. } = options;
        Ok(Written { api: Api::ChatCompletions, body, structured, query, headers })
    }

    fn chat_body(
        &self,
        messages: &[Message],
        arguments: &Map<String, Value>,
        extra: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Vec<u8>, BadRequest> {
        let messages = WireMessages::new(messages, self.developer)?;
        Body { arguments, stream: Some(stream), said: ("messages", &messages), extra }.write()
    }

    fn write_response(
        &self,
        messages: &[Message],
        mut payload: Map<String, Value>,
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Written, BadRequest> {
        if let Some(usage) = kwargs.and_then(|kwargs| kwargs.get("stream_usage")).filter(|_| stream) {
            payload.insert("stream_usage".into(), usage.clone());
        }
        let messages =
            if self.previous_response { responses::after_last(messages, &mut payload) } else { messages };
        let schema = payload.get("response_format").is_some_and(is_truthy);
        let input = responses::input(messages, payload.get("store"))?;
        responses::fit(&mut payload, stream)?;
        if let (Flavour::Azure(Some(deployment)), None | Some(Value::Null)) =
            (&self.flavour, payload.get("model"))
        {
            payload.insert("model".into(), deployment.as_str().into());
        }
        CREATE_RESPONSE.takes(payload.keys())?;
        let Options { headers, query, body: extra } = Options::take(&mut payload);
        let arguments = sorted(payload);
        let body = Body {
            arguments: &arguments,
            stream: Some(stream),
            said: ("input", &input),
            extra: extra.as_ref(),
        };
        Ok(Written { api: Api::Responses, body: body.write()?, structured: schema, query, headers })
    }

    /// The arguments of one call, in the order they go to the SDK, without `stream`.
    fn payload(&self, kwargs: Option<&Map<String, Value>>, stream: bool) -> Map<String, Value> {
        let mut payload = self.arguments.clone();
        if let Some(extra) = &self.extra_body {
            payload.insert("extra_body".into(), Value::Object(extra.clone()));
        }
        for (name, value) in kwargs.into_iter().flatten() {
            match name.as_str() {
                name if NEVER_SENT.contains(&name) || name == "stream" => {}
                "stop" if value.is_null() => {}
                "stream_usage" if stream => {}
                name => drop(payload.insert(name.into(), value.clone())),
            }
        }
        if stream && !self.takes_responses(&payload) && self.wants_usage(kwargs) {
            payload.insert("stream_options".into(), json!({"include_usage": true}));
        }
        if self.flavour == Flavour::OpenAi
            && !self.takes_responses(&payload)
            && let Some(tokens) = payload.shift_remove("max_tokens")
        {
            payload.insert("max_completion_tokens".into(), tokens);
        }
        payload
    }

    /// Whether a stream shall end with token counts: the call says so, or else the model.
    fn wants_usage(&self, kwargs: Option<&Map<String, Value>>) -> bool {
        let included =
            |options: &Map<String, Value>| options.get("stream_options")?.get("include_usage")?.as_bool();
        let bound = kwargs.and_then(|kwargs| kwargs.get("stream_usage").and_then(Value::as_bool));
        bound
            .or_else(|| kwargs.and_then(included))
            .or_else(|| included(&self.arguments))
            .unwrap_or(self.stream_usage)
    }

    fn takes_responses(&self, payload: &Map<String, Value>) -> bool {
        if let Some(settled) = self.responses {
            return settled;
        }
        let tools = payload.get("tools").filter(|tools| is_truthy(tools));
        let own = |tool: &Value| tool.get("type").is_some_and(|kind| kind != "function");
        let built_in = tools.and_then(Value::as_array).is_some_and(|tools| tools.iter().any(own));
        built_in
            || (self.responses_with_tools && tools.is_some())
            || RESPONSES_ARGUMENTS.iter().any(|name| payload.contains_key(*name))
    }
}

/// What is wrong with content, as Python's `ValueError`.
impl From<Refused> for BadRequest {
    fn from(refused: Refused) -> Self {
        BadRequest::value(refused.0)
    }
}

fn chat_method(structured: bool, stream: bool) -> Method {
    match (structured, stream) {
        (false, _) => CREATE_CHAT,
        (true, false) => PARSE_CHAT,
        (true, true) => STREAM_CHAT,
    }
}

/// Whether the model's own settings ask for the Responses API.
fn needs_responses(model: &str, params: &OpenAiParams) -> bool {
    own_settings_need_responses(params) || models::needs_responses(model)
}

/// The same, whatever the model's name says.
pub(super) fn asks_for_responses(params: &OpenAiParams) -> bool {
    params.use_responses_api.unwrap_or_else(|| own_settings_need_responses(params))
}

fn own_settings_need_responses(params: &OpenAiParams) -> bool {
    params.output_version.as_deref() == Some("responses/v1")
        || params.context_management.is_some()
        || params.include.is_some()
        || params.reasoning.is_some()
        || params.truncation.is_some()
        || params.use_previous_response_id == Some(true)
}

/// What the SDK takes beside the arguments of the API.
pub(super) struct Options {
    pub(super) headers: Option<Map<String, Value>>,
    pub(super) query: Option<Map<String, Value>>,
    pub(super) body: Option<Map<String, Value>>,
}

impl Options {
    /// Takes them out of the arguments.
    pub(super) fn take(payload: &mut Map<String, Value>) -> Self {
        let mut object = |name| match payload.shift_remove(name) {
            Some(Value::Object(map)) => Some(map),
            _ => None,
        };
        drop(object("timeout"));
        let (headers, query) = (object("extra_headers"), object("extra_query"));
        Options { headers, query, body: object("extra_body") }
    }
}

pub(super) fn sorted(mut arguments: Map<String, Value>) -> Map<String, Value> {
    arguments.shift_remove("extra_body");
    arguments.sort_keys();
    arguments
}

/// The parameters as arguments of the API, in the order LangChain gives them.
fn arguments(model: Option<&str>, params: &OpenAiParams) -> Map<String, Value> {
    let effort = params.reasoning.as_ref().and_then(|reasoning| reasoning.get("effort")?.as_str());
    let efforts = [params.reasoning_effort.as_deref(), effort];
    let temperature = models::temperature(model.unwrap_or_default(), params.temperature, efforts);
    let named = [
        ("presence_penalty", json!(params.presence_penalty)),
        ("frequency_penalty", json!(params.frequency_penalty)),
        ("seed", json!(params.seed)),
        ("top_p", json!(params.top_p)),
        ("logprobs", json!(params.logprobs)),
        ("top_logprobs", json!(params.top_logprobs)),
        ("logit_bias", json!(params.logit_bias)),
        ("stop", json!(params.stop.as_ref().filter(|stop| !stop.is_empty()))),
        ("n", json!(params.n)),
        ("temperature", json!(temperature)),
        ("reasoning_effort", json!(params.reasoning_effort)),
        ("reasoning", json!(params.reasoning)),
        ("verbosity", json!(params.verbosity)),
        ("context_management", json!(params.context_management)),
        ("include", json!(params.include)),
        ("prompt_cache_options", json!(params.prompt_cache_options)),
        ("service_tier", json!(params.service_tier)),
        ("truncation", json!(params.truncation)),
        ("store", json!(params.store)),
    ];
    let named = named.into_iter().filter(|(_, value)| !value.is_null());
    let mut arguments = Map::from_iter([("model".into(), json!(model))]);
    arguments.extend(named.map(|(name, value)| (name.into(), value)));
    arguments.extend(params.model_kwargs.clone().unwrap_or_default());
    if let Some(tokens) = params.max_tokens {
        arguments.insert("max_completion_tokens".into(), tokens.into());
    }
    arguments
}

/// The body of a request.
pub(super) struct Body<'a, T> {
    /// Sorted by name.
    pub(super) arguments: &'a Map<String, Value>,
    pub(super) stream: Option<bool>,
    /// What is said, and the argument's name.
    pub(super) said: (&'static str, &'a T),
    /// Goes over everything else.
    pub(super) extra: Option<&'a Map<String, Value>>,
}

impl<T: Serialize> Body<'_, T> {
    pub(super) fn write(&self) -> Result<Vec<u8>, BadRequest> {
        let mut bytes = Vec::with_capacity(USUAL_SIZE);
        serde_json::to_writer(&mut bytes, self)
            .map_err(|error| BadRequest::value(crate::call::json_mistake(&error)))?;
        Ok(bytes)
    }

    fn extra(&self, name: &str) -> Option<&Value> {
        self.extra.and_then(|extra| extra.get(name))
    }

    /// One of the keys that stand first.
    fn head<S: SerializeMap>(&self, map: &mut S, name: &str) -> Result<(), S::Error> {
        match self.extra(name).or_else(|| self.arguments.get(name)) {
            Some(value) => map.serialize_entry(name, value),
            None => Ok(()),
        }
    }
}

impl<T: Serialize> Serialize for Body<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (said, value) = self.said;
        self.head(&mut map, "model")?;
        match (self.extra("stream"), self.stream) {
            (Some(stream), _) => map.serialize_entry("stream", stream)?,
            (None, Some(stream)) => map.serialize_entry("stream", &stream)?,
            (None, None) => {}
        }
        self.head(&mut map, "service_tier")?;
        // The items of the Responses API stand among the others, a conversation before them.
        let before = |name: &str| said == "input" && name < said;
        let first = |name: &str| matches!(name, "model" | "stream" | "service_tier") || name == said;
        let others = self.arguments.iter().filter(|(name, _)| !first(name));
        for (name, value) in others.clone().filter(|(name, _)| before(name)) {
            map.serialize_entry(name, self.extra(name).unwrap_or(value))?;
        }
        match self.extra(said) {
            Some(value) => map.serialize_entry(said, value)?,
            None => map.serialize_entry(said, value)?,
        }
        for (name, value) in others.filter(|(name, _)| !before(name)) {
            map.serialize_entry(name, self.extra(name).unwrap_or(value))?;
        }
        for (name, value) in self.extra.into_iter().flatten() {
            if !first(name) && !self.arguments.contains_key(name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
