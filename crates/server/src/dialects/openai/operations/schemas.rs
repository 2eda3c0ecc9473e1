//! What is sent and answered, as JSON Schema; exactly what the server takes and refuses.

use serde_json::{Value, json};

/// An object with these properties, all required.
pub(super) fn object(properties: &Value) -> Value {
    let required: Vec<_> = properties.as_object().into_iter().flatten().map(|(key, _)| key).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

pub(super) fn model() -> Value {
    object(&json!({
        "id": {"type": "string", "description": "The chain's name."},
        "object": {"const": "model"},
        "created": {"type": "integer", "description": "When it was loaded, in seconds since 1970."},
        "owned_by": {"type": "string"},
    }))
}

pub(super) fn error() -> Value {
    object(&json!({"error": object(&json!({
        "message": {"type": "string", "description": "For people."},
        "type": {"type": "string"},
        "param": {"type": ["string", "null"], "description": "Which part of the request is wrong."},
        "code": {"type": "string", "description": "Stable; for programs."},
    }))}))
}

/// A request for one of these chains, some of which need a message of the user.
pub(super) fn request(names: &[&str], asked: &[&str]) -> Value {
    let model = if names.is_empty() { json!({"type": "string"}) } else { json!({"enum": names}) };
    let messages = json!({
        "type": "array",
        "description": "The conversation, the oldest message first.",
        "items": {"anyOf": [said(), assistant(), tool(), function()]},
        "minItems": 1,
    });
    let user = json!({"type": "object", "properties": {"role": {"const": "user"}}, "required": ["role"]});
    let flag = json!({"type": ["boolean", "null"]});
    let mut request = json!({
        "type": "object",
        "description": "What is not named here is ignored.",
        "properties": {
            "model": model,
            "messages": messages,
            "stream": flag,
            "stream_options": {"type": ["object", "null"], "properties": {"include_usage": flag}},
            "n": {"enum": [1, null]},
            "tools": {
                "type": ["array", "null"],
                "description": "For chains that pass them on to their model; ignored by others.",
                "items": {"anyOf": [named_tool("function"), named_tool("custom")]},
            },
        },
        "required": ["model", "messages"],
    });
    if names == asked {
        request["properties"]["messages"]["contains"] = user;
    } else if !asked.is_empty() {
        let other: Vec<_> = names.iter().filter(|name| !asked.contains(name)).collect();
        request["anyOf"] = json!([{"properties": {"model": {"enum": other}}}, {"properties": {"messages": {"contains": user}}}]);
    }
    request
}

fn named_tool(kind: &str) -> Value {
    object(&json!({"type": {"const": kind}, kind: object(&json!({"name": {"type": "string"}}))}))
}

fn content() -> Value {
    let image = object(&json!({"url": {"type": "string"}}));
    let other = json!({"type": "string", "not": {"enum": ["text", "image_url"]}});
    let parts = [
        object(&json!({"type": {"const": "text"}, "text": {"type": "string"}})),
        object(&json!({"type": {"const": "image_url"}, "image_url": image})),
        object(&json!({"type": other})),
    ];
    json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"anyOf": parts}}]})
}

fn said() -> Value {
    object(&json!({"role": {"enum": ["developer", "system", "user"]}, "content": content()}))
}

fn assistant() -> Value {
    let mut function = object(&json!({"name": {"type": "string"}}));
    function["properties"]["arguments"] = json!({"type": "string"});
    let mut call = object(&json!({"function": function}));
    call["properties"]["id"] = json!({"type": ["string", "null"]});
    json!({
        "type": "object",
        "properties": {
            "role": {"const": "assistant"},
            "content": {"anyOf": [content(), {"type": "null"}]},
            "tool_calls": {"type": ["array", "null"], "items": call},
        },
        "required": ["role"],
    })
}

fn tool() -> Value {
    object(&json!({"role": {"const": "tool"}, "tool_call_id": {"type": "string"}, "content": content()}))
}

fn function() -> Value {
    object(&json!({"role": {"const": "function"}, "name": {"type": "string"}, "content": content()}))
}

/// An event of a stream.
pub(super) fn event() -> Value {
    let data = "A `chat.completion.chunk`, or `{\"error\": ...}`, or at last `[DONE]`.";
    object(&json!({"data": {"type": "string", "description": data}}))
}

pub(super) fn completion() -> Value {
    let call = object(&json!({
        "id": {"type": "string"},
        "type": {"const": "function"},
        "function": object(&json!({"name": {"type": "string"}, "arguments": {"type": "string"}})),
    }));
    let mut message = object(&json!({
        "role": {"const": "assistant"},
        "content": {"type": ["string", "null"]},
        "refusal": {"type": "null"},
    }));
    message["properties"]["tool_calls"] = json!({"type": "array", "items": call});
    message["properties"]["reasoning_content"] = json!({"type": "string"});
    let choice = object(&json!({
        "index": {"const": 0},
        "message": message,
        "logprobs": {"type": "null"},
        "finish_reason": {"enum": ["stop", "length", "tool_calls", "content_filter"]},
    }));
    let count = json!({"type": "integer"});
    object(&json!({
        "id": {"type": "string"},
        "object": {"const": "chat.completion"},
        "created": {"type": "integer", "description": "In seconds since 1970."},
        "model": {"type": "string"},
        "choices": {"type": "array", "items": choice, "minItems": 1, "maxItems": 1},
        "usage": object(&json!({"prompt_tokens": count, "completion_tokens": count, "total_tokens": count})),
    }))
}
