//! The constructor arguments of LangChain's classes, under all their names, as parameters. Pure.

use super::super::vendor::no_proxy;
use crate::{params::problem, python_json::is_truthy};
use serde_json::{Map, Value, json};
use windlass_core::SpecProblem;

/// LangChain's names for parameters that have another here.
const NAMES: [(&str, &str); 9] = [
    ("openai_api_key", "api_key"),
    ("openai_api_base", "base_url"),
    ("openai_organization", "organization"),
    ("openai_api_version", "api_version"),
    ("model_name", "model"),
    ("max_completion_tokens", "max_tokens"),
    ("stop_sequences", "stop"),
    ("timeout", "request_timeout"),
    ("azure_deployment", "deployment_name"),
];

/// Parameters that LangChain's classes do not have.
const NOT_THEIRS: [&str; 1] = ["timeouts"];

/// Arguments that change nothing about what is sent or given.
const IDLE: [&str; 23] = [
    "name",
    "cache",
    "verbose",
    "callbacks",
    "tags",
    "metadata",
    "custom_get_token_ids",
    "rate_limiter",
    "profile",
    "client",
    "async_client",
    "root_client",
    "root_async_client",
    "http_client",
    "http_async_client",
    "http_socket_options",
    "stream_chunk_timeout",
    "tiktoken_model_name",
    "disabled_params",
    "openai_api_type",
    "validate_base_url",
    "allowed_special",
    "disallowed_special",
];

/// A model's name, if it was given, and its parameters.
type Named = (Option<String>, Map<String, Value>);

/// The model's name and the parameters; `schema` is that of the parameters.
pub(super) fn arguments(arguments: Map<String, Value>, schema: &Value) -> Result<Named, Vec<SpecProblem>> {
    let mut problems = Vec::new();
    let mut own = own_names(arguments, schema, &mut problems);
    let model = own.shift_remove("model").and_then(|model| model.as_str().map(str::to_owned));
    refuse(&mut own, &mut problems);
    if let Some(timeout) = own.shift_remove("request_timeout").filter(|timeout| !timeout.is_null()) {
        match timeouts(&timeout) {
            Some(timeouts) => drop(own.insert("timeouts".into(), timeouts)),
            None => problems.push(problem("request_timeout", "it is no time", "write seconds, like `30.0`")),
        }
    }
    let params = own.into_iter().filter(|(_, value)| !value.is_null());
    let params = params.map(|(name, value)| {
        let value = secret(&name, value);
        let value = fitted(value, &schema["properties"][&name]);
        (name, value)
    });
    let params = params.collect();
    if problems.is_empty() { Ok((model, params)) } else { Err(problems) }
}

/// Each argument under its name here; what the class does not know goes into `model_kwargs`, and out of there what it knows.
fn own_names(
    arguments: Map<String, Value>,
    schema: &Value,
    problems: &mut Vec<SpecProblem>,
) -> Map<String, Value> {
    let known = |name: &str| {
        let own = schema["properties"].get(name).is_some() && !NOT_THEIRS.contains(&name);
        own || ["model", "request_timeout", "openai_proxy", "include_response_headers"].contains(&name)
            || ["azure_ad_token_provider", "azure_ad_async_token_provider"].contains(&name)
    };
    let (mut own, mut further) = (Map::new(), Map::new());
    let mut arguments = arguments;
    let given = arguments.shift_remove("model_kwargs");
    let given = given.and_then(|given| if let Value::Object(given) = given { Some(given) } else { None });
    for name in arguments.keys().filter(|name| given.as_ref().is_some_and(|given| given.contains_key(*name)))
    {
        problems.push(problem(name, format!("Found {name} supplied twice."), "write it once"));
    }
    let given = given.into_iter().flatten();
    for (name, value) in arguments.into_iter().chain(given) {
        let here = NAMES.iter().find(|(theirs, _)| *theirs == name).map_or(name.as_str(), |(_, here)| here);
        match here {
            here if IDLE.contains(&here) => {}
            here if known(here) => drop(own.insert(here.into(), value)),
            _ => drop(further.insert(name, value)),
        }
    }
    if !further.is_empty() {
        own.insert("model_kwargs".into(), Value::Object(further));
    }
    own
}

/// What is not done here is said, not passed over.
fn refuse(own: &mut Map<String, Value>, problems: &mut Vec<SpecProblem>) {
    let mut taken = |name: &str| own.shift_remove(name).filter(is_truthy).is_some();
    if taken("openai_proxy") {
        problems.push(no_proxy("`openai_proxy` is set"));
    }
    if taken("include_response_headers") {
        let remedy = "leave `include_response_headers` out";
        problems.push(problem("include_response_headers", "the headers of answers are not given", remedy));
    }
    for name in ["azure_ad_token_provider", "azure_ad_async_token_provider"] {
        if taken(name) {
            problems.push(problem(name, "functions are not called", "use `azure_ad_token`, or a key"));
        }
    }
}

/// Seconds, or two of them for connecting and for reading, as the timeouts of a call.
fn timeouts(timeout: &Value) -> Option<Value> {
    let span = |value: &Value| {
        let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        let span = std::time::Duration::try_from_secs_f64(seconds).ok()?;
        Some(format!("{}ms", span.as_millis()))
    };
    let (connect, read) = match timeout {
        Value::Array(both) => (span(both.first()?)?, span(both.get(1)?)?),
        one => (span(one)?, span(one)?),
    };
    Some(json!({"connect": connect, "first_token": read, "between_tokens": read}))
}

/// A secret by the name of its variable.
fn secret(name: &str, value: Value) -> Value {
    let is_node = value.get("type").is_some_and(|kind| kind == "secret");
    let id = value.get("id").and_then(|id| id.get(0)?.as_str()).filter(|_| is_node);
    match id {
        Some(id) if matches!(name, "api_key" | "azure_ad_token") => format!("${{{id}}}").into(),
        _ => value,
    }
}

/// Numbers and flags that stand as text, or as the other kind of number, as Pydantic takes them.
fn fitted(value: Value, schema: &Value) -> Value {
    let kinds = &schema["type"];
    let is = |kind: &str| {
        *kinds == *kind || kinds.as_array().is_some_and(|kinds| kinds.iter().any(|own| own == kind))
    };
    match &value {
        Value::String(text) if is("number") => text.trim().parse::<f64>().map_or(value.clone(), Value::from),
        Value::String(text) if is("integer") => text.trim().parse::<i64>().map_or(value.clone(), Value::from),
        Value::String(text) if is("boolean") => flag(text).map_or(value.clone(), Value::from),
        Value::Number(number) if is("integer") && number.is_f64() => whole(number.as_f64()).unwrap_or(value),
        Value::Number(number) if is("boolean") => match number.as_f64() {
            Some(0.0) => false.into(),
            Some(1.0) => true.into(),
            _ => value,
        },
        Value::Bool(bool) if is("number") || is("integer") => i64::from(*bool).into(),
        _ => value,
    }
}

fn whole(number: Option<f64>) -> Option<Value> {
    let number = number.filter(|number| number.fract() == 0.0 && number.abs() < 9e15)?;
    format!("{number:.0}").parse::<i64>().ok().map(Value::from)
}

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
        "0" | "false" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}
