//! A run as a UI message stream.

use super::{
    parts::{Flow, Flows, UiPart},
    refusal,
};
use crate::{
    app::Mounted,
    dialects::{
        form::{self, Form},
        frames::Frames,
        sse::Sse,
        stream::Encode,
    },
    error::ApiError,
    run::LiveRun,
};
use serde_json::json;
use std::sync::Arc;
use windlass_core::{AiMessage, Chunk, Error, Merge, Message, RunId, Usage, Val, Whole};

/// Writes what a run gives as the parts of one message.
pub(super) struct UiEncoder {
    run: RunId,
    mounted: Arc<Mounted>,
    message_id: String,
    form: Form,
    has_started: bool,
    flows: Flows,
    /// What the model says beside text, gathered: calls of tools, and why it ended.
    beside: Whole<AiMessage>,
    /// An output that can only be shown whole, gathered.
    whole: Whole,
}

impl UiEncoder {
    /// An encoder for an answer which goes on with that message, or is one of its own.
    pub(super) fn new(run: &LiveRun, mounted: Arc<Mounted>, answers: Option<String>) -> Self {
        UiEncoder {
            run: run.id(),
            message_id: answers.unwrap_or_else(|| run.id().to_string()),
            form: Form::of(&mounted.endpoint),
            has_started: false,
            flows: Flows::default(),
            beside: run.whole(Merge::Append),
            whole: run.whole(mounted.endpoint.merge()),
            mounted,
        }
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

    fn message(&mut self, frames: &mut Frames, message: AiMessage) -> Result<bool, Error> {
        let spoke = self.speak(frames, &message);
        let AiMessage { tool_calls, tool_call_chunks, invalid_tool_calls, response_metadata, .. } = message;
        let beside = AiMessage {
            tool_calls,
            tool_call_chunks,
            invalid_tool_calls,
            response_metadata,
            ..AiMessage::default()
        };
        if beside != AiMessage::default() {
            self.beside.add(beside)?;
        }
        Ok(spoke)
    }

    fn speak(&mut self, frames: &mut Frames, message: &AiMessage) -> bool {
        let thought = self.say(frames, Flow::Reasoning, &form::reasoning(message));
        let spoke = self.say(frames, Flow::Text, &message.content.to_text());
        thought | spoke
    }

    /// Keeps a piece that says nothing yet.
    fn keep(&mut self, piece: Val) -> Result<bool, Error> {
        self.whole.add(piece).map(|()| false)
    }

    /// Says what was kept, and gives what the model said beside text.
    fn say_kept(&mut self, frames: &mut Frames) -> AiMessage {
        let mut beside = self.beside.take().unwrap_or_default();
        match self.whole.take() {
            None => {}
            Some(Val::Message(message)) if matches!(*message, Message::Ai(_)) => {
                if let Message::Ai(message) = *message {
                    self.speak(frames, &message);
                    beside.merge(message);
                }
            }
            Some(whole) => {
                let text = form::text(&self.mounted.endpoint, whole);
                self.say(frames, Flow::Text, &text);
            }
        }
        beside
    }

    /// The calls that the model asks for and the chain does not run: they are the client's to run. Gives whether there are any.
    fn tool_calls(&self, frames: &mut Frames, said: &AiMessage) -> bool {
        for (index, call) in said.tool_calls.iter().enumerate() {
            let id = form::call_id(call.id.as_deref(), self.run, index);
            let (tool_call_id, tool_name) = (id.as_str(), call.name.as_str());
            UiPart::ToolInputStart { tool_call_id, tool_name }.write(frames);
            UiPart::ToolInputAvailable { tool_call_id, tool_name, input: &call.args }.write(frames);
        }
        for (index, call) in said.invalid_tool_calls.iter().enumerate() {
            let id = form::call_id(call.id.as_deref(), self.run, said.tool_calls.len() + index);
            let tool_name = call.name.as_deref().unwrap_or_default();
            let input = call.args.as_deref().unwrap_or_default();
            let error_text = "The arguments of this call are not a JSON object.";
            UiPart::ToolInputError { tool_call_id: &id, tool_name, input, error_text }.write(frames);
        }
        !said.tool_calls.is_empty()
    }
}

impl Encode for UiEncoder {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> Result<bool, Error> {
        Ok(match (&self.form, piece) {
            (Form::Whole, piece) => self.keep(piece)?,
            (_, piece) if !self.whole.is_empty() => self.keep(piece)?,
            (_, Val::Text(text)) => self.say(frames, Flow::Text, &text),
            (_, Val::Message(message)) => match *message {
                Message::Ai(message) => self.message(frames, message)?,
                other => self.say(frames, Flow::Text, &other.content().to_text()),
            },
            (Form::Field(field), Val::AddDict(mut dict)) => match dict.swap_remove(field.as_str()) {
                Some(Val::Text(text)) => self.say(frames, Flow::Text, &text),
                _ => false,
            },
            (_, piece) => self.keep(piece)?,
        })
    }

    fn end(&mut self, frames: &mut Frames, usage: Option<&Usage>, _: Option<Val>) {
        let said = self.say_kept(frames).settle();
        self.start(frames);
        self.flows.end(frames);
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

/// Why the model ended, in the AI SDK's words.
fn finish_reason(said: &AiMessage) -> &'static str {
    match form::finish_reason(said) {
        Some("length") => "length",
        Some("content_filter") => "content-filter",
        _ => "stop",
    }
}
