//! The dialect's routes in OpenAPI.

use super::{config_keys, place::Place, schemas::bare_output};
use crate::{
    dialects::Ground,
    error::Code,
    openapi::{Draft, json_answer},
};
use serde_json::{Map, Value, json};
use windlass_core::{ConfigKey, Endpoint, LangServeEndpoint};

/// Describes the routes of every chain. Those below `/c/{config_hash}` are the same once more, and are left out.
pub(super) fn describe(draft: &mut Draft, ground: &Ground<'_>) {
    let error = draft.components.share("LangServeError", error_body());
    for (name, mounted) in ground.chains {
        let endpoint = &mounted.endpoint;
        draft.tag(name, endpoint.description().unwrap_or("A chain."));
        let signature = endpoint.signature();
        let hashed = endpoint.langserve().enabled_endpoints.contains(&LangServeEndpoint::ConfigHashes);
        let schemas = Schemas {
            input: draft.components.add_to(name, "LangServeInput", signature.input_schema()),
            output: draft.components.add_to(name, "LangServeOutput", &bare_output(endpoint, signature)),
            config: draft.components.add_to(name, "LangServeConfig", &config(endpoint)),
            error: error.clone(),
            hashes: if hashed { HASHES } else { "" },
            batch_inputs: ground.settings.limits.batch_inputs,
        };
        for place in Place::all(ground).iter().filter(|place| place.mounted.endpoint.name() == name) {
            describe_place(draft, place, (name, &schemas));
        }
    }
}

const HASHES: &str = " The same below `c/{config_hash}` takes a configuration from its path.";

/// What the operations of a chain refer to.
struct Schemas {
    input: Value,
    output: Value,
    config: Value,
    error: Value,
    /// What is said of config hashes, where they are served.
    hashes: &'static str,
    batch_inputs: usize,
}

fn describe_place(draft: &mut Draft, place: &Place, (name, schemas): (&str, &Schemas)) {
    let served = LangServeEndpoint::ALL.into_iter().filter(|(_, endpoint)| place.serves(*endpoint));
    for (word, endpoint) in served {
        let (method, mut operation) = match endpoint {
            LangServeEndpoint::Invoke => ("post", invoke(schemas)),
            LangServeEndpoint::Batch => ("post", batch(schemas)),
            LangServeEndpoint::Stream => {
                ("post", stream(schemas, "Run the chain and stream its output", "pieces of the output"))
            }
            LangServeEndpoint::StreamLog => (
                "post",
                follow(
                    schemas,
                    "Run the chain and stream the changes of its state",
                    "patches of the run's state",
                ),
            ),
            LangServeEndpoint::StreamEvents => {
                ("post", follow(schemas, "Run the chain and stream what its steps do", "events of the run"))
            }
            LangServeEndpoint::InputSchema => ("get", schema(schemas, "The JSON Schema of the input")),
            LangServeEndpoint::OutputSchema => ("get", schema(schemas, "The JSON Schema of the output")),
            LangServeEndpoint::ConfigSchema => {
                ("get", schema(schemas, "The JSON Schema of the configuration"))
            }
            LangServeEndpoint::ConfigHashes => continue,
        };
        operation["operationId"] = operation_id(&place.path, word).into();
        operation["tags"] = json!([name]);
        draft.paths.insert(format!("{}/{word}", place.path), json!({method: operation}));
    }
}

/// Unique, because paths are.
fn operation_id(path: &str, operation: &str) -> String {
    format!("langserve__{}_{operation}", path.trim_start_matches('/').replace('/', "__"))
}

/// The statuses that a run can be refused or end with.
const RUN_ERRORS: [u16; 12] = [400, 403, 404, 408, 413, 415, 422, 429, 500, 502, 503, 504];

fn run(schemas: &Schemas, summary: &str, request: &Value, mut answer: Value) -> Value {
    answer["headers"] = json!({"X-Run-Id": {"$ref": "#/components/headers/RunId"}});
    let mut responses = Map::from_iter([("200".to_string(), answer)]);
    responses.extend(RUN_ERRORS.map(|status| (status.to_string(), refusal(status, &schemas.error))));
    json!({
        "summary": summary,
        "description": format!("As LangServe has it.{}", schemas.hashes),
        "requestBody": {"required": true, "content": {"application/json": {"schema": request}}},
        "responses": responses,
    })
}

fn refusal(status: u16, error: &Value) -> Value {
    let codes = Code::ALL.iter().filter(|code| code.status().as_u16() == status);
    let codes: Vec<_> = codes.map(|code| format!("`{}`", code.as_str())).collect();
    json_answer(&codes.join(", "), error)
}

