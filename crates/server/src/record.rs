//! What is kept of a run: its times, tokens and outcome. Settled when it is dropped, however the run ended.

use crate::{
    admit::Place,
    app::App,
    error::{ApiError, Code},
    facts::Facts,
    metrics::{RunLabels, RunTimes},
    service::uuid_text,
};
use std::{sync::Arc, time::Instant};
use windlass_core::{Cx, Error, EventKind, RunEvent, RunId, Usage};

/// The record of a run under way; one log line and the metrics come from it.
pub(crate) struct RunRecord {
    app: Arc<App>,
    labels: RunLabels,
    facts: Facts,
    started: Instant,
    times: RunTimes,
    usage: Option<Usage>,
    outcome: Outcome,
    contexts: Vec<Cx>,
    _place: Place,
}

enum Outcome {
    /// Nobody said how it ended: the client left.
    Cancelled,
    Ok,
    Failed(Code, Option<Error>),
}

impl RunRecord {
    pub(crate) fn new(
        app: Arc<App>,
        labels: RunLabels,
        facts: Facts,
        (started, place): (Instant, Place),
    ) -> Self {
        RunRecord {
            app,
            labels,
            facts,
            started,
            times: RunTimes::default(),
            usage: None,
            outcome: Outcome::Cancelled,
            contexts: Vec::new(),
            _place: place,
        }
    }

    /// Also counts what happens in this context, to the very end.
    pub(crate) fn watch(&mut self, cx: &Cx) {
        self.contexts.push(cx.clone());
    }

    /// The run goes by this id from here on.
    pub(crate) fn rename(&mut self, run: RunId) {
        self.facts.run = run;
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// Counts what an event says; gives it back if it is about a step.
    pub(crate) fn count(&mut self, event: RunEvent) -> Option<RunEvent> {
        match event.kind {
            EventKind::Usage(usage) => Usage::sum(&mut self.usage, usage),
            EventKind::Upstream(call) => {
                self.times.upstream += call.waited;
                self.app.metrics.upstream_call(&call);
            }
            kind => return Some(RunEvent { kind, ..event }),
        }
        None
    }

    /// Counts what events say that no reader has taken.
    pub(crate) fn catch_up(&mut self) {
        while let Some(event) = self.contexts.iter().find_map(Cx::next_event) {
            self.count(event);
        }
    }

    /// The first content is there.
    pub(crate) fn content(&mut self) {
        self.times.first_content.get_or_insert_with(|| self.started.elapsed());
    }

    /// The run ended well.
    pub(crate) fn succeeded(&mut self) {
        self.outcome = Outcome::Ok;
    }

    /// The run failed.
    pub(crate) fn failed(&mut self, error: &ApiError) {
        self.outcome = Outcome::Failed(error.code, error.cause.clone());
    }

    /// One of a batch's inputs failed. The batch goes on, so this is the only place that says why.
    pub(crate) fn input_failed(&self, run: RunId, error: &ApiError) {
        tracing::info!(
            target: "windlass::run",
            chain = &*self.labels.chain,
            batch = %self.facts.run,
            run_id = %run,
            status = error.code.status().as_u16(),
            code = error.code.as_str(),
            error = error.cause.as_ref().map(|error| tracing::field::display(Sources(error))),
            "input of a batch failed"
        );
    }

    fn log(&self) {
        let (input_tokens, output_tokens) =
            self.usage.as_ref().map_or((0, 0), |usage| (usage.input_tokens, usage.output_tokens));
        let ms = |duration: std::time::Duration| (duration.as_secs_f64() * 1e5).round() / 100.0;
        let (status, code, error) = match &self.outcome {
            Outcome::Cancelled => (499, "cancelled", None),
            Outcome::Ok => (200, "ok", None),
            Outcome::Failed(code, cause) => (code.status().as_u16(), code.as_str(), cause.as_ref()),
        };
        tracing::info!(
            target: "windlass::run",
            chain = &*self.labels.chain,
            operation = self.labels.operation,
            run_id = uuid_text(self.facts.run, &mut [0; 36]),
            status,
            code,
            total_ms = ms(self.times.total),
            first_chunk_ms = self.times.first_content.map(ms),
            upstream_ms = ms(self.times.upstream),
            input_tokens,
            output_tokens,
            traceparent = self.facts.traceparent.as_deref(),
            client = self.facts.client.map(tracing::field::display),
            error = error.map(|error| tracing::field::display(Sources(error))),
            "run"
        );
    }
}

impl Drop for RunRecord {
    fn drop(&mut self) {
        self.catch_up();
        self.times.total = self.started.elapsed();
        if matches!(self.outcome, Outcome::Cancelled) && std::thread::panicking() {
            self.outcome = Outcome::Failed(Code::Internal, None);
        }
        let outcome = match &self.outcome {
            Outcome::Cancelled => "cancelled",
            Outcome::Ok => "ok",
            Outcome::Failed(code, _) => code.as_str(),
        };
        self.app.metrics.run_ended(&self.labels, outcome, &self.times);
        if let Some(usage) = &self.usage {
            self.app.metrics.tokens(&self.labels.chain, usage.input_tokens, usage.output_tokens);
        }
        self.log();
    }
}

/// An error with all its sources, for the log.
struct Sources<'a>(&'a Error);

impl std::fmt::Display for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = std::error::Error::source(self.0);
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
