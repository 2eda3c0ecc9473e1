//! A chain whose runs are told of as somebody says.

use super::Chain;
use crate::{Chunk, Cx, Fut, IntoChain, Merge, Node, OnError, Out, Result, RunInfo, Runnable, Shape};
use std::sync::Arc;

/// A chain that is one step with a name and a type of its own.
struct ToldAs<I, O> {
    chain: Chain<I, O>,
    info: RunInfo,
}

impl<I: Chunk, O: Chunk> Chain<I, O> {
    /// The same chain, whose runs are told of as `info` says: as a tool's, a retriever's, a model's.
    ///
    /// ```
    /// use windlass_core::{IntoChain, RunInfo, RunnableLambda};
    ///
    /// let double = RunnableLambda::quick(|text: String| Ok(text.repeat(2)));
    /// let tool = double.into_chain().told_as(RunInfo::tool("double"));
    /// ```
    #[must_use]
    pub fn told_as(self, info: RunInfo) -> Self {
        ToldAs { chain: self, info }.into_chain()
    }
}

impl<I: Chunk, O: Chunk> Runnable for ToldAs<I, O> {
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        self.chain.inner().invoke(input, cx)
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<O> {
        self.chain.inner().stream(input, cx)
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<O> {
        self.chain.inner().transform(input, cx)
    }

    fn batch(self: Arc<Self>, items: Vec<(I, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        self.chain.batch_in(items, on_error)
    }

    fn describe(&self, input: &Shape) -> Node {
        let inner = self.chain.describe(input);
        Node::around(self.info.name.clone(), inner)
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        self.info.clone()
    }

    fn merge(&self) -> Merge {
        self.chain.merge()
    }

    fn gather_as(&self) -> Merge {
        self.chain.gather_as()
    }

    fn passes_through(&self) -> bool {
        self.chain.passes_through()
    }
}
