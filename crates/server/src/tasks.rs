//! The one place that spawns tasks, so that shutting down can wait for all of them.

use std::future::Future;
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
