//! `|`: steps joined into chains with typed ends and an erased middle, their joints checked by the compiler.

use crate::{
    AiMessage, Chunk, Cx, DynChain, EventKind, Fut, Kind, Merge, Node, OnError, Out, PromptValue, Result,
    Runnable, Shape, Typed, Val, Vars, Wants, gather, run::failed, runnable, shape::Parts,
};
use futures_util::{StreamExt, stream};
use std::{fmt, ops::BitOr, sync::Arc};

/// A conversion at a joint: what `Self` gives can be fed to a step that takes `To`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot feed a step that takes `{To}`",
    label = "this joint does not fit",
    note = "put a model, a parser or a `RunnableLambda` between the two steps",
    note = "variables of a prompt are made with `vars! {{ .. }}` or are the fields of a struct in `Typed`"
)]
pub trait Feeds<To: Chunk>: Chunk {
    /// Converts a whole value.
    fn feed(self) -> Result<To>;

    /// Converts a stream. Default: gathers it first, because pieces need not convert one by one.
    fn feed_stream(pieces: Out<Self>, cx: Cx) -> Out<To> {
        let whole = async move { gather(pieces, cx).await?.map(Feeds::feed).transpose() };
        stream::once(whole).filter_map(async |result| result.transpose()).boxed()
    }
}

impl<T: Chunk> Feeds<T> for T {
    fn feed(self) -> Result<T> {
        Ok(self)
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<T> {
        pieces
    }
}

impl<T> Feeds<Vars> for Typed<T>
where
    Typed<T>: Chunk,
{
    fn feed(self) -> Result<Vars> {
        Vars::from_val(self.into_val())
    }
}

impl Feeds<Val> for String {
    fn feed(self) -> Result<Val> {
        Ok(Val::Text(self))
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<Val> {
        pieces.map(|piece| piece.map(Val::Text)).boxed()
    }
}

impl Feeds<Val> for Vars {
    fn feed(self) -> Result<Val> {
        Ok(self.into_val())
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<Val> {
        pieces.map(|piece| piece.map(Chunk::into_val)).boxed()
    }
}

impl Feeds<Val> for PromptValue {
    fn feed(self) -> Result<Val> {
        Ok(self.into_val())
    }
}

impl Feeds<Val> for AiMessage {
    fn feed(self) -> Result<Val> {
        Ok(self.into_val())
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<Val> {
        pieces.map(|piece| piece.map(Chunk::into_val)).boxed()
    }
}

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

    pub(crate) fn inner(&self) -> Arc<dyn Runnable<In = I, Out = O>> {
        self.0.clone()
    }

    pub(crate) fn passes_through(&self) -> bool {
        self.0.passes_through()
    }

    pub(crate) fn steps(&self) -> usize {
        self.0.steps()
    }

    fn name(&self) -> String {
        self.describe(&Shape::of(Kind::ANY)).name
    }

    /// Runs it as a step with a run of its own where a reader asked for steps.
    pub(crate) fn run_invoke(&self, input: I, cx: Cx, tag: Option<String>) -> Fut<O> {
        if !cx.wants(Wants::Steps) {
            return self.0.clone().invoke(input, cx);
        }
        let chain = self.clone();
        Box::pin(async move {
            cx.emit_start(&chain.name(), tag, Some(input.clone().into_val()));
            let result = chain.0.invoke(input, cx.clone()).await;
            cx.emit(match &result {
                Ok(output) => EventKind::End { output: Some(output.clone().into_val()) },
                Err(error) => EventKind::Error(error.clone()),
            });
            result
        })
    }

    /// Starts the outermost run, whose pieces and end [`run`](crate::run) itself tells of.
    pub(crate) fn start(&self, input: I, cx: &Cx) -> Out<O> {
        if cx.wants(Wants::Steps) {
            cx.emit_start(&self.name(), None, Some(input.clone().into_val()));
        }
        self.0.clone().stream(input, cx.clone())
    }

