//! `RunnableLambda`: a function as a step.

use crate::{Chunk, Cx, Fut, Node, Result, RunInfo, Runnable, Shape, runnable::short_type_name};
use std::{fmt, marker::PhantomData, sync::Arc};

/// Makes steps from functions.
///
/// ```
/// use windlass_core::{RunnableLambda, IntoChain};
///
/// let heavy = RunnableLambda::new(|text: String| Ok(text.chars().rev().collect::<String>()));
/// let quick = RunnableLambda::quick(|text: String| Ok(text.trim().to_owned()));
/// let waits = RunnableLambda::future(async |text: String| Ok(text + "!"));
/// let chain = heavy.named("reverse") | quick | waits;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RunnableLambda;

impl RunnableLambda {
    /// A function that computes or blocks: it runs in the pool and never stalls other runs.
    #[expect(
        clippy::new_ret_no_self,
        reason = "`RunnableLambda` is LangChain's name; a closure's type cannot be written"
    )]
    pub fn new<I: Chunk, O: Chunk>(
        function: impl Fn(I) -> Result<O> + Send + Sync + 'static,
    ) -> Lambda<impl Fn(I, Cx, &'static str) -> Fut<O>, I, O> {
        let function = Arc::new(function);
        Lambda::of(short_type_name::<Self>(), move |input, cx: Cx, name| {
            let function = function.clone();
            Box::pin(async move { cx.blocking(name, move || function(input)).await? }) as Fut<O>
        })
    }

    /// A function of a few microseconds: it runs where it is called, without a hop to the pool.
    pub fn quick<I: Chunk, O: Chunk>(
        function: impl Fn(I) -> Result<O> + Send + Sync + 'static,
    ) -> Lambda<impl Fn(I, Cx, &'static str) -> Fut<O>, I, O> {
        Lambda::of(short_type_name::<Self>(), move |input, _, _| {
            Box::pin(std::future::ready(function(input))) as Fut<O>
        })
    }

    /// A function that waits; it must not compute for long.
    pub fn future<I: Chunk, O: Chunk, F: Future<Output = Result<O>> + Send + 'static>(
        function: impl Fn(I) -> F + Send + Sync + 'static,
    ) -> Lambda<impl Fn(I, Cx, &'static str) -> Fut<O>, I, O> {
        Lambda::of(short_type_name::<Self>(), move |input, _, _| Box::pin(function(input)) as Fut<O>)
    }

    /// A function that waits and has the context of its run: its configuration, its events, and
    /// [`child`](Cx::child) for chains that it runs.
    pub fn with_cx<I: Chunk, O: Chunk, F: Future<Output = Result<O>> + Send + 'static>(
        function: impl Fn(I, Cx) -> F + Send + Sync + 'static,
    ) -> Lambda<impl Fn(I, Cx, &'static str) -> Fut<O>, I, O> {
        Lambda::of(short_type_name::<Self>(), move |input, cx, _| Box::pin(function(input, cx)) as Fut<O>)
    }
}

/// A function as a step; see [`RunnableLambda`].
pub struct Lambda<F, I, O> {
    name: &'static str,
    function: F,
    types: PhantomData<fn(I) -> O>,
}

impl<F, I, O> fmt::Debug for Lambda<F, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lambda").field(&self.name).finish()
    }
}

impl<F, I, O> Lambda<F, I, O> {
    fn of(name: &'static str, function: F) -> Self {
        Lambda { name, function, types: PhantomData }
    }

    /// The name it has in errors, events and pictures.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
}

impl<F, I, O> Runnable for Lambda<F, I, O>
where
    F: Fn(I, Cx, &'static str) -> Fut<O> + Send + Sync + 'static,
    I: Chunk,
    O: Chunk,
{
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        (self.function)(input, cx, self.name)
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain(self.name)
    }

    fn describe(&self, input: &Shape) -> Node {
        Node::leaf::<I, O>(self.name, input)
    }
}

crate::impl_pipe!([F: Fn(I, Cx, &'static str) -> Fut<O> + Send + Sync + 'static, I: Chunk, O: Chunk] Lambda<F, I, O>);
