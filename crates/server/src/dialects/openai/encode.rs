//! A run as the chunks of a chat completion.

use super::{answer::finish_of, chunk::Chunks, error::envelope, tools::CallStream};
use crate::{
    app::Mounted,
    dialects::{
        form::{Form, finish_reason, reasoning, text},
        frames::Frames,
        sse::Sse,
        stream::Encode,
    },
    error::ApiError,
};
use serde_json::json;
use std::sync::Arc;
use windlass_core::{AiMessage, Message, Usage, Val};

/// Writes a run as chunks.
#[derive(Debug)]
pub(super) struct ChatEncoder {
    chunks: Chunks,
    form: Form,
    mounted: Arc<Mounted>,
    calls: CallStream,
    /// Whether the first chunk was written.
    begun: bool,
    /// Why the model stopped, as far as it said so.
    finish: Option<&'static str>,
    /// The output so far, where its pieces are no text.
    whole: Option<Val>,
}

impl ChatEncoder {
    pub(super) fn new(mounted: Arc<Mounted>, chunks: Chunks, calls: CallStream) -> Self {
        let form = Form::of(&mounted.endpoint);
        ChatEncoder { chunks, form, mounted, calls, begun: false, finish: None, whole: None }
    }

    fn begin(&mut self, frames: &mut Frames) {
        if !self.begun {
            self.begun = true;
            self.chunks.role(frames);
        }
    }

    fn text(&mut self, frames: &mut Frames, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        self.begin(frames);
        self.chunks.text(frames, text);
        true
    }

    fn message(&mut self, frames: &mut Frames, piece: &AiMessage) -> bool {
        let thought = reasoning(piece);
        if !thought.is_empty() {
            self.begin(frames);
            self.chunks.delta(frames, &json!({"reasoning_content": thought}));
        }
        let spoke = self.text(frames, &piece.content.to_text());
        let calls = self.calls.pass(piece);
        let called = !calls.is_empty();
        if called {
            self.begin(frames);
            self.chunks.delta(frames, &json!({"tool_calls": calls}));
        }
        self.finish = finish_reason(piece).or(self.finish);
        spoke || called || !thought.is_empty()
    }

    fn keep(&mut self, piece: Val) -> bool {
        match &mut self.whole {
            Some(whole) => self.mounted.endpoint.fold(whole, piece),
            None => self.whole = Some(piece),
        }
        false
    }
}

impl Encode for ChatEncoder {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> bool {
        match (&self.form, piece) {
            (Form::Whole, piece) => self.keep(piece),
            (_, piece) if self.whole.is_some() => self.keep(piece),
            (_, Val::Text(text)) => self.text(frames, &text),
            (_, Val::Message(message)) => match *message {
                Message::Ai(message) => self.message(frames, &message),
                other => self.text(frames, &other.content().to_text()),
            },
            (Form::Field(field), Val::AddDict(mut dict)) => match dict.shift_remove(field.as_str()) {
                Some(Val::Text(text)) => self.text(frames, &text),
                _ => false,
            },
            (_, piece) => self.keep(piece),
        }
    }

    fn end(&mut self, frames: &mut Frames, usage: Option<&Usage>, _: Option<Val>) {
        match self.whole.take() {
            Some(Val::Message(message)) if matches!(*message, Message::Ai(_)) => {
                if let Message::Ai(message) = *message {
                    self.message(frames, &message);
                }
            }
            Some(whole) => {
                let text = text(&self.mounted.endpoint, whole);
                self.text(frames, &text);
            }
            None => {}
        }
        self.begin(frames);
        self.chunks.finish(frames, finish_of(self.finish, self.calls.any()), usage);
    }

    fn failed(&mut self, frames: &mut Frames, error: &ApiError) {
        Sse::LF.data(frames, None, &envelope(error));
    }

    fn keep_alive(&mut self, frames: &mut Frames) {
        Sse::LF.comment(frames, "keep-alive");
    }
}
