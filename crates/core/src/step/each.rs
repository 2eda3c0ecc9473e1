//! `RunnableEach`: a step on every item of a list.

use crate::{
    Chain, Chunk, Cx, Error, Fut, IntoChain, Kind, Node, OnError, Result, RunInfo, Runnable, Shape, Telling,
    Val, Wants, impl_pipe, python,
    runnable::{join_bounded, settle},
};
use std::{fmt, sync::Arc};

/// A step that runs another on every item of a list, as one batch, and gives the list of outputs. Streamed, it gives the
/// list at once.
pub struct RunnableEach<I, O> {
    bound: Chain<I, O>,
}

impl<I: Chunk, O: Chunk> RunnableEach<I, O> {
    /// Runs `bound` on every item.
    pub fn new(bound: impl IntoChain<In = I, Out = O>) -> Self {
        RunnableEach { bound: bound.into_chain() }
    }
}

impl<I, O> fmt::Debug for RunnableEach<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunnableEach")
    }
}

/// What Python's `for` goes over.
fn items(input: Val) -> Result<Vec<Val>> {
    match input {
        Val::List(items) => Ok(items),
        Val::Text(text) => Ok(text.chars().map(|char| Val::Text(char.into())).collect()),
        Val::Dict(dict) | Val::AddDict(dict) => Ok(dict.into_keys().map(Val::Text).collect()),
        other => {
            let message = format!("'{}' object is not iterable", python::type_name(&other));
            Err(Error::raised("RunnableEach", "TypeError", message))
        }
    }
}

impl<I: Chunk, O: Chunk> Runnable for RunnableEach<I, O> {
    type In = Val;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: Val, cx: Cx) -> Fut<Val> {
        Box::pin(async move {
            let inputs =
                items(input)?.into_iter().map(|item| Ok((I::from_val(item)?, cx.child_with_kwargs())));
            let inputs: Vec<_> = inputs.collect::<Result<_>>()?;
            let outputs = if cx.wants(Wants::Steps) {
                let told = inputs.into_iter().map(|(input, cx)| self.bound.run_invoke(input, cx, None));
                settle(join_bounded(told.collect(), cx.config().max_concurrency).await, OnError::Fail)?
            } else {
                self.bound.batch_in(inputs, OnError::Fail).await?
            };
            outputs
                .into_iter()
                .map(|output| output.map(Chunk::into_whole))
                .collect::<Result<_>>()
                .map(Val::List)
        })
    }

    fn run_info(&self, cx: &Cx) -> RunInfo {
        let name = format!("RunnableEach<{}>", self.bound.run_info(cx).name);
        RunInfo::chain(name).telling(Telling::Whole)
    }

    fn describe(&self, input: &Shape) -> Node {
        let mut inner = self.bound.describe(&Shape::of(Kind::ANY));
        let takes = Kind::LIST.or(Kind::TEXT).or(Kind::DICT);
        inner.problems.extend(Node::leaf_of("RunnableEach", takes, Kind::LIST, input).problems);
        let mut node = Node::around("RunnableEach", inner);
        node.gives = Shape::of(Kind::LIST);
        node
    }
}

impl_pipe!([I: Chunk, O: Chunk] RunnableEach<I, O>);
