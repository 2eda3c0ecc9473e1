//! The vendor `anthropic`: from what is written down to a model.

use super::{
    builder::AnthropicBuilder,
    chat::{AnthropicChat, Messages},
    keyless::Keyless,
    params::AnthropicParams,
    request::RequestPlan,
};
use crate::{
    HttpPool,
    call::{Failures, Timeouts},
    params::{self, problem},
    setup::{self, noted},
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};
use windlass_core::{ChatModel, Environment, ModelIdentity, ModelSpec, ModelVendor, Span, SpecProblem};

pub(super) const ID: &str = "anthropic";
const KEY_VARIABLE: &str = "ANTHROPIC_API_KEY";
const BASE_URL_VARIABLES: [&str; 2] = ["ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"];
const DEFAULT_BASE_URL: &str = "https://api.anthropic.com";
/// The only host that the usual variable's key is for, unless the operator names another.
const HOST: &str = "api.anthropic.com";
const PATH: &str = "/v1/messages";
const DEFAULT_RETRIES: u32 = 2;
/// The version of the API, as the newest SDK asks for it.
const VERSION: (HeaderName, HeaderValue) =
    (HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2026-10-21"));

/// The vendor of models that speak as Anthropic does.
#[derive(Debug, Clone)]
pub struct Anthropic {
    pool: HttpPool,
}

impl Anthropic {
    /// The vendor, on a pool of connections.
    pub fn new(pool: HttpPool) -> Self {
        Anthropic { pool }
    }

    /// A model without a chain file.
    pub fn model(name: impl Into<String>) -> AnthropicBuilder {
        AnthropicBuilder::new(name.into())
    }
}

impl ModelVendor for Anthropic {
    fn id(&self) -> &'static str {
        ID
    }

    fn parameters(&self) -> Value {
        params::schema::<AnthropicParams>()
    }

    fn build(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<Arc<dyn ChatModel>, Vec<SpecProblem>> {
        let params = params::read::<AnthropicParams>(&spec.params)?;
        let key = key(&params, environment);
        Ok(Arc::new(model(&self.pool, &spec.model, &params, key, environment)?))
    }

    fn keyless(&self, spec: &ModelSpec) -> Option<Arc<dyn ChatModel>> {
        let identity = ModelIdentity { vendor: ID.into(), model: spec.model.as_str().into() };
        Some(Arc::new(Keyless { identity }))
    }
}

/// The key the environment holds. The usual one goes to Anthropic alone: another host in the file needs its own.
pub(super) fn key(
    params: &AnthropicParams,
    environment: &dyn Environment,
) -> Result<SecretString, SpecProblem> {
    let elsewhere = params.base_url.as_deref().and_then(host).filter(|host| host != HOST);
    if let Some(host) = elsewhere.filter(|_| params.api_key.is_none()) {
        let remedy = format!("name the key for {host}, like `api_key: ${{{KEY_VARIABLE}}}`");
        return Err(problem("api_key", format!("{KEY_VARIABLE} is for {HOST} and not for {host}"), remedy));
    }
    setup::key(params.api_key.as_ref(), KEY_VARIABLE, environment)
}

fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(Into::into)
}

/// The model, or everything that is wrong.
pub(super) fn model(
    pool: &HttpPool,
    name: &str,
    params: &AnthropicParams,
    key: Result<SecretString, SpecProblem>,
    environment: &dyn Environment,
) -> Result<AnthropicChat, Vec<SpecProblem>> {
    let mut problems = Vec::new();
    let url = noted(url(params, environment), &mut problems);
    let timeouts = noted(timeouts(params), &mut problems);
    let key = noted(key, &mut problems);
    let headers = key.as_ref().map(|key| headers(key, params, environment));
    let headers = headers.and_then(|headers| headers.map_err(|found| problems.extend(found)).ok());
    let (Some(url), Some(key), Some(headers), Some(timeouts)) = (url, key, headers, timeouts) else {
        return Err(problems);
    };
    let identity = Arc::new(ModelIdentity { vendor: ID.into(), model: name.into() });
    Ok(AnthropicChat {
        failures: Failures::new(identity.clone(), &key, &headers),
        identity,
        lane: pool.lane(&url, timeouts.connect.map(|span| span.0)),
        headers,
        protocol: Messages { url, plan: RequestPlan::new(name, params) },
        timeouts,
        max_retries: params.max_retries.unwrap_or(DEFAULT_RETRIES),
    })
}

fn url(params: &AnthropicParams, environment: &dyn Environment) -> Result<Uri, SpecProblem> {
    let variable = |name: &&str| environment.var(name).map(|value| value.expose_secret().to_owned());
    let base = params.base_url.clone().or_else(|| BASE_URL_VARIABLES.iter().find_map(variable));
    setup::url(base.as_deref().unwrap_or(DEFAULT_BASE_URL), PATH, &Map::new())
}

/// LangChain's one timeout stands for the two that it means; zero and less mean none.
fn timeouts(params: &AnthropicParams) -> Result<Timeouts, SpecProblem> {
    let Some(seconds) = params.default_request_timeout.filter(|seconds| *seconds > 0.0) else {
        return Ok(params.timeouts.clone());
    };
    let wait = Duration::try_from_secs_f64(seconds).map_err(|_| {
        problem("default_request_timeout", "it is not a time", "write a number of seconds, like `20`")
    })?;
    Ok(Timeouts { first_token: Span(wait), between_tokens: Span(wait), ..params.timeouts.clone() })
}

/// What every request carries.
fn headers(
    key: &SecretString,
    params: &AnthropicParams,
    environment: &dyn Environment,
) -> Result<HeaderMap, Vec<SpecProblem>> {
    let mut problems = Vec::new();
    let mut headers = setup::common_headers();
    headers.extend([VERSION]);
    let bearer = setup::key_value("Bearer ", key);
    headers.extend(noted(bearer, &mut problems).map(|bearer| (AUTHORIZATION, bearer)));
    setup::add_headers(&mut headers, &params.default_headers, environment, &mut problems);
    if problems.is_empty() { Ok(headers) } else { Err(problems) }
}

#[cfg(test)]
mod tests;
