//! `GET /{chain}`: what a chain is: its schemas, examples, links, and a picture of its steps.

use crate::{
    app::{Call, Mounted},
    http::{Response, json_response},
};
use http::StatusCode;
use serde_json::json;

pub(super) fn answer(call: &Call, mounted: &Mounted) -> Response {
    let endpoint = &mounted.endpoint;
    let native = call.app.settings.dialects.get("native").prefix().unwrap_or_default();
    let base = format!("{}{native}/{}", call.facts.prefix, endpoint.name());
    let card = json!({
        "name": endpoint.name(),
        "description": endpoint.description(),
        "input_schema": endpoint.input_schema(),
        "output_schema": endpoint.output_schema(),
        "x-stream-merge": endpoint.merge(),
        "examples": endpoint.examples(),
        "links": {
            "invoke": format!("{base}/invoke"),
            "stream": format!("{base}/stream"),
            "batch": format!("{base}/batch"),
            "openapi": format!("{}/openapi.json", call.facts.prefix),
            "docs": format!("{}/docs", call.facts.prefix),
        },
        "mermaid": endpoint.picture().mermaid(),
    });
    json_response(StatusCode::OK, &card)
}
