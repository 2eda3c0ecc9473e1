//! What a run carries through its steps: identity, configuration, events, limits, and the pool for CPU-bound work.

use crate::{Error, EventKind, Result, RunEvent, RunInfo, RunnableConfig, StepStart, Val, Wants};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicUsize,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
};

/// The identity of a run; UUIDv7, so that runs sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RunId(pub uuid::Uuid);

impl RunId {
    /// A new one.
    pub fn new() -> Self {
        RunId(uuid::Uuid::now_v7())
    }
}

impl Default for RunId {
    fn default() -> Self {
        RunId::new()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where CPU-bound steps run, so that they never stall others.
pub trait Pool: Send + Sync {
    /// Runs the job somewhere and resolves when it is done.
    fn run(&self, job: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()>;
}

/// Runs jobs right where they are awaited.
struct OnCaller;

impl Pool for OnCaller {
    fn run(&self, job: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        Box::pin(async move { job() })
    }
}

/// The context of a run, handed to every step; cheap to clone.
#[derive(Clone)]
pub struct Cx {
    shared: Arc<Shared>,
    place: Arc<Place>,
}

/// What is one for the whole run.
struct Shared {
    events: Mutex<VecDeque<RunEvent>>,
    /// How many events wait, so that looking for one costs no lock when there is none.
    waiting: AtomicUsize,
    wants: Wants,
    pool: Arc<dyn Pool>,
    traceparent: Option<String>,
    buffer_limit: usize,
    buffered: AtomicUsize,
}

/// What differs from step to step.
#[derive(Clone)]
struct Place {
    run: RunId,
    parent: Option<RunId>,
    config: Arc<RunnableConfig>,
    kwargs: Option<Arc<Map<String, Value>>>,
    steps_before: usize,
    is_model: bool,
}

impl fmt::Debug for Cx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx")
            .field("run", &self.place.run)
            .field("wants", &self.shared.wants)
            .finish_non_exhaustive()
    }
}

impl Default for Cx {
    fn default() -> Self {
        Cx::builder().build()
    }
}

impl Cx {
    /// Sets up a context.
    pub fn builder() -> CxBuilder {
        CxBuilder {
            run: RunId::new(),
            wants: Wants::Chunks,
            pool: None,
            config: Arc::default(),
            traceparent: None,
            buffer_limit: 16 << 20,
        }
    }

    /// The run this is in.
    pub fn run(&self) -> RunId {
        self.place.run
    }

    /// What the caller configured.
    pub fn config(&self) -> &RunnableConfig {
        &self.place.config
    }

    /// Extra arguments for this very step, as LangChain's `bind` gives them.
    pub fn kwargs(&self) -> Option<&Map<String, Value>> {
        self.place.kwargs.as_deref()
    }

    /// The W3C trace context to pass upstream.
    pub fn traceparent(&self) -> Option<&str> {
        self.shared.traceparent.as_deref()
    }

    /// Whether a reader asked for at least this much.
    pub fn wants(&self, what: Wants) -> bool {
        self.shared.wants >= what
    }

    /// Tells the run's readers.
    pub fn emit(&self, kind: EventKind) {
        let event = RunEvent { run: self.place.run, parent: self.place.parent, kind };
        let mut events = self.shared.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push_back(event);
        self.shared.waiting.store(events.len(), Release);
    }

    /// Tells the run's readers something of the step's own.
    pub fn custom(&self, name: impl Into<Arc<str>>, data: Val) {
        self.emit(EventKind::Custom { name: name.into(), data });
    }

    /// Takes the oldest event that no reader has seen.
    pub fn next_event(&self) -> Option<RunEvent> {
        if self.shared.waiting.load(Acquire) == 0 {
            return None;
        }
        let mut events = self.shared.events.lock().unwrap_or_else(PoisonError::into_inner);
        let event = events.pop_front();
        self.shared.waiting.store(events.len(), Release);
        event
    }

    /// Runs CPU-bound work in the pool; a panic in it is the step's failure.
    pub async fn blocking<T: Send + 'static>(
        &self,
        step: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let result = Arc::new(Mutex::new(None));
        let slot = result.clone();
        let job = Box::new(move || {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        });
        self.shared.pool.run(job).await;
        let outcome = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        match outcome {
            Some(Ok(value)) => Ok(value),
            Some(Err(payload)) => Err(Error::panicked(step, &*payload)),
            None => Err(Error::step(step, "the pool dropped the work; the process is shutting down")),
        }
    }

    /// An account for what a gather or a tee holds; given back when it is dropped.
    pub fn buffer(&self) -> Buffer {
        Buffer { shared: self.shared.clone(), held: 0 }
    }

    /// The context of a step inside this one: run name and kwargs stay behind.
    pub fn child(&self) -> Cx {
        let tracing = self.wants(Wants::Steps);
        let place = &self.place;
        if !tracing && place.kwargs.is_none() && place.config.run_name.is_none() && place.steps_before == 0 {
            return self.clone();
        }
        let mut config = place.config.clone();
        if config.run_name.is_some() {
            Arc::make_mut(&mut config).run_name = None;
        }
        let (run, parent) = if tracing { (RunId::new(), Some(place.run)) } else { (place.run, place.parent) };
        let place = Place { run, parent, config, kwargs: None, steps_before: 0, is_model: false };
        Cx { shared: self.shared.clone(), place: Arc::new(place) }
    }

