//! The time since something was written.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// Ready after so much silence. Hearing something only notes the time; the timer is moved when it rings.
pub(super) struct Silence {
    patience: Duration,
    last: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    pub(super) fn new(patience: Duration) -> Self {
        Silence { patience, last: Instant::now(), timer: Box::pin(tokio::time::sleep(patience)) }
    }

    pub(super) fn broken(&mut self) {
        self.last = Instant::now();
    }

    pub(super) fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(task).is_ready() {
            let due = self.last + self.patience;
            let now = Instant::now();
            if due > now {
                self.timer.as_mut().reset(due);
            } else {
                self.last = now;
                self.timer.as_mut().reset(now + self.patience);
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}
