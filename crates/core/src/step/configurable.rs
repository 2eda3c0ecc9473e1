//! Steps that a call's configuration changes.

mod alternatives;
mod fields;

pub use alternatives::RunnableConfigurableAlternatives;
pub use fields::{Chosen, ConfigurableField, Options, Rebuild, RunnableConfigurableFields};

use crate::{
    Chain, Chunk, Cx, Fut, Node, OnError, Out, Result, Shape,
    run::failed,
    runnable::{join_bounded, settle},
};
use std::sync::Arc;

/// What such steps have in common: a call's configuration says which chain runs, and with what context.
trait Configurable<I, O>: Send + Sync + 'static {
    fn prepare(&self, cx: Cx) -> Result<(Chain<I, O>, Cx)>;

    /// The picture of the step.
    fn describe(&self, input: &Shape) -> Node;

    /// The chains that are known before any call, the default first.
    fn chains(&self) -> Vec<&Chain<I, O>>;
}

fn invoke<I: Chunk, O: Chunk>(step: &impl Configurable<I, O>, input: I, cx: Cx) -> Fut<O> {
    match step.prepare(cx) {
        Ok((chain, cx)) => chain.inner().invoke(input, cx),
        Err(error) => Box::pin(std::future::ready(Err(error))),
    }
}

fn stream<I: Chunk, O: Chunk>(step: &impl Configurable<I, O>, input: I, cx: Cx) -> Out<O> {
    match step.prepare(cx) {
        Ok((chain, cx)) => chain.inner().stream(input, cx),
        Err(error) => failed(error),
    }
}

fn transform<I: Chunk, O: Chunk>(step: &impl Configurable<I, O>, input: Out<I>, cx: Cx) -> Out<O> {
    match step.prepare(cx) {
        Ok((chain, cx)) => chain.inner().transform(input, cx),
        Err(error) => failed(error),
    }
}

/// If all calls come out at the default it is one batch; otherwise each call runs for itself.
fn batch<I: Chunk, O: Chunk>(
    step: Arc<impl Configurable<I, O>>,
    items: Vec<(I, Cx)>,
    on_error: OnError,
) -> Fut<Vec<Result<O>>> {
    let most = items.first().and_then(|(_, cx)| cx.config().max_concurrency);
    Box::pin(async move {
        let prepared =
            items.into_iter().map(|(input, cx)| step.prepare(cx).map(|(chain, cx)| (chain, input, cx)));
        let prepared: Vec<_> = prepared.collect::<Result<_>>()?;
        let is_default = |chain: &Chain<I, O>| {
            step.chains().first().is_some_and(|default| Arc::ptr_eq(&chain.inner(), &default.inner()))
        };
        if let Some((default, _, _)) = prepared.first()
            && prepared.iter().all(|(chain, _, _)| is_default(chain))
        {
            let default = default.clone();
            let items = prepared.into_iter().map(|(_, input, cx)| (input, cx)).collect();
            return default.batch_in(items, on_error).await;
        }
        let all = prepared.into_iter().map(|(chain, input, cx)| chain.inner().invoke(input, cx)).collect();
        settle(join_bounded(all, most).await, on_error)
    })
}

/// Makes a [`Configurable`] a step.
macro_rules! by_configuration {
    ($step:ident) => {
        impl<I: Chunk, O: Chunk> $crate::Runnable for $step<I, O> {
            type In = I;
            type Out = O;

            fn invoke(self: std::sync::Arc<Self>, input: I, cx: Cx) -> $crate::Fut<O> {
                super::invoke(&*self, input, cx)
            }

            fn stream(self: std::sync::Arc<Self>, input: I, cx: Cx) -> $crate::Out<O> {
                super::stream(&*self, input, cx)
            }

            fn transform(self: std::sync::Arc<Self>, input: $crate::Out<I>, cx: Cx) -> $crate::Out<O> {
                super::transform(&*self, input, cx)
            }

            fn batch(
                self: std::sync::Arc<Self>,
                items: Vec<(I, Cx)>,
                on_error: $crate::OnError,
            ) -> $crate::Fut<Vec<Result<O>>> {
                super::batch(self, items, on_error)
            }

            fn describe(&self, input: &Shape) -> Node {
                Configurable::describe(self, input)
            }

            fn run_info(&self, cx: &Cx) -> $crate::RunInfo {
                match Configurable::prepare(self, cx.clone()) {
                    Ok((chain, cx)) => chain.run_info(&cx),
                    Err(_) => $crate::RunInfo::chain(stringify!($step)),
                }
            }

            fn merge(&self) -> $crate::Merge {
                $crate::step::branch::common(self.chains().into_iter().map(Chain::merge))
            }

            fn gather_as(&self) -> $crate::Merge {
                $crate::step::branch::common(self.chains().into_iter().map(Chain::gather_as))
            }
        }

        $crate::impl_pipe!([I: Chunk, O: Chunk] $step<I, O>);
    };
}

pub(super) use by_configuration;
