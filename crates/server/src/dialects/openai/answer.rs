//! A whole answer: `chat.completion`.

use super::tools::{self, ClientTools};
use crate::dialects::form::{finish_reason, model_message, reasoning, text};
use serde_json::{Value, json};
use windlass_core::{Endpoint, RunId, Usage, Val};

/// What every answer to one request has in common.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) run: RunId,
    /// Seconds since 1970.
    pub(super) created: u64,
    /// The chain, as the client named it.
    pub(super) model: String,
}

impl Answer {
    /// How the answer itself is called.
    pub(super) fn id(&self) -> String {
        format!("chatcmpl-{}", self.run)
    }

    /// The whole answer.
    pub(super) fn whole(
        &self,
        endpoint: &Endpoint,
        output: Val,
        usage: Option<&Usage>,
        tools: Option<&ClientTools>,
    ) -> Value {
        let mut message = json!({"role": "assistant", "content": null, "refusal": null});
        let mut finish = "stop";
        if let Some(said) = model_message(&output) {
            let calls = tools::calls(said, tools, self.run);
            let thought = reasoning(said);
            finish = finish_of(finish_reason(said), !calls.is_empty());
            if !calls.is_empty() {
                message["tool_calls"] = calls.into();
            }
            if !thought.is_empty() {
                message["reasoning_content"] = thought.into();
            }
        }
        let content = text(endpoint, output);
        if !(content.is_empty() && message.get("tool_calls").is_some()) {
            message["content"] = content.into();
        }
        json!({
            "id": self.id(),
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
            "usage": usage_object(usage),
        })
    }
}

/// Why an answer ends: a client that is told of tool calls must have got some.
pub(super) fn finish_of(reason: Option<&'static str>, calls: bool) -> &'static str {
    match (reason, calls) {
        (_, true) => "tool_calls",
        (Some("tool_calls") | None, false) => "stop",
        (Some(reason), false) => reason,
    }
}

/// Token counts in OpenAI's form; zeros if no model counted any.
pub(super) fn usage_object(usage: Option<&Usage>) -> Value {
    let Some(usage) = usage else {
        return json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0});
    };
    let mut object = json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    });
    if let Some(cached) = usage.input_token_details.get("cache_read") {
        object["prompt_tokens_details"] = json!({"cached_tokens": cached});
    }
    if let Some(thought) = usage.output_token_details.get("reasoning") {
        object["completion_tokens_details"] = json!({"reasoning_tokens": thought});
    }
    object
}
