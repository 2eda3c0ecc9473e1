//! `|`: steps joined into chains with typed ends and an erased middle, their joints checked by the compiler.

mod feeds;
mod sequence;
mod told;
mod told_as;

pub use feeds::Feeds;
pub(crate) use sequence::batch_survivors;

use crate::{
    Chunk, Cx, DynChain, Fut, Merge, Node, OnError, Out, Result, RunInfo, Runnable, Shape, run::failed,
};
use sequence::RunnableSequence;
use std::{fmt, ops::BitOr, sync::Arc};

/// A step or a chain of steps, by what goes in and what comes out; cheap to clone.
pub struct Chain<I, O>(Arc<dyn Runnable<In = I, Out = O>>);

impl<I, O> Clone for Chain<I, O> {
    fn clone(&self) -> Self {
        Chain(self.0.clone())
    }
}

impl<I: Chunk, O: Chunk> fmt::Debug for Chain<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chain").field(&self.describe(&Shape::of(I::kind())).name).finish()
    }
}

/// What can stand on the right of a `|`: every [`Runnable`] and every [`Chain`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step of a chain",
    label = "not a step",
    note = "wrap a closure in `RunnableLambda::new(..)`"
)]
pub trait IntoChain {
    /// What the step takes.
    type In: Chunk;
    /// What the step gives.
    type Out: Chunk;

    /// As a chain.
    fn into_chain(self) -> Chain<Self::In, Self::Out>;
}

impl<R: Runnable> IntoChain for R {
    type In = R::In;
    type Out = R::Out;

    fn into_chain(self) -> Chain<R::In, R::Out> {
        Chain(Arc::new(self))
    }
}

impl<I: Chunk, O: Chunk> IntoChain for Chain<I, O> {
    type In = I;
    type Out = O;

    fn into_chain(self) -> Self {
        self
    }
}

impl<I: Chunk, O: Chunk> Chain<I, O> {
    /// Runs the chain on an input, in a context of its own.
    pub fn invoke(&self, input: impl Feeds<I>) -> Fut<O> {
        self.invoke_in(input, Cx::default())
    }

    /// Runs the chain on an input and streams the output, in a context of its own.
    pub fn stream(&self, input: impl Feeds<I>) -> Out<O> {
        self.stream_in(input, Cx::default())
    }

    /// Runs the chain on an input.
    pub fn invoke_in(&self, input: impl Feeds<I>, cx: Cx) -> Fut<O> {
        match input.feed() {
            Ok(input) => self.run_invoke(input, cx, None),
            Err(error) => Box::pin(async move { Err(error) }),
        }
    }

    /// Runs the chain on an input and streams the output.
    pub fn stream_in(&self, input: impl Feeds<I>, cx: Cx) -> Out<O> {
        match input.feed() {
            Ok(input) => self.run_stream(input, cx, None),
            Err(error) => failed(error),
        }
    }

    /// Runs the chain on an input that comes in pieces.
    pub fn transform_in(&self, input: Out<I>, cx: Cx) -> Out<O> {
        self.run_transform(input, cx, None)
    }

    /// Runs the chain on many inputs, each in its own context; steps run one after the other over the whole batch.
    pub fn batch_in(&self, items: Vec<(I, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        self.0.clone().batch(items, on_error)
    }

    /// A chain that takes `T` instead: its fields are the variables.
    ///
    /// ```
    /// # use windlass_core::{ChatPromptTemplate, IntoChain, Typed};
    /// #[derive(Clone, serde::Serialize, serde::Deserialize)]
    /// struct Question { question: String }
    ///
    /// let prompt = ChatPromptTemplate::from_template("Answer: {question}").unwrap();
    /// let chain = prompt.into_chain().takes::<Typed<Question>>();
    /// ```
    pub fn takes<T: Feeds<I>>(self) -> Chain<T, O> {
        Chain(Arc::new(Fed { chain: self, takes: std::marker::PhantomData }))
    }

    /// The chain with its ends erased, as the server and files use it.
    pub fn erase(self) -> DynChain {
        DynChain::new(self)
    }

    /// What this chain is, given what flows in.
    pub fn describe(&self, input: &Shape) -> Node {
        self.0.describe(input)
    }

    /// How the chunks of its output combine.
    pub fn merge(&self) -> Merge {
        self.0.merge()
    }

    pub(crate) fn gather_as(&self) -> Merge {
        self.0.gather_as()
    }

    pub(crate) fn inner(&self) -> Arc<dyn Runnable<In = I, Out = O>> {
        self.0.clone()
    }

    pub(crate) fn passes_through(&self) -> bool {
        self.0.passes_through()
    }

    pub(crate) fn steps(&self) -> usize {
        self.0.steps()
    }

    pub(crate) fn run_info(&self, cx: &Cx) -> RunInfo {
        self.0.run_info(cx)
    }
}

/// A chain that takes another type and converts it.
struct Fed<T, I, O> {
    chain: Chain<I, O>,
    takes: std::marker::PhantomData<fn(T)>,
}

impl<T: Feeds<I>, I: Chunk, O: Chunk> Runnable for Fed<T, I, O> {
    type In = T;
    type Out = O;

    fn invoke(self: Arc<Self>, input: T, cx: Cx) -> Fut<O> {
        match input.feed() {
            Ok(input) => self.chain.inner().invoke(input, cx),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn stream(self: Arc<Self>, input: T, cx: Cx) -> Out<O> {
        match input.feed() {
            Ok(input) => self.chain.inner().stream(input, cx),
            Err(error) => failed(error),
        }
    }

    fn transform(self: Arc<Self>, input: Out<T>, cx: Cx) -> Out<O> {
        self.chain.inner().transform(T::feed_stream(input, cx.clone()), cx)
    }

    fn describe(&self, input: &Shape) -> Node {
        self.chain.describe(input)
    }

    fn run_info(&self, cx: &Cx) -> RunInfo {
        self.chain.run_info(cx)
    }

    fn merge(&self) -> Merge {
        self.chain.merge()
    }

    fn gather_as(&self) -> Merge {
        self.chain.gather_as()
    }

    fn passes_through(&self) -> bool {
        self.chain.passes_through()
    }

    fn steps(&self) -> usize {
        self.chain.steps()
    }
}

impl<I: Chunk, M: Feeds<B::In>, B: IntoChain> BitOr<B> for Chain<I, M> {
    type Output = Chain<I, B::Out>;

    fn bitor(self, next: B) -> Self::Output {
        Chain(Arc::new(RunnableSequence { first: self, last: next.into_chain() }))
    }
}

/// Lets a step of yours stand on the left of a `|`: `impl_pipe!(MyStep);`, with generics `impl_pipe!([T: Bound] MyStep<T>);`.
///
/// A blanket impl is not possible in Rust (E0210), hence one line per type.
#[macro_export]
macro_rules! impl_pipe {
    ([$($generics:tt)*] $step:ty) => {
        impl<__Next: $crate::IntoChain, $($generics)*> ::std::ops::BitOr<__Next> for $step
        where
            $step: $crate::Runnable,
            <$step as $crate::Runnable>::Out: $crate::Feeds<__Next::In>,
        {
            type Output = $crate::Chain<<$step as $crate::Runnable>::In, __Next::Out>;

            fn bitor(self, next: __Next) -> Self::Output {
                $crate::IntoChain::into_chain(self) | next
            }
        }
    };
    ($($step:ty),+ $(,)?) => { $($crate::impl_pipe!([] $step);)+ };
}
