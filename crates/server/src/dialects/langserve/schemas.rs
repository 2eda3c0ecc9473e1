//! `GET /{chain}/input_schema`, `output_schema` and `config_schema`: the bare JSON Schemas.

use super::place::{Place, hash_config};
use crate::{
    app::Call,
    error::ApiError,
    http::{Response, json_response},
};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn input(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    hash_config(&call)?;
    Ok(json_response(StatusCode::OK, place.mounted.endpoint.input_schema()))
}

pub(super) async fn output(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    hash_config(&call)?;
    Ok(json_response(StatusCode::OK, place.mounted.endpoint.output_schema()))
}

pub(super) async fn config(call: Call, _: Arc<Place>) -> Result<Response, ApiError> {
    hash_config(&call)?;
    Ok(json_response(StatusCode::OK, &json!({"properties": {}, "type": "object"})))
}
