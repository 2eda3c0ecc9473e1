//! The fake vendor and its parameters.

use super::chat::FakeChat;
use crate::params;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use windlass_core::{
    ChatModel, Environment, ModelErrorKind, ModelIdentity, ModelSpec, ModelVendor, Phase, Span, SpecProblem,
};

const ID: &str = "fake";
/// Slow enough to see the words come.
const DEMO_GAP: Span = Span(Duration::from_millis(30));
const DEMO: &str = "[demo] This is the built-in demo model, not an LLM. You asked: ";
const ECHO: &str = "You asked: ";

/// The vendor of fake models.
#[derive(Debug, Clone)]
pub struct Fake {
    demo: bool,
}

/// The parameters of a fake model.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FakeParams {
    /// Time to the first word, like 200ms. Default: none.
    pub latency: Option<Span>,
    /// Time between words, like 20ms. Default: none.
    pub gap: Option<Span>,
    /// Say this instead of what was asked.
    pub text: Option<String>,
    /// Say so many words instead of what was asked.
    pub tokens: Option<usize>,
    /// Fail instead of answering, at once or after some words.
    pub fail: Option<Fail>,
}

/// How a fake model fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// The kind of failure.
    pub kind: FailKind,
    /// After how many words. Default: 0.
    #[serde(default)]
    pub after: usize,
}

/// The kinds of failures a fake model can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailKind {
    /// The key was refused.
    Authentication,
    /// Too many requests; come back in a second.
    RateLimited,
    /// The request was refused.
    InvalidRequest,
    /// The conversation is too long.
    ContextTooLong,
    /// The service failed.
    Server,
    /// The service could not be reached.
    Unavailable,
    /// The service answered nonsense.
    Protocol,
    /// The service was too slow.
    Timeout,
}

impl From<FailKind> for ModelErrorKind {
    fn from(kind: FailKind) -> Self {
        match kind {
            FailKind::Authentication => ModelErrorKind::Authentication,
            FailKind::RateLimited => {
                ModelErrorKind::RateLimited { retry_after: Some(Duration::from_secs(1)) }
            }
            FailKind::InvalidRequest => ModelErrorKind::InvalidRequest,
            FailKind::ContextTooLong => ModelErrorKind::ContextTooLong,
            FailKind::Server => ModelErrorKind::Server,
            FailKind::Unavailable => ModelErrorKind::Unavailable,
            FailKind::Protocol => ModelErrorKind::Protocol,
            FailKind::Timeout => ModelErrorKind::Timeout(Phase::FirstToken),
        }
    }
}

impl Fake {
    /// The vendor `fake`, which models name to get a fake one.
    pub fn new() -> Self {
        Fake { demo: false }
    }

    /// The stand-in for every vendor in a demo: takes any model and any parameters, and says that it is a demo.
    ///
    /// ```
    /// use windlass_providers::{Fake, HttpPool, vendors};
    ///
    /// let vendors = vendors(&HttpPool::default()).stand_in(Fake::demo());
    /// ```
    pub fn demo() -> Self {
        Fake { demo: true }
    }

    /// A fake model without a chain file: it says what it was asked, at once.
    pub fn model() -> Arc<dyn ChatModel> {
        Fake::model_with(FakeParams::default())
    }

    /// A fake model with parameters.
    pub fn model_with(params: FakeParams) -> Arc<dyn ChatModel> {
        let identity = ModelIdentity { vendor: ID.into(), model: ID.into() };
        Arc::new(FakeChat::new(identity, params, ECHO))
    }
}

impl Default for Fake {
    fn default() -> Self {
        Fake::new()
    }
}

impl ModelVendor for Fake {
    fn id(&self) -> &'static str {
        ID
    }

    fn parameters(&self) -> Value {
        params::schema::<FakeParams>()
    }

    fn build(&self, spec: &ModelSpec, _: &dyn Environment) -> Result<Arc<dyn ChatModel>, Vec<SpecProblem>> {
        let identity =
            ModelIdentity { vendor: spec.vendor.as_str().into(), model: spec.model.as_str().into() };
        if self.demo {
            let params = FakeParams { gap: Some(DEMO_GAP), ..FakeParams::default() };
            return Ok(Arc::new(FakeChat::new(identity, params, DEMO)));
        }
        Ok(Arc::new(FakeChat::new(identity, params::read(&spec.params)?, ECHO)))
    }
}
