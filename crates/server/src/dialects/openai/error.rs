//! Errors in OpenAI's envelope, with what its SDKs read in headers: whether to try again, and when.

use super::name_request;
use crate::{
    error::{ApiError, Code},
    http::{Response, ResponseBody},
};
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use windlass_core::{Phase, RunId};

const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The failure as an answer of its own.
pub(super) fn refuse(error: ApiError, run: RunId) -> Response {
    let body = serde_json::to_vec(&envelope(&error)).unwrap_or_default();
    let retry = if may_pass(&error) { "true" } else { "false" };
    let wait = error.retry_after;
    let mut response = error.into_response(run);
    *response.body_mut() = ResponseBody::Whole(Some(body.into()));
    response.headers_mut().insert(SHOULD_RETRY, HeaderValue::from_static(retry));
    if let Some(milliseconds) = wait.and_then(|wait| u64::try_from(wait.as_millis()).ok()) {
        response.headers_mut().insert(RETRY_AFTER_MS, HeaderValue::from(milliseconds));
    }
    name_request(&mut response, run);
    response
}

/// `{"error": {"message", "type", "param", "code"}}`
pub(super) fn envelope(error: &ApiError) -> Value {
    json!({"error": {
        "message": error.message,
        "type": kind(error.code),
        "param": param(error),
        "code": code(error.code),
    }})
}

/// The stable code; for a chain that is not there, the word that clients of OpenAI know.
fn code(code: Code) -> &'static str {
    if code == Code::ChainNotFound { "model_not_found" } else { code.as_str() }
}

fn kind(code: Code) -> &'static str {
    match code.status().as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

/// Which part of the body is wrong: `messages[0].role`.
fn param(error: &ApiError) -> Option<String> {
    let mut parts = error.problems.first()?.loc.iter().skip(1);
    let text = |part: &Value| part.as_str().map_or_else(|| part.to_string(), String::from);
    let first = text(parts.next()?);
    Some(parts.fold(first, |path, part| match text(part) {
        index if index.bytes().all(|byte| byte.is_ascii_digit()) => format!("{path}[{index}]"),
        key => format!("{path}.{key}"),
    }))
}

/// Whether the same request may succeed a moment later.
fn may_pass(error: &ApiError) -> bool {
    match error.code {
        Code::UpstreamTimeout => error.phase != Some(Phase::Total),
        Code::RequestTimeout
        | Code::UpstreamRateLimited
        | Code::UpstreamError
        | Code::UpstreamInvalid
        | Code::Overloaded
        | Code::Draining => true,
        _ => false,
    }
}
