//! A step whose model gets the tools that the client of a run brought.

use crate::{
    Chain, Chunk, Cx, Fut, IntoChain, Merge, Node, OnError, Out, Result, RunInfo, Runnable, Shape, impl_pipe,
};
use serde_json::Value;
use std::{fmt, sync::Arc};

/// The argument under which a model gets the client's tools, in OpenAI's form; a vendor takes them in its own, in place of its
/// arguments of the same names.
pub const CLIENT_TOOLS: &str = "client_tools";

/// Gives its step the client's tools, from [`RunnableConfig::client_tools`](crate::RunnableConfig::client_tools), as the
/// argument [`CLIENT_TOOLS`].
pub struct RunnableClientTools<I, O> {
    bound: Chain<I, O>,
}

impl<I: Chunk, O: Chunk> RunnableClientTools<I, O> {
    /// The step, which is a model or something around one.
    pub fn new(bound: impl IntoChain<In = I, Out = O>) -> Self {
        RunnableClientTools { bound: bound.into_chain() }
    }

    fn cx(cx: Cx) -> Cx {
        let Some(tools) = &cx.config().client_tools else { return cx };
        let mut kwargs = cx.kwargs().cloned().unwrap_or_default();
        kwargs.insert(CLIENT_TOOLS.into(), Value::Object((**tools).clone()));
        cx.with_kwargs(kwargs)
    }
}

impl<I, O> fmt::Debug for RunnableClientTools<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnableClientTools").finish_non_exhaustive()
    }
}

impl<I: Chunk, O: Chunk> Runnable for RunnableClientTools<I, O> {
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        self.bound.inner().invoke(input, Self::cx(cx))
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<O> {
        self.bound.inner().stream(input, Self::cx(cx))
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<O> {
        self.bound.inner().transform(input, Self::cx(cx))
    }

    fn batch(self: Arc<Self>, items: Vec<(I, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        let items = items.into_iter().map(|(input, cx)| (input, Self::cx(cx))).collect();
        self.bound.batch_in(items, on_error)
    }

    fn describe(&self, input: &Shape) -> Node {
        self.bound.describe(input)
    }

    fn run_info(&self, cx: &Cx) -> RunInfo {
        self.bound.run_info(&Self::cx(cx.clone()))
    }

    fn merge(&self) -> Merge {
        self.bound.merge()
    }

    fn gather_as(&self) -> Merge {
        self.bound.gather_as()
    }

    fn passes_through(&self) -> bool {
        self.bound.passes_through()
    }
}

impl_pipe!([I: Chunk, O: Chunk] RunnableClientTools<I, O>);