    /// This context with extra arguments for the step it is given to.
    #[must_use]
    pub fn with_kwargs(mut self, kwargs: Map<String, Value>) -> Cx {
        Arc::make_mut(&mut self.place).kwargs = Some(Arc::new(kwargs));
        self
    }

    /// The context of a step inside this one that gets this one's extra arguments too.
    pub(crate) fn child_with_kwargs(&self) -> Cx {
        match &self.place.kwargs {
            Some(kwargs) => {
                let mut child = self.child();
                Arc::make_mut(&mut child.place).kwargs = Some(kwargs.clone());
                child
            }
            None => self.child(),
        }
    }

    /// This context with another configuration.
    #[must_use]
    pub fn with_config(mut self, config: RunnableConfig) -> Cx {
        Arc::make_mut(&mut self.place).config = Arc::new(config);
        self
    }

    /// For the second half of a sequence: how many of its steps came before.
    pub(crate) fn after_steps(mut self, steps: usize) -> Cx {
        Arc::make_mut(&mut self.place).steps_before += steps;
        self
    }

    /// This context for a chain that is nothing but a model.
    pub(crate) fn of_model(mut self) -> Cx {
        Arc::make_mut(&mut self.place).is_model = true;
        self
    }

    /// Whether the run is one of a model, whose messages go by its id.
    pub(crate) fn is_models(&self) -> bool {
        self.place.is_model || self.wants(Wants::Steps)
    }

    /// How many steps of the sequence came before this one.
    pub(crate) fn steps_before(&self) -> usize {
        self.place.steps_before
    }

    pub(crate) fn shared_config(&self) -> Arc<RunnableConfig> {
        self.place.config.clone()
    }

    pub(crate) fn emit_start(&self, info: RunInfo, tag: Option<String>, input: Option<Val>) {
        let RunInfo { name, run_type, telling, metadata, config } = info;
        let config = config.unwrap_or_else(|| self.shared_config());
        let name = config.run_name.clone().unwrap_or_else(|| name.into_owned());
        let start = StepStart { name, run_type, telling, tag, config, metadata, input };
        self.emit(EventKind::Start(Box::new(start)));
    }
}

/// Bytes that a part of the run holds; see [`Cx::buffer`].
pub struct Buffer {
    shared: Arc<Shared>,
    held: usize,
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("held", &self.held).finish_non_exhaustive()
    }
}

impl Buffer {
    /// Holds so many bytes more, if the run may.
    pub fn charge(&mut self, bytes: usize) -> Result<()> {
        self.held += bytes;
        let total = self.shared.buffered.fetch_add(bytes, Relaxed) + bytes;
        let limit = self.shared.buffer_limit;
        if total > limit { Err(Error::BufferLimit { limit }) } else { Ok(()) }
    }

    /// Gives so many bytes back.
    pub fn release(&mut self, bytes: usize) {
        let bytes = bytes.min(self.held);
        self.held -= bytes;
        self.shared.buffered.fetch_sub(bytes, Relaxed);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.shared.buffered.fetch_sub(self.held, Relaxed);
    }
}

/// Sets up a [`Cx`].
pub struct CxBuilder {
    run: RunId,
    wants: Wants,
    pool: Option<Arc<dyn Pool>>,
    config: Arc<RunnableConfig>,
    traceparent: Option<String>,
    buffer_limit: usize,
}

impl fmt::Debug for CxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CxBuilder").field("run", &self.run).finish_non_exhaustive()
    }
}

impl CxBuilder {
    /// The run's identity. Default: a new one.
    #[must_use]
    pub fn run(mut self, run: RunId) -> Self {
        self.run = run;
        self
    }

    /// How much the readers want. Default: chunks.
    #[must_use]
    pub fn wants(mut self, wants: Wants) -> Self {
        self.wants = wants;
        self
    }

    /// Where CPU-bound steps run. Default: on the thread that polls the run, which is right for tests only.
    #[must_use]
    pub fn pool(mut self, pool: Arc<dyn Pool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// What the caller configured; runs may share it. Default: nothing.
    #[must_use]
    pub fn config(mut self, config: impl Into<Arc<RunnableConfig>>) -> Self {
        self.config = config.into();
        self
    }

    /// The W3C trace context to pass upstream. Default: none.
    #[must_use]
    pub fn traceparent(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent;
        self
    }

    /// How many bytes gathers and tees of the run may hold. Default: 16 MiB.
    #[must_use]
    pub fn buffer_limit(mut self, bytes: usize) -> Self {
        self.buffer_limit = bytes;
        self
    }

    /// The context.
    pub fn build(self) -> Cx {
        let shared = Shared {
            events: Mutex::default(),
            waiting: AtomicUsize::new(0),
            wants: self.wants,
            pool: self.pool.unwrap_or_else(|| Arc::new(OnCaller)),
            traceparent: self.traceparent,
            buffer_limit: self.buffer_limit,
            buffered: AtomicUsize::new(0),
        };
        let place = Place {
            run: self.run,
            parent: None,
            config: self.config,
            kwargs: None,
            steps_before: 0,
            is_model: false,
        };
        Cx { shared: Arc::new(shared), place: Arc::new(place) }
    }
}
