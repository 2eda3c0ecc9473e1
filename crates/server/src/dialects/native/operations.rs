//! The operations of one chain: invoke, stream, batch and card.

use crate::{
    dialects::Ground,
    openapi::{ChainSchemas, Draft, json_answer},
};
use serde_json::{Map, Value, json};
use windlass_core::Endpoint;

/// Describes every route of the dialect.
pub(super) fn describe(draft: &mut Draft, ground: &Ground<'_>) {
    let Ground { prefix, chains, settings } = ground;
    let root = if prefix.is_empty() { "/" } else { prefix };
    draft.paths.insert(root.into(), json!({"get": index_operation()}));
    for (name, mounted) in *chains {
        let endpoint = &mounted.endpoint;
        draft.tag(name, endpoint.description().unwrap_or("A chain."));
        let schemas = draft.components.add_chain(endpoint);
        let single = (chains.len() == 1).then(|| (prefix.to_string(), ""));
        for (base, id) in [(format!("{prefix}/{name}"), name.as_str())].into_iter().chain(single) {
            let batch_inputs = settings.limits.batch_inputs;
            let place = ChainPaths { base, id, endpoint, schemas: &schemas, batch_inputs };
            draft.paths.extend(chain_paths(&place));
        }
    }
}

fn index_operation() -> Value {
    json!({
        "operationId": "index",
        "tags": ["server"],
        "summary": "The chains that are served",
        "responses": {"200": {
            "description": "The chains; a page for browsers.",
            "content": {"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}},
        }},
    })
}

/// A chain at a place.
struct ChainPaths<'a> {
    /// The path before the operation's name.
    base: String,
    /// What makes its operation ids unique; empty for the short paths of a single chain.
    id: &'a str,
    endpoint: &'a Endpoint,
    schemas: &'a ChainSchemas,
    batch_inputs: usize,
}

/// The statuses that every run can end with.
const RUN_ERRORS: [u16; 13] = [400, 403, 406, 408, 413, 415, 422, 429, 500, 502, 503, 504, 404];

/// The paths of a chain.
fn chain_paths(place: &ChainPaths<'_>) -> Map<String, Value> {
    let base = &place.base;
    let mut paths = Map::from_iter([
        (format!("{base}/invoke"), json!({"post": invoke(place)})),
        (format!("{base}/stream"), json!({"post": stream(place)})),
        (format!("{base}/batch"), json!({"post": batch(place)})),
    ]);
    if !place.id.is_empty() {
        paths.insert(base.clone(), json!({"get": card(place)}));
    }
    paths
}

fn operation_id(place: &ChainPaths<'_>, operation: &str) -> String {
    match place.id {
        "" => operation.into(),
        id => format!("{}_{operation}", id.replace('/', "__")),
    }
}

fn operation(place: &ChainPaths<'_>, (name, summary): (&str, &str), request: &Value, answer: Value) -> Value {
    let mut responses = Map::from_iter([("200".to_string(), answer)]);
    responses["200"]["headers"] = json!({"X-Run-Id": {"$ref": "#/components/headers/RunId"}});
    for status in RUN_ERRORS {
        responses
            .insert(status.to_string(), json!({"$ref": format!("#/components/responses/Error{status}")}));
    }
    let mut content = json!({"schema": request});
    if name != "batch" && !place.endpoint.examples().is_empty() {
        let examples = place.endpoint.examples().iter().enumerate();
        content["examples"] =
            examples.map(|(index, example)| (format!("example{index}"), json!({"value": example}))).collect();
    }
    json!({
        "operationId": operation_id(place, name),
        "tags": [place.endpoint.name()],
        "summary": summary,
        "parameters": run_headers(),
        "requestBody": {"required": true, "content": {"application/json": content}},
        "responses": responses,
    })
}

fn run_headers() -> Value {
    let header = |name: &str, description: &str| json!({"name": name, "in": "header", "required": false, "description": description, "schema": {"type": "string"}});
    json!([
        header("X-Run-Id", "A UUID to name the run by; anything else is ignored and a new one made."),
        header("traceparent", "W3C trace context; logged and passed to the model's service."),
    ])
}

fn invoke(place: &ChainPaths<'_>) -> Value {
    let answer = json_answer("The chain's output.", &place.schemas.output);
    operation(place, ("invoke", "Run the chain and wait for its output"), &place.schemas.input, answer)
}

fn stream(place: &ChainPaths<'_>) -> Value {
    let merge = serde_json::to_value(place.endpoint.merge()).unwrap_or_default();
    let description = format!(
        "The output in pieces, as they are made: lines (or SSE events) `{{\"chunk\": ...}}`, then exactly one \
         `{{\"end\": {{...}}}}` or `{{\"error\": {{...}}}}`. A body without it was cut. Chunks combine by `{}`.",
        merge.as_str().unwrap_or_default()
    );
    let lines = json!({"schema": {"type": "string"}});
    let answer = json!({
        "description": description,
        "content": {"application/x-ndjson": lines, "text/event-stream": lines},
    });
    let mut operation =
        operation(place, ("stream", "Run the chain and stream its output"), &place.schemas.input, answer);
    let flag = |name: &str, default: bool, description: &str| json!({"name": name, "in": "query", "required": false, "description": description, "schema": {"type": "boolean", "default": default}});
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.push(flag("events", false, "Also send `{\"event\": ...}` for every step inside."));
        parameters.push(flag("end", true, "Whether success ends with an `end` line; errors always come."));
        parameters.push(flag("final", false, "Whether `end` carries the whole output."));
    }
    operation["x-stream-merge"] = merge;
    operation["x-stream-item"] = json!({
        "oneOf": [
            {"type": "object", "properties": {"chunk": {}}, "required": ["chunk"]},
            {"type": "object", "properties": {"event": {"type": "object"}}, "required": ["event"]},
            {"type": "object", "properties": {"end": {"$ref": "#/components/schemas/StreamEnd"}}, "required": ["end"]},
            {"type": "object", "properties": {"error": {"$ref": "#/components/schemas/ErrorObject"}}, "required": ["error"]},
        ],
    });
    operation
}

fn batch(place: &ChainPaths<'_>) -> Value {
    let request = json!({
        "type": "object",
        "properties": {"inputs": {"type": "array", "items": place.schemas.input, "maxItems": place.batch_inputs}},
        "required": ["inputs"],
        "additionalProperties": false,
    });
    let output =
        json!({"type": "object", "properties": {"output": place.schemas.output}, "required": ["output"]});
    let error = json!({"type": "object", "properties": {"error": {"$ref": "#/components/schemas/ErrorObject"}}, "required": ["error"]});
    let results = json!({
        "type": "object",
        "properties": {"results": {"type": "array", "items": {"anyOf": [output, error]}}},
        "required": ["results"],
    });
    let answer = json_answer("An output or an error for each input, in order.", &results);
    operation(place, ("batch", "Run the chain on many inputs"), &request, answer)
}

fn card(place: &ChainPaths<'_>) -> Value {
    json!({
        "operationId": operation_id(place, "card"),
        "tags": [place.endpoint.name()],
        "summary": "What the chain is: schemas, examples, links, a picture",
        "responses": {"200": json_answer("The card.", &json!({"type": "object"}))},
    })
}
