//! The arguments that OpenAI's SDK for Python knows: an argument it does not know is refused before anything is sent.

use crate::call::BadRequest;
use windlass_core::Words;

/// A method of the SDK, and its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Method {
    name: &'static str,
    arguments: &'static [&'static str],
}

/// What every method takes beside the arguments of the API: they change the request, and are no part of its body.
pub(super) const OPTIONS: [&str; 4] = ["extra_headers", "extra_query", "extra_body", "timeout"];

const CHAT: &[&str] = &[
    "messages",
    "model",
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "modalities",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

const RESPONSES: &[&str] = &[
    "access_programs",
    "background",
    "background_options",
    "context_management",
    "conversation",
    "image",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

const COMPLETIONS: &[&str] = &[
    "model",
    "prompt",
    "best_of",
    "echo",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_tokens",
    "n",
    "presence_penalty",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "suffix",
    "temperature",
    "top_p",
    "user",
];

/// Chat completions.
pub(super) const CREATE_CHAT: Method = Method { name: "Completions.create", arguments: CHAT };
/// Chat completions in a given form.
pub(super) const PARSE_CHAT: Method = Method { name: "Completions.parse", arguments: CHAT };
/// Chat completions in a given form, as a stream.
pub(super) const STREAM_CHAT: Method = Method { name: "Completions.stream", arguments: CHAT };
/// The Responses API.
pub(super) const CREATE_RESPONSE: Method = Method { name: "Responses.create", arguments: RESPONSES };
/// Completions of text.
pub(super) const CREATE_TEXT: Method = Method { name: "Completions.create", arguments: COMPLETIONS };

impl Method {
    /// Whether it takes all of these, in Python's words.
    pub(super) fn takes<'a>(self, names: impl IntoIterator<Item = &'a String>) -> Result<(), BadRequest> {
        let known = |name: &str| self.arguments.contains(&name) || OPTIONS.contains(&name);
        match names.into_iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(name) => {
                let ours = format!("{}() got an unexpected keyword argument '{name}'", self.name);
                Err(BadRequest { class: "TypeError", words: Words { ours, said: None } })
            }
        }
    }
}