/// What one run is asked for with.
fn request(schemas: &Schemas) -> Value {
    json!({
        "type": "object",
        "properties": {
            "input": schemas.input,
            "config": {"anyOf": [schemas.config, {"type": "null"}]},
            "kwargs": {"description": "Means nothing."},
        },
        "required": ["input"],
    })
}

fn run_metadata() -> Value {
    json!({
        "type": "object",
        "properties": {"run_id": {"type": "string", "format": "uuid"}, "feedback_tokens": {"type": "array", "maxItems": 0}},
        "required": ["run_id", "feedback_tokens"],
    })
}

fn invoke(schemas: &Schemas) -> Value {
    let answer = json!({
        "type": "object",
        "properties": {"output": schemas.output, "metadata": run_metadata()},
        "required": ["output", "metadata"],
    });
    run(
        schemas,
        "Run the chain and wait for its output",
        &request(schemas),
        json_answer("The chain's output.", &answer),
    )
}

fn batch(schemas: &Schemas) -> Value {
    let request = json!({
        "type": "object",
        "properties": {
            "inputs": {"type": "array", "items": schemas.input, "maxItems": schemas.batch_inputs},
            "config": {"description": "For all, or a list with one for each input: but for the empty one, no schema can say that."},
            "kwargs": {"description": "Means nothing."},
        },
        "required": ["inputs"],
        "anyOf": [
            {"properties": {"config": schemas.config}},
            {"properties": {"config": {"type": "array", "maxItems": 0}, "inputs": {"maxItems": 0}}},
        ],
    });
    let metadata = json!({
        "type": "object",
        "properties": {
            "responses": {"type": "array", "items": run_metadata()},
            "run_ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        },
        "required": ["responses", "run_ids"],
    });
    let answer = json!({
        "type": "object",
        "properties": {"output": {"type": "array", "items": schemas.output}, "metadata": metadata},
        "required": ["output", "metadata"],
    });
    run(schemas, "Run the chain on many inputs", &request, json_answer("The outputs, in order.", &answer))
}

fn events(what: &str) -> Value {
    json!({
        "description": format!(
            "Server-sent events: `data` with {what}, then `end` without data, or `error` with `status_code` and `message`."
        ),
        // Readers of this document differ in whether a schema here is that of the body or of one event.
        "content": {"text/event-stream": {"schema": {}}},
    })
}

fn stream(schemas: &Schemas, summary: &str, what: &str) -> Value {
    run(schemas, summary, &request(schemas), events(what))
}

fn follow(schemas: &Schemas, summary: &str, what: &str) -> Value {
    let mut request = request(schemas);
    let names = json!({"type": ["array", "null"], "items": {"type": "string"}});
    for of in ["names", "types", "tags"] {
        for way in ["include", "exclude"] {
            request["properties"][format!("{way}_{of}")] = names.clone();
        }
    }
    run(schemas, summary, &request, events(what))
}

fn schema(schemas: &Schemas, summary: &str) -> Value {
    let answer = json_answer("The schema.", &json!({"type": ["object", "boolean"]}));
    json!({"summary": summary, "responses": {"200": answer, "400": refusal(400, &schemas.error)}})
}

/// The configuration that a body may hold: what clients may set, where null says nothing. Other keys are left out.
fn config(endpoint: &Endpoint) -> Value {
    let or_null = |schema: Value| json!({"anyOf": [schema, {"type": "null"}]});
    let mut config = json!({"type": "object", "properties": {}});
    let specs = endpoint.config_specs();
    let allowed = |key| endpoint.langserve().config_keys.contains(&key);
    if !specs.is_empty() && allowed(ConfigKey::Configurable) {
        let (configurable, definitions) = specs.json_schema();
        config["$defs"] = Value::Object(definitions);
        config["properties"]["configurable"] = or_null(configurable);
    }
    for (word, key) in ConfigKey::ALL.into_iter().filter(|(_, key)| allowed(*key)) {
        if let Some(schema) = config_keys::schema(key) {
            config["properties"][word] = or_null(schema);
        }
    }
    config
}

fn error_body() -> Value {
    let problem = json!({
        "type": "object",
        "properties": {"type": {"type": "string"}, "loc": {"type": "array"}, "msg": {"type": "string"}, "input": {}, "ctx": {"type": "object"}, "url": {"type": "string"}},
        "required": ["type", "loc", "msg"],
    });
    json!({
        "type": "object",
        "properties": {
            "detail": {"anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"anyOf": [{"type": "string"}, problem]}},
            ], "description": "As FastAPI gives it."},
            "message": {"type": "string", "description": "For people."},
        },
        "required": ["detail", "message"],
    })
}
