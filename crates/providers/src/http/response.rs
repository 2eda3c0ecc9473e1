//! An answer whose body is read in bounds; while it is held, its request counts as in flight.

use super::{HttpError, lane::Slot};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// An answer. Dropping it before the body's end closes the connection, or resets the HTTP/2 stream.
#[derive(Debug)]
pub struct Response {
    // In this order: the connection goes before the slot.
    inner: http::Response<Incoming>,
    _slot: Slot,
}

impl Response {
    pub(super) fn new(inner: http::Response<Incoming>, slot: Slot) -> Self {
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

    /// The next part of the body; `None` is its end. Can be dropped and called again. A packed body is refused: none was
    /// asked for, and a small one can unpack to anything.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        if self.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(HttpError::Packed);
        }
        while let Some(frame) = self.inner.body_mut().frame().await {
            if let Ok(data) = frame.map_err(HttpError::broken)?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
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
