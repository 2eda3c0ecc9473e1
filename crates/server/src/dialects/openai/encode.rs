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
    run::LiveRun,
};
use serde_json::json;
use std::sync::Arc;
use windlass_core::{AiMessage, Error, Message, Usage, Val, Whole};

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
    whole: Whole,
}

impl ChatEncoder {
    pub(super) fn new(run: &LiveRun, mounted: Arc<Mounted>, chunks: Chunks, calls: CallStream) -> Self {
        let form = Form::of(&mounted.endpoint);
        let whole = run.whole(mounted.endpoint.merge());
        ChatEncoder { chunks, form, mounted, calls, begun: false, finish: None, whole }
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

    /// Keeps a piece that says nothing yet.
    fn keep(&mut self, piece: Val) -> Result<bool, Error> {
        self.whole.add(piece).map(|()| false)
    }
}

impl Encode for ChatEncoder {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> Result<bool, Error> {
        Ok(match (&self.form, piece) {
            (Form::Whole, piece) => self.keep(piece)?,
            (_, piece) if !self.whole.is_empty() => self.keep(piece)?,
            (_, Val::Text(text)) => self.text(frames, &text),
            (_, Val::Message(message)) => match *message {
                Message::Ai(message) => self.message(frames, &message),
                other => self.text(frames, &other.content().to_text()),
            },
            (Form::Field(field), Val::AddDict(mut dict)) => match dict.shift_remove(field.as_str()) {
                Some(Val::Text(text)) => self.text(frames, &text),
                _ => false,
            },
            (_, piece) => self.keep(piece)?,
        })
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
