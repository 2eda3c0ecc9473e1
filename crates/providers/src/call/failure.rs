//! Everything that can go wrong with a call, as errors of the model. Pure.

use super::{BadAnswer, BadRequest, Clock, NO_CHUNKS};
use crate::http::HttpError;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use std::{borrow::Cow, sync::Arc};
use windlass_core::{Error, ModelError, ModelErrorKind, ModelIdentity, Phase, Words};

/// How much of what the service said is kept, in characters.
const KEPT: usize = 4000;

/// Makes the errors of one model; what the service said passes through here, without the secrets the service was sent.
#[derive(Debug, Clone)]
pub(crate) struct Failures {
    identity: Arc<ModelIdentity>,
    /// The longest first, so that one that holds another is found whole.
    secrets: Vec<SecretString>,
}

impl Failures {
    /// `headers` are those of every request; the sensitive ones hold secrets.
    pub(crate) fn new(identity: Arc<ModelIdentity>, key: &SecretString, headers: &HeaderMap) -> Self {
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
    pub(crate) fn error(&self, kind: ModelErrorKind, words: Words) -> ModelError {
        let said = words.said.map(|said| self.kept(&said));
        ModelError {
            vendor: self.identity.vendor.clone(),
            model: self.identity.model.clone(),
            kind,
            status: None,
            message: Words { ours: words.ours, said },
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

    /// An answer with a status that is not a success, as the vendor reads it.
    pub(crate) fn of_status(&self, status: StatusCode, mut bad: BadAnswer) -> ModelError {
        if status.is_redirection() {
            bad.ours = "the service redirects, which is not followed (correct the base URL)".into();
        }
        bad.status = Some(status.as_u16());
        self.of_answer(bad)
    }

    /// An answer that is none.
    pub(crate) fn of_answer(&self, bad: BadAnswer) -> ModelError {
        let words = Words { ours: bad.ours, said: bad.said };
        ModelError { status: bad.status, class: bad.class, ..self.error(bad.kind, words) }
    }

    /// What stopped the stream that a whole answer is gathered from.
    pub(crate) fn of_sum(error: Error) -> Error {
        match error {
            Error::Model(mut error) if error.message.ours == NO_CHUNKS => {
                error.message.ours = "No generations found in stream.".into();
                Error::Model(error)
            }
            other => other,
        }
    }

    /// A request that cannot be made.
    pub(crate) fn of_request(&self, bad: BadRequest) -> ModelError {
        ModelError { class: Some(bad.class), ..self.error(ModelErrorKind::InvalidRequest, bad.words) }
    }

    /// A failure of the connection.
    pub(crate) fn of_http(&self, failure: HttpError) -> ModelError {
        let kind = match failure {
            HttpError::ConnectTimeout(_) => ModelErrorKind::Timeout(Phase::Connect),
            HttpError::TooLarge { .. } | HttpError::Packed => ModelErrorKind::Protocol,
            HttpError::Setup(_) | HttpError::Connect(_) | HttpError::Broken(_) => ModelErrorKind::Unavailable,
        };
        let ours = failure.to_string();
        ModelError { source: failure.into_source(), ..self.error(kind, ours.into()) }
    }

    /// A timeout that ran out.
    pub(crate) fn of_timeout(&self, phase: Phase, clock: &Clock) -> ModelError {
        let what = match phase {
            Phase::Connect => "no connection",
            Phase::FirstToken => "no token",
            Phase::BetweenTokens => "no further token",
            Phase::Total => "no whole answer",
        };
        let within = clock.length(phase).map(|span| format!(" within {span}")).unwrap_or_default();
        self.error(ModelErrorKind::Timeout(phase), format!("{what}{within}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

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
    fn check(said: &str, kept: &str) {
        let bad = BadAnswer::refusal(ModelErrorKind::Server, said.into());
        let error = failures().of_status(StatusCode::BAD_GATEWAY, bad);
        assert_eq!((error.status, error.message.said.as_deref().unwrap_or_default()), (Some(502), kept));
        assert!(kept.is_empty() || !format!("{error} {error:?}").contains(kept));
    }

    #[test]
    fn keys_are_kept_out_and_long_words_are_cut() {
        check("", "");
        check("sk-key and dG9rZW4= of a", "*** and *** of a");
        check(&"x".repeat(5000), &"x".repeat(4000));
        check(&format!("{}sk-key", "x".repeat(3997)), &format!("{}***", "x".repeat(3997)));
    }

    #[test]
    fn a_sum_of_nothing_has_words_of_its_own() {
        let error =
            |ours: &str| Failures::of_sum(failures().of_answer(BadAnswer::nonsense(ours)).into()).to_string();
        assert!(error(NO_CHUNKS).contains("No generations found in stream."));
        assert!(error("other").contains("other"));
    }

    #[test]
    fn redirections_are_told_in_our_words() {
        let bad = BadAnswer::refusal(ModelErrorKind::Protocol, String::new());
        let redirect = failures().of_status(StatusCode::FOUND, bad).to_string();
        assert!(redirect.contains("the service redirects") && redirect.ends_with("status 302"), "{redirect}");
    }
}
