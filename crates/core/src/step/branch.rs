//! `RunnableBranch`: the first branch whose condition holds.

use super::valued::Valued;
use crate::{
    Chain, Chunk, Cx, Feeds, Fut, IntoChain, Merge, Node, Out, Result, RunInfo, Runnable, Shape, Telling,
    Val, Wants, impl_pipe, run::failed,
};
use futures_util::{StreamExt, stream};
use std::{fmt, sync::Arc};

/// A step that runs the branch of the first condition whose output Python takes for true, or else the default.
/// Conditions are invoked one after the other, also when the branch is streamed.
pub struct RunnableBranch<I, O> {
    branches: Vec<(Chain<I, Val>, Chain<I, O>)>,
    default: Chain<I, O>,
}

impl<I: Chunk, O: Chunk> RunnableBranch<I, O> {
    /// A step that runs `default`, until it has branches.
    pub fn new(default: impl IntoChain<In = I, Out = O>) -> Self {
        RunnableBranch { branches: Vec::new(), default: default.into_chain() }
    }

    /// The same with one branch more, tried after those it has.
    #[must_use]
    pub fn branch<C: IntoChain>(mut self, condition: C, then: impl IntoChain<In = I, Out = O>) -> Self
    where
        I: Feeds<C::In>,
    {
        let condition = Valued(condition.into_chain().takes::<I>()).into_chain();
        self.branches.push((condition, then.into_chain()));
        self
    }

    /// The chain to run, its input, its context and its tag.
    async fn choose(&self, input: I, cx: &Cx) -> Result<(Chain<I, O>, I, Cx, Option<String>)> {
        let tag = |name: String| cx.wants(Wants::Steps).then_some(name);
        for (index, (condition, then)) in self.branches.iter().enumerate() {
            let number = index + 1;
            let held = condition
                .run_invoke(input.clone(), cx.child(), tag(format!("condition:{number}")))
                .await?
                .is_truthy();
            if held {
                return Ok((then.clone(), input, cx.child_with_kwargs(), tag(format!("branch:{number}"))));
            }
        }
        Ok((self.default.clone(), input, cx.child_with_kwargs(), tag("branch:default".into())))
    }

    fn chains(&self) -> impl Iterator<Item = &Chain<I, O>> {
        self.branches.iter().map(|(_, then)| then).chain([&self.default])
    }
}

impl<I, O> fmt::Debug for RunnableBranch<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnableBranch").field("branches", &self.branches.len()).finish_non_exhaustive()
    }
}

impl<I: Chunk, O: Chunk> Runnable for RunnableBranch<I, O> {
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        Box::pin(async move {
            let (chain, input, cx, tag) = self.choose(input, &cx).await?;
            chain.run_invoke(input, cx, tag).await
        })
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<O> {
        let chosen = async move {
            let (chain, input, cx, tag) = self.choose(input, &cx).await?;
            Ok(chain.run_stream(input, cx, tag))
        };
        stream::once(chosen).map(|pieces| pieces.unwrap_or_else(failed)).flatten().boxed()
    }

    fn describe(&self, input: &Shape) -> Node {
        let conditions = self.branches.iter().map(|(condition, _)| condition.describe(input));
        let names = (1..=self.branches.len()).map(|number| format!("branch:{number}"));
        let names = names.chain(["branch:default".to_string()]);
        let choices = names.zip(self.chains()).map(|(name, chain)| (name, chain.describe(input))).collect();
        let mut node = Node::choice("RunnableBranch", choices);
        for condition in conditions {
            node.configurable.extend(condition.config_specs());
            node.problems.extend(condition.problems);
        }
        node
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain("RunnableBranch").telling(Telling::Passed)
    }

    fn merge(&self) -> Merge {
        common(self.chains().map(Chain::merge))
    }

    fn gather_as(&self) -> Merge {
        common(self.chains().map(Chain::gather_as))
    }
}

/// How the pieces of any of several chains combine; where they differ, as pieces do that say nothing.
pub(super) fn common(mut merges: impl Iterator<Item = Merge>) -> Merge {
    let first = merges.next().unwrap_or(Merge::Append);
    if merges.all(|merge| merge == first) { first } else { Merge::Append }
}

impl_pipe!([I: Chunk, O: Chunk] RunnableBranch<I, O>);
