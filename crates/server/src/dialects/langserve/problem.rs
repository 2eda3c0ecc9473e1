//! What is wrong with a request around its inputs, in pydantic's words.

use crate::error::ApiError;
use serde_json::{Map, Value};
use windlass_core::InputProblem;

/// How many problems are enough to tell of.
pub(super) const PROBLEM_LIMIT: usize = 100;

/// One problem.
pub(super) fn problem(kind: &str, loc: Vec<Value>, msg: &str, input: &Value) -> InputProblem {
    InputProblem { kind: kind.into(), loc, msg: msg.into(), input: input.clone(), ctx: None }
}

/// A field that has to be there.
pub(super) fn missing(field: &str, body: &Value) -> ApiError {
    ApiError::invalid_input(vec![problem("missing", vec![field.into()], "Field required", body)])
}

/// A place that has to hold an object of a class.
pub(super) fn no_model(class: &str, loc: Vec<Value>, input: &Value) -> InputProblem {
    let msg = format!("Input should be a valid dictionary or instance of {class}");
    let ctx = Map::from_iter([("class_name".to_string(), Value::from(class))]);
    InputProblem { ctx: Some(ctx), ..problem("model_type", loc, &msg, input) }
}

/// A place that has to hold an object.
pub(super) fn no_object(loc: Vec<Value>, input: &Value) -> InputProblem {
    problem("dict_type", loc, "Input should be a valid dictionary", input)
}

/// A place that has to hold a list.
pub(super) fn no_list(loc: Vec<Value>, input: &Value) -> InputProblem {
    problem("list_type", loc, "Input should be a valid list", input)
}

/// A place that has to hold text.
pub(super) fn no_text(loc: Vec<Value>, input: &Value) -> InputProblem {
    problem("string_type", loc, "Input should be a valid string", input)
}
