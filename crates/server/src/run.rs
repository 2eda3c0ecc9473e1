//! Runs: admitted, bounded in time, counted, and cut when the server must go. Every dialect runs chains through here.

use crate::{
    admit::Place,
    app::{App, Mounted},
    error::ApiError,
    facts::Facts,
    record::RunRecord,
};
use futures_util::{Stream, StreamExt};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use windlass_core::{
    Chunk, Cx, Error, EventKind, Merge, RunEvent, RunId, RunnableConfig, Usage, Val, Wants, Whole,
};

/// What a dialect asks for.
pub(crate) struct RunRequest {
    pub(crate) mounted: Arc<Mounted>,
    pub(crate) operation: &'static str,
    pub(crate) wants: Wants,
}

/// What one run is given.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) input: Val,
    /// Shared by all runs of a batch that has one.
    pub(crate) config: Arc<RunnableConfig>,
    /// The id that the request's body names the run by.
    pub(crate) run: Option<RunId>,
}

impl From<Val> for Task {
    fn from(input: Val) -> Self {
        Task { input, config: Arc::default(), run: None }
    }
}

/// An admitted request: it has a place, and a record that is settled when it is dropped.
pub(crate) struct Admitted {
    app: Arc<App>,
    request: RunRequest,
    record: RunRecord,
}

impl App {
    /// Lets a request in, or turns it away.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        request: RunRequest,
        facts: Facts,
    ) -> Result<Admitted, ApiError> {
        if self.drain.is_draining() {
            return Err(ApiError::draining(self.settings.timeouts.retry_after.overloaded.0));
        }
        let arrived = Instant::now();
        let place: Place = self.admission.enter().await?;
        let labels = request.mounted.labels(request.operation);
        let record = RunRecord::new(self.clone(), labels, facts, (arrived, place));
        Ok(Admitted { app: self.clone(), request, record })
    }
}

impl Admitted {
    /// Notes why nothing ran.
    pub(crate) fn refuse(mut self, error: ApiError) -> ApiError {
        self.record.failed(&error);
        error
    }

    fn cx(&mut self, run: RunId, config: Arc<RunnableConfig>) -> Cx {
        let cx = Cx::builder()
            .run(run)
            .config(config)
            .wants(self.request.wants)
            .pool(self.app.pool.clone())
            .traceparent(self.record.facts().traceparent.clone())
            .buffer_limit(self.app.settings.limits.buffered_per_run.0 as usize)
            .build();
        self.record.watch(&cx);
        cx
    }

    /// The context of the request's only run, which goes by the id that its body names.
    fn only_cx(&mut self, task: &mut Task) -> Cx {
        if let Some(run) = task.run {
            self.record.rename(run);
        }
        self.cx(self.record.facts().run, std::mem::take(&mut task.config))
    }

    /// Runs the chain to its end.
    pub(crate) async fn invoke(self, task: Task) -> Result<Val, ApiError> {
        Ok(self.invoke_counting(task).await?.0)
    }

    /// Runs the chain to its end, and gives the tokens, where models counted them.
    pub(crate) async fn invoke_counting(mut self, mut task: Task) -> Result<(Val, Option<Usage>), ApiError> {
        let cx = self.only_cx(&mut task);
        let result = self.bounded_invoke(task.input, &cx).await;
        match &result {
            Ok(_) => self.record.succeeded(),
            Err(error) => self.record.failed(error),
        }
        self.record.catch_up();
        Ok((result?, self.record.usage().cloned()))
    }

    /// Runs the chain on many inputs, so many at once; one failure leaves the others standing.
    pub(crate) async fn batch(mut self, tasks: Vec<Task>) -> Vec<(RunId, Result<Val, ApiError>)> {
        let at_once = self.app.settings.limits.batch_concurrency;
        let items: Vec<_> = tasks.into_iter().map(|task| self.item(task)).collect();
        let this = &self;
        let runs = items.into_iter().map(async |(input, cx)| {
            let result = this.bounded_invoke(input, &cx).await;
            (cx.run(), result)
        });
        let results: Vec<_> = futures_util::stream::iter(runs).buffered(at_once).collect().await;
        for (run, result) in &results {
            if let Err(error) = result {
                self.record.input_failed(*run, error);
            }
        }
        self.record.succeeded();
        results
    }

    fn item(&mut self, task: Task) -> (Val, Cx) {
        (task.input, self.cx(task.run.unwrap_or_default(), task.config))
    }

    async fn bounded_invoke(&self, input: Val, cx: &Cx) -> Result<Val, ApiError> {
        let timeouts = &self.app.settings.timeouts;
        let limit = timeouts.run.0;
        let running = self.request.mounted.endpoint.chain().invoke(input, cx);
        let cut = self.app.drain.cut_token();
        let result = tokio::select! {
            biased;
            result = running => result,
            () = tokio::time::sleep(limit) => Err(Error::Deadline { limit }),
            () = cut.cancelled() => return Err(ApiError::draining(timeouts.retry_after.overloaded.0)),
        };
        result.map_err(|error| ApiError::of_run(error, timeouts.retry_after.cap.0))
    }

