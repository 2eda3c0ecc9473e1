//! The vendor `openai`: from what is written down to a model.

use super::{
    builder::OpenAiBuilder,
    chat::{ChatCompletions, OpenAiChat},
    params::OpenAiParams,
    request::RequestPlan,
};
use crate::{
    HttpPool,
    call::Failures,
    params::{self, problem},
    setup::{self, noted},
};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use windlass_core::{ChatModel, Environment, ModelIdentity, ModelSpec, ModelVendor, SpecProblem};

pub(super) const ID: &str = "openai";
pub(super) const KEY_VARIABLE: &str = "OPENAI_API_KEY";
const BASE_URL_VARIABLE: &str = "OPENAI_BASE_URL";
const ORGANIZATION_VARIABLE: &str = "OPENAI_ORG_ID";
const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
const PATH: &str = "/chat/completions";
const DEFAULT_RETRIES: u32 = 2;

/// The vendor of models that speak as OpenAI does.
#[derive(Debug, Clone)]
pub struct OpenAi {
    pool: HttpPool,
}

impl OpenAi {
    /// The vendor, on a pool of connections.
    pub fn new(pool: HttpPool) -> Self {
        OpenAi { pool }
    }

    /// A model without a chain file.
    pub fn model(name: impl Into<String>) -> OpenAiBuilder {
        OpenAiBuilder::new(name.into())
    }
}

impl ModelVendor for OpenAi {
    fn id(&self) -> &'static str {
        ID
    }

    fn parameters(&self) -> Value {
        params::schema::<OpenAiParams>()
    }

    fn build(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<Arc<dyn ChatModel>, Vec<SpecProblem>> {
        let params = params::read::<OpenAiParams>(&spec.params)?;
        let key = key(&params, environment);
        Ok(Arc::new(model(&self.pool, &spec.model, &params, key, environment)?))
    }
}

/// The key the environment holds.
pub(super) fn key(params: &OpenAiParams, environment: &dyn Environment) -> Result<SecretString, SpecProblem> {
    setup::key(params.api_key.as_ref(), KEY_VARIABLE, environment)
}

/// The model, or everything that is wrong.
pub(super) fn model(
    pool: &HttpPool,
    name: &str,
    params: &OpenAiParams,
    key: Result<SecretString, SpecProblem>,
    environment: &dyn Environment,
) -> Result<OpenAiChat, Vec<SpecProblem>> {
    let variable = |name| environment.var(name).map(|value| value.expose_secret().to_owned());
    let own_base = params.base_url.clone().or_else(|| variable(BASE_URL_VARIABLE));
    let organization = params.organization.clone().or_else(|| variable(ORGANIZATION_VARIABLE));
    let mut problems = Vec::new();
    let base = own_base.as_deref().unwrap_or(DEFAULT_BASE_URL);
    let url = noted(setup::url(base, PATH, &params.default_query), &mut problems);
    let key = noted(key, &mut problems);
    let headers = key.as_ref().map(|key| headers(key, organization.as_deref(), params, environment));
    let headers = headers.and_then(|headers| headers.map_err(|found| problems.extend(found)).ok());
    let (Some(url), Some(key), Some(headers)) = (url, key, headers) else { return Err(problems) };
    let identity = Arc::new(ModelIdentity { vendor: ID.into(), model: name.into() });
    Ok(OpenAiChat {
        failures: Failures::new(identity.clone(), &key, &headers),
        identity,
        lane: pool.lane(&url, params.timeouts.connect.map(|span| span.0)),
        headers,
        protocol: ChatCompletions { url, plan: RequestPlan::new(name, params, own_base.is_none()) },
        timeouts: params.timeouts.clone(),
        max_retries: params.max_retries.unwrap_or(DEFAULT_RETRIES),
    })
}

/// What every request carries.
fn headers(
    key: &SecretString,
    organization: Option<&str>,
    params: &OpenAiParams,
    environment: &dyn Environment,
) -> Result<HeaderMap, Vec<SpecProblem>> {
    let mut problems = Vec::new();
    let mut headers = setup::common_headers();
    let bearer = setup::key_value("Bearer ", key);
    headers.extend(noted(bearer, &mut problems).map(|bearer| (AUTHORIZATION, bearer)));
    if let Some(organization) = organization {
        let name = HeaderName::from_static("openai-organization");
        let value = HeaderValue::from_str(organization).map_err(|_| {
            problem("organization", "it cannot be sent in a header", "write its id, like `org-...`")
        });
        headers.extend(noted(value, &mut problems).map(|value| (name, value)));
    }
    setup::add_headers(&mut headers, &params.default_headers, environment, &mut problems);
    if problems.is_empty() { Ok(headers) } else { Err(problems) }
}

#[cfg(test)]
mod tests;