    pub(crate) fn run_stream(&self, input: I, cx: Cx, tag: Option<String>) -> Out<O> {
        if !cx.wants(Wants::Steps) {
            return self.0.clone().stream(input, cx);
        }
        cx.emit_start(&self.name(), tag, Some(input.clone().into_val()));
        told(self.0.clone().stream(input, cx.clone()), cx, self.merge())
    }

    pub(crate) fn run_transform(&self, input: Out<I>, cx: Cx, tag: Option<String>) -> Out<O> {
        self.run_transform_as(self.merge(), input, cx, tag)
    }

    /// The same, where the step before has a say in how the pieces combine.
    fn run_transform_as(&self, merge: Merge, input: Out<I>, cx: Cx, tag: Option<String>) -> Out<O> {
        if !cx.wants(Wants::Steps) {
            return self.0.clone().transform(input, cx);
        }
        cx.emit_start(&self.name(), tag, None);
        told(self.0.clone().transform(input, cx.clone()), cx, merge)
    }
}

/// Tells the run's readers of each piece and of the end.
fn told<T: Chunk>(pieces: Out<T>, cx: Cx, merge: Merge) -> Out<T> {
    let teller = Teller { cx, merge, whole: None, over: false };
    stream::unfold((teller, pieces), async |(mut teller, mut pieces)| {
        if teller.over {
            return None;
        }
        let piece = pieces.next().await;
        teller.tell(piece.as_ref());
        Some((piece?, (teller, pieces)))
    })
    .boxed()
}

struct Teller<T> {
    cx: Cx,
    merge: Merge,
    whole: Option<T>,
    over: bool,
}

impl<T: Chunk> Teller<T> {
    fn tell(&mut self, piece: Option<&Result<T>>) {
        match piece {
            Some(Ok(piece)) => {
                self.merge.add(&mut self.whole, piece.clone());
                self.cx.emit(EventKind::Chunk(piece.clone().into_val()));
            }
            Some(Err(error)) => {
                self.over = true;
                self.cx.emit(EventKind::Error(error.clone()));
            }
            None => {
                let output = self.whole.take().map(Chunk::into_val);
                self.cx.emit(EventKind::End { output });
            }
        }
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

    fn merge(&self) -> Merge {
        self.chain.merge()
    }

    fn passes_through(&self) -> bool {
        self.chain.passes_through()
    }

    fn steps(&self) -> usize {
        self.chain.steps()
    }
}

/// Two steps after each other; `a | b | c` nests to the left, and is one sequence to the outside.
struct RunnableSequence<I, M, N, O> {
    first: Chain<I, M>,
    last: Chain<N, O>,
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
            let middle = self.first.batch_in(items, on_error).await?;
            let fed = middle.into_iter().map(|result| result.and_then(Feeds::feed));
            batch_survivors(&self.last, fed.zip(contexts), on_error).await
        })
    }

    fn describe(&self, input: &Shape) -> Node {
        let first = self.first.describe(input);
        let last = self.last.describe(&first.gives);
        let gives = last.gives.clone();
        let mut parts = flatten(first);
        parts.extend(flatten(last));
        let problems = parts.iter_mut().flat_map(|part| std::mem::take(&mut part.problems)).collect();
        Node { name: "RunnableSequence".into(), gives, parts: Parts::Sequence(parts), problems }
    }

    fn merge(&self) -> Merge {
        if self.last.passes_through() { self.first.merge() } else { self.last.merge() }
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
        let snapshots = self.first.merge() == Merge::Replace && !self.last.passes_through();
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

/// Runs the step on what has not failed yet and puts the errors back at their places.
pub(crate) async fn batch_survivors<I: Chunk, O: Chunk>(
    step: &Chain<I, O>,
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
    for (index, result) in at.into_iter().zip(step.batch_in(alive, on_error).await?) {
        places[index] = Some(result);
    }
    Ok(places.into_iter().flatten().collect())
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
