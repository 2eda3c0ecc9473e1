//! Chains under test: they echo, fail, stall, or do what the test says while they run.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use windlass_core::{
    Cx, DynChain, Endpoint, EndpointBuilder, Error, EventKind, Fut, IntoChain, Merge, Out, Result, Runnable,
    Val, gather,
};

use crate::harness::soon;

/// A step whose output a function makes, in pieces.
pub(crate) struct Step<F> {
    make: F,
    merge: Merge,
}

impl<F: Fn(Val, Cx) -> Out<Val> + Send + Sync + 'static> Runnable for Step<F> {
    type In = Val;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: Val, cx: Cx) -> Fut<Val> {
        Box::pin(async move {
            let pieces = self.clone().stream(input, cx.clone());
            Ok(gather(pieces, cx).await?.unwrap_or(Val::Null))
        })
    }

    fn stream(self: Arc<Self>, input: Val, cx: Cx) -> Out<Val> {
        (self.make)(input, cx)
    }

    fn merge(&self) -> Merge {
        self.merge
    }
}

/// A chain of one step.
pub(crate) fn step(make: impl Fn(Val, Cx) -> Out<Val> + Send + Sync + 'static) -> DynChain {
    Step { make, merge: Merge::Append }.into_chain().erase()
}

/// A chain whose pieces replace each other.
pub(crate) fn replacing(make: impl Fn(Val, Cx) -> Out<Val> + Send + Sync + 'static) -> DynChain {
    Step { make, merge: Merge::Replace }.into_chain().erase()
}

/// A chain that takes `{"question": "..."}` and answers `{"answer": ...}`, as `examples/ask.yaml` does.
pub(crate) fn asked(name: &str, chain: DynChain) -> EndpointBuilder {
    let schema =
        json!({"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]});
    Endpoint::builder(name, chain)
        .input_schema(schema)
        .output_schema(
            json!({"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}),
        )
        .output_key("answer")
}

/// The question in a chain's input.
pub(crate) fn question(input: Val) -> String {
    Value::from(input)["question"].as_str().unwrap_or_default().to_string()
}

/// What a model tells of 7 tokens in and 2 out.
pub(crate) fn tokens() -> EventKind {
    let usage = json!({"input_tokens": 7, "output_tokens": 2, "total_tokens": 9});
    EventKind::Usage(serde_json::from_value(usage).unwrap())
}

/// Pieces that are all ready at once.
pub(crate) fn pieces<T: Into<Val>>(pieces: impl IntoIterator<Item = T>) -> Out<Val> {
    let pieces: Vec<Result<Val>> = pieces.into_iter().map(|piece| Ok(piece.into())).collect();
    stream::iter(pieces).boxed()
}

/// Answers with the question, word by word; all words are ready at once.
pub(crate) fn echo(name: &str) -> Endpoint {
    counted(name).0
}

/// An echo that counts its runs.
pub(crate) fn counted(name: &str) -> (Endpoint, Count) {
    let count = Count::default();
    let runs = count.clone();
    let chain = step(move |input, _| {
        runs.add();
        let question = question(input);
        pieces(question.split_inclusive(' ').map(str::to_string))
    });
    (asked(name, chain).build().unwrap(), count)
}

/// Says `before` first, if that is not empty, then fails.
pub(crate) fn failing(name: &str, before: &'static str, error: Error) -> Endpoint {
    let chain = step(move |_, _| {
        let start = (!before.is_empty()).then(|| Ok(Val::from(before)));
        stream::iter(start.into_iter().chain([Err(error.clone())])).boxed()
    });
    asked(name, chain).build().unwrap()
}

/// Something that tests count.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, SeqCst) + 1
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// A chain whose runs do what the test says, through the [`Desk`].
pub(crate) fn directed(name: &str) -> (Endpoint, Desk) {
    let (arrivals, runs) = unbounded_channel();
    let chain = step(move |input, cx| {
        let (say, heard) = unbounded_channel();
        let _ = arrivals.send(Directed { question: question(input), cx, say });
        stream::unfold(heard, async |mut heard| Some((heard.recv().await?, heard))).boxed()
    });
    (asked(name, chain).build().unwrap(), Desk(runs))
}

/// Where the runs of a directed chain report.
pub(crate) struct Desk(UnboundedReceiver<Directed>);

impl Desk {
    /// The next run that starts.
    pub(crate) async fn next(&mut self) -> Directed {
        soon("a run starts", self.0.recv()).await.unwrap()
    }

    /// Whether no run has started that `next` has not given.
    pub(crate) fn is_empty(&mut self) -> bool {
        self.0.is_empty()
    }
}

/// A run under the test's direction; dropping this ends it well.
pub(crate) struct Directed {
    pub(crate) question: String,
    pub(crate) cx: Cx,
    say: UnboundedSender<Result<Val>>,
}

impl Directed {
    /// Gives a piece.
    pub(crate) fn say(&self, piece: impl Into<Val>) {
        self.say.send(Ok(piece.into())).unwrap();
    }

    /// Fails.
    pub(crate) fn fail(self, error: Error) {
        self.say.send(Err(error)).unwrap();
    }

    /// Resolves when the server has dropped the run.
    pub(crate) async fn dropped(&self) {
        soon("the run is dropped", self.say.closed()).await;
    }

    /// Whether the server has dropped the run.
    pub(crate) fn is_dropped(&self) -> bool {
        self.say.is_closed()
    }
}

/// A chain that makes pieces of 1 KiB as fast as they are taken, without end, and counts them.
pub(crate) fn firehose(name: &str) -> (Endpoint, Count) {
    let count = Count::default();
    let made = count.clone();
    let chain = step(move |_, _| {
        let made = made.clone();
        stream::repeat_with(move || {
            made.add();
            Ok(Val::from("x".repeat(1024)))
        })
        .boxed()
    });
    (asked(name, chain).build().unwrap(), count)
}
