//! The timeouts of a call, on one timer that is touched only when the service keeps us waiting.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};
use windlass_core::{Phase, Span};

/// As good as never; an instant cannot be as late as a setting can say.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long the parts of a call may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// Opening a connection. Default: the pool's, 3s.
    pub connect: Option<Span>,
    /// From sending the request to the first token; without streaming, to the answer's head. Counts anew for each
    /// retry. Default: 60s.
    pub first_token: Span,
    /// From one piece of a stream to the next, comments not counted. Default: 30s.
    pub between_tokens: Span,
    /// The whole call, retries and the waits between them included. Default: 10m.
    pub total: Span,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: None,
            first_token: Span::seconds(60),
            between_tokens: Span::seconds(30),
            total: Span::seconds(600),
        }
    }
}

/// When something must have happened, and which timeout says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) phase: Phase,
}

/// The clock of one call.
#[derive(Debug)]
pub(crate) struct Clock {
    timeouts: Timeouts,
    started: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    pub(crate) fn start(timeouts: Timeouts) -> Self {
        Clock { timeouts, started: Instant::now(), sleep: None }
    }

    /// When the call as a whole must be over.
    pub(crate) fn total(&self) -> Instant {
        after(self.started, self.timeouts.total)
    }

    /// When the first token must be there if the request is sent now.
    pub(crate) fn first_token(&self, now: Instant) -> Deadline {
        self.or_total(after(now, self.timeouts.first_token), Phase::FirstToken)
    }

    /// When the next token must be there if we begin to wait now.
    pub(crate) fn next_token(&self, now: Instant) -> Deadline {
        self.or_total(after(now, self.timeouts.between_tokens), Phase::BetweenTokens)
    }

    /// When the rest of an answer must be there.
    pub(crate) fn end(&self) -> Deadline {
        Deadline { at: self.total(), phase: Phase::Total }
    }

    fn or_total(&self, at: Instant, phase: Phase) -> Deadline {
        if at < self.total() { Deadline { at, phase } } else { self.end() }
    }

    /// The length of a phase, for messages.
    pub(crate) fn length(&self, phase: Phase) -> Option<Span> {
        match phase {
            Phase::Connect => self.timeouts.connect,
            Phase::FirstToken => Some(self.timeouts.first_token),
            Phase::BetweenTokens => Some(self.timeouts.between_tokens),
            Phase::Total => Some(self.timeouts.total),
        }
    }

    /// The future's output, if it comes before the deadline. Pinned by the caller, so that its place is taken only once.
    pub(crate) async fn within<F: Future>(
        &mut self,
        deadline: Deadline,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Phase> {
        poll_fn(|task| match future.as_mut().poll(task) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll_late(deadline, task).map(Err),
        })
        .await
    }

    /// Ready when the deadline is over; to be asked only while there is something to wait for.
    pub(crate) fn poll_late(&mut self, deadline: Deadline, task: &mut Context<'_>) -> Poll<Phase> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline.at)));
        if sleep.deadline() != deadline.at {
            sleep.as_mut().reset(deadline.at);
        }
        sleep.as_mut().poll(task).map(|()| deadline.phase)
    }
}

/// An instant so much later, or as late as makes a difference.
fn after(start: Instant, span: Span) -> Instant {
    start + span.0.min(A_YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future, pin::pin};

    fn clock(total: u64) -> Clock {
        Clock::start(Timeouts { total: Span::seconds(total), ..Timeouts::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_ready_wins_and_what_is_late_loses() {
        let mut clock = clock(600);
        let deadline = clock.next_token(Instant::now());
        assert_eq!(clock.within(deadline, pin!(future::ready(1))).await, Ok(1));
        assert!(clock.sleep.is_none(), "no timer for what is ready");
        let slow = pin!(tokio::time::sleep(Duration::from_secs(29)));
        assert_eq!(clock.within(deadline, slow).await, Ok(()));
        let never = pin!(future::pending::<()>());
        assert_eq!(clock.within(deadline, never).await, Err(Phase::BetweenTokens));
        assert_eq!(clock.started.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_call_is_bounded_too() {
        let clock = clock(40);
        assert_eq!(clock.first_token(Instant::now()).phase, Phase::Total);
        assert_eq!(clock.next_token(Instant::now()).phase, Phase::BetweenTokens);
        assert_eq!(clock.end().at, clock.total());
    }
}
