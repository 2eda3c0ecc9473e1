//! What comes back: answers and chunks of answers as messages. Pure.

use super::wire::{CallPiece, Choice, Chunk, ChunkChoice, Completion, Said, Text, WireDetails, WireUsage};
use serde::Deserialize;
use serde_json::{Map, Value};
use windlass_core::{AiMessage, AiMessageChunk, Content, ModelErrorKind, ToolCall, ToolCallChunk, Usage};

const PROVIDER: &str = "openai";

/// An answer that is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BadAnswer {
    /// `Server` if the service says so itself, else `Protocol`.
    pub(super) kind: ModelErrorKind,
    pub(super) message: String,
}

impl BadAnswer {
    pub(super) fn nonsense(message: impl Into<String>) -> Self {
        BadAnswer { kind: ModelErrorKind::Protocol, message: message.into() }
    }

    /// From the `error` of an answer that began well.
    pub(super) fn told(error: &Value) -> Self {
        BadAnswer { kind: ModelErrorKind::Server, message: error_text(error) }
    }
}

/// The words of an `error`, which is an object with a message, or text.
pub(super) fn error_text(error: &Value) -> String {
    match error.get("message").unwrap_or(error) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole answer.
pub(super) fn whole(body: &[u8]) -> Result<AiMessage, BadAnswer> {
    let completion: Completion<'_> = serde_json::from_slice(body)
        .map_err(|error| BadAnswer::nonsense(format!("the answer is not a chat completion: {error}")))?;
    if let Some(error) = &completion.error {
        return Err(BadAnswer::told(error));
    }
    let Completion { id, model, system_fingerprint, service_tier, choices, usage, error: _ } = completion;
    let choice = choices.and_then(|choices| choices.into_iter().next());
    let Some(Choice { message, finish_reason, logprobs }) = choice else {
        return Err(BadAnswer::nonsense("the answer has no choices"));
    };
    let counted = usage.as_ref().and_then(|usage| WireUsage::deserialize(usage).ok());
    let counted = counted.map(|counted| counted.tell(service_tier.as_ref()));
    let mut about = Map::new();
    about.insert("token_usage".into(), usage.unwrap_or(Value::Null));
    about.insert("model_provider".into(), PROVIDER.into());
    about.insert("model_name".into(), text_or_null(model));
    about.insert("system_fingerprint".into(), text_or_null(system_fingerprint));
    about.insert("id".into(), text_or_null(id));
    insert_text(&mut about, "service_tier", service_tier);
    about.insert("finish_reason".into(), text_or_null(finish_reason));
    about.insert("logprobs".into(), logprobs.unwrap_or(Value::Null));
    Ok(AiMessage { usage: counted, response_metadata: about, ..message.tell() })
}

/// A chunk of a stream, and whether it brought the reason why the answer ended.
pub(super) fn chunk(data: &str) -> Result<(AiMessageChunk, bool), BadAnswer> {
    let chunk: Chunk<'_> = serde_json::from_str(data)
        .map_err(|error| BadAnswer::nonsense(format!("an event is not a chat completion chunk: {error}")))?;
    if let Some(error) = &chunk.error {
        return Err(BadAnswer::told(error));
    }
    let Chunk { model, system_fingerprint, service_tier, choices, usage, error: _ } = chunk;
    let usage = usage.map(|usage| usage.tell(service_tier.as_ref()));
    let Some(choice) = choices.and_then(|choices| choices.into_iter().next()) else {
        return Ok((AiMessage { usage, ..AiMessage::default() }, false));
    };
    let ChunkChoice { delta, finish_reason, logprobs } = choice;
    let finished = finish_reason.is_some();
    let mut about = Map::new();
    if finished {
        insert_text(&mut about, "finish_reason", finish_reason);
        insert_text(&mut about, "model_name", model);
        insert_text(&mut about, "system_fingerprint", system_fingerprint);
        insert_text(&mut about, "service_tier", service_tier);
    }
    if let Some(logprobs) = logprobs {
        about.insert("logprobs".into(), logprobs);
    }
    about.insert("model_provider".into(), PROVIDER.into());
    let delta = delta.unwrap_or_default();
    let calls = delta.tool_calls.unwrap_or_default().into_iter().enumerate();
    let piece = AiMessage {
        content: Content::Text(delta.content.map(Text::into_string).unwrap_or_default()),
        tool_call_chunks: calls.map(|(place, piece)| piece.tell(place)).collect(),
        additional_kwargs: delta
            .function_call
            .map(|call| ("function_call".into(), call))
            .into_iter()
            .collect(),
        usage,
        response_metadata: about,
        ..AiMessage::default()
    };
    Ok((piece, finished))
}

fn text_or_null(text: Option<Text<'_>>) -> Value {
    text.map_or(Value::Null, |text| Value::String(text.into_string()))
}

fn insert_text(map: &mut Map<String, Value>, name: &str, text: Option<Text<'_>>) {
    if let Some(text) = text {
        map.insert(name.into(), Value::String(text.into_string()));
    }
}

impl Text<'_> {
    fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl Said {
    fn tell(self) -> AiMessage {
        let mut message = AiMessage { content: self.content.unwrap_or_default(), ..AiMessage::default() };
        if let Some(call) = self.function_call {
            message.additional_kwargs.insert("function_call".into(), call);
        }
        message.additional_kwargs.insert("refusal".into(), self.refusal.unwrap_or(Value::Null));
        for call in self.tool_calls.unwrap_or_default() {
            let arguments = call.function.arguments.unwrap_or_default();
            match ToolCall::parse(call.function.name, &arguments, call.id) {
                Ok(call) => message.tool_calls.push(call),
                Err(call) => message.invalid_tool_calls.push(call),
            }
        }
        message
    }
}

impl CallPiece<'_> {
    /// `place` is where it stands among the calls of its chunk, for services that give no index.
    fn tell(self, place: usize) -> ToolCallChunk {
        let (name, arguments) =
            self.function.map_or((None, None), |function| (function.name, function.arguments));
        ToolCallChunk {
            index: self.index.unwrap_or(place),
            id: self.id.map(Text::into_string),
            name: name.map(Text::into_string),
            args: arguments.map(Text::into_string).unwrap_or_default(),
        }
    }
}

