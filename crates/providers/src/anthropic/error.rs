//! Failures of the service, as it tells them. Pure.

use crate::call::{BadAnswer, retry_after};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::SystemTime;
use windlass_core::{ModelErrorKind, Val, python};

/// What an answer says whose status is not a success. Its words are those of Python's exception.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer {
    let text = String::from_utf8_lossy(body);
    let code = format!("Error code: {}", status.as_u16());
    let said = match serde_json::from_str::<Value>(text.trim()) {
        Ok(body) => format!("{code} - {}", python::str(&Val::from(body))),
        Err(_) if text.trim().is_empty() => code,
        Err(_) => text.trim().into(),
    };
    BadAnswer::refusal(kind(status, headers, &said), said)
}

fn kind(status: StatusCode, headers: &HeaderMap, said: &str) -> ModelErrorKind {
    match status.as_u16() {
        401 | 403 => ModelErrorKind::Authentication,
        429 => ModelErrorKind::RateLimited { retry_after: retry_after(headers, SystemTime::now()) },
        400 if said.contains("prompt is too long") => ModelErrorKind::ContextTooLong,
        400..500 => ModelErrorKind::InvalidRequest,
        500.. => ModelErrorKind::Server,
        _ => ModelErrorKind::Protocol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, kind: ModelErrorKind, said: &str) {
        let bad = refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes());
        assert_eq!((bad.kind, bad.said.as_deref()), (kind, Some(said)));
    }

    #[test]
    fn the_whole_body_is_shown_as_python_shows_it() {
        let body = |words: &str| {
            format!(r#"{{"type":"error","error":{{"type":"t","message":"{words}"}},"request_id":"r"}}"#)
        };
        let said = |status: u16, words: &str| {
            format!(
                "Error code: {status} - {{'type': 'error', 'error': {{'type': 't', 'message': {words}}}, 'request_id': 'r'}}"
            )
        };
        let limited = ModelErrorKind::RateLimited { retry_after: None };
        check(400, &body("no"), ModelErrorKind::InvalidRequest, &said(400, "'no'"));
        check(
            400,
            &body("prompt is too long: 2 > 1"),
            ModelErrorKind::ContextTooLong,
            &said(400, "'prompt is too long: 2 > 1'"),
        );
        check(403, &body("no"), ModelErrorKind::Authentication, &said(403, "'no'"));
        check(413, &body("no"), ModelErrorKind::InvalidRequest, &said(413, "'no'"));
        check(429, &body("org's"), limited, &said(429, "\"org's\""));
        check(529, &body("no"), ModelErrorKind::Server, &said(529, "'no'"));
    }

    #[test]
    fn bodies_may_be_anything() {
        check(502, " <html>Bad gateway</html>\n", ModelErrorKind::Server, "<html>Bad gateway</html>");
        check(502, "", ModelErrorKind::Server, "Error code: 502");
        check(302, "", ModelErrorKind::Protocol, "Error code: 302");
    }
}
