//! The parameters of a completion model.

use crate::{call::Timeouts, secret::SecretRef};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The parameters of a completion model. LangChain sends some of them even where they are not set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CompletionParams {
    /// Sampling temperature, from 0 (always the likeliest word) to 2. Default: 0.7.
    pub temperature: Option<f64>,
    /// The most tokens of an answer. Default: 256.
    pub max_tokens: Option<i64>,
    /// Sample only from the likeliest tokens that together have this probability, from 0 to 1. Default: 1.
    pub top_p: Option<f64>,
    /// How strongly to avoid words the more often they occurred, from -2 to 2. Default: 0.
    pub frequency_penalty: Option<f64>,
    /// How strongly to avoid words that occurred at all, from -2 to 2. Default: 0.
    pub presence_penalty: Option<f64>,
    /// How many answers to make for each prompt; only the first is used. Default: 1.
    pub n: Option<u32>,
    /// How many answers the service makes to choose the best. Default: 1.
    pub best_of: Option<u32>,
    /// Ask for the same answer each time, as far as the service can.
    pub seed: Option<i64>,
    /// How many of the likeliest tokens to give at each place.
    pub logprobs: Option<u32>,
    /// How much likelier to make tokens, by their number, from -100 to 100.
    pub logit_bias: Option<BTreeMap<String, f64>>,
    /// Further arguments of the API, by their names.
    pub model_kwargs: Option<Map<String, Value>>,
    /// Merged into the request last, over everything else.
    pub extra_body: Option<Map<String, Value>>,
    /// How many prompts of a batch go into one request. Default: 20.
    pub batch_size: Option<u32>,
    /// Ask the service for a stream also when the caller wants the whole answer. Default: false.
    pub streaming: Option<bool>,
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
