//! `RunnableSequence`: two steps, or sequences of steps, after each other.

use super::{Chain, Feeds};
use crate::{
    Chunk, Cx, Fut, Merge, Node, OnError, Out, Result, RunInfo, Runnable, Shape, Wants, runnable,
    shape::Parts,
};
use std::sync::Arc;

/// Two steps after each other; `a | b | c` nests to the left, and is one sequence to the outside.
pub(super) struct RunnableSequence<I, M, N, O> {
    pub(super) first: Chain<I, M>,
    pub(super) last: Chain<N, O>,
}

impl<I: Chunk, M: Feeds<N>, N: Chunk, O: Chunk> RunnableSequence<I, M, N, O> {
    /// The context and tag of the first part; a sequence inside the sequence is no step of its own.
    fn first_place(&self, cx: &Cx) -> (Cx, Option<String>) {
        if self.first.steps() > 1 { (cx.clone(), None) } else { part_place(cx, cx.steps_before(), true) }
    }

    fn last_place(&self, cx: &Cx) -> (Cx, Option<String>) {
        let before = cx.steps_before() + self.first.steps();
        if self.last.steps() > 1 {
            (cx.clone().after_steps(self.first.steps()), None)
        } else {
            part_place(cx, before, false)
        }
    }
}

/// The context and tag of the step after `before` others; only the first gets the sequence's kwargs.
fn part_place(cx: &Cx, before: usize, first: bool) -> (Cx, Option<String>) {
    let child = cx.child();
    let child = match cx.kwargs() {
        Some(kwargs) if first && before == 0 => child.with_kwargs(kwargs.clone()),
        _ => child,
    };
    let tag = cx.wants(Wants::Steps).then(|| format!("seq:step:{}", before + 1));
    (child, tag)
}

impl<I: Chunk, M: Feeds<N>, N: Chunk, O: Chunk> Runnable for RunnableSequence<I, M, N, O> {
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        Box::pin(async move {
            let (first_cx, tag) = self.first_place(&cx);
            let middle = self.first.run_part_invoke(input, first_cx, tag).await?;
            let (last_cx, tag) = self.last_place(&cx);
            self.last.run_part_invoke(middle.feed()?, last_cx, tag).await
        })
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<O> {
        let (first_cx, tag) = self.first_place(&cx);
        let middle = match self.first.steps() {
            1 => self.first.run_stream(input, first_cx, tag),
            _ => self.first.0.clone().stream(input, first_cx),
        };
        self.finish(middle, cx)
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<O> {
        let (first_cx, tag) = self.first_place(&cx);
        let middle = self.first.run_part_transform(self.first.merge(), input, first_cx, tag);
        self.finish(middle, cx)
    }

    fn batch(self: Arc<Self>, items: Vec<(I, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        Box::pin(async move {
            let contexts: Vec<Cx> = items.iter().map(|(_, cx)| self.last_place(cx).0).collect();
            let items = items.into_iter().map(|(input, cx)| (input, self.first_place(&cx).0)).collect();
            let middle = batch_step(&self.first, items, on_error).await?;
            let fed = middle.into_iter().map(|result| result.and_then(Feeds::feed));
            let last = |alive| batch_step(&self.last, alive, on_error);
            batch_survivors(last, fed.zip(contexts), on_error).await
        })
    }

    fn describe(&self, input: &Shape) -> Node {
        let first = self.first.describe(input);
        let last = self.last.describe(&first.gives);
        let gives = last.gives.clone();
        let mut parts = flatten(first);
        parts.extend(flatten(last));
        let problems = parts.iter_mut().flat_map(|part| std::mem::take(&mut part.problems)).collect();
        Node {
            name: "RunnableSequence".into(),
            gives,
            parts: Parts::Sequence(parts),
            problems,
            configurable: Vec::new(),
        }
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain("RunnableSequence")
    }

    fn merge(&self) -> Merge {
        if self.last.passes_through() { self.first.merge() } else { self.last.merge() }
    }

    fn gather_as(&self) -> Merge {
        if self.last.passes_through() { self.first.gather_as() } else { self.last.gather_as() }
    }

    fn passes_through(&self) -> bool {
        self.first.passes_through() && self.last.passes_through()
    }

    fn steps(&self) -> usize {
        self.first.steps() + self.last.steps()
    }
}

impl<I: Chunk, M: Feeds<N>, N: Chunk, O: Chunk> RunnableSequence<I, M, N, O> {
    /// Joins the second part to the first. Pieces that replace each other do not add up, so only the last goes on, unless
    /// the second part does nothing with them.
    fn finish(&self, middle: Out<M>, cx: Cx) -> Out<O> {
        let (last_cx, tag) = self.last_place(&cx);
        let snapshots = self.first.gather_as() == Merge::Replace && !self.last.passes_through();
        let middle = if snapshots { runnable::last(middle) } else { middle };
        self.last.run_part_transform(self.merge(), M::feed_stream(middle, cx), last_cx, tag)
    }
}

impl<I: Chunk, O: Chunk> Chain<I, O> {
    fn run_part_invoke(&self, input: I, cx: Cx, tag: Option<String>) -> Fut<O> {
        if self.steps() > 1 { self.0.clone().invoke(input, cx) } else { self.run_invoke(input, cx, tag) }
    }

    fn run_part_transform(&self, merge: Merge, input: Out<I>, cx: Cx, tag: Option<String>) -> Out<O> {
        if self.steps() > 1 {
            self.0.clone().transform(input, cx)
        } else {
            self.run_transform_as(merge, input, cx, tag)
        }
    }
}

fn flatten(node: Node) -> Vec<Node> {
    match node.parts {
        Parts::Sequence(mut parts) => {
            if let Some(last) = parts.last_mut() {
                last.problems.extend(node.problems);
            }
            parts
        }
        _ => vec![node],
    }
}

/// Runs a step of a sequence on all inputs. A step can refuse a batch as a whole; then that is what comes of each input.
fn batch_step<I: Chunk, O: Chunk>(
    step: &Chain<I, O>,
    items: Vec<(I, Cx)>,
    on_error: OnError,
) -> Fut<Vec<Result<O>>> {
    let count = items.len();
    let outputs = step.batch_in(items, on_error);
    Box::pin(async move {
        match outputs.await {
            Err(error) if on_error == OnError::Collect => {
                Ok(std::iter::repeat_with(|| Err(error.clone())).take(count).collect())
            }
            outputs => outputs,
        }
    })
}

/// Runs the step on what has not failed yet and puts the errors back at their places.
pub(crate) async fn batch_survivors<I: Chunk, O: Chunk>(
    step: impl FnOnce(Vec<(I, Cx)>) -> Fut<Vec<Result<O>>>,
    items: impl Iterator<Item = (Result<I>, Cx)>,
    on_error: OnError,
) -> Result<Vec<Result<O>>> {
    let mut places: Vec<Option<Result<O>>> = Vec::new();
    let (mut at, mut alive) = (Vec::new(), Vec::new());
    for (index, (result, cx)) in items.enumerate() {
        match result {
            Ok(input) => {
                at.push(index);
                alive.push((input, cx));
                places.push(None);
            }
            Err(error) if on_error == OnError::Fail => return Err(error),
            Err(error) => places.push(Some(Err(error))),
        }
    }
    for (index, result) in at.into_iter().zip(step(alive).await?) {
        places[index] = Some(result);
    }
    Ok(places.into_iter().flatten().collect())
}
