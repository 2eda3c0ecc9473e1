//! The body of an answer, read in bounds; while it is held, its request counts as in flight.

use super::{HttpError, http1, shards};
use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Incoming};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// A body. Dropping it before its end closes the connection, or resets the HTTP/2 stream.
#[derive(Debug)]
pub struct Body(Source);

#[derive(Debug)]
enum Source {
    Http1(http1::Incoming),
    // In this order: the connection goes before the slot.
    Shards(Incoming, #[expect(dead_code, reason = "held for what its drop does")] shards::Slot),
}

impl From<http1::Incoming> for Body {
    fn from(incoming: http1::Incoming) -> Self {
        Body(Source::Http1(incoming))
    }
}

impl From<(Incoming, shards::Slot)> for Body {
    fn from((incoming, slot): (Incoming, shards::Slot)) -> Self {
        Body(Source::Shards(incoming, slot))
    }
}

impl Body {
    /// The next part of the body; `None` is its end.
    pub fn poll_chunk(&mut self, task: &mut Context<'_>) -> Poll<Result<Option<Bytes>, HttpError>> {
        let incoming = match &mut self.0 {
            Source::Http1(incoming) => return incoming.poll_chunk(task),
            Source::Shards(incoming, _) => incoming,
        };
        loop {
            let Some(frame) = ready!(Pin::new(&mut *incoming).poll_frame(task)) else {
                return Poll::Ready(Ok(None));
            };
            if let Ok(data) = frame.map_err(HttpError::broken)?.into_data() {
                return Poll::Ready(Ok(Some(data)));
            }
        }
    }

    /// The next part of the body; `None` is its end. Can be dropped and called again.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        poll_fn(|task| self.poll_chunk(task)).await
    }

    /// The whole body, if it is not larger than `limit`.
    pub async fn whole(mut self, limit: usize) -> Result<Bytes, HttpError> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let mut rest = BytesMut::new();
        while let Some(next) = self.chunk().await? {
            if rest.is_empty() {
                rest.reserve(first.len() + next.len());
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&next);
            if rest.len() > limit {
                break;
            }
        }
        let body = if rest.is_empty() { first } else { rest.freeze() };
        if body.len() > limit { Err(HttpError::TooLarge { limit }) } else { Ok(body) }
    }

    /// What came of the body up to `limit` bytes or a failure: for messages of errors.
    pub async fn beginning(&mut self, limit: usize) -> Bytes {
        let mut body = BytesMut::new();
        while let Ok(Some(next)) = self.chunk().await {
            let room = limit - body.len();
            body.extend_from_slice(&next[..next.len().min(room)]);
            if body.len() == limit {
                break;
            }
        }
        body.freeze()
    }
}
