//! A run as the body of a response: paced, kept alive and ended in time, in whatever form a dialect writes it.

mod punctual;
mod silence;

use super::frames::{Frames, Writes};
use crate::{
    error::ApiError,
    http::{Response, ResponseBody},
    run::{LiveRun, Output},
    settings::Settings,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, header};
use punctual::Punctual;
use silence::Silence;
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Instant;
use windlass_core::{Error, RunEvent, Usage, Val};

/// How a dialect writes what a run gives.
pub(crate) trait Encode: Send + Unpin + 'static {
    /// A piece of the output. Gives whether it is content: then the response's head can leave. An error ends the run.
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> Result<bool, Error>;

    /// Something a step said, if the request wants steps. Gives whether it is content.
    fn step(&mut self, _: &mut Frames, _: RunEvent) -> bool {
        false
    }

    /// The good end; the whole output is there if the request wants steps.
    fn end(&mut self, frames: &mut Frames, usage: Option<&Usage>, output: Option<Val>);

    /// The bad end.
    fn failed(&mut self, frames: &mut Frames, error: &ApiError);

    /// A sign of life.
    fn keep_alive(&mut self, frames: &mut Frames);
}

/// When the head of a streamed response leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// With the first content, so that a failure before it is a status; or after this long.
    WithContent(Duration),
    /// At once.
    AtOnce,
}

/// Answers with a run as it goes on.
pub(crate) async fn respond(
    run: LiveRun,
    encoder: impl Encode,
    (head, writes): (Head, Writes),
    settings: &Settings,
) -> Result<Response, ApiError> {
    let mut body = RunStream::new(run, encoder, writes, settings);
    if let Head::WithContent(wait) = head {
        body.first_content(wait).await?;
    }
    let body = if body.over { body.boxed() } else { Punctual::new(body).boxed() };
    Ok(Response::new(ResponseBody::Stream(body)))
}

/// The headers that every stream has: nobody on the way may hold it back or change it.
pub(crate) fn stream_headers(headers: &mut HeaderMap, content_type: &'static str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
}

/// The most pieces that are taken before other tasks get their turn.
const PIECES_PER_TURN: usize = 512;

/// How long a piece may be held back to share a write with the next. Turns are short, but on a loaded server they are not.
const LONGEST_HOLD: Duration = Duration::from_millis(1);

/// A run as the bytes of a response. None of its pieces waits for another; those that are ready together may share a write.
struct RunStream<E> {
    /// The run, unless its deadline has passed and nobody asked for more.
    run: Option<LiveRun>,
    encoder: E,
    frames: Frames,
    write_batch: usize,
    failure: Option<ApiError>,
    has_content: bool,
    over: bool,
    silence: Silence,
    /// Since when a piece is held back to share a write with the next.
    held_since: Option<Instant>,
    /// Whether an event was just given that has to leave before the next.
    leaving: bool,
}

impl<E: Encode> RunStream<E> {
    fn new(run: LiveRun, encoder: E, writes: Writes, settings: &Settings) -> Self {
        RunStream {
            run: Some(run),
            encoder,
            frames: Frames::new(writes),
            write_batch: settings.limits.write_batch.0 as usize,
            failure: None,
            has_content: false,
            over: false,
            silence: Silence::new(settings.timeouts.keep_alive.0),
            held_since: None,
            leaving: false,
        }
    }

    /// Waits for the first content, so that a failure before it is an HTTP status; at most for `wait`.
    async fn first_content(&mut self, wait: Duration) -> Result<(), ApiError> {
        let first = std::future::poll_fn(|task| {
            self.fill(task);
            if self.has_content || self.over { Poll::Ready(()) } else { Poll::Pending }
        });
        let _ = tokio::time::timeout(wait, first).await;
        match self.failure.take().filter(|_| !self.has_content) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Takes what the run has ready into the buffer. A run that never waits neither holds the thread nor outlives its
    /// bounds.
    fn fill(&mut self, task: &mut Context<'_>) {
        for _ in 0..PIECES_PER_TURN {
            if self.over {
                return;
            }
            if self.frames.len() >= self.write_batch {
                break;
            }
            let Some(run) = &mut self.run else { return };
            match run.poll_next_unpin(task) {
                Poll::Ready(Some(output)) => self.take(output),
                Poll::Ready(None) => self.over = true,
                Poll::Pending => return,
            }
        }
        let Some(run) = &mut self.run else { return };
        if let Poll::Ready(failure) = run.poll_bounds(task) {
            self.take(failure);
        } else if self.frames.is_empty() {
            task.waker().wake_by_ref();
        }
    }

    /// When the run's time is up; `None` if it has ended.
    fn deadline(&self) -> Option<Instant> {
        self.run.as_ref().filter(|_| !self.over).map(LiveRun::deadline)
    }

    /// Ends a run that is still there after its deadline and gives back its place.
    fn time_is_up(&mut self) {
        if let Some(mut run) = self.run.take()
            && !self.over
        {
            let failure = run.time_is_up();
            self.take(failure);
        }
    }

    /// Whether what is in the buffer may be held back for another turn.
    fn may_hold(&mut self) -> bool {
        self.held_since.get_or_insert_with(Instant::now).elapsed() < LONGEST_HOLD
    }

    fn take(&mut self, output: Output) {
        let frames = &mut self.frames;
        match output {
            Output::Piece(piece) => match self.encoder.piece(frames, piece) {
                Ok(is_content) => self.has_content |= is_content,
                Err(error) => {
                    if let Some(failure) = self.run.as_mut().map(|run| run.fail_with(error)) {
                        self.take(failure);
                    }
                }
            },
            Output::Step(event) => self.has_content |= self.encoder.step(frames, event),
            Output::End { usage, output } => {
                self.over = true;
                self.encoder.end(frames, usage.as_ref(), output);
            }
            Output::Failed(error) => {
                self.over = true;
                self.encoder.failed(frames, &error);
                self.failure = Some(*error);
            }
        }
    }

    /// Whether to wait a turn before anything is written: for what the next turn may bring to the same write, or until the
    /// event before has left.
    fn waits_a_turn(&mut self, grew: bool) -> bool {
        match self.frames.writes() {
            // What the connection upstream has read already comes piece by piece, with a turn of its task between. Giving it
            // that turn, for as long as it brings something, joins in one write what is there; nothing is waited for.
            Writes::Joined => grew && !self.over && self.frames.len() < self.write_batch && self.may_hold(),
            Writes::Separate => std::mem::take(&mut self.leaving),
        }
    }
}

impl<E: Encode> Stream for RunStream<E> {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        let before = this.frames.len();
        this.fill(task);
        let grew = this.frames.len() > before;
        if this.waits_a_turn(grew) {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        this.held_since = None;
        if let Some(bytes) = this.frames.take() {
            this.silence.broken();
            this.leaving = true;
            return Poll::Ready(Some(bytes));
        }
        if this.over {
            return Poll::Ready(None);
        }
        match this.silence.poll(task) {
            Poll::Ready(()) => {
                this.encoder.keep_alive(&mut this.frames);
                Poll::Ready(this.frames.take())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
