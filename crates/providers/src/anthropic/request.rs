//! What is sent: messages, parameters and call arguments as one JSON body and its headers. Pure.
//!
//! The arguments are gathered as LangChain gathers them, and then written in the order in which Anthropic's own SDK
//! writes them, with what its newer versions do not know by name at the end.

use super::{
    betas::add_betas,
    message::{Conversation, conversation},
    models::{self, Profile, profile_of},
    params::{AnthropicParams, Effort, OutputVersion},
    schema,
    standard::native::native,
};
use crate::call::{BadRequest, json_mistake};
use crate::python_json::is_truthy;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::Message;

/// Call arguments that are for us and not for the service.
const NEVER_SENT: [&str; 7] = [
    "stop",
    "stream_usage",
    "ls_structured_output_format",
    "structured_output_format",
    "extra_headers",
    "extra_query",
    "timeout",
];

/// What stands in a body, in this order. The arguments marked with `true` need a feature in test.
const BODY: [(&str, bool); 24] = [
    ("max_tokens", false),
    ("messages", false),
    ("model", false),
    ("billing_policy", true),
    ("cache_control", false),
    ("compaction", true),
    ("container", false),
    ("context_management", true),
    ("diagnostics", false),
    ("fallback_credit_token", true),
    ("fallbacks", true),
    ("inference_geo", false),
    ("mcp_servers", true),
    ("metadata", false),
    ("output_config", false),
    ("service_tier", false),
    ("speed", false),
    ("stop_sequences", false),
    ("stream", false),
    ("system", false),
    ("thinking", false),
    ("thread", true),
    ("tool_choice", false),
    ("tools", false),
];

/// What the SDK no longer knows by name.
const SAMPLING: [&str; 3] = ["temperature", "top_k", "top_p"];

/// A model's requests, but for what differs from call to call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RequestPlan {
    model: String,
    profile: Profile,
    params: AnthropicParams,
    /// The parameters as arguments of the API; those that are not set are null.
    arguments: Map<String, Value>,
    /// The parameters that no call's own arguments change.
    fixed: Map<String, Value>,
}

/// A request on its way out.
#[derive(Debug, PartialEq)]
pub(super) struct Outgoing {
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
    pub(super) answer: Form,
}

/// In which form LangChain gives the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Text, where a stream holds nothing else; else blocks.
    pub(super) text: bool,
    /// With token counts, model name and stop reason.
    pub(super) usage: bool,
    /// In LangChain's standard blocks.
    pub(super) standard: bool,
    /// With the fields that answers have when features in test are switched on.
    pub(super) beta: bool,
}

impl RequestPlan {
    /// The arguments that no call brings.
    pub(super) fn arguments(&self) -> &Map<String, Value> {
        &self.arguments
    }

    pub(super) fn new(model: &str, params: &AnthropicParams) -> Self {
        let profile = profile_of(model);
        let (arguments, fixed) = (arguments(model, params, profile), fixed(params));
        RequestPlan { model: model.into(), profile, params: params.clone(), arguments, fixed }
    }

    /// Whether the service is asked for a stream, given what the caller wants.
    pub(super) fn streams(&self, wanted: bool, kwargs: Option<&Map<String, Value>>) -> bool {
        let asked = kwargs.and_then(|kwargs| kwargs.get("stream")).map(is_truthy);
        let disabled = self.params.streaming == Some(false) || (asked == Some(false) && !wanted);
        let wanted = wanted || asked == Some(true) || self.params.streaming == Some(true);
        wanted && !disabled && self.params.disable_streaming.allows(kwargs)
    }

    /// The request of one call.
    pub(super) fn request(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Outgoing, BadRequest> {
        let none = Map::new();
        let kwargs = kwargs.unwrap_or(&none);
        models::check(&self.model, |name| self.argument(kwargs, name), self.effort(kwargs))?;
        let messages: Vec<_> = messages.iter().map(native).collect();
        let Conversation { system, messages: turns } = conversation(&messages, self.profile.system_in_place)?;
        let mut payload = self.payload(kwargs, system, turns, stream);
        self.configure_output(&mut payload)?;
        self.reuse_container(&mut payload, &messages);
        add_betas(&mut payload);
        payload.retain(|_, value| !value.is_null());
        let usage = kwargs.get("stream_usage").and_then(Value::as_bool).or(self.params.stream_usage);
        let answer = Form {
            text: is_text(&payload),
            usage: usage.unwrap_or(true),
            standard: self.params.output_version == Some(OutputVersion::V1),
            beta: payload.contains_key("betas"),
        };
        check_names(&payload, answer.beta)?;
        let headers = headers(&payload);
        let body =
            serde_json::to_vec(&body(payload)).map_err(|error| BadRequest::value(json_mistake(&error)))?;
        Ok(Outgoing { body: body.into_boxed_slice().into(), headers, answer })
    }

    /// What a call would send under this name, but for what LangChain works out later.
    fn argument<'a>(&'a self, kwargs: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
        let all = [&self.fixed, kwargs, &self.params.model_kwargs, &self.arguments];
        all.iter().find_map(|arguments| arguments.get(name))
    }

