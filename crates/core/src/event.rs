//! What a run tells its readers: one ordered stream of events, which dialects, metrics and traces read.

use crate::{Error, RunId, RunType, RunnableConfig, Telling, Usage, Val};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// How much of a run its readers asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Wants {
    /// The chunks of the chain, usage and upstream calls.
    #[default]
    Chunks,
    /// Also the start, chunks and end of every step inside.
    Steps,
}

/// One thing that happened in a run.
#[derive(Debug, Clone)]
pub struct RunEvent {
    /// The run it happened in: the chain's, or that of a step inside.
    pub run: RunId,
    /// The run around it; `None` for the chain's own.
    pub parent: Option<RunId>,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of run events.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// The chain or a step began.
    Start(Box<StepStart>),
    /// A piece of output.
    Chunk(Val),
    /// The chain or a step ended well; a step's output is given where it is known.
    End {
        /// The whole output, if a reader wanted it.
        output: Option<Val>,
        /// The whole input, where the start could not say it.
        input: Option<Val>,
    },
    /// Tokens were counted.
    Usage(Usage),
    /// A call of a model's service ended or was dropped.
    Upstream(UpstreamCall),
    /// The chain or a step failed.
    Error(Error),
    /// A step of the user's said something.
    Custom {
        /// Its name.
        name: Arc<str>,
        /// Its data.
        data: Val,
    },
}

/// The beginning of a step.
#[derive(Debug, Clone)]
pub struct StepStart {
    /// The run's name.
    pub name: String,
    /// The run's type.
    pub run_type: RunType,
    /// What of its output is told before its end.
    pub telling: Telling,
    /// The step's place, as LangChain tags it: `seq:step:1`, `map:key:answer`.
    pub tag: Option<String>,
    /// The run's tags, metadata and the rest of its configuration.
    pub config: Arc<RunnableConfig>,
    /// Metadata of the step's own, beside the configuration's.
    pub metadata: Map<String, Value>,
    /// The input, if the step got it whole.
    pub input: Option<Val>,
}

impl StepStart {
    /// The run's tags: its place, then what it was configured with.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tag.iter().chain(&self.config.tags).map(String::as_str)
    }

    /// The run's metadata: what it was configured with, then the step's own, which wins.
    pub fn all_metadata(&self) -> impl Iterator<Item = (&String, &Value)> {
        let configured = self.config.metadata.iter().filter(|(key, _)| !self.metadata.contains_key(*key));
        configured.chain(&self.metadata)
    }
}

/// What one call of a model's service cost.
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamCall {
    /// The vendor's id.
    pub vendor: Arc<str>,
    /// The model's name.
    pub model: Arc<str>,
    /// `None` when it went well; otherwise the stable name of the failure's class, or `cancelled`.
    pub failure: Option<&'static str>,
    /// How many requests were sent: 1, and one more for every retry.
    pub attempts: u32,
    /// From the first request to the answer's head, retries and waits between them included.
    pub head: Duration,
    /// Time spent waiting for the service in all.
    pub waited: Duration,
}
