//! The pool for CPU-bound steps: tokio's blocking threads.

use futures_util::future::BoxFuture;
use windlass_core::Pool;

/// Runs CPU-bound steps on tokio's blocking threads, at most so many as the runtime was built with.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlockingPool;

impl Pool for BlockingPool {
    fn run(&self, job: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        let task = tokio::task::spawn_blocking(job);
        Box::pin(async move {
            let _ = task.await;
        })
    }
}
