//! The vendor `openai_completions`: OpenAI's older models, which go on with a text.

mod answer;
pub(super) mod model;
mod params;
pub(super) mod protocol;

pub use params::CompletionParams;

use super::{
    chat::LONGEST_ASKED,
    vendor::{KEY_VARIABLE, no_proxy, variable},
};
use crate::{
    HttpPool,
    call::{Failures, VendorChat},
    params::{self as reading, problem},
    setup::{self, noted},
};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use model::TextModel;
use protocol::Completions;
use serde_json::Value;
use std::sync::Arc;
use windlass_core::{
    ChatModel, CompletionModel, Environment, ModelIdentity, ModelSpec, ModelVendor, SpecProblem,
};

const ID: &str = "openai_completions";
const PATH: &str = "/completions";
const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
const BASE_URL_VARIABLES: [&str; 2] = ["OPENAI_API_BASE", "OPENAI_BASE_URL"];
const ORGANIZATION_VARIABLES: [&str; 2] = ["OPENAI_ORG_ID", "OPENAI_ORGANIZATION"];
const DEFAULT_RETRIES: u32 = 2;

/// The vendor of OpenAI's completion models. As a chat model one is given the conversation as text.
#[derive(Debug, Clone)]
pub struct OpenAiCompletions {
    pool: HttpPool,
}

impl OpenAiCompletions {
    /// The vendor, on a pool of connections.
    pub fn new(pool: HttpPool) -> Self {
        OpenAiCompletions { pool }
    }

    pub(super) fn model(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<TextModel, Vec<SpecProblem>> {
        let params = reading::read::<CompletionParams>(&spec.params)?;
        let mut problems = check(&params, environment);
        let base = params.base_url.clone().or_else(|| variable(&BASE_URL_VARIABLES, environment));
        let query = params.default_query.clone().unwrap_or_default();
        let url = setup::url(base.as_deref().unwrap_or(DEFAULT_BASE_URL), PATH, &query);
        let url = noted(url, &mut problems);
        let key = noted(setup::key(params.api_key.as_ref(), KEY_VARIABLE, environment), &mut problems);
        let headers = headers(&params, environment, &mut problems);
        let bearer = key.as_ref().and_then(|key| noted(setup::key_value("Bearer ", key), &mut problems));
        let (Some(url), Some(key), Some(bearer), true) = (url, key, bearer, problems.is_empty()) else {
            return Err(problems);
        };
        let mut headers = headers;
        headers.insert(AUTHORIZATION, bearer);
        let identity = Arc::new(ModelIdentity { vendor: ID.into(), model: spec.model.as_str().into() });
        let at_once = usize::try_from(params.batch_size.unwrap_or(20).max(1)).unwrap_or(usize::MAX);
        Ok(TextModel {
            at_once,
            streaming: params.streaming.unwrap_or(false),
            chat: Arc::new(VendorChat {
                failures: Failures::new(identity.clone(), &key, &headers),
                identity,
                lane: self.pool.lane(&url, params.timeouts.connect.map(|span| span.0)),
                headers,
                timeouts: params.timeouts.clone(),
                max_retries: params.max_retries.unwrap_or(DEFAULT_RETRIES),
                protocol: Completions::new(url, &spec.model, &params, LONGEST_ASKED),
            }),
        })
    }
}

impl ModelVendor for OpenAiCompletions {
    fn id(&self) -> &'static str {
        ID
    }

    fn parameters(&self) -> Value {
        reading::schema::<CompletionParams>()
    }

    fn build(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<Arc<dyn ChatModel>, Vec<SpecProblem>> {
        Ok(Arc::new(self.model(spec, environment)?))
    }

    fn completion(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Option<Result<Arc<dyn CompletionModel>, Vec<SpecProblem>>> {
        Some(self.model(spec, environment).map(|model| Arc::new(model) as Arc<dyn CompletionModel>))
    }
}

fn check(params: &CompletionParams, environment: &dyn Environment) -> Vec<SpecProblem> {
    let mut problems = Vec::new();
    let streaming = params.streaming == Some(true);
    if params.n == Some(0) {
        problems.push(problem("n", "n must be at least 1.", "ask for one answer or more"));
    }
    for (name, many) in [("n", params.n), ("best_of", params.best_of)] {
        if streaming && many.is_some_and(|many| many > 1) {
            let message = format!("Cannot stream results when {name} > 1.");
            problems.push(problem(name, message, "leave out `streaming`"));
        }
    }
    if environment.var("OPENAI_PROXY").is_some() {
        problems.push(no_proxy("the environment variable OPENAI_PROXY is set"));
    }
    problems
}

fn headers(
    params: &CompletionParams,
    environment: &dyn Environment,
    problems: &mut Vec<SpecProblem>,
) -> HeaderMap {
    let mut headers = setup::common_headers();
    let organization = params.organization.clone();
    if let Some(organization) = organization.or_else(|| variable(&ORGANIZATION_VARIABLES, environment)) {
        let value = HeaderValue::from_str(&organization).map_err(|_| {
            problem("organization", "it cannot be sent in a header", "write its id, like `org-...`")
        });
        let name = HeaderName::from_static("openai-organization");
        headers.extend(noted(value, problems).map(|value| (name, value)));
    }
    let further = params.default_headers.clone().unwrap_or_default();
    setup::add_headers(&mut headers, &further, environment, problems);
    headers
}
