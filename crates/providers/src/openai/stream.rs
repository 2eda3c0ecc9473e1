//! A stream under way: bytes to events to chunks.

use super::{
    chat::{OpenAiChat, Session},
    error,
    response::{self, BadAnswer, error_text},
};
use crate::{
    call::Deadline,
    http::Response,
    sse::{Event, Limits, SseDecoder},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use windlass_core::{AiMessageChunk, ModelError, ModelErrorKind, Phase, Result};

/// What the service sends last.
const DONE: &str = "[DONE]";
/// How long the end of the body may come after [`DONE`]; if it does, the connection can be used again.
const LAST_BYTES: Duration = Duration::from_millis(20);

/// A stream whose head was accepted. Nothing is sent again from here on.
pub(super) struct Reading {
    model: Arc<OpenAiChat>,
    response: Response,
    session: Session,
    decoder: SseDecoder,
    /// Until the first content came: when it must.
    first_token: Option<Deadline>,
    /// Whether any chunk came.
    begun: bool,
    /// Whether the reason why the answer ended came.
    finished: bool,
}

/// What an event says.
enum Frame {
    /// The next chunk, and whether it ends the answer.
    Chunk(AiMessageChunk, bool),
    /// Nothing.
    Empty,
    /// Nothing more will come.
    Done,
}

impl Reading {
    pub(super) fn new(
        model: Arc<OpenAiChat>,
        response: Response,
        session: Session,
        first_token: Deadline,
    ) -> Self {
        let decoder = SseDecoder::new(Limits::default());
        let first_token = Some(first_token);
        Reading { model, response, session, decoder, first_token, begun: false, finished: false }
    }

    /// The next chunk, and the reading that goes on after it.
    pub(super) async fn step(mut self: Box<Self>) -> Result<Option<(AiMessageChunk, Box<Self>)>> {
        match self.next().await {
            Ok(Some(chunk)) => Ok(Some((chunk, self))),
            Ok(None) => {
                self.session.call.succeeded();
                Ok(None)
            }
            Err(error) => {
                self.session.call.failed(error.kind);
                Err(error.into())
            }
        }
    }

    async fn next(&mut self) -> Result<Option<AiMessageChunk>, ModelError> {
        let mut deadline = None;
        loop {
            match self.decoded().map_err(|bad| self.model.bad_answer(bad))? {
                Frame::Chunk(chunk, finished) => {
                    self.finished |= finished;
                    return Ok(Some(chunk));
                }
                Frame::Done => {
                    self.drain().await;
                    return self.end(true);
                }
                Frame::Empty => {}
            }
            if !self.read(&mut deadline).await? {
                return self.end(false);
            }
        }
    }

    /// What was read already and not yet given on.
    fn decoded(&mut self) -> Result<Frame, BadAnswer> {
        while let Some(event) = self.decoder.next_event() {
            let event = event.map_err(|error| BadAnswer::nonsense(error.to_string()))?;
            let frame = frame(event)?;
            if let Frame::Chunk(chunk, _) = &frame {
                self.begun = true;
                self.first_token.take_if(|_| chunk.has_content());
            }
            if !matches!(frame, Frame::Empty) {
                return Ok(frame);
            }
        }
        Ok(Frame::Empty)
    }

    /// Reads on; false at the end of the body. The deadline is for the next chunk, however many reads it takes.
    async fn read(&mut self, deadline: &mut Option<Deadline>) -> Result<bool, ModelError> {
        let began = Instant::now();
        let clock = &mut self.session.clock;
        let deadline =
            *deadline.get_or_insert_with(|| self.first_token.unwrap_or_else(|| clock.next_token(began)));
        let read = clock.within(deadline, self.response.chunk()).await;
        self.session.call.waited(began.elapsed());
        match read {
            Ok(Ok(Some(bytes))) => {
                self.decoder.push(&bytes);
                Ok(true)
            }
            Ok(Ok(None)) => Ok(false),
            Ok(Err(failure)) => Err(error::of_http(&self.model.identity, failure)),
            Err(phase) => Err(error::of_timeout(&self.model.identity, phase, &self.session.clock)),
        }
    }

    /// Reads the end of the body if it comes at once.
    async fn drain(&mut self) {
        let deadline = Deadline { at: Instant::now() + LAST_BYTES, phase: Phase::Total };
        while let Ok(Ok(Some(_))) = self.session.clock.within(deadline, self.response.chunk()).await {}
    }

    /// Whether the stream may end here.
    fn end(&self, done: bool) -> Result<Option<AiMessageChunk>, ModelError> {
        let message = match (self.begun, self.finished || done) {
            (true, true) => return Ok(None),
            (true, false) => "the stream ended before the answer did",
            (false, _) => "the stream held no chunk",
        };
        Err(self.model.error(ModelErrorKind::Protocol, message))
    }
}

fn frame(event: Event<'_>) -> Result<Frame, BadAnswer> {
    match (event.name, event.data) {
        ("error", data) => Err(told(data)),
        (_, "") => Ok(Frame::Empty),
        (_, data) if data.starts_with(DONE) => Ok(Frame::Done),
        (_, data) => response::chunk(data).map(|(chunk, finished)| Frame::Chunk(chunk, finished)),
    }
}

/// From the data of an event called `error`.
fn told(data: &str) -> BadAnswer {
    let message = match serde_json::from_str::<Value>(data) {
        Ok(body) => error_text(body.get("error").unwrap_or(&body)),
        Err(_) => data.into(),
    };
    BadAnswer { kind: ModelErrorKind::Server, message }
}
