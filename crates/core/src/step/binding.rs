//! `RunnableBinding`: a step with arguments and configuration of its own.

use crate::{
    Chain, Chunk, Cx, Fut, IntoChain, Merge, Node, OnError, Out, Result, RunInfo, Runnable, RunnableConfig,
    Shape, impl_pipe,
};
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// A step that runs another with more arguments and configuration; what a call brings itself wins.
pub struct RunnableBinding<I, O> {
    bound: Chain<I, O>,
    kwargs: Map<String, Value>,
    config: RunnableConfig,
}

impl<I: Chunk, O: Chunk> RunnableBinding<I, O> {
    /// The step with nothing bound yet.
    pub fn new(bound: impl IntoChain<In = I, Out = O>) -> Self {
        RunnableBinding { bound: bound.into_chain(), kwargs: Map::new(), config: RunnableConfig::default() }
    }

    /// Arguments for the step, such as a model's `stop`; only the first step of a sequence sees them, as in LangChain.
    #[must_use]
    pub fn kwargs(mut self, kwargs: Map<String, Value>) -> Self {
        self.kwargs = kwargs;
        self
    }

    /// Configuration for the step and all in it.
    #[must_use]
    pub fn config(mut self, config: RunnableConfig) -> Self {
        self.config = config;
        self
    }

    fn cx(&self, cx: Cx) -> Cx {
        let config = self.config.merged(cx.config());
        let mut kwargs = self.kwargs.clone();
        kwargs.extend(cx.kwargs().cloned().unwrap_or_default());
        let cx = cx.with_config(config);
        if kwargs.is_empty() { cx } else { cx.with_kwargs(kwargs) }
    }
}

impl<I, O> fmt::Debug for RunnableBinding<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.kwargs.keys().collect();
        f.debug_struct("RunnableBinding").field("kwargs", &keys).finish_non_exhaustive()
    }
}

impl<I: Chunk, O: Chunk> Runnable for RunnableBinding<I, O> {
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        self.bound.inner().invoke(input, self.cx(cx))
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<O> {
        self.bound.inner().stream(input, self.cx(cx))
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<O> {
        self.bound.inner().transform(input, self.cx(cx))
    }

    fn batch(self: Arc<Self>, items: Vec<(I, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        let items = items.into_iter().map(|(input, cx)| (input, self.cx(cx))).collect();
        self.bound.batch_in(items, on_error)
    }

    fn describe(&self, input: &Shape) -> Node {
        let bound = self.bound.describe(input);
        let name = self.config.run_name.clone().unwrap_or_else(|| bound.name.clone());
        Node::around(name, bound)
    }

    fn run_info(&self, cx: &Cx) -> RunInfo {
        let cx = self.cx(cx.clone());
        let mut info = self.bound.run_info(&cx);
        info.config.get_or_insert_with(|| cx.shared_config());
        info
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

impl_pipe!([I: Chunk, O: Chunk] RunnableBinding<I, O>);
