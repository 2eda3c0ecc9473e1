//! `RouterRunnable`: the chain that the input names.

use super::branch::common;
use crate::{
    Chain, Chunk, Cx, Error, Fut, IntoChain, Kind, Merge, Node, OnError, Out, Result, RunInfo, Runnable,
    Shape, Telling, Val, impl_pipe, python,
    run::failed,
    runnable::{join_bounded, settle},
};
use indexmap::IndexMap;
use std::{fmt, sync::Arc};

/// A step that takes `{"key": name, "input": value}` and runs the chain of that name on the value.
pub struct RouterRunnable<I, O> {
    runnables: IndexMap<String, Chain<I, O>>,
}

impl<I: Chunk, O: Chunk> RouterRunnable<I, O> {
    /// A router to no chain yet.
    pub fn new() -> Self {
        RouterRunnable { runnables: IndexMap::new() }
    }

    /// The same with one chain more.
    #[must_use]
    pub fn route(mut self, key: impl Into<String>, runnable: impl IntoChain<In = I, Out = O>) -> Self {
        self.runnables.insert(key.into(), runnable.into_chain());
        self
    }

    fn routed(&self, input: Val) -> Result<(Chain<I, O>, I)> {
        let (key, input) = parts(input)?;
        let Some(runnable) = self.get(&key) else {
            let message = format!("No runnable associated with key '{}'", python::str(&key));
            return Err(Error::raised("RouterRunnable", "ValueError", message));
        };
        Ok((runnable.clone(), I::from_val(input)?))
    }

    fn get(&self, key: &Val) -> Option<&Chain<I, O>> {
        let Val::Text(key) = key else { return None };
        self.runnables.get(key)
    }

    /// All the inputs with their chains; none if one names a chain that is not there.
    fn routed_batch(&self, items: Vec<(Val, Cx)>) -> Result<Vec<Routed<I, O>>> {
        let missing = || {
            let message = "One or more keys do not have a corresponding runnable";
            Error::raised("RouterRunnable", "ValueError", message)
        };
        let routed = items.into_iter().map(|(input, cx)| {
            let (key, input) = parts(input)?;
            let runnable = self.get(&key).cloned().ok_or_else(missing)?;
            Ok(Routed { runnable, input: I::from_val(input)?, cx })
        });
        routed.collect()
    }
}

/// An input of a batch with the chain it names.
struct Routed<I, O> {
    runnable: Chain<I, O>,
    input: I,
    cx: Cx,
}

/// `input["key"]` and `input["input"]`.
fn parts(input: Val) -> Result<(Val, Val)> {
    let raised = |class, message: String| Error::raised("RouterRunnable", class, message);
    let (Val::Dict(mut dict) | Val::AddDict(mut dict)) = input else {
        let message = match &input {
            Val::Text(_) => "string indices must be integers, not 'str'".into(),
            Val::List(_) => "list indices must be integers or slices, not str".into(),
            other => format!("'{}' object is not subscriptable", python::type_name(other)),
        };
        return Err(raised("TypeError", message));
    };
    let mut take = |key: &str| dict.swap_remove(key).ok_or_else(|| raised("KeyError", format!("'{key}'")));
    Ok((take("key")?, take("input")?))
}

impl<I: Chunk, O: Chunk> Default for RouterRunnable<I, O> {
    fn default() -> Self {
        RouterRunnable::new()
    }
}

impl<I, O> fmt::Debug for RouterRunnable<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.runnables.keys()).finish()
    }
}

impl<I: Chunk, O: Chunk> Runnable for RouterRunnable<I, O> {
    type In = Val;
    type Out = O;

    fn invoke(self: Arc<Self>, input: Val, cx: Cx) -> Fut<O> {
        match self.routed(input) {
            Ok((runnable, input)) => runnable.run_invoke(input, cx.child(), None),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn stream(self: Arc<Self>, input: Val, cx: Cx) -> Out<O> {
        match self.routed(input) {
            Ok((runnable, input)) => runnable.run_stream(input, cx.child(), None),
            Err(error) => failed(error),
        }
    }

    fn batch(self: Arc<Self>, items: Vec<(Val, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        let most = items.first().and_then(|(_, cx)| cx.config().max_concurrency);
        Box::pin(async move {
            let routed = self.routed_batch(items)?.into_iter();
            let all =
                routed.map(|Routed { runnable, input, cx }| runnable.run_invoke(input, cx.child(), None));
            settle(join_bounded(all.collect(), most).await, on_error)
        })
    }

    fn describe(&self, input: &Shape) -> Node {
        let any = Shape::of(Kind::ANY);
        let choices =
            self.runnables.iter().map(|(key, runnable)| (key.clone(), runnable.describe(&any))).collect();
        let mut node = Node::choice("RouterRunnable", choices);
        let leaf =
            Node::leaf_of("RouterRunnable", Kind::DICT, Kind::ANY, input).needing(["key", "input"], input);
        node.problems.extend(leaf.problems);
        node
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain("RouterRunnable").telling(Telling::Passed)
    }

    fn merge(&self) -> Merge {
        common(self.runnables.values().map(Chain::merge))
    }

    fn gather_as(&self) -> Merge {
        common(self.runnables.values().map(Chain::gather_as))
    }
}

impl_pipe!([I: Chunk, O: Chunk] RouterRunnable<I, O>);
