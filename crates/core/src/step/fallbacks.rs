//! `RunnableWithFallbacks`: the next chain where one fails, as long as nothing came of it.

use crate::{
    Chain, Chunk, Cx, Error, Exception, Fut, IntoChain, Merge, Node, OnError, Out, Result, RunInfo, Runnable,
    Shape, Telling, Val, impl_pipe, python, run::failed,
};
use futures_util::{StreamExt, stream};
use std::{fmt, sync::Arc};

/// A step that runs another, and where it fails the fallbacks one after the other. Streamed, a failure counts until the
/// first piece has come, an empty one too. If all fail, the first error is the step's.
pub struct RunnableWithFallbacks<I, O> {
    runnables: Vec<Chain<I, O>>,
    handled: Vec<String>,
    exception_key: Option<String>,
}

impl<I: Chunk, O: Chunk> RunnableWithFallbacks<I, O> {
    /// A step without fallbacks yet, which handles every exception.
    pub fn new(runnable: impl IntoChain<In = I, Out = O>) -> Self {
        let handled = vec!["Exception".into()];
        RunnableWithFallbacks { runnables: vec![runnable.into_chain()], handled, exception_key: None }
    }

    /// The same with one fallback more, tried after those it has.
    #[must_use]
    pub fn fallback(mut self, fallback: impl IntoChain<In = I, Out = O>) -> Self {
        self.runnables.push(fallback.into_chain());
        self
    }

    /// Handles only exceptions of these classes, by the names they have in Python; see [`Exception::is_known`].
    #[must_use]
    pub fn handling<S: Into<String>>(mut self, classes: impl IntoIterator<Item = S>) -> Self {
        self.handled = classes.into_iter().map(Into::into).collect();
        self
    }

    /// Puts the text of the last error under this key of the input of a fallback.
    #[must_use]
    pub fn exception_key(mut self, key: impl Into<String>) -> Self {
        self.exception_key = Some(key.into());
        self
    }

    fn handles(&self, error: &Error) -> bool {
        let exception = Exception::of(error);
        self.handled.iter().any(|class| exception.is_a(class))
    }

    /// Refuses what is no object if the error is to be put in it.
    fn check(&self, input: &Val, what: &str) -> Result<()> {
        if self.exception_key.is_none() || matches!(input, Val::Dict(_) | Val::AddDict(_)) {
            return Ok(());
        }
        let message = format!(
            "If 'exception_key' is specified then {what}.However found a type of {} for input",
            python::class_of(input)
        );
        Err(Error::raised("RunnableWithFallbacks", "ValueError", message))
    }

    fn check_one(&self, input: &I) -> Result<()> {
        match self.exception_key {
            Some(_) => self.check(&input.clone().into_val(), "input must be a dictionary"),
            None => Ok(()),
        }
    }

    /// The input of a fallback.
    fn after(&self, input: I, error: &Error) -> Result<I> {
        let Some(key) = &self.exception_key else { return Ok(input) };
        let mut input = input.into_val();
        if let Val::Dict(dict) | Val::AddDict(dict) = &mut input {
            dict.insert(key.clone(), Val::Text(Exception::of(error).text));
        }
        I::from_val(input)
    }

    async fn try_each(&self, mut input: I, cx: &Cx) -> Result<O> {
        self.check_one(&input)?;
        let mut first = None;
        for runnable in &self.runnables {
            match runnable.run_invoke(input.clone(), cx.child_with_kwargs(), None).await {
                Err(error) if self.handles(&error) => {
                    input = self.after(input, &error)?;
                    first.get_or_insert(error);
                }
                settled => return settled,
            }
        }
        Err(first.unwrap_or_else(nothing_ran))
    }

    /// The pieces of the first chain that gives one.
    async fn open(&self, mut input: I, cx: &Cx) -> Result<Out<O>> {
        self.check_one(&input)?;
        let mut first = None;
        for runnable in &self.runnables {
            let mut pieces = runnable.run_stream(input.clone(), cx.child_with_kwargs(), None);
            let error = match pieces.next().await {
                Some(Ok(piece)) => return Ok(stream::iter([Ok(piece)]).chain(pieces).boxed()),
                Some(Err(error)) => error,
                None => Error::raised("RunnableWithFallbacks", "StopIteration", ""),
            };
            if !self.handles(&error) {
                return Err(out_of_generator(error));
            }
            input = self.after(input, &error)?;
            first.get_or_insert(error);
        }
        Err(out_of_generator(first.unwrap_or_else(nothing_ran)))
    }