    /// How much is to be done for the answer.
    fn effort<'a>(&'a self, kwargs: &'a Map<String, Value>) -> Option<&'a str> {
        let bound = ["effort", "reasoning_effort"].iter().find_map(|name| kwargs.get(*name)?.as_str());
        let of_output = |map: Option<&'a Map<String, Value>>| map?.get("effort")?.as_str();
        bound
            .or_else(|| of_output(kwargs.get("output_config").and_then(Value::as_object)))
            .or_else(|| self.params.reasoning_effort.map(Effort::as_str))
            .or_else(|| of_output(self.params.output_config.as_ref()))
    }

    /// The arguments of one call.
    fn payload(
        &self,
        kwargs: &Map<String, Value>,
        system: Option<Value>,
        turns: Vec<Value>,
        stream: bool,
    ) -> Map<String, Value> {
        let mut payload = self.arguments.clone();
        payload.insert("messages".into(), Value::Array(turns));
        payload.insert("system".into(), system.unwrap_or_default());
        if let Some(stop) = kwargs.get("stop").filter(|stop| is_truthy(stop)) {
            payload.insert("stop_sequences".into(), stop.clone());
        }
        payload.extend(self.params.model_kwargs.clone());
        payload.extend(kwargs.clone());
        payload.retain(|name, _| !NEVER_SENT.contains(&name.as_str()));
        payload.extend(self.fixed.clone());
        if stream {
            payload.insert("stream".into(), true.into());
        }
        if models::is_unsampled(&self.model) {
            payload.retain(|name, _| !SAMPLING.contains(&name.as_str()));
        }
        payload
    }

    /// Puts together what is said about the output: effort, format, and the thinking that an effort brings.
    fn configure_output(&self, payload: &mut Map<String, Value>) -> Result<(), BadRequest> {
        let mut output = self.params.output_config.clone().unwrap_or_default();
        let own = self.params.reasoning_effort.map(|effort| ("effort".to_owned(), effort.as_str().into()));
        let has_own = own.is_some();
        output.extend(own);
        if let Some(Value::Object(bound)) = payload.get("output_config") {
            output.extend(bound.clone());
        }
        let (first, second) = (payload.shift_remove("effort"), payload.shift_remove("reasoning_effort"));
        let bound = first.filter(|effort| !effort.is_null()).or(second).filter(is_truthy);
        let has_effort = has_own || bound.is_some();
        output.extend(bound.map(|effort| ("effort".into(), effort)));
        if !output.is_empty() {
            payload.insert("output_config".into(), output.into());
        }
        if has_effort && self.profile.adaptive && !payload.contains_key("thinking") {
            payload.insert("thinking".into(), json!({"type": "adaptive", "display": "summarized"}));
        }
        let format = match payload.shift_remove("response_format") {
            Some(format) => Some(schema::output_format(&format)?),
            None => None,
        };
        if let Some(format) = payload.shift_remove("output_format").or(format) {
            let output = payload.entry("output_config").or_insert_with(|| json!({}));
            if !output.is_object() {
                *output = json!({});
            }
            output["format"] = format;
        }
        Ok(())
    }

