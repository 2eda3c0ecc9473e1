//! The vendor `openai`: from what is written down to a model.

use super::{
    builder::OpenAiBuilder, chat::OpenAiChat, error::Failures, params::OpenAiParams, request::RequestPlan,
};
use crate::{
    HttpPool,
    params::{self, problem},
    secret::SecretRef,
};
use http::Uri;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::sync::Arc;
use url::Url;
use windlass_core::{ChatModel, Environment, ModelIdentity, ModelSpec, ModelVendor, SpecProblem};

pub(super) const ID: &str = "openai";
pub(super) const KEY_VARIABLE: &str = "OPENAI_API_KEY";
const BASE_URL_VARIABLE: &str = "OPENAI_BASE_URL";
const ORGANIZATION_VARIABLE: &str = "OPENAI_ORG_ID";
const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
const DEFAULT_RETRIES: u32 = 2;
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const WINDLASS: HeaderValue = HeaderValue::from_static(concat!("windlass/", env!("CARGO_PKG_VERSION")));

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
    let variable = params.api_key.clone().unwrap_or_else(|| SecretRef::named(KEY_VARIABLE));
    let name = variable.name();
    environment.var(name).ok_or_else(|| {
        let remedy = format!("set {name} to your key, or start with `--demo`, which needs none");
        problem("api_key", format!("the environment variable {name} is not set"), remedy)
    })
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
    let url =
        noted(url(own_base.as_deref().unwrap_or(DEFAULT_BASE_URL), &params.default_query), &mut problems);
    let key = noted(key, &mut problems);
    let headers = key.as_ref().map(|key| headers(key, organization.as_deref(), params, environment));
    let headers = headers.and_then(|headers| headers.map_err(|found| problems.extend(found)).ok());
    let (Some(url), Some(key), Some(headers)) = (url, key, headers) else { return Err(problems) };
    let identity = Arc::new(ModelIdentity { vendor: ID.into(), model: name.into() });
    Ok(OpenAiChat {
        failures: Failures::new(identity.clone(), &key, &headers),
        identity,
        lane: pool.lane(&url, params.timeouts.connect.map(|span| span.0)),
        url,
        headers,
        plan: RequestPlan::new(name, params, own_base.is_none()),
        timeouts: params.timeouts.clone(),
        max_retries: params.max_retries.unwrap_or(DEFAULT_RETRIES),
    })
}

fn noted<T>(result: Result<T, SpecProblem>, problems: &mut Vec<SpecProblem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// Where the requests go. A message about it does not hold it: it may hold a password.
fn url(base: &str, query: &Map<String, Value>) -> Result<Uri, SpecProblem> {
    let wrong = |message: String| {
        problem(
            "base_url",
            message,
            "write a URL like `https://llm.example.com/v1`; a key goes into `api_key`",
        )
    };
    if base.contains(['?', '#']) {
        return Err(wrong("the base URL has a query; `default_query` is the place for one".into()));
    }
    let mut url: Url = format!("{}/chat/completions", base.trim_end_matches('/'))
        .parse()
        .map_err(|error| wrong(format!("the base URL is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("the base URL is `{}`, which is not HTTP", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the base URL holds a user name or a password".into()));
    }
    if !query.is_empty() {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
        url.query_pairs_mut().extend_pairs(query.iter().map(|(name, value)| (name, text(value))));
    }
    url.as_str().parse().map_err(|error| wrong(format!("the base URL is not a URL: {error}")))
}

/// What every request carries.
fn headers(
    key: &SecretString,
    organization: Option<&str>,
    params: &OpenAiParams,
    environment: &dyn Environment,
) -> Result<HeaderMap, Vec<SpecProblem>> {
    let mut problems = Vec::new();
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, JSON);
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(USER_AGENT, WINDLASS);
    let bearer = secret_value(&format!("Bearer {}", key.expose_secret())).ok_or_else(|| {
        problem(
            "api_key",
            "the key cannot be sent in a header",
            "look for a line break or a space in the variable",
        )
    });
    headers.extend(noted(bearer, &mut problems).map(|bearer| (AUTHORIZATION, bearer)));
    if let Some(organization) = organization {
        let name = HeaderName::from_static("openai-organization");
        let value = HeaderValue::from_str(organization).map_err(|_| {
            problem("organization", "it cannot be sent in a header", "write its id, like `org-...`")
        });
        headers.extend(noted(value, &mut problems).map(|value| (name, value)));
    }
    for (name, value) in &params.default_headers {
        if let Some((name, value)) = noted(header(name, value, environment), &mut problems) {
            headers.insert(name, value);
        }
    }
    if problems.is_empty() { Ok(headers) } else { Err(problems) }
}

/// One of the further headers; its value may be that of a variable.
fn header(
    name: &str,
    value: &str,
    environment: &dyn Environment,
) -> Result<(HeaderName, HeaderValue), SpecProblem> {
    let wrong = |message, remedy: &str| problem("default_headers", message, remedy);
    let header = HeaderName::try_from(name)
        .map_err(|_| wrong(format!("`{name}` is not the name of a header"), "write a name like `X-Team`"))?;
    let value = match SecretRef::parse(value) {
        None => HeaderValue::from_str(value).ok(),
        Some(variable) => {
            let variable = variable.name();
            let secret = environment.var(variable).ok_or_else(|| {
                wrong(
                    format!("the environment variable {variable} is not set"),
                    "set it, or leave the header out",
                )
            })?;
            secret_value(secret.expose_secret())
        }
    };
    let value = value.ok_or_else(|| {
        wrong(
            format!("the value of `{name}` cannot be sent in a header"),
            "write plain text without line breaks",
        )
    })?;
    Ok((header, value))
}

fn secret_value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests;
