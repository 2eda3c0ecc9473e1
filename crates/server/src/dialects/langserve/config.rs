//! The configuration of runs: from the path's hash and the body, by LangServe's rules.

use super::{lz, problem};
use crate::error::{ApiError, Code};
use serde_json::{Map, Value};
use std::sync::Arc;
use windlass_core::{ConfigKey, Endpoint, InputProblem, RunId, RunnableConfig, Signature};

/// The version of LangServe that runs are told of.
const VERSION: &str = "0.3.3";

/// The most UTF-16 units that a config hash may unpack to.
const HASH_LIMIT: usize = 1 << 16;

/// What a request's head says of the configuration of its runs.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// The config of the path's hash; empty without one.
    pub(super) hash: Map<String, Value>,
    /// What the client calls itself.
    pub(super) user_agent: String,
    /// LangServe's name for what was called.
    pub(super) operation: &'static str,
    /// What the run goes by; the chain's own name otherwise.
    pub(super) run_name: Option<String>,
}

/// The configuration of one run.
#[derive(Debug, Clone)]
pub(super) struct RunConfig {
    pub(super) config: RunnableConfig,
    /// The id that the client gave.
    pub(super) run: Option<RunId>,
}

/// Reads the hash of a path.
pub(super) fn of_hash(hash: &str) -> Result<Map<String, Value>, ApiError> {
    let object = lz::decompress(hash, HASH_LIMIT).and_then(|text| serde_json::from_str(&text).ok());
    object.ok_or_else(|| ApiError::new(Code::BadRequest, "Invalid config hash"))
}

/// Joins what hash and body say, where the body wins, and takes what the endpoint lets clients set. All else is left out in
/// silence, for clients send much that nobody asked them for.
pub(super) fn of_run(
    endpoint: &Endpoint,
    head: &Head,
    body: &Map<String, Value>,
) -> Result<RunConfig, ApiError> {
    let allowed = &endpoint.langserve().config_keys;
    let mut reading = Reading::default();
    for source in [&head.hash, body] {
        for (_, key) in ConfigKey::ALL.into_iter().filter(|(_, key)| allowed.contains(key)) {
            if let Some(value) = given(source, key) {
                reading.take(key, value);
            }
        }
    }
    let Reading { mut config, run, problems } = reading;
    if !problems.is_empty() {
        return Err(ApiError::invalid_input(problems));
    }
    config.tags.sort();
    config.tags.dedup();
    for (key, value) in [
        ("useragent", &*head.user_agent),
        ("langserve_version", VERSION),
        ("langserve_endpoint", head.operation),
    ] {
        config.metadata.insert(format!("__{key}"), value.into());
    }
    config.run_name.clone_from(&head.run_name);
    Ok(RunConfig { config, run })
}

/// What the endpoint takes and gives under these configurable values.
pub(super) fn signature(
    endpoint: &Endpoint,
    configurable: &Map<String, Value>,
) -> Result<Arc<Signature>, ApiError> {
    let signature = endpoint.signature_under(configurable);
    signature.map_err(|error| ApiError::new(Code::Internal, error.to_string()))
}

/// What a source says of a key, in the words of Python or JavaScript.
fn given(source: &Map<String, Value>, key: ConfigKey) -> Option<&Value> {
    let camel = match key {
        ConfigKey::MaxConcurrency => "maxConcurrency",
        ConfigKey::RecursionLimit => "recursionLimit",
        ConfigKey::RunId => "runId",
        _ => key.as_str(),
    };
    source.get(key.as_str()).or_else(|| source.get(camel)).filter(|value| !value.is_null())
}

/// A configuration while it is read.
#[derive(Default)]
struct Reading {
    config: RunnableConfig,
    run: Option<RunId>,
    problems: Vec<InputProblem>,
}

impl Reading {
    fn take(&mut self, key: ConfigKey, value: &Value) {
        let loc = || vec![Value::from(key.as_str())];
        match (key, value) {
            (ConfigKey::Tags, Value::Array(tags)) => {
                for (index, tag) in tags.iter().enumerate() {
                    match tag {
                        Value::String(tag) => self.config.tags.push(tag.clone()),
                        other => {
                            let loc = vec![key.as_str().into(), index.into()];
                            self.problems.push(problem::problem(
                                "string_type",
                                loc,
                                "Input should be a valid string",
                                other,
                            ));
                        }
                    }
                }
            }
            (ConfigKey::Tags, other) => self.problems.push(problem::no_list(loc(), other)),
            (ConfigKey::Metadata, Value::Object(metadata)) => self.config.metadata.extend(metadata.clone()),
            (ConfigKey::Configurable, Value::Object(values)) => {
                self.config.configurable.extend(values.clone())
            }
            (ConfigKey::Metadata, other) => self.problems.push(problem::no_object(loc(), other)),
            _ => {}
        }
    }
}
