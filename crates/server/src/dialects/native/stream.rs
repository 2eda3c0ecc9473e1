//! `POST /{chain}/stream`: the input object in, the output in pieces out.

mod punctual;

use super::{JSON, NDJSON, SSE, accepted, check, frame::Framing, one_input};
use crate::{
    app::{Call, Mounted},
    error::ApiError,
    http::{Response, ResponseBody, prefers},
    run::{LiveRun, Output, RunRequest},
    settings::Settings,
};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, header};
use punctual::Punctual;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep};
use windlass_core::{RunId, Val, Wants};

pub(super) async fn answer(call: Call, mounted: Arc<Mounted>) -> Result<Response, ApiError> {
    check(&call, &[NDJSON, SSE, JSON])?;
    let framing = if prefers(call.request.headers(), SSE, NDJSON) { Framing::Sse } else { Framing::Ndjson };
    let options = Options { end: call.flag("end", true)?, whole: call.flag("final", false)? };
    let wants = if call.flag("events", false)? { Wants::Steps } else { Wants::Chunks };
    let request = RunRequest { mounted: mounted.clone(), operation: "stream", wants };
    let app = call.app.clone();
    // Boxed, because it needs a lot of room and gives it back before the run begins.
    let (admitted, input) = Box::pin(accepted(call, request, one_input(&mounted))).await?;
    let mut body = NativeStream::new(admitted.stream(input), mounted, (framing, options), &app.settings);
    body.first_content(app.settings.timeouts.head_wait.0).await?;
    let body = if body.over { body.boxed() } else { Punctual::new(body).boxed() };
    let mut response = Response::new(ResponseBody::Stream(body));
    stream_headers(response.headers_mut(), framing);
    Ok(response)
}

fn stream_headers(headers: &mut HeaderMap, framing: Framing) {
    let content_type = match framing {
        Framing::Ndjson => NDJSON,
        Framing::Sse => SSE,
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
}

/// The most pieces that are taken before other tasks get their turn.
const PIECES_PER_TURN: usize = 512;

/// How long a piece may be held back to share a write with the next. Turns are short, but on a loaded server they are not.
const LONGEST_HOLD: Duration = Duration::from_millis(1);

/// What the client chose in the query.
#[derive(Debug, Clone, Copy)]
struct Options {
    /// Whether success ends with an `end` line.
    end: bool,
    /// Whether `end` carries the whole output.
    whole: bool,
}

/// A run as the bytes of a response. Pieces that are ready together leave in one write; none waits for another.
struct NativeStream {
    /// The run, unless its deadline has passed and nobody asked for more.
    run: Option<LiveRun>,
    id: RunId,
    mounted: Arc<Mounted>,
    framing: Framing,
    options: Options,
    buffer: BytesMut,
    write_batch: usize,
    whole: Option<Val>,
    failure: Option<ApiError>,
    has_content: bool,
    over: bool,
    silence: Silence,
    /// Since when a piece is held back to share a write with the next.
    held_since: Option<Instant>,
}

impl NativeStream {
    fn new(
        run: LiveRun,
        mounted: Arc<Mounted>,
        (framing, options): (Framing, Options),
        settings: &Settings,
    ) -> Self {
        NativeStream {
            id: run.id(),
            run: Some(run),
            mounted,
            framing,
            options,
            buffer: BytesMut::new(),
            write_batch: settings.limits.write_batch.0 as usize,
            whole: None,
            failure: None,
            has_content: false,
            over: false,
            silence: Silence::new(settings.timeouts.keep_alive.0),
            held_since: None,
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
            if self.buffer.len() >= self.write_batch {
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
        } else if self.buffer.is_empty() {
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
        match output {
            Output::Piece(piece) => self.piece(piece),
            Output::Step(event) => {
                self.has_content = true;
                self.framing.event(&mut self.buffer, &event);
            }
            Output::End(usage) => {
                self.over = true;
                if self.options.end {
                    let whole = self.whole.take().filter(|_| self.options.whole);
                    let whole = whole.map(|whole| self.mounted.endpoint.present(whole));
                    self.framing.end(&mut self.buffer, self.id, usage.as_ref(), whole);
                }
            }
            Output::Failed(error) => {
                self.over = true;
                self.framing.error(&mut self.buffer, self.id, &error);
                self.failure = Some(*error);
            }
        }
    }

    fn piece(&mut self, piece: Val) {
        if piece.has_content() {
            self.has_content = true;
            self.framing.chunk(&mut self.buffer, &piece);
        }
        if self.options.whole {
            match &mut self.whole {
                Some(whole) => self.mounted.endpoint.fold(whole, piece),
                None => self.whole = Some(piece),
            }
        }
    }
}

impl Stream for NativeStream {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let before = self.buffer.len();
        self.fill(task);
        let grew = self.buffer.len() > before && !self.over && self.buffer.len() < self.write_batch;
        if grew && self.may_hold() {
            // What the connection upstream has read already comes piece by piece, with a turn of its task between. Giving it
            // that turn, for as long as it brings something, joins in one write what is there; nothing is waited for.
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.held_since = None;
        if !self.buffer.is_empty() {
            self.silence.broken();
            return Poll::Ready(Some(self.buffer.split().freeze()));
        }
        if self.over {
            return Poll::Ready(None);
        }
        match self.silence.poll(task) {
            Poll::Ready(()) => {
                let this = &mut *self;
                this.framing.keep_alive(&mut this.buffer);
                Poll::Ready(Some(self.buffer.split().freeze()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Ready after so much silence. Hearing something only notes the time; the timer is moved when it rings.
struct Silence {
    patience: Duration,
    last: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    fn new(patience: Duration) -> Self {
        Silence { patience, last: Instant::now(), timer: Box::pin(tokio::time::sleep(patience)) }
    }

    fn broken(&mut self) {
        self.last = Instant::now();
    }

    fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(task).is_ready() {
            let due = self.last + self.patience;
            let now = Instant::now();
            if due > now {
                self.timer.as_mut().reset(due);
            } else {
                self.last = now;
                self.timer.as_mut().reset(now + self.patience);
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}
