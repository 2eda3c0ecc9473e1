//! `POST /{chain}/batch`: many inputs in, their outputs out, in order.

use super::{body, invoke::RunMetadata, objects::WholeOutput, place::Place};
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
struct Batched<'a> {
    output: Vec<WholeOutput<'a>>,
    metadata: BatchMetadata,
}

#[derive(Serialize)]
struct BatchMetadata {
    responses: Vec<RunMetadata>,
    run_ids: Vec<RunId>,
}

/// The clients have no place for the failure of one: a run that fails fails the whole, with its status.
pub(super) async fn answer(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    let limit = call.app.settings.limits.batch_inputs;
    let asked = place.accepted(call, (LangServeEndpoint::Batch, Wants::Chunks), |mounted, head, value| {
        body::many(mounted, head, value, limit)
    });
    let (admitted, tasks) = asked.await?;
    let (mut run_ids, mut outputs) = (Vec::new(), Vec::new());
    for (run, result) in admitted.batch(tasks).await {
        run_ids.push(run);
        outputs.push(result?);
    }
    let responses = run_ids.iter().map(|run| RunMetadata::of(*run)).collect();
    let output = outputs.iter().map(WholeOutput).collect();
    Ok(json_response(StatusCode::OK, &Batched { output, metadata: BatchMetadata { responses, run_ids } }))
}
