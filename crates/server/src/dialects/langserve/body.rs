//! What the bodies of requests hold: inputs and the configuration of their runs.

use super::{
    config::{self, Head, RunConfig},
    filters,
    problem::{self, PROBLEM_LIMIT},
    runs::Filters,
};
use crate::{
    app::Mounted,
    error::{ApiError, Code},
    run::Task,
};
use serde_json::{Map, Value};
use std::{iter, sync::Arc};
use windlass_core::{InputProblem, RunId, RunnableConfig, Signature};

/// Reads `{"input": .., "config": ..}`; other keys mean nothing.
pub(super) fn one(mounted: &Mounted, head: &Head, body: Value) -> Result<Task, ApiError> {
    let mut fields = object(body, "InvokeRequestShallowValidator")?;
    one_of(mounted, head, &mut fields)
}

/// Reads the same with the filters of `stream_log` and `stream_events` beside it.
pub(super) fn followed(mounted: &Mounted, head: &Head, body: Value) -> Result<(Task, Filters), ApiError> {
    let mut fields = object(body, "StreamLogRequestShallowValidator")?;
    let mut filter = |name: &str| filters::names(name, fields.remove(name));
    let filters = Filters {
        include_names: filter("include_names")?,
        include_types: filter("include_types")?,
        include_tags: filter("include_tags")?,
        exclude_names: filter("exclude_names")?,
        exclude_types: filter("exclude_types")?,
        exclude_tags: filter("exclude_tags")?,
    };
    Ok((one_of(mounted, head, &mut fields)?, filters))
}

fn one_of(mounted: &Mounted, head: &Head, fields: &mut Map<String, Value>) -> Result<Task, ApiError> {
    let Some(input) = fields.remove("input") else {
        return Err(problem::missing("input", &Value::Object(std::mem::take(fields))));
    };
    let config = match fields.remove("config") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(config)) => config,
        Some(other) => {
            return Err(ApiError::invalid_input(vec![problem::no_object(vec!["config".into()], &other)]));
        }
    };
    Given::read(mounted, head, &config)?.task(&input)
}

/// Reads `{"inputs": [..], "config": ..}`: one config for all, or one for each.
pub(super) fn many(mounted: &Mounted, head: &Head, body: Value, limit: usize) -> Result<Vec<Task>, ApiError> {
    let mut fields = object(body, "BatchRequestShallowValidator")?;
    let inputs = match fields.remove("inputs") {
        Some(Value::Array(inputs)) => inputs,
        Some(other) => {
            return Err(ApiError::invalid_input(vec![problem::no_list(vec!["inputs".into()], &other)]));
        }
        None => return Err(problem::missing("inputs", &Value::Object(fields))),
    };
    if inputs.len() > limit {
        let message = format!("a batch has at most {limit} inputs, not {}", inputs.len());
        return Err(ApiError::new(Code::InvalidInput, message));
    }
    let configs = configs(fields.remove("config"), inputs.len())?;
    let mut problems = Vec::new();
    let mut tasks = Vec::with_capacity(inputs.len());
    for (index, (input, given)) in inputs.iter().zip(configs.read(mounted, head)?).enumerate() {
        match given.and_then(|given| given.task(input)) {
            Ok(task) => tasks.push(task),
            Err(error) if error.problems.is_empty() => return Err(error),
            Err(error) => problems.extend(error.problems.into_iter().map(|mut problem| {
                problem.loc.splice(0..0, ["inputs".into(), index.into()]);
                problem
            })),
        }
        if problems.len() >= PROBLEM_LIMIT {
            break;
        }
    }
    if problems.is_empty() { Ok(tasks) } else { Err(ApiError::invalid_input(problems)) }
}

/// The configs of a batch: one for all, or one for each input.
enum Configs {
    One(Map<String, Value>),
    Each(Vec<Map<String, Value>>),
}

impl Configs {
    /// What each run is given. One config for all is read and kept once: a batch has many inputs, and a config may be large.
    fn read<'a>(
        &'a self,
        mounted: &'a Mounted,
        head: &'a Head,
    ) -> Result<Box<dyn Iterator<Item = Result<Given, ApiError>> + 'a>, ApiError> {
        Ok(match self {
            Configs::One(config) => {
                let first = Given::read(mounted, head, config)?;
                // One id names one run.
                let others = Given { run: None, ..first.clone() };
                Box::new(iter::once(first).chain(iter::repeat(others)).map(Ok))
            }
            Configs::Each(configs) => {
                Box::new(configs.iter().map(|config| Given::read(mounted, head, config)))
            }
        })
    }
}

fn configs(config: Option<Value>, inputs: usize) -> Result<Configs, ApiError> {
    let refused = |message: String| Err(ApiError::new(Code::InvalidInput, message));
    match config {
        None => Ok(Configs::One(Map::new())),
        Some(Value::Object(config)) => Ok(Configs::One(config)),
        Some(Value::Array(configs)) if configs.iter().all(Value::is_object) => {
            if configs.len() != inputs {
                let given = configs.len();
                return refused(format!(
                    "Number of configs ({given}) must match number of inputs ({inputs})"
                ));
            }
            let objects = configs.into_iter().filter_map(|config| serde_json::from_value(config).ok());
            Ok(Configs::Each(objects.collect()))
        }
        Some(Value::Null) => refused("Value for 'config' key must be a dict or list if provided".into()),
        Some(other) => Err(ApiError::invalid_input(no_configs(&other))),
    }
}

/// Neither an object nor a list of them.
fn no_configs(config: &Value) -> Vec<InputProblem> {
    let (one, many) = ("dict[str,any]", "list[dict[str,any]]");
    let mut problems = vec![problem::no_object(vec!["config".into(), one.into()], config)];
    match config {
        Value::Array(configs) => {
            let wrong =
                configs.iter().enumerate().filter(|(_, config)| !config.is_object()).take(PROBLEM_LIMIT);
            problems.extend(wrong.map(|(index, config)| {
                problem::no_object(vec!["config".into(), many.into(), index.into()], config)
            }));
        }
        other => problems.push(problem::no_list(vec!["config".into(), many.into()], other)),
    }
    problems
}

/// What a run is given beside its input.
#[derive(Clone)]
struct Given {
    config: Arc<RunnableConfig>,
    signature: Arc<Signature>,
    run: Option<RunId>,
}

impl Given {
    fn read(mounted: &Mounted, head: &Head, config: &Map<String, Value>) -> Result<Self, ApiError> {
        let RunConfig { config, run } = config::of_run(&mounted.endpoint, head, config)?;
        let signature = config::signature(&mounted.endpoint, &config.configurable)?;
        Ok(Given { config: Arc::new(config), signature, run })
    }

    fn task(self, input: &Value) -> Result<Task, ApiError> {
        let input = self.signature.accept_lax(input).map_err(ApiError::invalid_input)?;
        Ok(Task { input, config: self.config, run: self.run })
    }
}

fn object(body: Value, class: &str) -> Result<Map<String, Value>, ApiError> {
    match body {
        Value::Object(fields) => Ok(fields),
        other => Err(ApiError::invalid_input(vec![problem::no_model(class, Vec::new(), &other)])),
    }
}
