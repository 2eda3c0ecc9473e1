//! A run as a UI message stream.

use super::{
    output,
    parts::{Flow, Flows, UiPart},
    refusal,
};
use crate::{
    app::Mounted,
    dialects::{frames::Frames, sse::Sse, stream::Encode},
    error::ApiError,
};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_core::{AiMessage, Chunk, Content, Merge, Message, RunId, Usage, Val};

/// Writes what a run gives as the parts of one message.
pub(super) struct UiEncoder {
    run: RunId,
    mounted: Arc<Mounted>,
    message_id: String,
    /// Whether each piece of the output is the whole so far.
    replaces: bool,
    has_started: bool,
    flows: Flows,
    /// What the model says beside text, gathered: calls of tools, and why it ended.
    beside: AiMessage,
    /// An output that can only be shown whole, gathered.
    whole: Option<Val>,
}

impl UiEncoder {
    /// An encoder for an answer which goes on with that message, or is one of its own.
    pub(super) fn new(run: RunId, mounted: Arc<Mounted>, answers: Option<String>) -> Self {
        let message_id = answers.unwrap_or_else(|| run.to_string());
        let replaces = mounted.endpoint.merge() == Merge::Replace;
        let (flows, beside) = (Flows::default(), AiMessage::default());
        UiEncoder { run, mounted, message_id, replaces, has_started: false, flows, beside, whole: None }
    }

    fn start(&mut self, frames: &mut Frames) {
        if !self.has_started {
            self.has_started = true;
            UiPart::Start { message_id: &self.message_id }.write(frames);
            UiPart::StartStep.write(frames);
        }
    }

    /// Gives whether there was anything to say.
    fn say(&mut self, frames: &mut Frames, flow: Flow, piece: &str) -> bool {
        if piece.is_empty() {
            return false;
        }
        self.start(frames);
        self.flows.piece(frames, flow, piece);
        true
    }

    fn message(&mut self, frames: &mut Frames, message: AiMessage) -> bool {
        let AiMessage { content, tool_calls, tool_call_chunks, invalid_tool_calls, .. } = message;
        self.beside.merge(AiMessage {
            tool_calls,
            tool_call_chunks,
            invalid_tool_calls,
            response_metadata: message.response_metadata,
            ..AiMessage::default()
        });
        self.content(frames, &content)
    }

    fn content(&mut self, frames: &mut Frames, content: &Content) -> bool {
        match content {
            Content::Text(text) => self.say(frames, Flow::Text, text),
            Content::Blocks(blocks) => {
                let said = blocks
                    .iter()
                    .map(|block| said_in(block).is_some_and(|(flow, piece)| self.say(frames, flow, piece)));
                said.fold(false, |any, said| any | said)
            }
        }
    }

    fn gather(&mut self, piece: Val) {
        match &mut self.whole {
            Some(whole) => self.mounted.endpoint.fold(whole, piece),
            None => self.whole = Some(piece),
        }
    }

    /// Says what was gathered.
    fn say_whole(&mut self, frames: &mut Frames) {
        match self.whole.take() {
            None => {}
            Some(Val::Message(message)) => {
                self.say_message(frames, *message);
            }
            Some(whole) => {
                let text = output::text_of(&self.mounted.endpoint, whole);
                self.say(frames, Flow::Text, &text);
            }
        }
    }

    fn say_message(&mut self, frames: &mut Frames, message: Message) -> bool {
        match message {
            Message::Ai(message) => self.message(frames, message),
            other => self.content(frames, other.content()),
        }
    }

    /// The calls that the model asks for and the chain does not run: they are the client's to run. Gives whether there are any.
    fn tool_calls(&self, frames: &mut Frames, said: &AiMessage) -> bool {
        let made_up = |index: usize| format!("{}-{index}", self.run);
        for (index, call) in said.tool_calls.iter().enumerate() {
            let id = call.id.clone().unwrap_or_else(|| made_up(index));
            let (tool_call_id, tool_name) = (id.as_str(), call.name.as_str());
            UiPart::ToolInputStart { tool_call_id, tool_name }.write(frames);
            UiPart::ToolInputAvailable { tool_call_id, tool_name, input: &call.args }.write(frames);
        }
        for (index, call) in said.invalid_tool_calls.iter().enumerate() {
            let id = call.id.clone().unwrap_or_else(|| made_up(said.tool_calls.len() + index));
            let tool_name = call.name.as_deref().unwrap_or_default();
            let input = call.args.as_deref().unwrap_or_default();
            let error_text = "The arguments of this call are not a JSON object.";
            UiPart::ToolInputError { tool_call_id: &id, tool_name, input, error_text }.write(frames);
        }
        !said.tool_calls.is_empty()
    }
}

impl Encode for UiEncoder {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> bool {
        if self.replaces {
            self.gather(piece);
            return false;
        }
        match piece {
            Val::Text(text) => self.say(frames, Flow::Text, &text),
            Val::Message(message) => self.say_message(frames, *message),
            other => {
                self.gather(other);
                false
            }
        }
    }

    fn end(&mut self, frames: &mut Frames, usage: Option<&Usage>, _: Option<Val>) {
        self.say_whole(frames);
        self.start(frames);
        self.flows.end(frames);
        let said = std::mem::take(&mut self.beside).settle();
        let calls = self.tool_calls(frames, &said);
        UiPart::FinishStep.write(frames);
        let reason = if calls { "tool-calls" } else { finish_reason(&said) };
        let mut metadata = json!({"runId": self.run, "finishReason": reason});
        if let Some(usage) = usage {
            metadata["usage"] = json!({
                "inputTokens": usage.input_tokens,
                "outputTokens": usage.output_tokens,
                "totalTokens": usage.total_tokens,
            });
        }
        let finish_reason = Some(reason).filter(|reason| *reason != "stop");
        UiPart::Finish { finish_reason, message_metadata: metadata }.write(frames);
        Sse::LF.text(frames, "[DONE]");
    }

    /// Without `finish`: no client takes that for success. `[DONE]` comes all the same, because assistant-ui asks for it.
    fn failed(&mut self, frames: &mut Frames, error: &ApiError) {
        UiPart::Error { error_text: &refusal::text_of(error) }.write(frames);
        Sse::LF.text(frames, "[DONE]");
    }

    fn keep_alive(&mut self, frames: &mut Frames) {
        Sse::LF.comment(frames, "keep-alive");
    }
}

/// What a content block says, if it is text or reasoning.
fn said_in(block: &Value) -> Option<(Flow, &str)> {
    if let Value::String(text) = block {
        return Some((Flow::Text, text));
    }
    let (flow, field) = match block.get("type")?.as_str()? {
        "text" => (Flow::Text, "text"),
        "reasoning" => (Flow::Reasoning, "reasoning"),
        "thinking" => (Flow::Reasoning, "thinking"),
        _ => return None,
    };
    Some((flow, block.get(field)?.as_str()?))
}

/// Why the model ended, in the AI SDK's words.
fn finish_reason(said: &AiMessage) -> &'static str {
    let metadata = &said.response_metadata;
    let reason = ["finish_reason", "stop_reason"].iter().find_map(|name| metadata.get(*name)?.as_str());
    match reason {
        None | Some("stop" | "end_turn" | "stop_sequence" | "tool_calls" | "tool_use" | "function_call") => {
            "stop"
        }
        Some("length" | "max_tokens") => "length",
        Some("content_filter" | "refusal") => "content-filter",
        Some(_) => "other",
    }
}