    /// One chain on all inputs that are still to be answered; gives whether any is left.
    async fn try_batch(
        &self,
        runnable: &Chain<I, O>,
        batch: &mut Batch<I, O>,
        on_error: OnError,
    ) -> Result<bool> {
        let open: Vec<usize> =
            (0..batch.inputs.len()).filter(|index| batch.inputs[*index].is_some()).collect();
        let items = open.iter().filter_map(|index| {
            Some((batch.inputs[*index].clone()?, batch.contexts[*index].child_with_kwargs()))
        });
        let outputs = runnable.batch_in(items.collect(), OnError::Collect).await?;
        for (index, output) in open.into_iter().zip(outputs) {
            match &output {
                Err(error) if self.handles(error) => {
                    let input = batch.inputs[index].take();
                    batch.inputs[index] = input.map(|input| self.after(input, error)).transpose()?;
                }
                Err(error) if on_error == OnError::Fail => return Err(error.clone()),
                _ => batch.inputs[index] = None,
            }
            batch.outputs[index] = Some(output);
        }
        Ok(batch.inputs.iter().any(Option::is_some))
    }
}

/// A batch under way: what is still to be answered, and what came last for each input.
struct Batch<I, O> {
    inputs: Vec<Option<I>>,
    contexts: Vec<Cx>,
    outputs: Vec<Option<Result<O>>>,
}

fn nothing_ran() -> Error {
    Error::raised("RunnableWithFallbacks", "ValueError", "No error stored at end of fallbacks.")
}

/// Python turns a `StopIteration` that leaves a generator into another exception.
fn out_of_generator(error: Error) -> Error {
    if Exception::of(&error).class() == "StopIteration" {
        return Error::raised("RunnableWithFallbacks", "RuntimeError", "generator raised StopIteration");
    }
    error
}

impl<I, O> fmt::Debug for RunnableWithFallbacks<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.runnables.len();
        f.debug_struct("RunnableWithFallbacks")
            .field("runnables", &count)
            .field("handled", &self.handled)
            .finish_non_exhaustive()
    }
}

impl<I: Chunk, O: Chunk> Runnable for RunnableWithFallbacks<I, O> {
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        Box::pin(async move { self.try_each(input, &cx).await })
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<O> {
        let opened = async move { self.open(input, &cx).await };
        stream::once(opened).map(|pieces| pieces.unwrap_or_else(failed)).flatten().boxed()
    }

    fn batch(self: Arc<Self>, items: Vec<(I, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        Box::pin(async move {
            let values = self.exception_key.iter().flat_map(|_| items.iter().map(|(input, _)| input.clone()));
            let values: Vec<Val> = values.map(Chunk::into_val).collect();
            let is_dict = |val: &Val| matches!(val, Val::Dict(_) | Val::AddDict(_));
            if let Some(first) = values.first().filter(|_| !values.iter().all(is_dict)) {
                // LangChain names the first input's type, even if another one is wrong.
                return Err(wrong_inputs(first));
            }
            let (inputs, contexts): (Vec<_>, Vec<_>) =
                items.into_iter().map(|(input, cx)| (Some(input), cx)).unzip();
            let outputs = inputs.iter().map(|_| None).collect();
            let mut batch = Batch { inputs, contexts, outputs };
            for runnable in &self.runnables {
                if !self.try_batch(runnable, &mut batch, on_error).await? {
                    break;
                }
            }
            crate::runnable::settle(batch.outputs.into_iter().flatten().collect(), on_error)
        })
    }

    fn describe(&self, input: &Shape) -> Node {
        let names = (0..).map(|index| if index == 0 { "try".into() } else { format!("fallback:{index}") });
        let choices = names.zip(&self.runnables).map(|(name, chain)| (name, chain.describe(input))).collect();
        Node::choice("RunnableWithFallbacks", choices)
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain("RunnableWithFallbacks").telling(Telling::Passed)
    }

    fn merge(&self) -> Merge {
        super::branch::common(self.runnables.iter().map(Chain::merge))
    }

    fn gather_as(&self) -> Merge {
        super::branch::common(self.runnables.iter().map(Chain::gather_as))
    }
}

fn wrong_inputs(first: &Val) -> Error {
    let message = format!(
        "If 'exception_key' is specified then inputs must be dictionaries.However found a type of {} for input",
        python::class_of(first)
    );
    Error::raised("RunnableWithFallbacks", "ValueError", message)
}

impl_pipe!([I: Chunk, O: Chunk] RunnableWithFallbacks<I, O>);
