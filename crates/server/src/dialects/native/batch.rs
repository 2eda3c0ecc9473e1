//! `POST /{chain}/batch`: many inputs in, their outputs or errors out, in order.

use super::{JSON, check};
use crate::{
    app::{Call, Mounted},
    dialects::accepted,
    error::ApiError,
    http::{Declared, Response, json_response},
    run::{RunRequest, Task},
};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_core::{InputProblem, Val, Wants};

/// An invalid input refuses the whole batch before anything runs; a failing run stands at its place among the results.
pub(super) async fn answer(call: Call, mounted: Arc<Mounted>) -> Result<Response, ApiError> {
    check(&call, &[JSON])?;
    let request = RunRequest { mounted: mounted.clone(), operation: "batch", wants: Wants::Chunks };
    let limit = call.app.settings.limits.batch_inputs;
    let accept = |body| inputs_of(body, limit).and_then(|inputs| accept_all(&mounted, inputs));
    let (admitted, inputs) = accepted(call, request, Declared::AsJson, accept).await?;
    let tasks = inputs.into_iter().map(Task::from).collect();
    let results = admitted.batch(tasks).await.into_iter().map(|(run, result)| match result {
        Ok(output) => json!({"output": mounted.endpoint.present(output)}),
        Err(error) => json!({"error": error.object(run)}),
    });
    Ok(json_response(StatusCode::OK, &json!({"results": results.collect::<Vec<_>>()})))
}

fn inputs_of(body: Value, limit: usize) -> Result<Vec<Value>, ApiError> {
    let problem =
        |loc: &[&str], kind: &str, msg: String| Err(ApiError::invalid_field(loc, kind, msg, Value::Null));
    let Value::Object(mut fields) = body else {
        return problem(&["body"], "dict_type", "Input should be an object with `inputs`".into());
    };
    let inputs = fields.remove("inputs");
    if let Some(extra) = fields.keys().next() {
        let extra: String = extra.chars().take(200).collect();
        let msg = format!("Extra inputs are not permitted: `{extra}`");
        return problem(&["body", &extra], "extra_forbidden", msg);
    }
    match inputs {
        Some(Value::Array(inputs)) if inputs.len() > limit => problem(
            &["body", "inputs"],
            "too_long",
            format!("a batch has at most {limit} inputs, not {}", inputs.len()),
        ),
        Some(Value::Array(inputs)) => Ok(inputs),
        Some(_) => problem(&["body", "inputs"], "list_type", "Input should be a valid list".into()),
        None => problem(&["body", "inputs"], "missing", "Field required".into()),
    }
}

/// The most problems that the answer to one batch lists.
const PROBLEM_LIMIT: usize = 100;

fn accept_all(mounted: &Mounted, inputs: Vec<Value>) -> Result<Vec<Val>, ApiError> {
    let mut accepted = Vec::with_capacity(inputs.len());
    let mut problems = Vec::new();
    for (index, input) in inputs.into_iter().enumerate() {
        match mounted.endpoint.accept(input) {
            Ok(input) => accepted.push(input),
            Err(found) => problems.extend(found.into_iter().map(|problem| within(problem, index))),
        }
        if problems.len() >= PROBLEM_LIMIT {
            problems.truncate(PROBLEM_LIMIT);
            break;
        }
    }
    if problems.is_empty() { Ok(accepted) } else { Err(ApiError::invalid_input(problems)) }
}

/// The problem with the place of its input in the batch.
fn within(mut problem: InputProblem, index: usize) -> InputProblem {
    problem.loc.splice(1..1, [json!("inputs"), json!(index)]);
    problem
}
