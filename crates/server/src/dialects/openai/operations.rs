//! The dialect's routes in OpenAPI.

mod schemas;

use crate::{
    dialects::Ground,
    openapi::{Draft, json_answer},
};
use serde_json::{Map, Value, json};
use windlass_core::{Endpoint, Feed};

const TAG: &str = "openai";

/// The statuses that a request can end with.
const CHAT_ERRORS: [u16; 13] = [400, 403, 404, 405, 408, 413, 415, 422, 429, 500, 502, 503, 504];

pub(super) fn describe(draft: &mut Draft, ground: &Ground<'_>) {
    draft.tag(TAG, "The chains as models of OpenAI's API.");
    let endpoints: Vec<_> = ground.chains.values().map(|mounted| &mounted.endpoint).collect();
    let prefix = ground.prefix;
    draft.paths.insert(format!("{prefix}/models"), json!({"get": list()}));
    draft.paths.insert(format!("{prefix}/models/{{chain}}"), json!({"get": one(&endpoints)}));
    draft.paths.insert(format!("{prefix}/chat/completions"), json!({"post": chat(&endpoints)}));
}

fn list() -> Value {
    let list = schemas::object(&json!({
        "object": {"const": "list"},
        "data": {"type": "array", "items": schemas::model()},
    }));
    operation(
        ("openai_models", "The chains that can be used as models"),
        json_answer("The models.", &list),
        &[500],
    )
}

fn one(endpoints: &[&Endpoint]) -> Value {
    let names: Vec<_> = models(endpoints).map(Endpoint::name).collect();
    let summary = "A chain as a model";
    let mut operation =
        operation(("openai_model", summary), json_answer("The model.", &schemas::model()), &[404, 500]);
    operation["parameters"] = json!([{
        "name": "chain", "in": "path", "required": true, "schema": {"type": "string", "examples": names},
        "description": "The chain's name; slashes may stand in it.",
    }]);
    operation
}

fn chat(endpoints: &[&Endpoint]) -> Value {
    let models: Vec<_> = models(endpoints).collect();
    let names: Vec<_> = models.iter().map(|endpoint| endpoint.name()).collect();
    let asked = models.iter().filter(|endpoint| needs_user(endpoint)).map(|endpoint| endpoint.name());
    let asked: Vec<_> = asked.collect();
    let mut answer = json_answer("The next message, whole or in chunks.", &schemas::completion());
    answer["content"]["text/event-stream"] = json!({"schema": schemas::event()});
    let summary = "Run a chain on a conversation";
    let mut operation = operation(("openai_chat_completions", summary), answer, &CHAT_ERRORS);
    let request = schemas::request(&names, &asked);
    operation["requestBody"] =
        json!({"required": true, "content": {"application/json": {"schema": request}}});
    operation
}

fn models<'a>(endpoints: &[&'a Endpoint]) -> impl Iterator<Item = &'a Endpoint> {
    endpoints.iter().copied().filter(|endpoint| endpoint.conversation().is_ok())
}

fn needs_user(endpoint: &Endpoint) -> bool {
    endpoint.conversation().is_ok_and(|input| input.feeds().any(|feed| *feed == Feed::LastUserMessage))
}

fn operation((id, summary): (&str, &str), mut answer: Value, errors: &[u16]) -> Value {
    let header = json!({"description": "The run's id, also in the log.", "schema": {"type": "string", "format": "uuid"}});
    answer["headers"] = json!({"X-Request-Id": header});
    let refused = json_answer("OpenAI's error object.", &schemas::error());
    let mut responses = Map::from_iter([("200".to_string(), answer)]);
    responses.extend(errors.iter().map(|status| (status.to_string(), refused.clone())));
    json!({"operationId": id, "tags": [TAG], "summary": summary, "responses": responses})
}
