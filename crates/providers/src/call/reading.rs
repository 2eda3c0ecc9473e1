//! A stream under way: waits for bytes, within the call's timeouts, and gives chunks.

use super::{BadAnswer, Deadline, Protocol, Reader, VendorChat, send::Session};
use crate::http::Response;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use windlass_core::{AiMessageChunk, ModelError, Phase, Result};

/// How long the end of the body may come after the stream's own end; if it does, the connection can be used again.
const LAST_BYTES: Duration = Duration::from_millis(20);

/// A stream whose head was accepted. Nothing is sent again from here on.
pub(super) struct Reading<P: Protocol> {
    model: Arc<VendorChat<P>>,
    // The connection goes before the report that it went.
    response: Response,
    session: Session,
    chunks: P::Reader,
    /// Whether the body is at its end.
    ended: bool,
    /// Until the first content came: when it must.
    first_token: Option<Deadline>,
}

impl<P: Protocol> Reading<P> {
    pub(super) fn new(
        model: Arc<VendorChat<P>>,
        response: Response,
        session: Session,
        (chunks, first_token): (P::Reader, Deadline),
    ) -> Self {
        Reading { model, response, session, chunks, ended: false, first_token: Some(first_token) }
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
            if let Some(chunk) = self.chunks.next_chunk().map_err(|bad| self.bad(bad))? {
                self.first_token.take_if(|_| chunk.has_content());
                return Ok(Some(chunk));
            }
            if self.ended {
                break;
            }
            if self.chunks.is_done() {
                self.drain().await;
                self.ended = true;
            } else {
                self.ended = !self.read(&mut deadline).await?;
            }
            if self.ended {
                self.chunks.finish();
            }
        }
        self.chunks.end().map_err(|bad| self.bad(bad))?;
        Ok(None)
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
                self.chunks.push(&bytes);
                Ok(true)
            }
            Ok(Ok(None)) => Ok(false),
            Ok(Err(failure)) => Err(self.broken(self.model.failures.of_http(failure))),
            Err(phase) => Err(self.broken(self.model.failures.of_timeout(phase, &self.session.clock))),
        }
    }

    /// Reads the end of the body if it comes at once.
    async fn drain(&mut self) {
        let deadline = Deadline { at: Instant::now() + LAST_BYTES, phase: Phase::Total };
        while let Ok(Ok(Some(_))) = self.session.clock.within(deadline, self.response.chunk()).await {}
    }

    fn broken(&self, error: ModelError) -> ModelError {
        ModelError { class: self.model.protocol.class_in_stream(error.kind), ..error }
    }

    fn bad(&self, bad: BadAnswer) -> ModelError {
        self.model.failures.of_answer(bad)
    }
}
