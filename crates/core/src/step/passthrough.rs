//! `RunnablePassthrough`: the input as it is, or with more keys.

use super::{RunnableAssign, RunnableParallel};
use crate::{Chunk, Cx, Fut, Kind, Node, Out, Runnable, Shape, Val};
use std::{fmt, marker::PhantomData, sync::Arc};

/// A step that gives its input.
pub struct RunnablePassthrough<T = Val>(PhantomData<fn(T)>);

impl<T> RunnablePassthrough<T> {
    /// The step.
    pub fn new() -> Self {
        RunnablePassthrough(PhantomData)
    }
}

impl<T: Chunk> RunnablePassthrough<T> {
    /// The input's keys and those of `mapper`, which wins.
    pub fn assign(mapper: RunnableParallel<T>) -> RunnableAssign<T> {
        RunnableAssign::new(mapper)
    }
}

impl<T> Default for RunnablePassthrough<T> {
    fn default() -> Self {
        RunnablePassthrough::new()
    }
}

impl<T> fmt::Debug for RunnablePassthrough<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunnablePassthrough")
    }
}

impl<T: Chunk> Runnable for RunnablePassthrough<T> {
    type In = T;
    type Out = T;

    fn invoke(self: Arc<Self>, input: T, _: Cx) -> Fut<T> {
        Box::pin(std::future::ready(Ok(input)))
    }

    fn transform(self: Arc<Self>, input: Out<T>, _: Cx) -> Out<T> {
        input
    }

    fn passes_through(&self) -> bool {
        true
    }

    fn describe(&self, input: &Shape) -> Node {
        let mut node = Node::leaf_of("RunnablePassthrough", Kind::ANY, Kind::ANY, input);
        node.gives = input.clone();
        node
    }
}

crate::impl_pipe!([T: Chunk] RunnablePassthrough<T>);
