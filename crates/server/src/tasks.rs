//! The one place that spawns tasks, so that shutting down can wait for all of them.

use std::future::Future;
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

/// Tasks of the listener.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks(TaskTracker);

impl Tasks {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.0.track_future(task));
    }

    /// Resolves when every task has ended.
    pub(crate) async fn ended(&self) {
        self.0.close();
        self.0.wait().await;
    }
}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Watch(AbortHandle);

/// Spawns a task that lives no longer than its owner.
#[expect(clippy::disallowed_methods, reason = "its owner ends it")]
pub(crate) fn watch(task: impl Future<Output = ()> + Send + 'static) -> Watch {
    Watch(tokio::spawn(task).abort_handle())
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}
