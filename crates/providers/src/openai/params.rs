//! The parameters of an OpenAI model.

use crate::{call::Timeouts, secret::SecretRef, streaming::DisableStreaming};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The parameters of an OpenAI model. What is not set is not sent.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiParams {
    /// Sampling temperature, from 0 (always the likeliest word) to 2.
    pub temperature: Option<f64>,
    /// Sample only from the likeliest tokens that together have this probability, from 0 to 1.
    pub top_p: Option<f64>,
    /// How strongly to avoid words that occurred at all, from -2 to 2.
    pub presence_penalty: Option<f64>,
    /// How strongly to avoid words the more often they occurred, from -2 to 2.
    pub frequency_penalty: Option<f64>,
    /// The most tokens of an answer, reasoning included. Sent as `max_completion_tokens`.
    pub max_tokens: Option<u64>,
    /// Where to stop: one text, or a list of up to four.
    pub stop: Option<Stop>,
    /// How many answers to make; only the first is used.
    pub n: Option<u32>,
    /// Ask for the same answer each time, as far as the service can.
    pub seed: Option<i64>,
    /// Give the tokens' probabilities in `response_metadata`.
    pub logprobs: Option<bool>,
    /// With `logprobs`: how many of the likeliest tokens to give at each place, from 0 to 20.
    pub top_logprobs: Option<u32>,
    /// How much likelier to make tokens, by their number, from -100 to 100.
    pub logit_bias: Option<Map<String, Value>>,
    /// Which class of service to use: `auto`, `default`, `flex`, `priority`.
    pub service_tier: Option<String>,
    /// Let the service keep the answer.
    pub store: Option<bool>,
    /// How much a reasoning model thinks: `minimal`, `low`, `medium`, `high`.
    pub reasoning_effort: Option<String>,
    /// How a reasoning model thinks: `{effort: low, summary: auto}`. Responses API.
    pub reasoning: Option<Map<String, Value>>,
    /// How much a reasoning model says: `low`, `medium`, `high`.
    pub verbosity: Option<String>,
    /// What to give beside the answer, such as `reasoning.encrypted_content`. Responses API.
    pub include: Option<Vec<String>>,
    /// What to do with a conversation that is too long: `auto` or `disabled`. Responses API.
    pub truncation: Option<String>,
    /// How the service shortens long conversations. Responses API.
    pub context_management: Option<Vec<Value>>,
    /// How the service keeps prompts.
    pub prompt_cache_options: Option<Map<String, Value>>,
    /// Send only what was said since the model's last answer, and that answer's id. Responses API. Default: false.
    pub use_previous_response_id: Option<bool>,
    /// Use the Responses API. Default: where an argument, a tool or the model needs it.
    pub use_responses_api: Option<bool>,
    /// The form of answers: `v0`, `v1` (LangChain's standard blocks, of chat completions only), or `responses/v1`, which asks
    /// for the Responses API. Default: text where there is only
    /// text, and `responses/v1` for the Responses API.
    pub output_version: Option<String>,
    /// Further arguments of the API, by their names.
    pub model_kwargs: Option<Map<String, Value>>,
    /// Merged into the request last, over everything else.
    pub extra_body: Option<Map<String, Value>>,
    /// `true`: ask the service for a stream also when the caller wants the whole answer; `false`: never. Default: as the
    /// caller wants it.
    pub streaming: Option<bool>,
    /// Do not ask the service for a stream: `true`, or `tool_calling` for requests with tools. Default: false.
    pub disable_streaming: Option<DisableStreaming>,
    /// Ask for token counts in streams. Default: true, but false where a base URL is set, for not all services can.
    pub stream_usage: Option<bool>,
    /// How often a failed request is sent again. Default: 2.
    pub max_retries: Option<u32>,
    /// How long the parts of a call may take.
    pub timeouts: Timeouts,
    /// The key, as the name of an environment variable. Default: `${OPENAI_API_KEY}`.
    pub api_key: Option<SecretRef>,
    /// Where the service is, up to and with `/v1`. Default: `OPENAI_API_BASE`, else `OPENAI_BASE_URL`, else
    /// `https://api.openai.com/v1`.
    pub base_url: Option<String>,
    /// The organisation that pays. Default: `OPENAI_ORG_ID`, else `OPENAI_ORGANIZATION`.
    pub organization: Option<String>,
    /// Further HTTP headers; a value may be `${NAME}`.
    pub default_headers: Option<BTreeMap<String, String>>,
    /// Further parameters of the URL.
    pub default_query: Option<Map<String, Value>>,
}

/// Where to stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Stop {
    /// At this text.
    One(String),
    /// At any of these texts.
    Any(Vec<String>),
}

impl Stop {
    /// Whether there is no text to stop at.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Stop::One(text) => text.is_empty(),
            Stop::Any(texts) => texts.is_empty(),
        }
    }
}
