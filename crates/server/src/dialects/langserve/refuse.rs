//! Failures in LangServe's form.

use crate::{
    error::{ApiError, Code},
    http::Response,
};
use http::StatusCode;
use serde_json::{Value, json};
use windlass_core::{InputProblem, RunId};

/// What LangServe says of every failure of its own; it tells nothing of what happened.
const INTERNAL: &str = "Internal Server Error";

/// The failure as an answer: FastAPI's `detail`, and `message`, which is all that JavaScript's streams show.
pub(super) fn refuse(error: ApiError, _: RunId) -> Response {
    let body = json!({"detail": detail(&error), "message": message(&error)});
    error.into_answer(&body)
}

/// The data of an `error` event: status and message.
pub(super) fn event(error: &ApiError) -> Value {
    json!({"status_code": error.code.status().as_u16(), "message": message(error)})
}

/// An answer to a route that belongs to LangSmith's service.
pub(super) fn not_here(reason: &str) -> Response {
    ApiError::new(Code::NotFound, "").into_answer(&json!({"detail": reason, "message": reason}))
}

fn message(error: &ApiError) -> &str {
    match error.code.status() {
        StatusCode::INTERNAL_SERVER_ERROR => INTERNAL,
        _ => &error.message,
    }
}

fn detail(error: &ApiError) -> Value {
    match error.code {
        Code::InvalidJson => json!(["Invalid JSON body"]),
        Code::NotFound | Code::ChainNotFound => "Not Found".into(),
        Code::MethodNotAllowed => "Method Not Allowed".into(),
        _ if error.problems.is_empty() => message(error).into(),
        _ => error.problems.iter().map(|problem| entry(problem, error.cause.is_some())).collect(),
    }
}

/// The last part of pydantic's version that LangServe's errors link to.
const PYDANTIC: &str = "https://errors.pydantic.dev/2.14/v";

/// A problem with its link. What a run finds is placed in the body, not in the input.
fn entry(problem: &InputProblem, of_run: bool) -> Value {
    let mut entry = serde_json::to_value(problem).unwrap_or_default();
    if of_run && problem.loc.first().is_some_and(|first| first == "body") {
        entry["loc"] = problem.loc[1..].into();
    }
    // The link is for pydantic's own kinds.
    if problem.kind != "sequence_str" {
        entry["url"] = format!("{PYDANTIC}/{}", problem.kind).into();
    }
    entry
}
