//! A chain as steps with branches hold it: its output as a dynamic value.

use crate::{Chain, Chunk, Cx, Fut, Kind, Merge, Node, Out, RunInfo, Runnable, Shape, Val};
use futures_util::StreamExt;
use std::sync::Arc;

/// A chain whose output is a dynamic value.
pub(super) struct Valued<I, O>(pub(super) Chain<I, O>);

impl<I: Chunk, O: Chunk> Runnable for Valued<I, O> {
    type In = I;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<Val> {
        Box::pin(async move { self.0.inner().invoke(input, cx).await.map(Chunk::into_whole) })
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<Val> {
        self.0.inner().stream(input, cx).map(|piece| piece.map(Chunk::into_val)).boxed()
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<Val> {
        self.0.inner().transform(input, cx).map(|piece| piece.map(Chunk::into_val)).boxed()
    }

    fn describe(&self, input: &Shape) -> Node {
        let mut node = self.0.describe(input);
        if node.gives.kind == Kind::ANY && node.gives.keys.is_none() {
            node.gives.kind = O::kind();
        }
        node
    }

    fn run_info(&self, cx: &Cx) -> RunInfo {
        self.0.run_info(cx)
    }

    fn merge(&self) -> Merge {
        self.0.merge()
    }

    fn gather_as(&self) -> Merge {
        self.0.gather_as()
    }

    fn passes_through(&self) -> bool {
        self.0.passes_through()
    }
}
