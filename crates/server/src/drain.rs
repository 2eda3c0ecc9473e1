//! Shutting down: new requests are turned away at once, running ones go on until a deadline, then they are cut.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio_util::sync::CancellationToken;

/// How far a shutdown has come.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    draining: AtomicBool,
    cut: CancellationToken,
}

impl Drain {
    /// From now on new requests are turned away.
    pub(crate) fn begin(&self) {
        self.draining.store(true, SeqCst);
    }

    /// Whether the server is shutting down.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(SeqCst)
    }

    /// Ends what is still running.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }

    /// What running requests watch.
    pub(crate) fn cut_token(&self) -> CancellationToken {
        self.cut.clone()
    }
}