    /// Starts the chain and gives what happens, as it happens.
    pub(crate) fn stream(mut self, mut task: Task) -> LiveRun {
        let cx = self.only_cx(&mut task);
        let timeouts = &self.app.settings.timeouts;
        LiveRun {
            run: Some(windlass_core::run(self.request.mounted.endpoint.chain(), task.input, &cx)),
            bounds: Box::pin(Bounds::new(timeouts.run.0, self.app.drain.cut_token())),
            retry_after: timeouts.retry_after.overloaded.0,
            cap: timeouts.retry_after.cap.0,
            tells_steps: self.request.wants == Wants::Steps,
            cx,
            record: self.record,
        }
    }
}

/// What can end a run from outside: its deadline, and the server's own end.
struct Bounds {
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// Why a run was ended from outside.
enum Bound {
    Deadline,
    Cut,
}

impl Bounds {
    fn new(limit: Duration, cut: CancellationToken) -> Self {
        Bounds { limit, deadline: Box::pin(tokio::time::sleep(limit)), cut: Box::pin(cut.cancelled_owned()) }
    }
}

impl Future for Bounds {
    type Output = Bound;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Bound> {
        if self.deadline.as_mut().poll(task).is_ready() {
            return Poll::Ready(Bound::Deadline);
        }
        self.cut.as_mut().poll(task).map(|()| Bound::Cut)
    }
}

/// What a streaming run gives: pieces and step events, then exactly one end or failure.
#[derive(Debug)]
pub(crate) enum Output {
    /// A piece of the chain's output.
    Piece(Val),
    /// Something a step inside said.
    Step(RunEvent),
    /// The run ended well.
    End {
        /// Tokens, where models counted them.
        usage: Option<Usage>,
        /// The whole output, if the request wanted steps.
        output: Option<Val>,
    },
    /// The run failed.
    Failed(Box<ApiError>),
}

/// A streaming run. Dropping it stops the chain, the upstream included, and settles the record.
pub(crate) struct LiveRun {
    run: Option<windlass_core::Run>,
    bounds: Pin<Box<Bounds>>,
    retry_after: Duration,
    cap: Duration,
    /// Whether the request asked to hear of steps; if not, a step's own events are nobody's business.
    tells_steps: bool,
    cx: Cx,
    record: RunRecord,
}

impl LiveRun {
    pub(crate) fn id(&self) -> RunId {
        self.record.facts().run
    }

    /// An empty whole, for what an encoder has to keep of pieces that combine like this.
    pub(crate) fn whole<T: Chunk>(&self, merge: Merge) -> Whole<T> {
        Whole::new(merge, &self.cx)
    }

    /// Ends the run as a failure of its own does.
    pub(crate) fn fail_with(&mut self, error: Error) -> Output {
        self.fail(ApiError::of_run(error, self.cap))
    }

    fn fail(&mut self, error: ApiError) -> Output {
        self.run = None;
        self.record.failed(&error);
        Output::Failed(Box::new(error))
    }

    /// The failure that ends the run from outside, once it is due. Checked whenever the run waits; who takes from a run
    /// that never does checks it too.
    pub(crate) fn poll_bounds(&mut self, task: &mut Context<'_>) -> Poll<Output> {
        self.bounds.as_mut().poll(task).map(|bound| match bound {
            Bound::Deadline => self.time_is_up(),
            Bound::Cut => self.fail(ApiError::draining(self.retry_after)),
        })
    }

    /// When the run's time is up.
    pub(crate) fn deadline(&self) -> tokio::time::Instant {
        self.bounds.deadline.deadline()
    }

    /// Ends the run as its deadline does.
    pub(crate) fn time_is_up(&mut self) -> Output {
        self.fail_with(Error::Deadline { limit: self.bounds.limit })
    }

    /// What the readers of this stream get of an event, if anything.
    fn output(&mut self, event: RunEvent) -> Option<Output> {
        let event = self.record.count(event)?;
        if event.parent.is_some() {
            return self.step(event);
        }
        match event.kind {
            EventKind::Chunk(piece) => {
                if piece.has_content() {
                    self.record.content();
                }
                Some(Output::Piece(piece))
            }
            EventKind::End { output, .. } => {
                self.run = None;
                self.record.succeeded();
                Some(Output::End { usage: self.record.usage().cloned(), output })
            }
            EventKind::Error(error) => Some(self.fail_with(error)),
            _ => self.step(event),
        }
    }

    fn step(&self, event: RunEvent) -> Option<Output> {
        self.tells_steps.then_some(Output::Step(event))
    }
}

/// The most events nobody hears of that are taken before other tasks get their turn.
const UNTOLD_PER_TURN: usize = 512;

impl Stream for LiveRun {
    type Item = Output;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Output>> {
        for untold in 1.. {
            let Some(run) = &mut self.run else { return Poll::Ready(None) };
            match run.poll_next_unpin(task) {
                Poll::Ready(Some(event)) => {
                    if let Some(output) = self.output(event) {
                        return Poll::Ready(Some(output));
                    }
                    if untold == UNTOLD_PER_TURN {
                        task.waker().wake_by_ref();
                        break;
                    }
                }
                Poll::Ready(None) => {
                    self.run = None;
                    return Poll::Ready(None);
                }
                Poll::Pending => break,
            }
        }
        self.poll_bounds(task).map(Some)
    }
}