impl WireUsage {
    /// As LangChain counts: tokens of the tiers that cost differently go by the tier's name.
    fn tell(self, service_tier: Option<&Text<'_>>) -> Usage {
        let tier = service_tier.map(|tier| &*tier.0).filter(|tier| matches!(*tier, "priority" | "flex"));
        let input = self.prompt_tokens.unwrap_or(0);
        let output = self.completion_tokens.unwrap_or(0);
        let read = self.prompt_tokens_details.unwrap_or_default();
        let written = self.completion_tokens_details.unwrap_or_default();
        Usage {
            input_tokens: input,
            output_tokens: output,
            total_tokens: self.total_tokens.filter(|total| *total > 0).unwrap_or(input + output),
            input_token_details: details(&read, tier, ("cache_read", read.cached_tokens), input),
            output_token_details: details(&written, tier, ("reasoning", written.reasoning_tokens), output),
        }
    }
}

fn details(
    kinds: &WireDetails,
    tier: Option<&str>,
    (name, special): (&str, Option<u64>),
    all: u64,
) -> Map<String, Value> {
    let name = tier.map_or_else(|| name.into(), |tier| format!("{tier}_{name}"));
    let at_tier = tier.map(|tier| (tier.into(), all.saturating_sub(special.unwrap_or(0)).into()));
    let audio = kinds.audio_tokens.map(|count| ("audio".into(), count.into()));
    let special = special.map(|count| (name, count.into()));
    [audio, special, at_tier].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
