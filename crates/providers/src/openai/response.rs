//! What comes back: answers and chunks of answers as messages. Pure.

use super::wire::{
    About, AboutChoice, CallPiece, Choice, Chunk, ChunkChoice, Completion, Said, Text, WireDetails, WireUsage,
};
use crate::call::BadAnswer;
use bytes::Bytes;
use serde_json::{Map, Value};
use std::sync::LazyLock;
use windlass_core::{
    AiMessage, AiMessageChunk, Content, InvalidToolCall, Metadata, ParsedCall, ToolCall, ToolCallChunk, Usage,
};

const PROVIDER: &str = "openai";

/// The words of an `error`, which is an object with a message, or text.
pub(super) fn error_text(error: &Value) -> String {
    match error.get("message").unwrap_or(error) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole answer.
pub(super) fn whole(body: &Bytes) -> Result<AiMessage, BadAnswer> {
    let completion: Completion<'_> = serde_json::from_slice(body)
        .map_err(|error| BadAnswer::misread("the answer is not a chat completion", &error))?;
    if let Some(error) = &completion.error {
        return Err(BadAnswer::told(error_text(error)));
    }
    let Completion { service_tier, choices, usage, error: _ } = completion;
    let Some(Choice { message }) = choices.and_then(|choices| choices.into_iter().next()) else {
        return Err(BadAnswer::nonsense("the answer has no choices"));
    };
    let usage = usage.map(|usage| usage.tell(service_tier.as_ref()));
    let body = body.clone();
    Ok(AiMessage { usage, response_metadata: Metadata::deferred(move || about(&body)), ..message.tell() })
}

/// What LangChain keeps of an answer beside what the model said.
fn about(body: &[u8]) -> Map<String, Value> {
    let About { id, model, system_fingerprint, service_tier, usage, choices } =
        serde_json::from_slice(body).unwrap_or_default();
    let AboutChoice { finish_reason, logprobs } = choices.into_iter().next().unwrap_or_default();
    let mut about = Map::from_iter([
        ("token_usage".into(), usage),
        ("model_provider".into(), PROVIDER.into()),
        ("model_name".into(), model),
        ("system_fingerprint".into(), system_fingerprint),
        ("id".into(), id),
    ]);
    if let Some(tier) = service_tier.filter(|tier| !tier.is_null()) {
        about.insert("service_tier".into(), tier);
    }
    about.extend([("finish_reason".into(), finish_reason), ("logprobs".into(), logprobs)]);
    about
}

/// What LangChain says of an answer that is no refusal.
static NO_REFUSAL: LazyLock<Metadata> =
    LazyLock::new(|| [("refusal".into(), Value::Null)].into_iter().collect());

/// The metadata of a chunk that has nothing else to say.
static ONLY_PROVIDER: LazyLock<Metadata> =
    LazyLock::new(|| [("model_provider".into(), PROVIDER.into())].into_iter().collect());

/// A chunk of a stream, and whether it brought the reason why the answer ended.
pub(super) fn chunk(data: &str) -> Result<(AiMessageChunk, bool), BadAnswer> {
    let chunk: Chunk<'_> = serde_json::from_str(data)
        .map_err(|error| BadAnswer::misread("an event is not a chat completion chunk", &error))?;
    if let Some(error) = &chunk.error {
        return Err(BadAnswer::told(error_text(error)));
    }
    let Chunk { model, system_fingerprint, service_tier, choices, usage, error: _ } = chunk;
    let usage = usage.map(|usage| usage.tell(service_tier.as_ref()));
    let Some(choice) = choices.and_then(|choices| choices.into_iter().next()) else {
        return Ok((AiMessage { usage, ..AiMessage::default() }, false));
    };
    let ChunkChoice { delta, finish_reason, logprobs } = choice;
    let finished = finish_reason.is_some();
    let about = if finished || logprobs.is_some() {
        let mut about = Map::new();
        if finished {
            insert_text(&mut about, "finish_reason", finish_reason);
            insert_text(&mut about, "model_name", model);
            insert_text(&mut about, "system_fingerprint", system_fingerprint);
            insert_text(&mut about, "service_tier", service_tier);
        }
        about.extend(logprobs.map(|logprobs| ("logprobs".into(), logprobs)));
        about.insert("model_provider".into(), PROVIDER.into());
        about.into()
    } else {
        ONLY_PROVIDER.clone()
    };
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
        message.additional_kwargs = match (self.function_call, self.refusal) {
            (None, None) => NO_REFUSAL.clone(),
            (call, refusal) => {
                let call = call.map(|call| ("function_call".into(), call));
                call.into_iter().chain([("refusal".into(), refusal.unwrap_or_default())]).collect()
            }
        };
        for call in self.tool_calls.unwrap_or_default() {
            let arguments = call.function.arguments.unwrap_or_default();
            let (name, id) = (call.function.name, call.id);
            match ToolCall::parse(name.clone(), &arguments, id.clone()) {
                ParsedCall::Valid(call) => message.tool_calls.push(call),
                ParsedCall::Invalid(call) => message.invalid_tool_calls.push(call),
                ParsedCall::NoObject(_) => message.invalid_tool_calls.push(InvalidToolCall {
                    name: Some(name),
                    args: Some(arguments),
                    id,
                    error: Some("the arguments are not a JSON object".into()),
                }),
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
            index: Some(self.index.unwrap_or(place)),
            id: self.id.map(Text::into_string),
            name: name.map(Text::into_string),
            args: Some(arguments.map(Text::into_string).unwrap_or_default()),
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
            input_token_details: details(read, tier, ("cache_read", read.cached_tokens), input),
            output_token_details: details(written, tier, ("reasoning", written.reasoning_tokens), output),
        }
    }
}

fn details(
    kinds: WireDetails,
    tier: Option<&str>,
    (name, special): (&'static str, Option<u64>),
    all: u64,
) -> Metadata {
    let tier = tier.map(str::to_string);
    if tier.is_none() && kinds.audio_tokens.is_none() && special.is_none() {
        return Metadata::default();
    }
    Metadata::deferred(move || {
        let name = tier.as_ref().map_or_else(|| name.into(), |tier| format!("{tier}_{name}"));
        let at_tier = tier.clone().map(|tier| (tier, all.saturating_sub(special.unwrap_or(0)).into()));
        let audio = kinds.audio_tokens.map(|count| ("audio".into(), count.into()));
        let special = special.map(|count| (name, count.into()));
        [audio, special, at_tier].into_iter().flatten().collect()
    })
}

#[cfg(test)]
mod tests;
