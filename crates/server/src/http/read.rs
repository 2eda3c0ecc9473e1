//! Reads request bodies: within a size, within a time, as JSON.

use super::{Request, is_json};
use crate::{
    error::{ApiError, Code},
    settings::Settings,
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header;
use http_body_util::BodyExt;
use serde_json::Value;
use std::time::Duration;
use windlass_core::ByteCount;

/// Whether a body has to be declared to be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// It has: another site's form cannot send it then.
    AsJson,
    /// It may come as anything, and hold `NaN` and infinities as Python writes them: they are read as null.
    AsAnything,
}

/// Reads a body of JSON.
pub(crate) async fn read_json(
    request: Request,
    declared: Declared,
    settings: &Settings,
) -> Result<Value, ApiError> {
    let headers = request.headers();
    let is_encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    if is_encoded || (declared == Declared::AsJson && !is_json(headers)) {
        let encoding = if is_encoded { " without a content encoding" } else { " as JSON" };
        let message = format!("send the body{encoding}, with the header `Content-Type: application/json`");
        return Err(ApiError::new(Code::UnsupportedMediaType, message));
    }
    let body = read_body(request, settings.limits.body, settings.timeouts.body.0).await?;
    let read = serde_json::from_slice(&body);
    read.or_else(|error| match python_json(&body).filter(|_| declared == Declared::AsAnything) {
        Some(value) => Ok(value),
        None => Err(invalid_json(&body, &error)),
    })
}

/// Reads JSON that is not the standard's because it holds numbers that are none.
fn python_json(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    let special = text.contains("NaN") || text.contains("Infinity");
    special.then(|| windlass_core::python::loads(text).ok())?
}

fn invalid_json(body: &[u8], error: &serde_json::Error) -> ApiError {
    let message = match std::str::from_utf8(body) {
        Err(error) => format!("the body is not UTF-8 (byte {})", error.valid_up_to()),
        Ok("") => "the body is empty; send the input as JSON".into(),
        Ok(_) => format!("the body is not JSON: {error}"),
    };
    let mut api = ApiError::invalid_field(&["body"], "json_invalid", message.as_str(), Value::Null);
    api.code = Code::InvalidJson;
    api.message = message;
    api
}

/// Reads a whole body. A declared length over the limit is refused before anything is read.
async fn read_body(request: Request, limit: ByteCount, within: Duration) -> Result<Bytes, ApiError> {
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit.0) {
        return Err(too_large(limit));
    }
    let reading = collect(request, declared.unwrap_or(0) as usize, limit);
    match tokio::time::timeout(within, reading).await {
        Ok(result) => result,
        Err(_) => Err(ApiError::new(Code::RequestTimeout, "the body did not arrive in time")),
    }
}

async fn collect(request: Request, capacity: usize, limit: ByteCount) -> Result<Bytes, ApiError> {
    let mut frames = request.into_body().into_data_stream();
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    while let Some(frame) = frames.next().await {
        let frame = frame.map_err(|_| ApiError::new(Code::BadRequest, "the body broke off"))?;
        let held = first.as_ref().map_or(0, Bytes::len).max(rest.len());
        if (held + frame.len()) as u64 > limit.0 {
            return Err(too_large(limit));
        }
        match (&first, rest.is_empty()) {
            (None, true) => first = Some(frame),
            (Some(start), true) => {
                rest.reserve(capacity.max(start.len() + frame.len()));
                rest.extend_from_slice(start);
                rest.extend_from_slice(&frame);
            }
            (_, false) => rest.extend_from_slice(&frame),
        }
    }
    Ok(if rest.is_empty() { first.unwrap_or_default() } else { rest.freeze() })
}

fn too_large(limit: ByteCount) -> ApiError {
    ApiError::new(
        Code::BodyTooLarge,
        format!("the body is larger than {limit}; the operator can raise `limits.body`"),
    )
}