    /// Runs code where the last answer ran it, if that is wanted.
    fn reuse_container(&self, payload: &mut Map<String, Value>, messages: &[Cow<'_, Message>]) {
        let container = payload.get("container").cloned().unwrap_or_default();
        let is_named = container.is_string() || container.get("id").is_some_and(is_truthy);
        if self.params.reuse_last_container != Some(true) || is_named {
            return;
        }
        let last = messages.iter().rev().find_map(|message| match message.as_ref() {
            Message::Ai(message) => {
                message.response_metadata.get("container")?.get("id").filter(|id| is_truthy(id))
            }
            _ => None,
        });
        if let Some(id) = last {
            let reused = match container {
                Value::Object(mut container) => {
                    container.insert("id".into(), id.clone());
                    container.into()
                }
                _ => id.clone(),
            };
            payload.insert("container".into(), reused);
        }
    }
}

/// The parameters as arguments of the API.
fn arguments(model: &str, params: &AnthropicParams, profile: Profile) -> Map<String, Value> {
    let named = [
        ("model", json!(model)),
        ("max_tokens", json!(params.max_tokens.unwrap_or(profile.max_tokens))),
        ("temperature", json!(params.temperature)),
        ("top_k", json!(params.top_k)),
        ("top_p", json!(params.top_p)),
        ("stop_sequences", json!(params.stop_sequences)),
        ("betas", json!(params.betas)),
        ("context_management", json!(params.context_management)),
        ("mcp_servers", json!(params.mcp_servers)),
        ("container", json!(params.container)),
        ("user_profile_id", json!(params.user_profile_id)),
    ];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn fixed(params: &AnthropicParams) -> Map<String, Value> {
    let further = |name: &str| params.model_kwargs.get(name).cloned();
    let thinking = params.thinking.clone().map(Value::Object).or_else(|| further("thinking"));
    let place = params.inference_geo.clone().map(Value::String).or_else(|| further("inference_geo"));
    let pairs = [("thinking", thinking), ("inference_geo", place)];
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Whether a stream is given as text: nothing was asked for that brings other blocks.
fn is_text(payload: &Map<String, Value>) -> bool {
    let has_tools = payload.contains_key("tools")
        || payload.contains_key("mcp_servers")
        || payload.get("extra_body").and_then(|body| body.get("tools")).is_some_and(is_truthy);
    let kind = payload.get("thinking").and_then(|thinking| thinking.get("type")?.as_str());
    let edits = payload.get("context_management").and_then(|context| context.get("edits")?.as_array());
    let compacts = |edit: &Value| edit["type"].as_str().is_some_and(|kind| kind.contains("compact"));
    !has_tools
        && !matches!(kind, Some("enabled" | "adaptive"))
        && !edits.is_some_and(|edits| edits.iter().any(compacts))
        && !cites(payload)
}

/// Whether there are documents whose places are to be given.
fn cites(payload: &Map<String, Value>) -> bool {
    let turns = payload.get("messages").and_then(Value::as_array).into_iter().flatten();
    let mut blocks = turns.filter_map(|turn| turn["content"].as_array()).flatten();
    blocks.any(|block| block["type"] == "document" && is_truthy(&block["citations"]["enabled"]))
}

/// The SDK takes no argument it does not know.
fn check_names(payload: &Map<String, Value>, beta: bool) -> Result<(), BadRequest> {
    const ELSEWHERE: [&str; 4] = ["betas", "user_profile_id", "workspace_id", "extra_body"];
    let known = |name: &str| {
        BODY.iter().any(|(known, in_test)| *known == name && (beta || !in_test))
            || SAMPLING.contains(&name)
            || ELSEWHERE.contains(&name)
    };
    match payload.keys().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => {
            let text = format!("Messages.create() got an unexpected keyword argument '{name}'");
            Err(BadRequest { class: "TypeError", words: text.into() })
        }
    }
}

/// What of the arguments goes into headers.
fn headers(payload: &Map<String, Value>) -> HeaderMap {
    let betas = payload.get("betas").and_then(Value::as_array);
    let betas = betas.map(|betas| betas.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","));
    let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
    let pairs = [
        ("anthropic-beta", betas),
        ("anthropic-user-profile-id", text("user_profile_id")),
        ("anthropic-workspace-id", text("workspace_id")),
    ];
    let header = |(name, value): (&'static str, Option<String>)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(&value?).ok()?))
    };
    pairs.into_iter().filter_map(header).collect()
}

/// The arguments in their order; what `extra_body` holds comes over them.
fn body(mut payload: Map<String, Value>) -> Map<String, Value> {
    let names = BODY.iter().map(|(name, _)| *name).chain(SAMPLING);
    let mut body: Map<String, Value> =
        names.filter_map(|name| Some((name.to_owned(), payload.get_mut(name)?.take()))).collect();
    if let Some(Value::Object(extra)) = payload.get_mut("extra_body").map(Value::take) {
        body.extend(extra);
    }
    body
}

#[cfg(test)]
mod tests;
