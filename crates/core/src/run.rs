//! One run of a chain as one ordered stream of events.

use crate::{Cx, DynChain, Error, EventKind, Out, RunEvent, Val, Wants, Whole};
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
/// `End` or `Error` of the run itself. If readers want steps, it begins with the run's own `Start`, and its `End` has the
/// output. A panic in a step is the run's error.
pub fn run(chain: &DynChain, input: Val, cx: &Cx) -> Run {
    let stage = Stage::Waiting(Some((chain.clone(), input)));
    Run { stage, cx: cx.clone(), whole: Whole::new(chain.merge(), cx), last: None }
}

/// A run under way; see [`run`].
pub struct Run {
    stage: Stage,
    cx: Cx,
    /// The output so far, if a reader wants it.
    whole: Whole,
    last: Option<EventKind>,
}

enum Stage {
    Waiting(Option<(DynChain, Val)>),
    Running(Out<Val>),
    Over,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("cx", &self.cx).finish_non_exhaustive()
    }
}

impl Run {
    fn poll_pieces(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Val, Error>>> {
        let stage = &mut self.stage;
        let cx = &self.cx;
        let poll = std::panic::catch_unwind(AssertUnwindSafe(|| {
            if let Stage::Waiting(start) = stage
                && let Some((chain, input)) = start.take()
            {
                *stage = Stage::Running(chain.chain().start(input, cx));
            }
            match stage {
                Stage::Running(pieces) => pieces.poll_next_unpin(task),
                Stage::Waiting(_) | Stage::Over => Poll::Ready(None),
            }
        }));
        poll.unwrap_or_else(|payload| Poll::Ready(Some(Err(Error::panicked("chain", &*payload)))))
    }

    /// The run's own event for what its chain gave.
    fn kind_of(&mut self, piece: Option<Result<Val, Error>>) -> EventKind {
        match piece.map(|piece| piece.and_then(|piece| self.keep(piece))) {
            Some(Ok(piece)) => EventKind::Chunk(piece),
            Some(Err(error)) => {
                self.stage = Stage::Over;
                EventKind::Error(error)
            }
            None => {
                self.stage = Stage::Over;
                EventKind::End { output: self.whole.take(), input: None }
            }
        }
    }

    /// Also keeps a piece for the end, if a reader wants the whole there.
    fn keep(&mut self, piece: Val) -> Result<Val, Error> {
        if self.cx.wants(Wants::Steps) {
            self.whole.add(piece.clone())?;
        }
        Ok(piece)
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
        if matches!(self.stage, Stage::Over) {
            return Poll::Ready(None);
        }
        let kind = match self.poll_pieces(task) {
            Poll::Pending => {
                return self.cx.next_event().map_or(Poll::Pending, |event| Poll::Ready(Some(event)));
            }
            Poll::Ready(piece) => self.kind_of(piece),
        };
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
        let future = async { self.chain().invoke_in(input, self.chain().outermost(cx)).await };
        AssertUnwindSafe(future)
            .catch_unwind()
            .await
            .unwrap_or_else(|payload| Err(Error::panicked("chain", &*payload)))
    }
}

/// A stream of one error.
pub(crate) fn failed<T: Send + 'static>(error: Error) -> Out<T> {
    stream::iter([Err(error)]).boxed()
}
