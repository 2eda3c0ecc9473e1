//! The vendor `openai`: from what is written down to a model.

use super::{
    builder::OpenAiBuilder,
    chat::{Endpoints, OpenAiChat, OpenAiProtocol, azure_suffix},
    params::OpenAiParams,
    request::{Flavour, RequestPlan, asks_for_responses},
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
const BASE_URL_VARIABLES: [&str; 2] = ["OPENAI_API_BASE", "OPENAI_BASE_URL"];
const ORGANIZATION_VARIABLES: [&str; 2] = ["OPENAI_ORG_ID", "OPENAI_ORGANIZATION"];
const PROJECT_VARIABLE: &str = "OPENAI_PROJECT_ID";
const PROXY_VARIABLE: &str = "OPENAI_PROXY";
const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
const CHAT: &str = "/chat/completions";
const RESPONSES: &str = "/responses";
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

/// The first of the variables that is set.
pub(super) fn variable(names: &[&str], environment: &dyn Environment) -> Option<String> {
    names.iter().find_map(|name| environment.var(name)).map(|value| value.expose_secret().to_owned())
}

/// Where a model's requests go and what they carry, once both are known to be sound.
pub(super) struct Place {
    pub(super) endpoints: Endpoints,
    pub(super) key: SecretString,
    pub(super) headers: HeaderMap,
}

/// The model, or everything that is wrong.
pub(super) fn model(
    pool: &HttpPool,
    name: &str,
    params: &OpenAiParams,
    key: Result<SecretString, SpecProblem>,
    environment: &dyn Environment,
) -> Result<OpenAiChat, Vec<SpecProblem>> {
    let own_base = params.base_url.clone().or_else(|| variable(&BASE_URL_VARIABLES, environment));
    let base = own_base.as_deref().unwrap_or(DEFAULT_BASE_URL);
    let mut problems = check(params, environment);
    let query = params.default_query.clone().unwrap_or_default();
    let chat = noted(setup::url(base, CHAT, &query), &mut problems);
    let responses = setup::url(base, RESPONSES, &query).ok();
    let key = noted(key, &mut problems);
    let headers = key.as_ref().and_then(|key| {
        let bearer = noted(setup::key_value("Bearer ", key), &mut problems)?;
        headers((AUTHORIZATION, bearer), params, environment, &mut problems)
    });
    let (Some(chat), Some(responses), Some(key), Some(headers), true) =
        (chat, responses, key, headers, problems.is_empty())
    else {
        return Err(problems);
    };
    let endpoints = Endpoints { chat, responses, of_models: None };
    let plan = RequestPlan::new(Flavour::OpenAi, Some(name), params, own_base.is_none());
    let identity = ModelIdentity { vendor: ID.into(), model: name.into() };
    Ok(assemble(pool, identity, params, Place { endpoints, key, headers }, (plan, None)))
}

/// Puts a model together.
pub(super) fn assemble(
    pool: &HttpPool,
    identity: ModelIdentity,
    params: &OpenAiParams,
    place: Place,
    (plan, azure): (RequestPlan, Option<(Flavour, String)>),
) -> OpenAiChat {
    let Place { endpoints, key, headers } = place;
    let identity = Arc::new(identity);
    OpenAiChat {
        failures: Failures::new(identity.clone(), &key, &headers),
        identity,
        lane: pool.lane(&endpoints.chat, params.timeouts.connect.map(|span| span.0)),
        headers,
        protocol: OpenAiProtocol {
            endpoints,
            plan,
            azure: azure.and_then(|(flavour, version)| azure_suffix(&flavour, &version)),
            standard: params.output_version.as_deref() == Some("v1"),
            old_answers: params.output_version.as_deref() == Some("v0"),
        },
        timeouts: params.timeouts.clone(),
        max_retries: params.max_retries.unwrap_or(DEFAULT_RETRIES),
    }
}

/// What is wrong with parameters that are well-formed each by itself.
pub(super) fn check(params: &OpenAiParams, environment: &dyn Environment) -> Vec<SpecProblem> {
    let mut problems = Vec::new();
    if params.n == Some(0) {
        problems.push(problem("n", "n must be at least 1.", "ask for one answer or more"));
    }
    if params.n.is_some_and(|n| n > 1) && params.streaming == Some(true) {
        problems.push(problem(
            "n",
            "n must be 1 when streaming.",
            "leave out `streaming`, or ask for one answer",
        ));
    }
    match params.output_version.as_deref() {
        None | Some("v0" | "responses/v1") => {}
        Some("v1") if !asks_for_responses(params) => {}
        Some("v1") => problems.push(problem(
            "output_version",
            "the Responses API gives no answers in the form `v1` here",
            "leave it out",
        )),
        Some(_) => problems.push(problem(
            "output_version",
            "only the forms `v0`, `v1` and `responses/v1` of answers are given",
            "leave it out",
        )),
    }
    if environment.var(PROXY_VARIABLE).is_some() {
        problems.push(no_proxy(&format!("the environment variable {PROXY_VARIABLE} is set")));
    }
    problems
}

/// A proxy for one model alone is refused: the proxies of the process are heeded for all.
pub(super) fn no_proxy(because: &str) -> SpecProblem {
    let remedy = "set HTTPS_PROXY for the whole process instead";
    SpecProblem {
        key: None,
        message: format!("{because}, but a model has no proxy of its own"),
        remedy: remedy.into(),
    }
}

/// What every request carries.
pub(super) fn headers(
    key: (HeaderName, HeaderValue),
    params: &OpenAiParams,
    environment: &dyn Environment,
    problems: &mut Vec<SpecProblem>,
) -> Option<HeaderMap> {
    let before = problems.len();
    let mut headers = setup::common_headers();
    headers.extend([key]);
    let organization = params.organization.clone().or_else(|| variable(&ORGANIZATION_VARIABLES, environment));
    let project = variable(&[PROJECT_VARIABLE], environment);
    for (name, parameter, value) in
        [("openai-organization", "organization", organization), ("openai-project", "project", project)]
    {
        let Some(value) = value else { continue };
        let value = HeaderValue::from_str(&value)
            .map_err(|_| problem(parameter, "it cannot be sent in a header", "write its id, like `org-...`"));
        headers.extend(noted(value, problems).map(|value| (HeaderName::from_static(name), value)));
    }
    let further = params.default_headers.clone().unwrap_or_default();
    setup::add_headers(&mut headers, &further, environment, problems);
    (problems.len() == before).then_some(headers)
}

#[cfg(test)]
mod tests;
