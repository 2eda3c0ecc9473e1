//! `POST /{chain}/invoke`: the input object in, the output object out.

use super::{JSON, check, one_input};
use crate::{
    app::{Call, Mounted},
    dialects::accepted,
    error::ApiError,
    http::{Declared, Response, json_response},
    run::RunRequest,
};
use http::StatusCode;
use std::sync::Arc;
use windlass_core::Wants;

pub(super) async fn answer(call: Call, mounted: Arc<Mounted>) -> Result<Response, ApiError> {
    check(&call, &[JSON])?;
    let request = RunRequest { mounted: mounted.clone(), operation: "invoke", wants: Wants::Chunks };
    let (admitted, input) = accepted(call, request, Declared::AsJson, one_input(&mounted)).await?;
    let output = admitted.invoke(input.into()).await?;
    Ok(json_response(StatusCode::OK, &mounted.endpoint.present(output)))
}
