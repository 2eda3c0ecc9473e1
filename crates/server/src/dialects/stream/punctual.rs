//! A stream whose run ends at its deadline even if nobody asks for more.

use super::{Encode, RunStream};
use crate::tasks::{Watch, watch};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

/// How long a reader may take to ask for what a run says at its deadline before that is said without asking.
const GRACE: Duration = Duration::from_secs(1);

/// While a write waits for a slow reader, or HTTP/2's window is closed, a body is not polled and does not see that its time is
/// up. Then a task ends the run from outside; the reader finds the error behind what it has not taken yet.
pub(super) struct Punctual<E> {
    stream: Arc<Mutex<RunStream<E>>>,
    _watch: Watch,
}

impl<E: Encode> Punctual<E> {
    pub(super) fn new(stream: RunStream<E>) -> Self {
        let due = stream.deadline().map(|deadline| deadline + GRACE);
        let stream = Arc::new(Mutex::new(stream));
        // The body alone owns the stream: when it is dropped the run ends at once.
        let watched = Arc::downgrade(&stream);
        let watch = watch(async move {
            let Some(due) = due else { return };
            tokio::time::sleep_until(due).await;
            if let Some(stream) = watched.upgrade() {
                lock(&stream).time_is_up();
            }
        });
        Punctual { stream, _watch: watch }
    }
}

impl<E: Encode> Stream for Punctual<E> {
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Bytes>> {
        lock(&self.stream).poll_next_unpin(task)
    }
}

fn lock<E>(stream: &Mutex<RunStream<E>>) -> MutexGuard<'_, RunStream<E>> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}
