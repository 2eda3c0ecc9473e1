//! `POST /{chain}/invoke`: one input in, its output out.

use super::{body, objects::WholeOutput, place::Place, run_header};
use crate::{
    app::Call,
    error::ApiError,
    http::{Response, json_response},
};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use windlass_core::{LangServeEndpoint, RunId, Wants};

#[derive(Serialize)]
struct Invoked<'a> {
    output: WholeOutput<'a>,
    metadata: RunMetadata,
}

/// What is told of a run. LangSmith's tokens are none of this server's.
#[derive(Serialize)]
pub(super) struct RunMetadata {
    run_id: RunId,
    feedback_tokens: [(); 0],
}

impl RunMetadata {
    pub(super) fn of(run_id: RunId) -> Self {
        RunMetadata { run_id, feedback_tokens: [] }
    }
}

pub(super) async fn answer(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    let fresh = call.facts.run;
    let asked = place.accepted(call, (LangServeEndpoint::Invoke, Wants::Chunks), body::one);
    let (admitted, task) = asked.await?;
    let run = task.run.unwrap_or(fresh);
    let output = admitted.invoke(task).await?;
    let invoked = Invoked { output: WholeOutput(&output), metadata: RunMetadata::of(run) };
    let mut response = json_response(StatusCode::OK, &invoked);
    run_header(&mut response, run);
    Ok(response)
}
