//! Models in Rust, without a chain file.

use super::{params::AnthropicParams, vendor};
use crate::{
    HttpPool,
    call::Timeouts,
    setup::{self, BuildError, Nothing},
};
use secrecy::SecretString;
use windlass_core::{Environment, ModelStep, SpecProblem};

/// Sets up a model; begun with [`Anthropic::model`](super::Anthropic::model).
#[derive(Debug, Clone)]
pub struct AnthropicBuilder {
    model: String,
    params: AnthropicParams,
    key: Option<SecretString>,
    pool: Option<HttpPool>,
}

impl AnthropicBuilder {
    pub(super) fn new(model: String) -> Self {
        AnthropicBuilder { model, params: AnthropicParams::default(), key: None, pool: None }
    }

    /// Sampling temperature, from 0 (always the likeliest word) to 1.
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.params.temperature = Some(temperature);
        self
    }

    /// The most tokens of an answer, thinking included.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.params.max_tokens = Some(tokens);
        self
    }

    /// Where to stop.
    #[must_use]
    pub fn stop(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.params.stop_sequences = Some(texts.into_iter().map(Into::into).collect());
        self
    }

    /// The key.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Where the service is, up to and without `/v1`. Default: Anthropic itself.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.params.base_url = Some(url.into());
        self
    }

    /// How often a failed request is sent again. Default: 2.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.params.max_retries = Some(retries);
        self
    }

    /// How long the parts of a call may take.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.params.timeouts = timeouts;
        self
    }

    /// Changes any parameter: `.params(|params| params.top_k = Some(5))`.
    #[must_use]
    pub fn params(mut self, change: impl FnOnce(&mut AnthropicParams)) -> Self {
        change(&mut self.params);
        self
    }

    /// The pool of connections. Default: one that all models of the process share.
    #[must_use]
    pub fn pool(mut self, pool: HttpPool) -> Self {
        self.pool = Some(pool);
        self
    }

    /// The model as a step of a chain. Nothing is read from the environment.
    pub fn build(self) -> Result<ModelStep, BuildError> {
        let key = self.key.clone().ok_or_else(setup::no_key);
        self.finish(key, &Nothing)
    }

    /// The model as a step of a chain; what is not set comes from `environment`, as for a chain file.
    pub fn build_with(self, environment: &dyn Environment) -> Result<ModelStep, BuildError> {
        let key = self.key.clone().map_or_else(|| vendor::key(&self.params, environment), Ok);
        self.finish(key, environment)
    }

    fn finish(
        self,
        key: Result<SecretString, SpecProblem>,
        environment: &dyn Environment,
    ) -> Result<ModelStep, BuildError> {
        let pool = self.pool.unwrap_or_else(HttpPool::shared);
        let model = vendor::model(&pool, &self.model, &self.params, key, environment);
        model.map(ModelStep::new).map_err(BuildError)
    }
}
