//! A stream under way: waits for bytes, within the call's timeouts, and gives chunks.

use super::{BadAnswer, Deadline, Protocol, Reader, VendorChat, send::Session};
use crate::http::Body;
use futures_util::Stream;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::Instant;
use windlass_core::{AiMessageChunk, Fut, ModelError, Phase, Result};

/// How long the end of the body may come after the stream's own end; if it does, the connection can be used again.
const LAST_BYTES: Duration = Duration::from_millis(20);

/// A stream of an answer: first the head is waited for, then the body is read.
pub(super) enum Reply<P: Protocol> {
    /// Boxed, so that what opening needs is given back when the head is there; a stream is open for much longer.
    Opening(Fut<Box<Reading<P>>>),
    Open(Box<Reading<P>>),
    Over,
}

impl<P: Protocol> Stream for Reply<P> {
    type Item = Result<AiMessageChunk>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Reply::Opening(opening) = &mut *self {
            match ready!(opening.as_mut().poll(task)) {
                Ok(reading) => *self = Reply::Open(reading),
                Err(error) => {
                    *self = Reply::Over;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        let Reply::Open(reading) = &mut *self else { return Poll::Ready(None) };
        let next = ready!(reading.poll_chunk(task));
        let call = &mut reading.session.call;
        match &next {
            Ok(Some(_)) => return Poll::Ready(next.map_err(Into::into).transpose()),
            Ok(None) => call.succeeded(),
            Err(error) => call.failed(error.kind),
        }
        *self = Reply::Over;
        Poll::Ready(next.map_err(Into::into).transpose())
    }
}

/// A stream whose head was accepted. Nothing is sent again from here on. It is polled by hand because it is what an open
/// stream holds: no future within a future takes its place a second time.
pub(super) struct Reading<P: Protocol> {
    model: Arc<VendorChat<P>>,
    // The connection goes before the report that it went.
    body: Body,
    session: Session,
    chunks: P::Reader,
    /// Whether the body is at its end.
    ended: bool,
    /// Until the first content came: when it must.
    first_token: Option<Deadline>,
    /// When the next chunk must be there, however many reads it takes.
    deadline: Option<Deadline>,
    /// Since when a read waits.
    waiting: Option<Instant>,
    /// When reading the end of the body is given up.
    last: Option<Deadline>,
}

impl<P: Protocol> Reading<P> {
    pub(super) fn new(
        model: Arc<VendorChat<P>>,
        body: Body,
        session: Session,
        (chunks, first_token): (P::Reader, Deadline),
    ) -> Self {
        Reading {
            model,
            body,
            session,
            chunks,
            ended: false,
            first_token: Some(first_token),
            deadline: None,
            waiting: None,
            last: None,
        }
    }

    /// The next chunk; `None` where the stream may end.
    fn poll_chunk(&mut self, task: &mut Context<'_>) -> Poll<Result<Option<AiMessageChunk>, ModelError>> {
        loop {
            if let Some(chunk) = self.chunks.next_chunk().map_err(|bad| self.bad(bad))? {
                self.first_token.take_if(|_| chunk.has_content());
                self.deadline = None;
                return Poll::Ready(Ok(Some(chunk)));
            }
            if self.ended {
                break;
            }
            if self.chunks.is_done() {
                ready!(self.poll_drain(task));
                self.ended = true;
            } else {
                self.ended = !ready!(self.poll_read(task))?;
            }
            if self.ended {
                self.chunks.finish();
            }
        }
        Poll::Ready(self.chunks.end().map(|()| None).map_err(|bad| self.bad(bad)))
    }

    /// Reads on; false at the end of the body.
    fn poll_read(&mut self, task: &mut Context<'_>) -> Poll<Result<bool, ModelError>> {
        let began = *self.waiting.get_or_insert_with(Instant::now);
        let clock = &mut self.session.clock;
        let deadline =
            *self.deadline.get_or_insert_with(|| self.first_token.unwrap_or_else(|| clock.next_token(began)));
        let read = match self.body.poll_chunk(task) {
            Poll::Ready(read) => Ok(read),
            Poll::Pending => Err(ready!(clock.poll_late(deadline, task))),
        };
        self.waiting = None;
        self.session.call.waited(began.elapsed());
        Poll::Ready(match read {
            Ok(Ok(Some(bytes))) => {
                self.chunks.push(&bytes);
                Ok(true)
            }
            Ok(Ok(None)) => Ok(false),
            Ok(Err(failure)) => Err(self.broken(self.model.failures.of_http(failure))),
            Err(phase) => Err(self.broken(self.model.failures.of_timeout(phase, &self.session.clock))),
        })
    }

    /// Reads the end of the body if it comes at once.
    fn poll_drain(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let last = || Deadline { at: Instant::now() + LAST_BYTES, phase: Phase::Total };
        let deadline = *self.last.get_or_insert_with(last);
        loop {
            match self.body.poll_chunk(task) {
                Poll::Ready(Ok(Some(_))) => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.session.clock.poll_late(deadline, task).map(drop),
            }
        }
    }

    fn broken(&self, error: ModelError) -> ModelError {
        ModelError { class: self.model.protocol.class_in_stream(error.kind), ..error }
    }

    fn bad(&self, bad: BadAnswer) -> ModelError {
        self.model.failures.of_answer(bad)
    }
}
