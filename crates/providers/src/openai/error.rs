//! Failures of the service as errors of the model. Pure.

use super::response::{BadAnswer, error_text};
use crate::{
    call::{Clock, retry_after},
    http::HttpError,
};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, error::Category};
use std::{borrow::Cow, sync::Arc, time::SystemTime};
use windlass_core::{ModelError, ModelErrorKind, ModelIdentity, Phase, Words};

/// How much of what the service said is kept, in characters.
const KEPT: usize = 300;

/// Makes the errors of one model; what the service said passes through here, without the secrets the service was sent.
#[derive(Debug, Clone)]
pub(super) struct Failures {
    identity: Arc<ModelIdentity>,
    /// The longest first, so that one that holds another is found whole.
    secrets: Vec<SecretString>,
}

impl Failures {
    /// `headers` are those of every request; the sensitive ones hold secrets.
    pub(super) fn new(identity: Arc<ModelIdentity>, key: &SecretString, headers: &HeaderMap) -> Self {
        let sensitive = headers.values().filter(|value| value.is_sensitive());
        // A header may be `Bearer ...`, and the answer repeat only what stands after the space.
        let parts = sensitive
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| [Some(text), text.split_once(' ').map(|(_, rest)| rest)].into_iter().flatten());
        let all = parts.chain([key.expose_secret()]).map(str::trim).filter(|secret| !secret.is_empty());
        let mut secrets: Vec<&str> = all.collect();
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        Failures { secrets: secrets.into_iter().map(SecretString::from).collect(), identity }
    }

    /// An error of this model: every one is made here.
    pub(super) fn error(
        &self,
        kind: ModelErrorKind,
        ours: impl Into<String>,
        said: Option<&str>,
    ) -> ModelError {
        ModelError {
            vendor: self.identity.vendor.clone(),
            model: self.identity.model.clone(),
            kind,
            status: None,
            message: Words { ours: ours.into(), said: said.map(|said| self.kept(said)) },
            class: None,
            source: None,
        }
    }

    /// Masked before it is cut: half a key is still for no one to see.
    fn kept(&self, said: &str) -> String {
        let mut masked = Cow::Borrowed(said);
        for secret in self.secrets.iter().map(ExposeSecret::expose_secret) {
            if masked.contains(secret) {
                masked = Cow::Owned(masked.replace(secret, "***"));
            }
        }
        masked.chars().take(KEPT).collect()
    }

    /// An answer with a status that is not a success.
    pub(super) fn of_status(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ModelError {
        let told = Told::read(body);
        let kind = kind(status, headers, &told);
        let ours = if status.is_redirection() {
            "the service redirects, which is not followed (correct the base URL)"
        } else {
            ""
        };
        let said = Some(told.message.as_str()).filter(|said| !said.is_empty());
        ModelError { status: Some(status.as_u16()), ..self.error(kind, ours, said) }
    }

    /// An answer that is none.
    pub(super) fn of_answer(&self, bad: BadAnswer) -> ModelError {
        self.error(bad.kind, bad.ours, bad.said.as_deref())
    }

    /// A failure of the connection.
    pub(super) fn of_http(&self, failure: HttpError) -> ModelError {
        let kind = match failure {
            HttpError::ConnectTimeout(_) => ModelErrorKind::Timeout(Phase::Connect),
            HttpError::TooLarge { .. } | HttpError::Packed => ModelErrorKind::Protocol,
            HttpError::Setup(_) | HttpError::Connect(_) | HttpError::Broken(_) => ModelErrorKind::Unavailable,
        };
        let ours = failure.to_string();
        ModelError { source: failure.into_source(), ..self.error(kind, ours, None) }
    }

    /// A timeout that ran out.
    pub(super) fn of_timeout(&self, phase: Phase, clock: &Clock) -> ModelError {
        let what = match phase {
            Phase::Connect => "no connection",
            Phase::FirstToken => "no token",
            Phase::BetweenTokens => "no further token",
            Phase::Total => "no whole answer",
        };
        let within = clock.length(phase).map(|span| format!(" within {span}")).unwrap_or_default();
        self.error(ModelErrorKind::Timeout(phase), format!("{what}{within}"), None)
    }
}

/// A mistake in JSON, without serde's own words: those quote what was read.
pub(super) fn json_mistake(error: &serde_json::Error) -> String {
    let category = match error.classify() {
        Category::Io => "it could not be read or written",
        Category::Syntax => "it is not JSON",
        Category::Data => "a value is not what it should be",
        Category::Eof => "it ends too soon",
    };
    match (error.line(), error.column()) {
        (0, _) => category.into(),
        (line, column) => format!("{category} (line {line}, column {column})"),
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
    String::from_utf8_lossy(body).trim().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, header::LOCATION};
    use std::time::Duration;

    fn failures() -> Failures {
        let identity = ModelIdentity { vendor: "openai".into(), model: "m".into() };
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("authorization", "Bearer sk-key"), ("x-token", "Basic dG9rZW4="), ("x-team", "a")]
        {
            let mut value = HeaderValue::from_static(value);
            value.set_sensitive(name != "x-team");
            headers.insert(name, value);
        }
        Failures::new(identity.into(), &"sk-key".into(), &headers)
    }

    #[track_caller]
    fn check(status: u16, body: &str, kind: ModelErrorKind, said: &str) {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("7"));
        headers.insert(LOCATION, HeaderValue::from_static("https://elsewhere.example/?key=1"));
        let error = failures().of_status(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes());
        assert_eq!((error.kind, error.message.said.as_deref().unwrap_or_default()), (kind, said));
        assert_eq!(error.status, Some(status));
        assert!(said.is_empty() || !format!("{error} {error:?}").contains(said));
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
        let redirect = failures().of_status(StatusCode::FOUND, &HeaderMap::new(), b"").to_string();
        assert!(redirect.contains("the service redirects") && redirect.ends_with("status 302"), "{redirect}");
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
    fn bodies_may_be_anything_but_keys_are_kept_out() {
        check(502, "<html>Bad gateway</html>", ModelErrorKind::Server, "<html>Bad gateway</html>");
        check(502, "", ModelErrorKind::Server, "");
        check(502, "{}", ModelErrorKind::Server, "");
        let body = r#"{"error":{"message":"sk-key and dG9rZW4= of a"}}"#;
        check(401, body, ModelErrorKind::Authentication, "*** and *** of a");
        check(400, &"x".repeat(1000), ModelErrorKind::InvalidRequest, &"x".repeat(300));
        let cut = format!("{}sk-key", "x".repeat(297));
        check(400, &cut, ModelErrorKind::InvalidRequest, &format!("{}***", "x".repeat(297)));
    }

    #[test]
    fn mistakes_in_json_are_told_without_the_json() {
        let told = |text: &str| json_mistake(&serde_json::from_str::<Vec<u8>>(text).unwrap_err());
        assert_eq!(told("[\n\"My name is Ann\"]"), "a value is not what it should be (line 2, column 16)");
        assert_eq!(told("[oops"), "it is not JSON (line 1, column 2)");
        assert_eq!(told("[1"), "it ends too soon (line 1, column 2)");
    }
}
