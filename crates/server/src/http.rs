//! The HTTP vocabulary of this crate: requests, responses and their bodies.

mod negotiate;
mod read;

pub(crate) use negotiate::{accepts, accepts_gzip, is_json, prefers};
pub(crate) use read::{Declared, read_json};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::{HeaderValue, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use serde::Serialize;
use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

/// A boxed error of a request's body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request's body, whatever server brought it.
pub(crate) type RequestBody = UnsyncBoxBody<Bytes, BoxError>;

/// A request to this server.
pub(crate) type Request = http::Request<RequestBody>;

/// An answer of this server.
pub(crate) type Response = http::Response<ResponseBody>;

/// An answer's body: whole, or a stream of pieces that each leave as one write.
pub enum ResponseBody {
    /// Whole; taken when it is sent.
    Whole(Option<Bytes>),
    /// In pieces.
    Stream(BoxStream<'static, Bytes>),
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResponseBody::Whole(_) => "Whole",
            ResponseBody::Stream(_) => "Stream",
        })
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            ResponseBody::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            ResponseBody::Stream(pieces) => {
                pieces.as_mut().poll_next(task).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, ResponseBody::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ResponseBody::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            ResponseBody::Stream(_) => SizeHint::default(),
        }
    }
}

/// An answer with a whole body of this content type.
pub(crate) fn whole(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(ResponseBody::Whole(Some(body.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An answer of JSON.
pub(crate) fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    whole(status, "application/json", serde_json::to_vec(body).unwrap_or_default())
}

/// A header's value, if it is text.
pub(crate) fn header_text<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
