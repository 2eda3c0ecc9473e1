//! The API's answers as they stand on the wire: only what is read, borrowed where that can be.

use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use windlass_core::Content;

/// Text that is borrowed unless it holds escapes. (`Option<Cow<str>>` alone would always copy.)
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A whole answer.
#[derive(Debug, Deserialize)]
pub(super) struct Completion<'a> {
    #[serde(borrow)]
    pub(super) service_tier: Option<Text<'a>>,
    pub(super) choices: Option<Vec<Choice<'a>>>,
    pub(super) usage: Option<WireUsage>,
    pub(super) error: Option<Value>,
}

/// One of the answers in an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Choice<'a> {
    pub(super) message: Option<Said>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
}

/// What stands in a whole answer beside what the model said; read only if somebody asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct About {
    pub(super) id: Value,
    pub(super) model: Value,
    pub(super) system_fingerprint: Value,
    pub(super) service_tier: Option<Value>,
    pub(super) usage: Value,
    pub(super) choices: Vec<AboutChoice>,
    pub(super) prompt_filter_results: Option<Value>,
}

/// What stands in a choice beside the message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AboutChoice {
    pub(super) finish_reason: Value,
    pub(super) logprobs: Value,
    pub(super) content_filter_results: Option<Value>,
}

/// What the model said.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub(super) role: Option<String>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) content: Option<Content>,
    pub(super) refusal: Option<Value>,
    pub(super) tool_calls: Option<Vec<Call>>,
    pub(super) function_call: Option<Value>,
    pub(super) audio: Option<Value>,
}

/// A call of a tool.
#[derive(Debug, Deserialize)]
pub(super) struct Call {
    pub(super) id: Option<String>,
    pub(super) function: Function,
}

/// The function a call is of.
#[derive(Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<String>,
}

/// A chunk of a stream.
#[derive(Debug, Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) object: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) system_fingerprint: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) service_tier: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) choices: Option<Vec<ChunkChoice<'a>>>,
    pub(super) usage: Option<WireUsage>,
    pub(super) error: Option<Value>,
}

/// The next piece of one of the answers.
#[derive(Debug, Deserialize)]
pub(super) struct ChunkChoice<'a> {
    #[serde(borrow)]
    pub(super) delta: Option<Delta<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
    pub(super) logprobs: Option<Value>,
}

/// What the model says next.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) content: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) tool_calls: Option<Vec<CallPiece<'a>>>,
    pub(super) function_call: Option<Value>,
}

/// A piece of a tool call.
#[derive(Debug, Deserialize)]
pub(super) struct CallPiece<'a> {
    pub(super) index: Option<usize>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) function: Option<FunctionPiece<'a>>,
}

/// A piece of the function a call is of.
#[derive(Debug, Deserialize)]
pub(super) struct FunctionPiece<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) arguments: Option<Text<'a>>,
}

/// Tokens, counted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireUsage {
    pub(super) prompt_tokens: Option<u64>,
    pub(super) completion_tokens: Option<u64>,
    pub(super) total_tokens: Option<u64>,
    pub(super) prompt_tokens_details: Option<WireDetails>,
    pub(super) completion_tokens_details: Option<WireDetails>,
}

/// Tokens by kind.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub(super) struct WireDetails {
    pub(super) audio_tokens: Option<u64>,
    pub(super) cached_tokens: Option<u64>,
    pub(super) cache_write_tokens: Option<u64>,
    pub(super) reasoning_tokens: Option<u64>,
}
