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
    let said = format!("Error code: {}{words}", status.as_u16());
    let class = overflow(status, &said);
    BadAnswer { class, ..BadAnswer::refusal(kind(status, headers, &told), said) }
}

/// LangChain's class where the words tell it that the context is too small. It does not look at the code.
fn overflow(status: StatusCode, said: &str) -> Option<&'static str> {
    const OF_BAD_REQUESTS: [&str; 4] = [
        "context_length_exceeded",
        "Input tokens exceed the configured limit",
        "prompt is too long",
        "ContextWindowExceededError",
    ];
    match status.as_u16() {
        400 => {
            OF_BAD_REQUESTS.iter().any(|words| said.contains(words)).then_some("OpenAIContextOverflowError")
        }
        _ => overflow_elsewhere(said),
    }
}

/// The same for what is no bad request.
fn overflow_elsewhere(said: &str) -> Option<&'static str> {
    said.contains("exceeds the context window").then_some("OpenAIAPIContextOverflowError")
}

/// An `error` that stands in a stream.
pub(super) fn in_stream(error: &Value) -> BadAnswer {
    let said = error_text(error);
    let class = overflow_elsewhere(&said);
    BadAnswer { kind: ModelErrorKind::Server, class, ..BadAnswer::told(said) }
}

/// The words of an `error` in a stream.
pub(super) fn error_text(error: &Value) -> String {
    match error.get("message") {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        _ => "An error occurred during streaming".into(),
    }
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

    #[track_caller]
    fn check_class(status: u16, message: &str, class: Option<&str>) {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(refusal(status, &HeaderMap::new(), body.as_bytes()).class, class);
    }

    #[test]
    fn the_words_decide_whether_langchain_takes_it_for_an_overflow() {
        for words in ["Input tokens exceed the configured limit of 5", "context_length_exceeded: 9"] {
            check_class(400, words, Some("OpenAIContextOverflowError"));
            check_class(422, words, None);
        }
        check_class(400, "This model's maximum context length is 8192 tokens.", None);
        let words = "Your input exceeds the context window of this model.";
        check_class(400, words, None);
        check_class(413, words, Some("OpenAIAPIContextOverflowError"));
        assert_eq!(
            in_stream(&serde_json::json!({"message": words})).class,
            Some("OpenAIAPIContextOverflowError")
        );
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
