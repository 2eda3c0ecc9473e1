//! `RunnableParallel`: the same input through several branches at once, their outputs by key.

use super::{no_kwargs, tee::tee, valued::Valued};
use crate::{
    Chain, Chunk, Cx, Feeds, Fut, IntoChain, Merge, Node, Out, Parts, Result, RunInfo, Runnable, Shape, Val,
    Vars, Wants, run::failed, runnable,
};
use futures_util::{Stream, StreamExt};
use indexmap::IndexMap;
use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A step that runs branches beside each other and gives an object of their outputs.
///
/// All branches start at once and are polled from one task. Streamed, it gives `{key: piece}` as pieces come. Invoked, a
/// failing branch lets the others finish; the first error in key order is the step's. A branch whose pieces replace each
/// other ([`Merge::Replace`]) gives its last one only, because under a key pieces add up.
pub struct RunnableParallel<I = Val> {
    branches: IndexMap<String, Chain<I, Val>>,
}

impl<I: Chunk> RunnableParallel<I> {
    /// A step without branches; add them with [`RunnableParallel::branch`].
    pub fn new() -> Self {
        RunnableParallel { branches: IndexMap::new() }
    }

    /// The same with one branch more.
    #[must_use]
    pub fn branch<B: IntoChain>(mut self, key: impl Into<String>, branch: B) -> Self
    where
        I: Feeds<B::In>,
    {
        let branch = branch.into_chain().takes::<I>();
        self.branches.insert(key.into(), Valued(branch).into_chain());
        self
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.branches.keys()
    }

    fn place(key: &str, cx: &Cx) -> (Cx, Option<String>) {
        (cx.child(), cx.wants(Wants::Steps).then(|| format!("map:key:{key}")))
    }

    fn merge_streams(branches: Vec<(String, Out<Val>)>) -> Out<Vars> {
        let branches =
            branches.into_iter().map(|(key, pieces)| Branch { key, pieces: Some(pieces), ready: None });
        Merged { branches: branches.collect(), next: 0 }.boxed()
    }
}

impl<I: Chunk> Default for RunnableParallel<I> {
    fn default() -> Self {
        RunnableParallel::new()
    }
}

impl<I> fmt::Debug for RunnableParallel<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.branches.keys()).finish()
    }
}

impl<I: Chunk> Runnable for RunnableParallel<I> {
    type In = I;
    type Out = Vars;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<Vars> {
        let outputs = self.branches.iter().map(|(key, branch)| {
            let (cx, tag) = Self::place(key, &cx);
            branch.run_invoke(input.clone(), cx, tag)
        });
        let outputs = runnable::join_bounded(outputs.collect(), cx.config().max_concurrency);
        Box::pin(async move {
            let outputs = outputs.await.into_iter().collect::<Result<Vec<_>>>()?;
            let outputs = Vars(self.branches.keys().cloned().zip(outputs).collect());
            // A chain of such steps can double its input with each.
            cx.buffer().charge(outputs.weight())?;
            Ok(outputs)
        })
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<Vars> {
        if let Err(error) = no_kwargs(&cx, "RunnableParallel", "_transform") {
            return failed(error);
        }
        let branches = self.branches.iter().map(|(key, branch)| {
            let (cx, tag) = Self::place(key, &cx);
            (key.clone(), adding(branch.run_stream(input.clone(), cx, tag), branch.gather_as()))
        });
        Self::merge_streams(branches.collect())
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<Vars> {
        if let Err(error) = no_kwargs(&cx, "RunnableParallel", "_transform") {
            return failed(error);
        }
        let inputs = tee(input, self.branches.len(), &cx);
        let branches = self.branches.iter().zip(inputs).map(|((key, branch), input)| {
            let (cx, tag) = Self::place(key, &cx);
            (key.clone(), adding(branch.run_transform(input, cx, tag), branch.gather_as()))
        });
        Self::merge_streams(branches.collect())
    }

    fn describe(&self, input: &Shape) -> Node {
        let mut branches: Vec<_> =
            self.branches.iter().map(|(key, branch)| (key.clone(), branch.describe(input))).collect();
        let problems = branches.iter_mut().flat_map(|(_, node)| std::mem::take(&mut node.problems)).collect();
        let gives = Shape::keys(self.branches.keys());
        Node {
            name: "RunnableParallel".into(),
            gives,
            parts: Parts::Parallel(branches),
            problems,
            configurable: Vec::new(),
        }
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        let keys: Vec<&str> = self.keys().map(String::as_str).collect();
        RunInfo::chain(format!("RunnableParallel<{}>", keys.join(",")))
    }

    fn merge(&self) -> Merge {
        Merge::ByKey
    }
}

crate::impl_pipe!([I: Chunk] RunnableParallel<I>);

/// Pieces that add up under a key: of those that replace each other only the last.
fn adding(pieces: Out<Val>, merge: Merge) -> Out<Val> {
    if merge == Merge::Replace { runnable::last(pieces) } else { pieces }
}

struct Branch {
    key: String,
    pieces: Option<Out<Val>>,
    ready: Option<Result<Val>>,
}

/// The branches' pieces as they come. Every branch is polled before the first piece is given, so that all are under way.
struct Merged {
    branches: Vec<Branch>,
    next: usize,
}

impl Branch {
    fn poll(&mut self, task: &mut Context<'_>) {
        let Some(pieces) = &mut self.pieces else { return };
        if self.ready.is_some() {
            return;
        }
        match pieces.poll_next_unpin(task) {
            Poll::Ready(Some(piece)) => self.ready = Some(piece),
            Poll::Ready(None) => self.pieces = None,
            Poll::Pending => {}
        }
    }
}

impl Stream for Merged {
    type Item = Result<Vars>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.branches.iter_mut().for_each(|branch| branch.poll(task));
        let count = self.branches.len();
        for offset in 0..count {
            let index = (self.next + offset) % count;
            let branch = &mut self.branches[index];
            if let Some(piece) = branch.ready.take() {
                let piece = piece.map(|piece| Vars([(branch.key.clone(), piece)].into_iter().collect()));
                if piece.is_err() {
                    self.branches.clear();
                }
                self.next = index + 1;
                return Poll::Ready(Some(piece));
            }
        }
        let over = self.branches.iter().all(|branch| branch.pieces.is_none());
        if over { Poll::Ready(None) } else { Poll::Pending }
    }
}
