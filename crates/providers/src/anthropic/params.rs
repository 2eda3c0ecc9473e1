//! The parameters of an Anthropic model.

use crate::{call::Timeouts, secret::SecretRef, streaming::DisableStreaming};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The parameters of an Anthropic model. What is not set is not sent, but for `max_tokens`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnthropicParams {
    /// The most tokens of an answer, thinking included. Default: the most the model can give, else 4096.
    #[serde(alias = "max_tokens_to_sample")]
    pub max_tokens: Option<u64>,
    /// Sampling temperature, from 0 (always the likeliest word) to 1.
    pub temperature: Option<f64>,
    /// Sample only from so many of the likeliest tokens.
    pub top_k: Option<u64>,
    /// Sample only from the likeliest tokens that together have this probability, from 0 to 1.
    pub top_p: Option<f64>,
    /// Where to stop: a list of texts.
    #[serde(alias = "stop")]
    pub stop_sequences: Option<Vec<String>>,
    /// Thinking before the answer, like `{ type: enabled, budget_tokens: 1024 }` or `{ type: adaptive }`.
    pub thinking: Option<Map<String, Value>>,
    /// How much the model does for an answer; newer models think as much as it takes.
    #[serde(alias = "effort")]
    pub reasoning_effort: Option<Effort>,
    /// What the answer is like: `effort`, `format`, `task_budget`.
    pub output_config: Option<Map<String, Value>>,
    /// Names of features in test to switch on.
    pub betas: Option<Vec<String>>,
    /// Servers with tools, which the service asks by itself. Needs no tools of ours.
    pub mcp_servers: Option<Vec<Map<String, Value>>>,
    /// What the service may forget of long conversations.
    pub context_management: Option<Map<String, Value>>,
    /// Where the service runs code: a container's id, or its parameters.
    pub container: Option<Value>,
    /// Run code where the last answer of the conversation ran it. Default: false.
    pub reuse_last_container: Option<bool>,
    /// In which part of the world the service works.
    pub inference_geo: Option<String>,
    /// On whose behalf the requests are made.
    pub user_profile_id: Option<String>,
    /// Further arguments of the API, by their names, like `service_tier` and `metadata`.
    pub model_kwargs: Map<String, Value>,
    /// Ask the service for a stream also when the caller wants the whole answer; `false` asks for none at all.
    pub streaming: Option<bool>,
    /// Do not ask the service for a stream: `true`, or `tool_calling` for requests with tools. Default: false.
    pub disable_streaming: DisableStreaming,
    /// Give token counts, model name and stop reason in streams. Default: true.
    pub stream_usage: Option<bool>,
    /// In which blocks answers are given: `v0` (default) Anthropic's own, `v1` LangChain's standard ones.
    pub output_version: Option<OutputVersion>,
    /// How often a failed request is sent again. Default: 2.
    pub max_retries: Option<u32>,
    /// How long to wait for the service each time, in seconds; sets `first_token` and `between_tokens` of `timeouts`.
    #[serde(alias = "timeout")]
    pub default_request_timeout: Option<f64>,
    /// How long the parts of a call may take.
    pub timeouts: Timeouts,
    /// The key, as the name of an environment variable. Default: `${ANTHROPIC_API_KEY}`, which is sent to
    /// `api.anthropic.com` and to what `ANTHROPIC_API_URL` names, and nowhere else.
    #[serde(alias = "anthropic_api_key")]
    pub api_key: Option<SecretRef>,
    /// Where the service is, up to and without `/v1`. Default: `ANTHROPIC_API_URL`, else `ANTHROPIC_BASE_URL`, else
    /// `https://api.anthropic.com`.
    #[serde(alias = "anthropic_api_url")]
    pub base_url: Option<String>,
    /// Further HTTP headers; a value may be `${NAME}`.
    pub default_headers: BTreeMap<String, String>,
}

/// In which blocks answers are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputVersion {
    /// Anthropic's own.
    V0,
    /// LangChain's standard ones.
    V1,
}

/// How much a model does for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// All it can.
    Max,
    /// Very much.
    Xhigh,
    /// Much.
    High,
    /// Neither much nor little.
    Medium,
    /// Little.
    Low,
}

impl Effort {
    /// As the API names it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Effort::Max => "max",
            Effort::Xhigh => "xhigh",
            Effort::High => "high",
            Effort::Medium => "medium",
            Effort::Low => "low",
        }
    }
}
