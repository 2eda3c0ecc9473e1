//! `RunnableRetry`: the same step again where it fails.

use crate::{
    Chain, Chunk, Cx, Error, Exception, Fut, IntoChain, Merge, Node, OnError, Out, Result, RunInfo, Runnable,
    RunnableBinding, Shape, impl_pipe, runnable::settle,
};
use std::{
    fmt,
    future::poll_fn,
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
    sync::Arc,
    task::Poll,
    time::Duration,
};

/// How long to wait before an attempt: longer each time, plus a bit of chance so that retries do not come in step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExponentialJitter {
    /// The first wait, in seconds. Default: 1.
    pub initial: f64,
    /// The longest wait, in seconds. Default: as long as it gets.
    pub max: f64,
    /// By how much each wait is longer than the one before. Default: 2.
    pub exp_base: f64,
    /// The most that chance adds, in seconds. Default: 1.
    pub jitter: f64,
}

impl Default for ExponentialJitter {
    fn default() -> Self {
        ExponentialJitter { initial: 1.0, max: f64::MAX, exp_base: 2.0, jitter: 1.0 }
    }
}

impl ExponentialJitter {
    /// The wait after so many failed attempts; `chance` is from 0 to 1.
    fn wait(&self, failed: u32, chance: f64) -> Duration {
        let exponent = f64::from(failed.saturating_sub(1));
        let seconds = (self.initial * self.exp_base.powf(exponent) + self.jitter * chance).min(self.max);
        Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
    }
}

/// A number from 0 to 1 that differs each time; the seed of a hash map is good enough to spread retries.
fn chance() -> f64 {
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

/// Where nothing else waits, such as retries in retries of what fails at once, a run could be neither dropped nor timed out.
async fn let_others_go_on() {
    let mut over = false;
    poll_fn(|task| {
        if std::mem::replace(&mut over, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A step that is run again where it fails, in `invoke` and `batch`; a stream is never begun again. The last error is the
/// step's.
pub struct RunnableRetry<I, O> {
    bound: Chain<I, O>,
    retried: Vec<String>,
    attempts: NonZeroU32,
    wait: Option<ExponentialJitter>,
}

impl<I: Chunk, O: Chunk> RunnableRetry<I, O> {
    /// LangChain's defaults: every exception, three attempts, growing waits.
    pub fn new(bound: impl IntoChain<In = I, Out = O>) -> Self {
        RunnableRetry {
            bound: bound.into_chain(),
            retried: vec!["Exception".into()],
            attempts: NonZeroU32::new(3).unwrap_or(NonZeroU32::MIN),
            wait: Some(ExponentialJitter::default()),
        }
    }

    /// Retries only exceptions of these classes, by the names they have in Python; see [`Exception::is_known`].
    #[must_use]
    pub fn retrying<S: Into<String>>(mut self, classes: impl IntoIterator<Item = S>) -> Self {
        self.retried = classes.into_iter().map(Into::into).collect();
        self
    }

    /// How many attempts there are in all.
    #[must_use]
    pub fn attempts(mut self, attempts: NonZeroU32) -> Self {
        self.attempts = attempts;
        self
    }

    /// How long to wait in between; `None` is not at all.
    #[must_use]
    pub fn wait(mut self, wait: Option<ExponentialJitter>) -> Self {
        self.wait = wait;
        self
    }

    /// The same with arguments and configuration bound, as LangChain's step has them in itself.
    pub fn bind(
        self,
        bind: impl FnOnce(RunnableBinding<I, O>) -> RunnableBinding<I, O>,
    ) -> RunnableBinding<I, O> {
        bind(RunnableBinding::new(self))
    }

    fn retries(&self, error: &Error) -> bool {
        let exception = Exception::of(error);
        self.retried.iter().any(|class| exception.is_a(class))
    }

    /// Waits for the next attempt, if there is one.
    async fn again(&self, failed: u32) -> bool {
        if failed >= self.attempts.get() {
            return false;
        }
        match &self.wait {
            Some(wait) => tokio::time::sleep(wait.wait(failed, chance())).await,
            None => let_others_go_on().await,
        }
        true
    }

    async fn attempt(&self, input: I, cx: &Cx) -> Result<O> {
        let mut failed = 0;
        loop {
            let tag = (failed > 0).then(|| format!("retry:attempt:{}", failed + 1));
            let result = self.bound.run_invoke(input.clone(), cx.child_with_kwargs(), tag).await;
            failed += 1;
            match result {
                Err(error) if self.retries(&error) && self.again(failed).await => {}
                settled => return settled,
            }
        }
    }

    /// Attempts all inputs, then those that failed. Each error stands at its own input's place.
    async fn attempt_batch(&self, items: Vec<(I, Cx)>) -> Result<Vec<Result<O>>> {
        let mut outputs: Vec<Option<Result<O>>> = items.iter().map(|_| None).collect();
        let mut failed = 0;
        loop {
            let open: Vec<usize> =
                (0..items.len()).filter(|index| !matches!(outputs[*index], Some(Ok(_)))).collect();
            let batch =
                open.iter().map(|index| (items[*index].0.clone(), items[*index].1.child_with_kwargs()));
            let results = self.bound.batch_in(batch.collect(), OnError::Collect).await?;
            for (index, result) in open.into_iter().zip(results) {
                outputs[index] = Some(result);
            }
            failed += 1;
            let first = outputs.iter().flatten().find_map(|result| result.as_ref().err());
            let goes_on = first.is_some_and(|error| self.retries(error));
            if !goes_on || !self.again(failed).await {
                return Ok(outputs.into_iter().flatten().collect());
            }
        }
    }
}

impl<I, O> fmt::Debug for RunnableRetry<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnableRetry")
            .field("retried", &self.retried)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl<I: Chunk, O: Chunk> Runnable for RunnableRetry<I, O> {
    type In = I;
    type Out = O;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<O> {
        Box::pin(async move { self.attempt(input, &cx).await })
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<O> {
        self.bound.inner().stream(input, cx)
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<O> {
        self.bound.inner().transform(input, cx)
    }

    fn batch(self: Arc<Self>, items: Vec<(I, Cx)>, on_error: OnError) -> Fut<Vec<Result<O>>> {
        Box::pin(async move { settle(self.attempt_batch(items).await?, on_error) })
    }

    fn describe(&self, input: &Shape) -> Node {
        Node::around("RunnableRetry", self.bound.describe(input))
    }

    fn run_info(&self, cx: &Cx) -> RunInfo {
        self.bound.run_info(cx)
    }

    fn merge(&self) -> Merge {
        self.bound.merge()
    }

    fn gather_as(&self) -> Merge {
        self.bound.gather_as()
    }

    fn passes_through(&self) -> bool {
        self.bound.passes_through()
    }
}

impl_pipe!([I: Chunk, O: Chunk] RunnableRetry<I, O>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let wait = ExponentialJitter { max: 5.0, ..Default::default() };
        let waits = [1, 2, 3, 4].map(|failed| wait.wait(failed, 0.5).as_secs_f64());
        assert_eq!(waits, [1.5, 2.5, 4.5, 5.0]);
        assert_eq!(ExponentialJitter::default().wait(5000, 0.0), Duration::MAX);
    }
}
