//! The vendor `azure_openai`: OpenAI's models as Azure serves them.

use super::{
    chat::{Endpoints, OfModels, OpenAiChat},
    params::OpenAiParams,
    request::{Flavour, RequestPlan},
    vendor::{Place, assemble, check, headers, variable},
};
use crate::{
    HttpPool,
    params::{self, problem},
    secret::SecretRef,
    setup::{self, noted},
};
use http::{HeaderName, HeaderValue, header::AUTHORIZATION};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use windlass_core::{ChatModel, Environment, ModelIdentity, ModelSpec, ModelVendor, SpecProblem};

const ID: &str = "azure_openai";
const KEY_VARIABLE: &str = "AZURE_OPENAI_API_KEY";
/// A variable for the key that counts too, as LangChain has it.
const OTHER_KEY_VARIABLE: &str = "OPENAI_API_KEY";
const TOKEN_VARIABLE: &str = "AZURE_OPENAI_AD_TOKEN";
const ENDPOINT_VARIABLE: &str = "AZURE_OPENAI_ENDPOINT";
const VERSION_VARIABLE: &str = "OPENAI_API_VERSION";
const KEY_HEADER: HeaderName = HeaderName::from_static("api-key");

/// The parameters that only Azure's models have.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AzureParams {
    /// Where the resource is: `https://NAME.openai.azure.com`. Default: `AZURE_OPENAI_ENDPOINT`.
    pub azure_endpoint: Option<String>,
    /// The version of Azure's API: `2024-10-21`. Default: `OPENAI_API_VERSION`.
    pub api_version: Option<String>,
    /// A token of Entra ID instead of a key, as the name of an environment variable. Default:
    /// `${AZURE_OPENAI_AD_TOKEN}`, if that is set.
    pub azure_ad_token: Option<SecretRef>,
    /// The model that is deployed: `gpt-4o`. Azure does not need it.
    pub model_name: Option<String>,
    /// The model's version, put behind its name in answers.
    pub model_version: Option<String>,
}

/// The vendor of OpenAI's models on Azure. The model in a chain file is the deployment's name; it may be empty, where the
/// base URL or the model's name says it.
#[derive(Debug, Clone)]
pub struct AzureOpenAi {
    pool: HttpPool,
}

impl AzureOpenAi {
    /// The vendor, on a pool of connections.
    pub fn new(pool: HttpPool) -> Self {
        AzureOpenAi { pool }
    }

    pub(super) fn model(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<OpenAiChat, Vec<SpecProblem>> {
        let own = params::schema::<AzureParams>();
        let is_own = |key: &str| own["properties"].get(key).is_some();
        let (own, shared): (Map<_, _>, Map<_, _>) =
            spec.params.clone().into_iter().partition(|(key, _)| is_own(key));
        let (own, shared) = (params::read::<AzureParams>(&own), params::read::<OpenAiParams>(&shared));
        let (own, shared) = match (own, shared) {
            (Ok(own), Ok(shared)) => (own, shared),
            (own, shared) => {
                let problems = own.err().into_iter().chain(shared.err()).flatten();
                return Err(problems.collect());
            }
        };
        let setup = Setup { deployment: &spec.model, own: &own, shared: &shared, environment };
        setup.model(&self.pool)
    }
}

impl ModelVendor for AzureOpenAi {
    fn id(&self) -> &'static str {
        ID
    }

    fn parameters(&self) -> Value {
        let mut schema = params::schema::<OpenAiParams>();
        let own = params::schema::<AzureParams>();
        if let (Some(all), Some(own)) = (schema["properties"].as_object_mut(), own["properties"].as_object())
        {
            all.extend(own.clone());
        }
        schema
    }

    fn build(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<Arc<dyn ChatModel>, Vec<SpecProblem>> {
        Ok(Arc::new(self.model(spec, environment)?))
    }
}

/// What a model is made of.
struct Setup<'a> {
    deployment: &'a str,
    own: &'a AzureParams,
    shared: &'a OpenAiParams,
    environment: &'a dyn Environment,
}

