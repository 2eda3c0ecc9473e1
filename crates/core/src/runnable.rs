//! The trait at the centre: a step with an input and an output that can be invoked, streamed, transformed and batched.

use crate::{Chunk, Cx, Merge, Node, Result, RunInfo, Shape, Whole, run::failed};
use futures_util::{
    StreamExt,
    future::{BoxFuture, join_all},
    stream::{self, BoxStream},
};
use std::sync::Arc;

/// The future of one output.
pub type Fut<T> = BoxFuture<'static, Result<T>>;

/// A stream of the pieces of one output.
pub type Out<T> = BoxStream<'static, Result<T>>;

/// What a batch does when one of its inputs fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The whole batch fails with the first error.
    Fail,
    /// The error stands at its input's place and the others go on.
    Collect,
}

/// A step of a chain.
///
/// Only [`invoke`](Runnable::invoke) is required. A step that can hand on pieces as they come overrides
/// [`transform`](Runnable::transform); a step that makes pieces from a whole input overrides [`stream`](Runnable::stream).
/// Dropping what any of them returns stops the work.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step of a chain",
    label = "not a step",
    note = "wrap a closure in `RunnableLambda::new(..)`"
)]
pub trait Runnable: Send + Sync + 'static {
    /// What the step takes.
    type In: Chunk;
    /// What the step gives.
    type Out: Chunk;

    /// Runs the step on a whole input.
    fn invoke(self: Arc<Self>, input: Self::In, cx: Cx) -> Fut<Self::Out>;

    /// Runs the step on a whole input and gives the output in pieces. Default: one piece, from `invoke`.
    fn stream(self: Arc<Self>, input: Self::In, cx: Cx) -> Out<Self::Out> {
        stream::once(self.invoke(input, cx)).boxed()
    }

    /// Runs the step on an input that comes in pieces. Default: gathers them, then streams.
    fn transform(self: Arc<Self>, input: Out<Self::In>, cx: Cx) -> Out<Self::Out> {
        let gathered = gather(input, cx.clone());
        stream::once(gathered)
            .flat_map(move |whole| match whole {
                Ok(Some(whole)) => self.clone().stream(whole, cx.clone()),
                Ok(None) => stream::empty().boxed(),
                Err(error) => failed(error),
            })
            .boxed()
    }

    /// Runs the step on many inputs. Default: `invoke` on each, as many at once as the first input's configuration allows.
    fn batch(self: Arc<Self>, items: Vec<(Self::In, Cx)>, on_error: OnError) -> Fut<Vec<Result<Self::Out>>> {
        let most = items.first().and_then(|(_, cx)| cx.config().max_concurrency);
        let all = items.into_iter().map(move |(input, cx)| self.clone().invoke(input, cx)).collect();
        Box::pin(async move { settle(join_bounded(all, most).await, on_error) })
    }

    /// What this step is, given what flows in: for checks, pictures and cards. Default: a leaf named after the type.
    fn describe(&self, input: &Shape) -> Node {
        Node::leaf::<Self::In, Self::Out>(short_type_name::<Self>(), input)
    }

    /// How its runs are told of. Called at the start of each run that is told of, so it must be cheap. Default: a chain of
    /// the type's name, which tells its pieces.
    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain(short_type_name::<Self>())
    }

    /// How the pieces of the output combine.
    fn merge(&self) -> Merge {
        Merge::Append
    }

    /// How a next step that needs the whole combines the pieces. Default: as [`merge`](Runnable::merge) says.
    fn gather_as(&self) -> Merge {
        self.merge()
    }

    /// Whether the pieces of the output are those of the input. Then they combine as the step before says.
    fn passes_through(&self) -> bool {
        false
    }

    /// How many steps of a sequence this stands for; only sequences of steps say more than one.
    fn steps(&self) -> usize {
        1
    }
}

/// How many inputs of a batch, or items of a list, run at once where nothing else is configured.
const AT_ONCE: usize = 256;

/// Waits for all, so many at once; the outputs in the futures' order.
pub(crate) async fn join_bounded<F: Future>(all: Vec<F>, most: Option<usize>) -> Vec<F::Output> {
    match most.filter(|most| *most > 0).unwrap_or(AT_ONCE) {
        most if most < all.len() => stream::iter(all).buffered(most).collect().await,
        _ => join_all(all).await,
    }
}

/// Applies `on_error` to the results of a batch.
pub(crate) fn settle<T>(all: Vec<Result<T>>, on_error: OnError) -> Result<Vec<Result<T>>> {
    match on_error {
        OnError::Collect => Ok(all),
        OnError::Fail => all.into_iter().map(|result| result.map(Ok)).collect(),
    }
}

/// Merges the pieces of a stream into one value; `None` if there were none. Bounded by the run's buffer limit.
pub async fn gather<T: Chunk>(mut pieces: Out<T>, cx: Cx) -> Result<Option<T>> {
    let mut whole = Whole::new(Merge::Append, &cx);
    while let Some(piece) = pieces.next().await {
        whole.add(piece?)?;
    }
    Ok(whole.take())
}

/// The last piece of a stream, alone: what is left when each replaces the one before.
pub(crate) fn last<T: Chunk>(pieces: Out<T>) -> Out<T> {
    let last =
        pieces.fold(None, async |last, piece| if matches!(last, Some(Err(_))) { last } else { Some(piece) });
    stream::once(last).filter_map(std::future::ready).boxed()
}

/// The last part of a type's path, without generics.
pub(crate) fn short_type_name<T: ?Sized>() -> &'static str {
    let full = std::any::type_name::<T>();
    let path = full.split('<').next().unwrap_or(full);
    path.rsplit("::").next().unwrap_or(path)
}
