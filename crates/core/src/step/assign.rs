//! `RunnableAssign`: the input's keys, and those of parallel branches.

use super::{RunnableParallel, tee::tee};
use crate::{
    Chain, Chunk, Cx, Dict, Error, Fut, IntoChain, Kind, Merge, Node, Out, Result, RunInfo, Runnable, Shape,
    Val, Vars,
};
use futures_util::{StreamExt, stream};
use std::{fmt, sync::Arc};

/// A step that gives the input's keys and the mapper's; where both have a key, the mapper wins.
pub struct RunnableAssign<I = Val> {
    keys: Vec<String>,
    mapper: Chain<I, Vars>,
}

impl<I: Chunk> RunnableAssign<I> {
    pub(super) fn new(mapper: RunnableParallel<I>) -> Self {
        RunnableAssign { keys: mapper.keys().cloned().collect(), mapper: mapper.into_chain() }
    }

    /// What of the input is handed on: the keys that the mapper will not write.
    fn kept(&self, input: I) -> Result<Dict> {
        let mut dict = keys_of(input)?;
        dict.retain(|key, _| !self.keys.contains(key));
        Ok(dict)
    }
}

fn keys_of(input: impl Chunk) -> Result<Dict> {
    match input.into_val() {
        Val::Dict(dict) | Val::AddDict(dict) => Ok(dict),
        _ => Err(Error::raised(
            "RunnableAssign",
            "ValueError",
            "The input to RunnablePassthrough.assign() must be a dict.",
        )),
    }
}

impl<I> fmt::Debug for RunnableAssign<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunnableAssign").field(&self.keys).finish()
    }
}

impl<I: Chunk> Runnable for RunnableAssign<I> {
    type In = I;
    type Out = Vars;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<Vars> {
        Box::pin(async move {
            let mut dict = keys_of(input.clone())?;
            dict.extend(self.mapper.run_invoke(input, cx.child(), None).await?.0);
            Ok(Vars(dict))
        })
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<Vars> {
        self.transform(stream::iter([Ok(input)]).boxed(), cx)
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<Vars> {
        let mut inputs = tee(input, 2, &cx).into_iter();
        let (Some(passed), Some(mapped)) = (inputs.next(), inputs.next()) else {
            return stream::empty().boxed();
        };
        let mapped = self.mapper.run_transform(mapped, cx.child_with_kwargs(), None);
        let passed = passed.filter_map(move |piece| {
            let kept = piece.and_then(|piece| self.kept(piece));
            std::future::ready(match kept {
                Ok(dict) if dict.is_empty() => None,
                kept => Some(kept.map(Vars)),
            })
        });
        started_together(passed.boxed(), mapped)
    }

    fn describe(&self, input: &Shape) -> Node {
        let mut node = self.mapper.describe(input);
        if !Kind::DICT.meets(input.kind) {
            let leaf = Node::leaf_of("RunnableAssign", Kind::DICT, Kind::DICT, input);
            node.problems.extend(leaf.problems);
        }
        node.name = "RunnableAssign".into();
        node.gives = match &input.keys {
            Some(keys) => Shape::keys(keys.iter().chain(&self.keys)),
            None => Shape::of(Kind::DICT),
        };
        node
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain(format!("RunnableAssign<{}>", self.keys.join(",")))
    }

    fn merge(&self) -> Merge {
        Merge::ByKey
    }
}

crate::impl_pipe!([I: Chunk] RunnableAssign<I>);

/// First everything of `first`, then of `second`, which is under way from the start.
fn started_together(first: Out<Vars>, second: Out<Vars>) -> Out<Vars> {
    let mut first = Some(first);
    let mut second = second;
    let mut early = None;
    let mut second_over = false;
    stream::poll_fn(move |task| {
        use std::task::Poll;
        if early.is_none() && !second_over {
            match second.poll_next_unpin(task) {
                Poll::Ready(Some(piece)) => early = Some(piece),
                Poll::Ready(None) => second_over = true,
                Poll::Pending => {}
            }
        }
        let piece = match first.as_mut().map(|pieces| pieces.poll_next_unpin(task)) {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(Some(piece))) => Some(piece),
            Some(Poll::Ready(None)) | None => {
                first = None;
                early.take()
            }
        };
        if let Some(Err(_)) = &piece {
            (first, early, second_over) = (None, None, true);
        }
        match piece {
            None if !second_over => Poll::Pending,
            piece => Poll::Ready(piece),
        }
    })
    .boxed()
}
