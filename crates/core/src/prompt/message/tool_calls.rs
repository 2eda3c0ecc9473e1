//! Calls of tools in messages that people write: LangChain's form, and the vendor's.

use super::invalid;
use crate::{
    Dict, InvalidToolCall, ToolCall, Val,
    python::{self, PythonError},
};
use serde_json::{Map, Value};

/// The list of calls, with those in the vendor's form turned into LangChain's.
pub(super) fn read(calls: Val) -> Result<Vec<Val>, PythonError> {
    let Val::List(calls) = calls else {
        let text = format!("'{}' object is not iterable", python::type_name(&calls));
        return Err(PythonError::new("TypeError", text));
    };
    calls.into_iter().map(normal).collect()
}

fn normal(call: Val) -> Result<Val, PythonError> {
    let (Val::Dict(mut call) | Val::AddDict(mut call)) = call else {
        let text = format!("argument of type '{}' is not iterable", python::type_name(&call));
        return Err(PythonError::new("TypeError", text));
    };
    let Some(function) = call.shift_remove("function") else { return Ok(Val::Dict(call)) };
    let (Val::Dict(mut function) | Val::AddDict(mut function)) = function else {
        let text = format!("'{}' object is not subscriptable", python::type_name(&function));
        return Err(PythonError::new("TypeError", text));
    };
    let args = match field(&mut function, "arguments")? {
        Val::Text(json) => {
            Val::from(serde_json::from_str::<Value>(&json).map_err(|error| decode_error(&json, &error))?)
        }
        other => other,
    };
    let name = field(&mut function, "name")?;
    let id = field(&mut call, "id")?;
    Ok(Val::Dict(Dict::from_iter([("name".into(), name), ("args".into(), args), ("id".into(), id)])))
}

fn field(dict: &mut Dict, key: &str) -> Result<Val, PythonError> {
    dict.shift_remove(key).ok_or_else(|| PythonError::key(key))
}

/// Where the JSON is broken; the words are not Python's own.
fn decode_error(json: &str, error: &serde_json::Error) -> PythonError {
    let text = if json.trim().is_empty() { "Expecting value" } else { "Invalid JSON" };
    let (line, column) = (error.line(), error.column().max(1));
    PythonError::new("JSONDecodeError", format!("{text}: line {line} column {column}"))
}

/// A call in LangChain's form.
pub(super) fn call(call: Val) -> Result<ToolCall, PythonError> {
    let bad = || invalid("AIMessage", 1);
    let (Val::Dict(mut call) | Val::AddDict(mut call)) = call else { return Err(bad()) };
    let missing: Vec<_> = ["name", "args", "id"].into_iter().filter(|key| !call.contains_key(*key)).collect();
    if !missing.is_empty() {
        return Err(missing_arguments(&missing));
    }
    let Val::Text(name) = field(&mut call, "name")? else { return Err(bad()) };
    let args = match field(&mut call, "args")? {
        Val::Dict(args) | Val::AddDict(args) => {
            args.into_iter().map(|(key, val)| (key, Value::from(val))).collect()
        }
        _ => return Err(bad()),
    };
    let id = match field(&mut call, "id")? {
        Val::Null => None,
        Val::Text(id) => Some(id),
        number @ Val::Number(_) => Some(python::str(&number)),
        _ => return Err(bad()),
    };
    Ok(ToolCall { name, args, id })
}

fn missing_arguments(missing: &[&str]) -> PythonError {
    let names: Vec<_> = missing.iter().map(|name| format!("'{name}'")).collect();
    let shown = match names.as_slice() {
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, third, ..] => format!("{first}, {second}, and {third}"),
        [] => String::new(),
    };
    let s = if missing.len() == 1 { "" } else { "s" };
    let count = missing.len();
    PythonError::new(
        "TypeError",
        format!("tool_call() missing {count} required keyword-only argument{s}: {shown}"),
    )
}

/// Calls in the vendor's form, which a message without others may carry among its vendor fields.
pub(super) fn from_vendor(raw: &[Value]) -> (Vec<ToolCall>, Vec<InvalidToolCall>) {
    let (mut calls, mut invalid_calls) = (Vec::new(), Vec::new());
    for call in raw {
        let Some(function) = call.get("function") else { continue };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(String::from);
        let (name, id) = (text(function.get("name")).unwrap_or_default(), text(call.get("id")));
        let args = text(function.get("arguments")).unwrap_or_default();
        match serde_json::from_str::<Option<Map<String, Value>>>(&args) {
            Ok(args) => calls.push(ToolCall { name, args: args.unwrap_or_default(), id }),
            Err(_) => {
                invalid_calls.push(InvalidToolCall { name: Some(name), args: Some(args), id, error: None });
            }
        }
    }
    (calls, invalid_calls)
}
