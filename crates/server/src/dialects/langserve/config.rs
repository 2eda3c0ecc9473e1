//! The configuration of runs: from the path's hash and the body, by LangServe's rules.

use super::{config_keys, lz, problem};
use crate::error::{ApiError, Code};
use serde_json::{Map, Value};
use std::sync::Arc;
use windlass_core::{ConfigKey, Endpoint, InputProblem, RunId, RunnableConfig, Signature};

/// The version of LangServe that runs are told of.
const VERSION: &str = "0.3.3";

/// The most UTF-16 units that a config hash may unpack to.
const HASH_LIMIT: usize = 1 << 16;

/// The most bytes of JSON that a run may be configured with: its steps carry copies, and each of its events repeats some.
const SIZE_LIMIT: usize = 64 << 10;

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

/// What LangServe says of configurable values where no client may set any.
const DISALLOWED: &str = "The config field `configurable` has been disallowed by the server. This can be modified \
server side by adding `configurable` to the list of `config_keys` argument in `add_routes`";

/// Joins what hash and body say, where the body wins, and takes what the endpoint lets clients set. All else is left out in
/// silence, for clients send much that nobody asked them for.
pub(super) fn of_run(
    endpoint: &Endpoint,
    head: &Head,
    body: &Map<String, Value>,
) -> Result<RunConfig, ApiError> {
    let mut reading = Reading::default();
    for source in [&head.hash, body] {
        reading.configurable(endpoint, source)?;
        for (_, key) in ConfigKey::ALL {
            let allowed = endpoint.langserve().config_keys.contains(&key);
            if let Some(value) = given(source, key).filter(|_| allowed) {
                reading.take(key, value);
            }
        }
    }
    let Reading { mut config, run, mut problems, size } = reading;
    if size > SIZE_LIMIT {
        let message = format!("the config of a run has at most {} KiB of JSON", SIZE_LIMIT >> 10);
        return Err(ApiError::new(Code::InvalidInput, message));
    }
    match endpoint.config_specs().fill(&config.configurable) {
        Ok(filled) => config.configurable = filled,
        Err(found) => problems.extend(found),
    }
    if problems.is_empty() {
        Ok(RunConfig { config: told(config, head), run })
    } else {
        Err(ApiError::invalid_input(problems))
    }
}

/// The configuration with what the server says of the run.
fn told(mut config: RunnableConfig, head: &Head) -> RunnableConfig {
    config.tags.sort();
    config.tags.dedup();
    let own = [
        ("__useragent", &*head.user_agent),
        ("__langserve_version", VERSION),
        ("__langserve_endpoint", head.operation),
    ];
    config.metadata.extend(own.map(|(key, value)| (key.to_string(), value.into())));
    config.run_name.clone_from(&head.run_name);
    config
}

/// What the endpoint takes and gives under these configurable values.
pub(super) fn signature(
    endpoint: &Endpoint,
    configurable: &Map<String, Value>,
) -> Result<Arc<Signature>, ApiError> {
    let signature = endpoint.signature_under(configurable);
    signature.map_err(|error| ApiError::new(Code::Internal, error.to_string()))
}

/// What a source says of a key, in the words of Python or JavaScript; null says nothing.
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
    /// The bytes of JSON that were taken.
    size: usize,
}

impl Reading {
    /// Configurable values, if the endpoint declares any.
    fn configurable(&mut self, endpoint: &Endpoint, source: &Map<String, Value>) -> Result<(), ApiError> {
        let Some(values) =
            given(source, ConfigKey::Configurable).filter(|_| !endpoint.config_specs().is_empty())
        else {
            return Ok(());
        };
        if !endpoint.langserve().config_keys.contains(&ConfigKey::Configurable) {
            return Err(ApiError::new(Code::InvalidInput, DISALLOWED));
        }
        self.size += values.to_string().len();
        match values {
            Value::Object(values) => self.config.configurable.extend(values.clone()),
            other => {
                self.problems.push(problem::no_model("Configurable", vec!["configurable".into()], other))
            }
        }
        Ok(())
    }

    fn take(&mut self, key: ConfigKey, value: &Value) {
        self.size += value.to_string().len();
        match (key, config_keys::read(key, value)) {
            (_, Err(problems)) => self.problems.extend(problems),
            (ConfigKey::Tags, Ok(Value::Array(tags))) => {
                self.config.tags.extend(tags.iter().filter_map(Value::as_str).map(String::from));
            }
            (ConfigKey::Metadata, Ok(Value::Object(metadata))) => self.config.metadata.extend(metadata),
            (ConfigKey::MaxConcurrency, Ok(count)) => {
                let count = count.as_u64().filter(|count| *count > 0);
                self.config.max_concurrency = count.and_then(|count| count.try_into().ok());
            }
            (ConfigKey::RunId, Ok(id)) => self.run = id.as_str().and_then(run_id),
            // Callbacks cannot be called over the wire, and no run recurs.
            _ => {}
        }
    }
}

fn run_id(text: &str) -> Option<RunId> {
    text.parse().ok().map(RunId)
}

#[cfg(test)]
mod tests;
