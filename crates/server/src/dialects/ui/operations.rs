//! The dialect's routes in OpenAPI.

use crate::{
    dialects::Ground,
    error::Code,
    openapi::{Components, Draft},
};
use serde_json::{Map, Value, json};

/// Describes the routes of every chain that a conversation feeds.
pub(super) fn describe(draft: &mut Draft, ground: &Ground<'_>) {
    for (name, mounted) in ground.chains {
        let endpoint = &mounted.endpoint;
        if endpoint.conversation().is_err() {
            continue;
        }
        draft.tag(name, endpoint.description().unwrap_or("A chain."));
        let body = chat_request(&mut draft.components);
        let chat = format!("{}/{name}/chat", ground.prefix);
        draft.paths.insert(format!("{chat}/{{id}}/stream"), json!({"get": resume(name)}));
        draft.paths.insert(chat, json!({"post": chat_operation(name, &body)}));
    }
}

/// The statuses that a chat can end with.
const CHAT_ERRORS: [u16; 12] = [400, 403, 404, 408, 413, 415, 422, 429, 500, 502, 503, 504];

fn chat_operation(name: &str, body: &Value) -> Value {
    let stream = json!({
        "description": "The parts of one message, each an SSE event, then `[DONE]`. A failure after the first is a part \
            `error`, and no `finish` comes.",
        "headers": {
            "X-Run-Id": {"$ref": "#/components/headers/RunId"},
            "x-vercel-ai-ui-message-stream": {"schema": {"type": "string", "const": "v1"}},
        },
        // Readers of this document differ in whether a schema here is that of the body or of one event.
        "content": {"text/event-stream": {"schema": {}}},
    });
    let mut responses = Map::from_iter([("200".to_string(), stream)]);
    responses.extend(CHAT_ERRORS.map(|status| (status.to_string(), refusal(status))));
    json!({
        "operationId": operation_id(name, "chat"),
        "tags": [name],
        "summary": "Answer a conversation with a UI message stream of the AI SDK",
        "requestBody": {"required": true, "content": {"application/json": {"schema": body}}},
        "responses": responses,
    })
}

fn resume(name: &str) -> Value {
    json!({
        "operationId": operation_id(name, "resume"),
        "tags": [name],
        "summary": "Go on with the stream of a chat that is under way",
        "parameters": [{
            "name": "id", "in": "path", "required": true, "description": "The chat's id.",
            "schema": {"type": "string", "minLength": 1},
        }],
        "responses": {"204": {"description": "Nothing is under way."}, "404": refusal(404)},
    })
}

fn operation_id(name: &str, operation: &str) -> String {
    format!("ui__{}_{operation}", name.replace('/', "__"))
}

/// A failure: a sentence for people.
fn refusal(status: u16) -> Value {
    let codes = Code::ALL.iter().filter(|code| code.status().as_u16() == status);
    let codes: Vec<_> = codes.map(|code| format!("`{}`", code.as_str())).collect();
    json!({
        "description": codes.join(", "),
        "content": {"text/plain": {"schema": {"type": "string"}}},
    })
}

/// The body. A user has to have said something in it.
fn chat_request(components: &mut Components) -> Value {
    let part = components.share("UiMessagePart", message_part());
    let message = components.share("UiMessage", ui_message(&part));
    let of_user = json!({"properties": {"role": {"const": "user"}}});
    let request = json!({
        "type": "object",
        "description": "What `DefaultChatTransport` sends. Other fields are left to the client.",
        "properties": {
            "messages": {"type": "array", "items": message, "description": "The conversation, oldest first."},
            "message": message,
            "id": {"description": "The chat's id."},
            "trigger": {"description": "`submit-message` or `regenerate-message`."},
            "messageId": {"description": "The message that is asked for again, or answered."},
        },
        "anyOf": [
            {"required": ["messages"], "properties": {"messages": {"contains": of_user}}},
            {"required": ["message"], "properties": {"message": of_user}},
        ],
    });
    components.share("UiChatRequest", request)
}

fn ui_message(part: &Value) -> Value {
    let parts = json!({"type": "array", "items": part});
    let content = json!({"anyOf": [{"type": "string"}, parts], "description": "As assistant-ui sends it."});
    json!({
        "type": "object",
        "properties": {
            "id": {"description": "The message's id."},
            "role": {"type": "string", "enum": ["system", "user", "assistant", "tool"]},
        },
        "required": ["role"],
        "anyOf": [
            {"properties": {"parts": parts}, "required": ["parts"]},
            {"properties": {"content": content}, "required": ["content"], "not": {"required": ["parts"]}},
        ],
    })
}

fn message_part() -> Value {
    let text = json!({"type": "string"});
    let part = |kind: Value, fields: &[&str]| {
        let properties = fields.iter().map(|field| ((*field).to_string(), text.clone()));
        let properties: Map<_, _> = properties.chain([("type".to_string(), kind)]).collect();
        let required: Vec<_> = properties.keys().cloned().collect();
        json!({"type": "object", "properties": properties, "required": required})
    };
    let mut other = part(json!({"type": "string", "not": {"enum": ["text", "file"]}}), &[]);
    other["description"] = "Answered calls of tools go to the chain; all else is left out.".into();
    json!({"anyOf": [
        part(json!({"const": "text"}), &["text"]),
        part(json!({"const": "file"}), &["mediaType", "url"]),
        part(json!({"const": "file"}), &["mediaType", "data"]),
        other,
    ]})
}
