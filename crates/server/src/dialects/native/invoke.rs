//! `POST /{chain}/invoke`: the input object in, the output object out.

use super::{JSON, body, check};
use crate::{
    app::{Call, Mounted},
    error::ApiError,
    http::{Response, json_response},
    run::RunRequest,
};
use http::StatusCode;
use std::sync::Arc;
use windlass_core::Wants;

pub(super) async fn answer(call: Call, mounted: Arc<Mounted>) -> Result<Response, ApiError> {
    check(&call, &[JSON])?;
    let request = RunRequest { mounted: mounted.clone(), operation: "invoke", wants: Wants::Chunks };
    let admitted = call.app.admit(request, call.facts.clone()).await?;
    let input = match body(call).await {
        Ok(body) => mounted.endpoint.accept(body).map_err(ApiError::invalid_input),
        Err(error) => Err(error),
    };
    match input {
        Ok(input) => {
            let output = admitted.invoke(input).await?;
            Ok(json_response(StatusCode::OK, &mounted.endpoint.present(output)))
        }
        Err(error) => Err(admitted.refuse(error)),
    }
}
