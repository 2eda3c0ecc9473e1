//! Failures of the service, as it tells them. Pure.

use crate::call::{BadAnswer, retry_after};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::SystemTime;
use windlass_core::ModelErrorKind;

/// What an answer says whose status is not a success, as the SDK puts it: `Error code: 429 - words`.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer {
    let told = Told::read(body);
    let words = told.message.as_deref().map(|message| format!(" - {message}")).unwrap_or_default();
    BadAnswer::refusal(kind(status, headers, &told), format!("Error code: {}{words}", status.as_u16()))
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
    message: Option<String>,
    context_too_long: bool,
}

impl Told {
    fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = body.get("error").unwrap_or(&body);
        let message = error.get("message").and_then(Value::as_str).filter(|message| !message.is_empty());
        // Services that only speak like OpenAI say it in words.
        let in_words = message.is_some_and(|message| message.contains("maximum context length"));
        let by_code = error.get("code").is_some_and(|code| code == "context_length_exceeded");
        Told { context_too_long: by_code || in_words, message: message.map(str::to_owned) }
    }
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
        check(401, body, ModelErrorKind::Authentication, "Error code: 401 - words");
        check(403, body, ModelErrorKind::Authentication, "Error code: 403 - words");
        check(404, body, ModelErrorKind::InvalidRequest, "Error code: 404 - words");
        let limited = ModelErrorKind::RateLimited { retry_after: Some(Duration::from_secs(7)) };
        check(429, body, limited, "Error code: 429 - words");
        check(500, body, ModelErrorKind::Server, "Error code: 500 - words");
        check(529, body, ModelErrorKind::Server, "Error code: 529 - words");
        check(302, "", ModelErrorKind::Protocol, "Error code: 302");
    }

    #[test]
    fn a_conversation_that_is_too_long_is_told_apart() {
        let code = r#"{"error":{"message":"told","code":"context_length_exceeded"}}"#;
        check(400, code, ModelErrorKind::ContextTooLong, "Error code: 400 - told");
        let words = r#"{"message":"This model's maximum context length is 8192 tokens.","code":400}"#;
        let told = "Error code: 400 - This model's maximum context length is 8192 tokens.";
        check(400, words, ModelErrorKind::ContextTooLong, told);
    }

    #[test]
    fn bodies_may_be_anything() {
        for body in
            ["<html>Bad gateway</html>", "", "{}", "[]", r#"{"error":"words"}"#, r#"{"error":{"message":5}}"#]
        {
            check(502, body, ModelErrorKind::Server, "Error code: 502");
        }
    }
}
