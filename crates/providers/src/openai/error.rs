//! Failures of the service as errors of the model. Pure.

use super::response::error_text;
use crate::{
    call::{Clock, retry_after},
    http::HttpError,
};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::time::SystemTime;
use windlass_core::{ModelError, ModelErrorKind, ModelIdentity, Phase};

/// How much of a body that is not JSON goes into a message, in characters.
const SHOWN: usize = 300;

/// An error of this model.
pub(super) fn error(
    identity: &ModelIdentity,
    kind: ModelErrorKind,
    message: impl Into<String>,
) -> ModelError {
    ModelError {
        vendor: identity.vendor.clone(),
        model: identity.model.clone(),
        kind,
        status: None,
        message: message.into(),
        source: None,
    }
}

/// An answer with a status that is not a success.
pub(super) fn of_status(
    identity: &ModelIdentity,
    key: &SecretString,
    (status, headers): (StatusCode, &HeaderMap),
    body: &[u8],
) -> ModelError {
    let told = Told::read(body);
    let kind = kind(status, headers, &told);
    let message = if status.is_redirection() {
        format!("the service redirects ({status}), which is not followed; correct the base URL")
    } else if told.message.is_empty() {
        format!("the service answered {status}")
    } else {
        without(key, &told.message)
    };
    ModelError { status: Some(status.as_u16()), ..error(identity, kind, message) }
}

/// The answer to an error may repeat the key; a log is no place for it.
fn without(key: &SecretString, text: &str) -> String {
    match key.expose_secret() {
        "" => text.into(),
        key => text.replace(key, "***"),
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
    String::from_utf8_lossy(body).trim().chars().take(SHOWN).collect()
}

/// A failure of the connection.
pub(super) fn of_http(identity: &ModelIdentity, failure: HttpError) -> ModelError {
    let kind = match failure {
        HttpError::ConnectTimeout(_) => ModelErrorKind::Timeout(Phase::Connect),
        HttpError::TooLarge { .. } | HttpError::Packed => ModelErrorKind::Protocol,
        HttpError::Setup(_) | HttpError::Connect(_) | HttpError::Broken(_) => ModelErrorKind::Unavailable,
    };
    let message = failure.to_string();
    ModelError { source: failure.into_source(), ..error(identity, kind, message) }
}

/// A timeout that ran out.
pub(super) fn of_timeout(identity: &ModelIdentity, phase: Phase, clock: &Clock) -> ModelError {
    let what = match phase {
        Phase::Connect => "no connection",
        Phase::FirstToken => "no token",
        Phase::BetweenTokens => "no further token",
        Phase::Total => "no whole answer",
    };
    let within = clock.length(phase).map(|span| format!(" within {span}")).unwrap_or_default();
    error(identity, ModelErrorKind::Timeout(phase), format!("{what}{within}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, header::LOCATION};
    use std::time::Duration;

    #[track_caller]
    fn check(status: u16, body: &str, kind: ModelErrorKind, message: &str) {
        let identity = ModelIdentity { vendor: "openai".into(), model: "m".into() };
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("7"));
        headers.insert(LOCATION, HeaderValue::from_static("https://elsewhere.example/?key=1"));
        let status = StatusCode::from_u16(status).unwrap();
        let error = of_status(&identity, &"sk-key".into(), (status, &headers), body.as_bytes());
        assert_eq!((error.kind, error.message.as_str()), (kind, message));
        assert_eq!(error.status, Some(status.as_u16()));
    }

    #[test]
    fn statuses_are_classes_of_failures() {
        let body = r#"{"error":{"message":"no","type":"t","code":null}}"#;
        check(401, body, ModelErrorKind::Authentication, "no");
        check(403, body, ModelErrorKind::Authentication, "no");
        check(404, body, ModelErrorKind::InvalidRequest, "no");
        check(429, body, ModelErrorKind::RateLimited { retry_after: Some(Duration::from_secs(7)) }, "no");
        check(500, body, ModelErrorKind::Server, "no");
        check(529, body, ModelErrorKind::Server, "no");
        let redirect = "the service redirects (302 Found), which is not followed; correct the base URL";
        check(302, "", ModelErrorKind::Protocol, redirect);
    }

    #[test]
    fn a_conversation_that_is_too_long_is_told_apart() {
        let code = r#"{"error":{"message":"long","code":"context_length_exceeded"}}"#;
        check(400, code, ModelErrorKind::ContextTooLong, "long");
        let words = r#"{"message":"This model's maximum context length is 8192 tokens.","code":400}"#;
        let told = "This model's maximum context length is 8192 tokens.";
        check(400, words, ModelErrorKind::ContextTooLong, told);
        check(400, r#"{"error":"no"}"#, ModelErrorKind::InvalidRequest, "no");
    }

    #[test]
    fn bodies_may_be_anything_but_keys_are_kept_out() {
        check(502, "<html>Bad gateway</html>", ModelErrorKind::Server, "<html>Bad gateway</html>");
        check(502, "", ModelErrorKind::Server, "the service answered 502 Bad Gateway");
        check(502, "{}", ModelErrorKind::Server, "the service answered 502 Bad Gateway");
        check(
            401,
            r#"{"error":{"message":"sk-key is wrong"}}"#,
            ModelErrorKind::Authentication,
            "*** is wrong",
        );
    }
}
