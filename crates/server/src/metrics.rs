//! What `/metrics` shows, in Prometheus' text format.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Durations of requests and runs, in seconds.
const DURATION_BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0];

/// Durations of what this server adds, in seconds.
const OVERHEAD_BUCKETS: [f64; 11] =
    [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RunLabels {
    pub(crate) chain: Arc<str>,
    pub(crate) operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    chain: Arc<str>,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    chain: Arc<str>,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UpstreamLabels {
    vendor: Arc<str>,
    model: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    vendor: Arc<str>,
    model: Arc<str>,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabels {
    code: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// How many models have series of their own; the others share one.
const MOST_MODELS: usize = 256;
const OTHER: &str = "other";

/// All metrics of a server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Histograms<RunLabels>,
    first_chunks: Histograms<RunLabels>,
    overheads: Histograms<RunLabels>,
    tokens: Family<TokenLabels, Counter>,
    upstream: Family<UpstreamLabels, Counter>,
    upstream_errors: Family<FailureLabels, Counter>,
    refusals: Family<CodeLabels, Counter>,
    /// The models that have series of their own. Callers can name others where a chain lets them.
    models: Mutex<HashSet<Arc<str>>>,
    pub(crate) in_flight: Gauge,
    pub(crate) queued: Gauge,
    pub(crate) connections: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn durations() -> Histogram {
    Histogram::new(DURATION_BUCKETS)
}

fn overheads() -> Histogram {
    Histogram::new(OVERHEAD_BUCKETS)
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let metrics = Metrics {
            registry: Registry::with_prefix("windlass"),
            requests: Family::default(),
            durations: Family::new_with_constructor(durations),
            first_chunks: Family::new_with_constructor(durations),
            overheads: Family::new_with_constructor(overheads),
            tokens: Family::default(),
            upstream: Family::default(),
            upstream_errors: Family::default(),
            refusals: Family::default(),
            models: Mutex::default(),
            in_flight: Gauge::default(),
            queued: Gauge::default(),
            connections: Gauge::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "requests",
            "Runs that ended, by outcome: ok, cancelled or an error's code",
            self.requests.clone(),
        );
        let text = "From a request's arrival to the end of its run";
        registry.register_with_unit("request_duration", text, Unit::Seconds, self.durations.clone());
        let text = "From a request's arrival to its first content";
        registry.register_with_unit("time_to_first_chunk", text, Unit::Seconds, self.first_chunks.clone());
        let text = "What this server added: a run's duration without the time spent waiting for models";
        registry.register_with_unit("overhead", text, Unit::Seconds, self.overheads.clone());
        registry.register("tokens", "Tokens of models, by kind: input or output", self.tokens.clone());
        registry.register("upstream_requests", "Requests sent to models' services", self.upstream.clone());
        registry.register(
            "upstream_errors",
            "Failed calls of models' services",
            self.upstream_errors.clone(),
        );
        registry.register(
            "refused_requests",
            "Requests answered with an error's status, by code",
            self.refusals.clone(),
        );
        registry.register("runs_in_flight", "Runs under way", self.in_flight.clone());
        registry.register("queue_depth", "Requests that wait for a place", self.queued.clone());
        registry.register("connections", "Connections open", self.connections.clone());
        self
    }

    /// A run ended.
    pub(crate) fn run_ended(&self, labels: &RunLabels, outcome: &'static str, took: &RunTimes) {
        let RunLabels { chain, operation } = labels.clone();
        self.requests.get_or_create(&RequestLabels { chain, operation, outcome }).inc();
        self.durations.get_or_create(labels).observe(took.total.as_secs_f64());
        if let Some(first) = took.first_content {
            self.first_chunks.get_or_create(labels).observe(first.as_secs_f64());
        }
        let overhead = took.total.saturating_sub(took.upstream);
        self.overheads.get_or_create(labels).observe(overhead.as_secs_f64());
    }

    /// Tokens were counted.
    pub(crate) fn tokens(&self, chain: &Arc<str>, input: u64, output: u64) {
        for (kind, count) in [("input", input), ("output", output)] {
            self.tokens.get_or_create(&TokenLabels { chain: chain.clone(), kind }).inc_by(count);
        }
    }

    /// A call of a model's service ended.
    pub(crate) fn upstream_call(&self, call: &windlass_core::UpstreamCall) {
        let (vendor, model) = (call.vendor.clone(), self.model_label(&call.model));
        if let Some(kind) = call.failure.filter(|kind| *kind != "cancelled") {
            let labels = FailureLabels { vendor: vendor.clone(), model: model.clone(), kind };
            self.upstream_errors.get_or_create(&labels).inc();
        }
        self.upstream.get_or_create(&UpstreamLabels { vendor, model }).inc_by(call.attempts.into());
    }

    /// The model's name, or a word for all names beyond the first of them, so that there is an end to series.
    fn model_label(&self, model: &Arc<str>) -> Arc<str> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if models.contains(model) || (models.len() < MOST_MODELS && models.insert(model.clone())) {
            model.clone()
        } else {
            OTHER.into()
        }
    }

    /// A request was refused before a run began.
    pub(crate) fn refused(&self, code: &'static str) {
        self.refusals.get_or_create(&CodeLabels { code }).inc();
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(fmt::Error) => String::new(),
        }
    }
}

/// The times of a run that ended.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunTimes {
    pub(crate) total: Duration,
    pub(crate) first_content: Option<Duration>,
    pub(crate) upstream: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_beyond_the_most_share_a_series() {
        let metrics = Metrics::new();
        let label = |name: usize| metrics.model_label(&Arc::from(format!("m{name}"))).to_string();
        assert!((0..MOST_MODELS).all(|name| label(name) == format!("m{name}")));
        assert_eq!((label(MOST_MODELS).as_str(), label(0).as_str()), (OTHER, "m0"));
    }
}
