//! An answer: its status and headers, and the body that is still to come.

use super::{Body, HttpError};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

/// An answer. Dropping it before the body's end closes the connection, or resets the HTTP/2 stream.
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Response {
    pub(super) fn new(status: StatusCode, headers: HeaderMap, body: Body) -> Self {
        Response { status, headers, body }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, if it is not packed: that was not asked for, and a small one can unpack to anything.
    pub fn into_body(self) -> Result<Body, HttpError> {
        if self.is_packed() { Err(HttpError::Packed) } else { Ok(self.body) }
    }

    /// What came of the body up to `limit` bytes or a failure, nothing if it is packed: for messages of errors.
    pub async fn beginning(&mut self, limit: usize) -> Bytes {
        if self.is_packed() { Bytes::new() } else { self.body.beginning(limit).await }
    }

    fn is_packed(&self) -> bool {
        self.headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity")
    }
}
