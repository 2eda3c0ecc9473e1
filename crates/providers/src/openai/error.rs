//! Failures of the service, as it tells them. Pure.

use super::response::error_text;
use crate::call::{BadAnswer, retry_after};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::SystemTime;
use windlass_core::ModelErrorKind;

/// What an answer says whose status is not a success.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer {
    let told = Told::read(body);
    BadAnswer::refusal(kind(status, headers, &told), told.message)
}

fn kind(status: StatusCode, headers: &HeaderMap, told: &Told) -> ModelErrorKind {
    match status.as_u16() {
        401 | 403 => ModelErrorKind::Authentication,
        429 => ModelErrorKind::RateLimited { retry_after: retry_after(headers, SystemTime::now()) },
        400 | 413 | 422 if told.context_too_long => ModelErrorKind::ContextTooLong,
        400..500 => ModelErrorKind::InvalidRequest,
        500.. => ModelErrorKind::Server,
        _ => ModelErrorKind::Protocol,
    }
}

/// What the body of a failure says.
#[derive(Debug, Default)]
struct Told {
    message: String,
    context_too_long: bool,
}

impl Told {
    fn read(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Body {
            error: Option<Value>,
            message: Option<Value>,
        }
        let Ok(Body { error, message }) = serde_json::from_slice(body) else {
            return Told { message: shown(body), context_too_long: false };
        };
        let error = error.or(message).unwrap_or_default();
        let message = if error.is_null() { String::new() } else { error_text(&error) };
        // Services that only speak like OpenAI say it in words.
        let in_words = message.contains("maximum context length");
        let by_code = error.get("code").is_some_and(|code| code == "context_length_exceeded");
        Told { context_too_long: by_code || in_words, message }
    }
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).trim().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use std::time::Duration;

    #[track_caller]
    fn check(status: u16, body: &str, kind: ModelErrorKind, said: &str) {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("7"));
        let bad = refusal(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes());
        assert_eq!((bad.kind, bad.said.as_deref().unwrap_or_default()), (kind, said));
    }

    #[test]
    fn statuses_are_classes_of_failures() {
        let body = r#"{"error":{"message":"words","type":"t","code":null}}"#;
        check(401, body, ModelErrorKind::Authentication, "words");
        check(403, body, ModelErrorKind::Authentication, "words");
        check(404, body, ModelErrorKind::InvalidRequest, "words");
        check(429, body, ModelErrorKind::RateLimited { retry_after: Some(Duration::from_secs(7)) }, "words");
        check(500, body, ModelErrorKind::Server, "words");
        check(529, body, ModelErrorKind::Server, "words");
        check(302, "", ModelErrorKind::Protocol, "");
    }

    #[test]
    fn a_conversation_that_is_too_long_is_told_apart() {
        let code = r#"{"error":{"message":"told","code":"context_length_exceeded"}}"#;
        check(400, code, ModelErrorKind::ContextTooLong, "told");
        let words = r#"{"message":"This model's maximum context length is 8192 tokens.","code":400}"#;
        let told = "This model's maximum context length is 8192 tokens.";
        check(400, words, ModelErrorKind::ContextTooLong, told);
        check(400, r#"{"error":"words"}"#, ModelErrorKind::InvalidRequest, "words");
    }

    #[test]
    fn bodies_may_be_anything() {
        check(502, "<html>Bad gateway</html>", ModelErrorKind::Server, "<html>Bad gateway</html>");
        check(502, "", ModelErrorKind::Server, "");
        check(502, "{}", ModelErrorKind::Server, "");
    }
}