impl Setup<'_> {
    fn model(&self, pool: &HttpPool) -> Result<OpenAiChat, Vec<SpecProblem>> {
        let mut problems = check(self.shared, self.environment);
        let endpoints = noted(self.endpoints(), &mut problems);
        let secret = noted(self.secret(), &mut problems);
        let headers = secret.as_ref().and_then(|(_, name, value)| {
            headers((name.clone(), value.clone()), self.shared, self.environment, &mut problems)
        });
        let (Some(endpoints), Some((key, ..)), Some(headers), true) =
            (endpoints, secret, headers, problems.is_empty())
        else {
            return Err(problems);
        };
        let model = self.own.model_name.as_deref();
        let deployment = Some(self.deployment).filter(|name| !name.is_empty()).map(str::to_owned);
        let flavour = Flavour::Azure(deployment);
        let plan = RequestPlan::new(flavour.clone(), model, self.shared, self.shared.base_url.is_none());
        let named = model.filter(|_| self.deployment.is_empty()).unwrap_or(self.deployment);
        let identity = ModelIdentity { vendor: ID.into(), model: named.into() };
        let version = self.own.model_version.clone().unwrap_or_default();
        let place = Place { endpoints, key, headers };
        Ok(assemble(pool, identity, self.shared, place, (plan, Some((flavour, version)))))
    }

    /// Where the requests go: by the deployment if it is known, else by the model.
    fn endpoints(&self) -> Result<Endpoints, SpecProblem> {
        let query = self.query()?;
        let (root, base) = self.base()?;
        let of_models = OfModels { base: base.clone(), query: query.clone() };
        let of_models = Some(of_models).filter(|_| !base.contains("/deployments"));
        let chat = setup::url(&base, "/chat/completions", &query)?;
        let by_name = of_models.as_ref().zip(self.own.model_name.as_deref());
        let by_name = by_name.and_then(|(of_models, model)| of_models.chat(model));
        let responses = setup::url(&root, "/responses", &query)?;
        Ok(Endpoints { chat: by_name.unwrap_or(chat), responses, of_models })
    }

    fn query(&self) -> Result<Map<String, Value>, SpecProblem> {
        let version = self.own.api_version.clone();
        let version =
            version.or_else(|| variable(&[VERSION_VARIABLE], self.environment)).ok_or_else(|| {
                let remedy =
                    format!("write the version of Azure's API, like `2024-10-21`, or set {VERSION_VARIABLE}");
                problem("api_version", "there is no version of Azure's API", remedy)
            })?;
        let mut query = self.shared.default_query.clone().unwrap_or_default();
        query.insert("api-version".into(), version.into());
        Ok(query)
    }

    /// The base of what is no deployment's, and of what is.
    fn base(&self) -> Result<(String, String), SpecProblem> {
        if let Some(base) = &self.shared.base_url {
            return self.own_base(base).map(|()| (base.clone(), base.clone()));
        }
        let endpoint = self.own.azure_endpoint.clone();
        let endpoint = endpoint.or_else(|| variable(&[ENDPOINT_VARIABLE], self.environment));
        let endpoint = endpoint.ok_or_else(|| {
            let remedy = format!("write the resource's URL, or set {ENDPOINT_VARIABLE}");
            problem("azure_endpoint", "it is not known where the resource is", remedy)
        })?;
        let root = format!("{}/openai", endpoint.trim_end_matches('/'));
        let base = match self.deployment {
            "" => root.clone(),
            deployment => format!("{root}/deployments/{}", setup::segment(deployment)),
        };
        Ok((root, base))
    }

    fn own_base(&self, base: &str) -> Result<(), SpecProblem> {
        if !base.contains("/openai") {
            let message = "the base URL is no URL of Azure's models: it has no `/openai` in it";
            return Err(problem("base_url", message, "write the resource's URL as `azure_endpoint` instead"));
        }
        if !self.deployment.is_empty() {
            let message = "both the base URL and a deployment are given";
            return Err(problem("base_url", message, "write the resource's URL as `azure_endpoint` instead"));
        }
        Ok(())
    }

    /// A token goes before a key.
    fn secret(&self) -> Result<(SecretString, HeaderName, HeaderValue), SpecProblem> {
        let token = match &self.own.azure_ad_token {
            // LangChain writes its own variable's name into each chain with a token, and does without one that is not set.
            Some(token) if token.name() != TOKEN_VARIABLE => {
                Some(setup::key(Some(token), TOKEN_VARIABLE, self.environment)?)
            }
            _ => self.environment.var(TOKEN_VARIABLE),
        };
        if let Some(token) = token {
            let value = setup::key_value("Bearer ", &token)?;
            return Ok((token, AUTHORIZATION, value));
        }
        let other = || self.environment.var(OTHER_KEY_VARIABLE).filter(|_| self.shared.api_key.is_none());
        let key = setup::key(self.shared.api_key.as_ref(), KEY_VARIABLE, self.environment);
        let key = key.or_else(|problem| other().ok_or(problem))?;
        let value = setup::key_value("", &key)?;
        Ok((key, KEY_HEADER, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Variables(&'static [&'static str]);

    impl Environment for Variables {
        fn var(&self, name: &str) -> Option<SecretString> {
            let set = self.0.contains(&name);
            set.then(|| if name == ENDPOINT_VARIABLE { "https://r.azure.com".into() } else { "value".into() })
        }
    }

    fn build(
        deployment: &str,
        params: &Value,
        variables: &'static [&'static str],
    ) -> Result<(), Vec<String>> {
        let params = params.as_object().unwrap().clone();
        let spec = ModelSpec { vendor: ID.into(), model: deployment.into(), params };
        let built = AzureOpenAi::new(HttpPool::default()).build(&spec, &Variables(variables));
        let told = |problems: Vec<SpecProblem>| problems.into_iter().map(|problem| problem.message).collect();
        built.map(drop).map_err(told)
    }

    #[tokio::test]
    async fn what_is_missing_is_told_and_may_come_from_the_environment() {
        let told = build("dep", &json!({}), &[]).unwrap_err();
        assert_eq!(
            told,
            [
                "there is no version of Azure's API",
                "the environment variable AZURE_OPENAI_API_KEY is not set"
            ]
        );
        assert_eq!(build("dep", &json!({}), &[KEY_VARIABLE, ENDPOINT_VARIABLE, VERSION_VARIABLE]), Ok(()));
        assert_eq!(
            build("dep", &json!({}), &[OTHER_KEY_VARIABLE, ENDPOINT_VARIABLE, VERSION_VARIABLE]),
            Ok(())
        );
        assert_eq!(build("dep", &json!({}), &[TOKEN_VARIABLE, ENDPOINT_VARIABLE, VERSION_VARIABLE]), Ok(()));
    }

    #[tokio::test]
    async fn a_token_that_is_not_set_leaves_it_to_the_key() {
        let own = json!({"azure_ad_token": "${AZURE_OPENAI_AD_TOKEN}"});
        assert_eq!(build("dep", &own, &[KEY_VARIABLE, ENDPOINT_VARIABLE, VERSION_VARIABLE]), Ok(()));
        let other = json!({"azure_ad_token": "${OTHER}"});
        assert!(build("dep", &other, &[KEY_VARIABLE, ENDPOINT_VARIABLE, VERSION_VARIABLE]).is_err());
    }

    #[tokio::test]
    async fn a_base_url_and_a_deployment_exclude_each_other() {
        let params = |base: &str| json!({"base_url": base, "api_version": "v"});
        let told = build("dep", &params("https://r.azure.com/openai"), &[KEY_VARIABLE]).unwrap_err();
        assert_eq!(told, ["both the base URL and a deployment are given"]);
        assert!(build("", &params("https://r.azure.com"), &[KEY_VARIABLE]).is_err());
        assert_eq!(build("", &params("https://r.azure.com/openai/deployments/dep"), &[KEY_VARIABLE]), Ok(()));
    }

    #[test]
    fn the_schema_has_the_parameters_of_both() {
        let schema = AzureOpenAi::new(HttpPool::default()).parameters();
        assert!(
            schema["properties"].get("api_version").is_some() && schema["properties"].get("seed").is_some()
        );
    }
}
