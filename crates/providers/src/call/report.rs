//! The report of a call: made exactly once, however the call ends.

use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use windlass_core::{Cx, EventKind, ModelErrorKind, ModelIdentity, UpstreamCall};

const CANCELLED: &str = "cancelled";

/// A call under way. When it is dropped it tells the run what the call cost.
#[derive(Debug)]
pub(crate) struct Call {
    cx: Cx,
    identity: Arc<ModelIdentity>,
    started: Instant,
    attempts: u32,
    head: Option<Duration>,
    waited: Duration,
    failure: Option<&'static str>,
}

impl Call {
    /// A call that begins now.
    pub(crate) fn begin(cx: Cx, identity: Arc<ModelIdentity>) -> Self {
        let (started, failure) = (Instant::now(), Some(CANCELLED));
        Call { cx, identity, started, attempts: 0, head: None, waited: Duration::ZERO, failure }
    }

    /// One more request is sent.
    pub(crate) fn attempt(&mut self) -> u32 {
        self.attempts += 1;
        self.attempts
    }

    /// The answer's head is there.
    pub(crate) fn head(&mut self) {
        self.head.get_or_insert_with(|| self.started.elapsed());
    }

    /// So long was waited for the service.
    pub(crate) fn waited(&mut self, time: Duration) {
        self.waited += time;
    }

    /// It went well.
    pub(crate) fn succeeded(&mut self) {
        self.failure = None;
    }

    /// It failed.
    pub(crate) fn failed(&mut self, kind: ModelErrorKind) {
        self.failure = Some(kind.as_str());
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.cx.emit(EventKind::Upstream(UpstreamCall {
            vendor: self.identity.vendor.clone(),
            model: self.identity.model.clone(),
            failure: self.failure,
            attempts: self.attempts,
            head: self.head.unwrap_or_else(|| self.started.elapsed()),
            waited: self.waited,
        }));
    }
}
