//! One run of a chain as one ordered stream of events.

use crate::{Cx, DynChain, Error, EventKind, Out, RunEvent, Val};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use std::{
    fmt,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
};

/// Starts a streaming run. Nothing happens before the first poll; dropping it stops the run.
///
/// The stream gives the run's chunks, with `parent: None`, in order among the events of the steps inside, then exactly one
/// `End` or `Error` of the run itself. A panic in a step is the run's error.
pub fn run(chain: &DynChain, input: Val, cx: &Cx) -> Run {
    let pieces = chain.chain().stream_in(input, cx.clone());
    Run { pieces: Some(pieces), cx: cx.clone(), last: None }
}

/// A run under way; see [`run`].
pub struct Run {
    pieces: Option<Out<Val>>,
    cx: Cx,
    last: Option<EventKind>,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("cx", &self.cx).finish_non_exhaustive()
    }
}

impl Run {
    fn poll_pieces(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Val, Error>>> {
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        match std::panic::catch_unwind(AssertUnwindSafe(|| pieces.poll_next_unpin(task))) {
            Ok(poll) => poll,
            Err(payload) => Poll::Ready(Some(Err(Error::panicked("chain", &*payload)))),
        }
    }

    fn event(&self, kind: EventKind) -> RunEvent {
        RunEvent { run: self.cx.run(), parent: None, kind }
    }
}

impl Stream for Run {
    type Item = RunEvent;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<RunEvent>> {
        if let Some(event) = self.cx.next_event() {
            return Poll::Ready(Some(event));
        }
        if let Some(kind) = self.last.take() {
            return Poll::Ready(Some(self.event(kind)));
        }
        if self.pieces.is_none() {
            return Poll::Ready(None);
        }
        let kind = match self.poll_pieces(task) {
            Poll::Pending => {
                return self.cx.next_event().map_or(Poll::Pending, |event| Poll::Ready(Some(event)));
            }
            Poll::Ready(Some(Ok(piece))) => EventKind::Chunk(piece),
            Poll::Ready(Some(Err(error))) => EventKind::Error(error),
            Poll::Ready(None) => EventKind::End { output: None },
        };
        if !matches!(kind, EventKind::Chunk(_)) {
            self.pieces = None;
        }
        match self.cx.next_event() {
            Some(earlier) => {
                self.last = Some(kind);
                Poll::Ready(Some(earlier))
            }
            None => Poll::Ready(Some(self.event(kind))),
        }
    }
}

impl DynChain {
    /// Invokes the chain; a panic in a step is the run's error. Events are left in the context.
    pub async fn invoke(&self, input: Val, cx: &Cx) -> Result<Val, Error> {
        let future = AssertUnwindSafe(self.chain().invoke_in(input, cx.clone()));
        future.catch_unwind().await.unwrap_or_else(|payload| Err(Error::panicked("chain", &*payload)))
    }
}

/// A stream of one error.
pub(crate) fn failed<T: Send + 'static>(error: Error) -> Out<T> {
    stream::iter([Err(error)]).boxed()
}
