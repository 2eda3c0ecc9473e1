//! An answer whose body is read in bounds; while it is held, its request counts as in flight.

use super::{HttpError, lane::Slot};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};

/// An answer. Dropping it before the body's end closes the connection, or resets the HTTP/2 stream.
#[derive(Debug)]
pub struct Response {
    // In this order: the connection goes before the slot.
    inner: reqwest::Response,
    _slot: Slot,
}

impl Response {
    pub(super) fn new(inner: reqwest::Response, slot: Slot) -> Self {
        Response { inner, _slot: slot }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The next part of the body, unpacked if it was packed; `None` is its end. Can be dropped and called again.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        Ok(self.inner.chunk().await?)
    }

    /// The whole body, if it is not larger than `limit` once unpacked.
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
    pub async fn beginning(mut self, limit: usize) -> Bytes {
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
