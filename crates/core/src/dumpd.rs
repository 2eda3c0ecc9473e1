//! Values as `langchain_core.load.dumpd` writes them: messages and prompts as constructors, look-alikes escaped.

use crate::{
    AiMessage, Dict, InvalidToolCall, Message, Metadata, PromptValue, ToolCall, ToolCallChunk, Usage, Val,
    message::Part,
};
use serde_json::{Map, Value};

/// The value in LangChain's form.
///
/// ```
/// use windlass_core::{Message, dumpd};
///
/// let json = serde_json::Value::from(dumpd(Message::human("Hi").into()));
/// assert_eq!(json["id"], serde_json::json!(["langchain", "schema", "messages", "HumanMessage"]));
/// assert_eq!(json["kwargs"], serde_json::json!({"content": "Hi", "type": "human"}));
/// ```
pub fn dumpd(val: Val) -> Val {
    match val {
        Val::List(items) => Val::List(items.into_iter().map(dumpd).collect()),
        Val::Dict(dict) | Val::AddDict(dict) if looks_like_a_node(&dict) => {
            Val::Dict([("__lc_escaped__".into(), Val::Dict(dict))].into_iter().collect())
        }
        Val::Dict(dict) | Val::AddDict(dict) => {
            Val::Dict(dict.into_iter().map(|(key, val)| (key, dumpd(val))).collect())
        }
        Val::Message(message) => dumped_message(*message),
        Val::Prompt(prompt) => dumped_prompt(*prompt),
        other => other,
    }
}

/// Whether a reader would take a dict of the user's for something else.
fn looks_like_a_node(dict: &Dict) -> bool {
    dict.contains_key("lc") || (dict.len() == 1 && dict.contains_key("__lc_escaped__"))
}

fn constructor(namespace: &[&str], class: &str, kwargs: Dict) -> Val {
    let id = namespace.iter().chain([&class]).map(|part| Val::from(*part)).collect();
    let node = [
        ("lc", Val::from(1)),
        ("type", "constructor".into()),
        ("id", Val::List(id)),
        ("kwargs", Val::Dict(kwargs)),
    ];
    Val::Dict(node.map(|(key, val)| (key.to_string(), val)).into_iter().collect())
}

fn dumped_prompt(prompt: PromptValue) -> Val {
    match prompt {
        PromptValue::Text(text) => {
            let mut kwargs = Kwargs::default();
            kwargs.put("text", Val::Text(text));
            kwargs.put("type", "StringPromptValue");
            constructor(&["langchain", "prompts", "base"], "StringPromptValue", kwargs.0)
        }
        PromptValue::Messages(messages) => {
            let mut kwargs = Kwargs::default();
            kwargs.put("messages", Val::List(messages.into_iter().map(dumped_message).collect()));
            constructor(&["langchain", "prompts", "chat"], "ChatPromptValue", kwargs.0)
        }
    }
}

fn dumped_message(message: Message) -> Val {
    let mut kwargs = Kwargs::default();
    kwargs.put("content", Val::from(serde_json::to_value(message.content()).unwrap_or_default()));
    let class = match message {
        Message::System(message) => {
            kwargs.extras(&message.additional_kwargs, &message.response_metadata);
            kwargs.common("system", message.name, message.id);
            "SystemMessage"
        }
        Message::Human(message) => {
            kwargs.extras(&message.additional_kwargs, &message.response_metadata);
            kwargs.common("human", message.name, message.id);
            "HumanMessage"
        }
        Message::Ai(message) => kwargs.ai(message),
        Message::Tool(message) => {
            kwargs.extras(&message.additional_kwargs, &message.response_metadata);
            kwargs.common("tool", message.name, message.id);
            kwargs.put("tool_call_id", Val::Text(message.tool_call_id));
            if let Some(artifact) = message.artifact {
                kwargs.put("artifact", Val::from(artifact));
            }
            kwargs.put("status", message.status.unwrap_or_else(|| "success".into()));
            "ToolMessage"
        }
        Message::Function(message) => {
            kwargs.extras(&message.additional_kwargs, &message.response_metadata);
            kwargs.common("function", Some(message.name), message.id);
            "FunctionMessage"
        }
        Message::Chat(message) => {
            kwargs.extras(&message.additional_kwargs, &message.response_metadata);
            kwargs.common("chat", message.name, message.id);
            kwargs.put("role", message.role);
            "ChatMessage"
        }
    };
    constructor(&["langchain", "schema", "messages"], class, kwargs.0)
}

/// The arguments of a constructor, in LangChain's order.
#[derive(Default)]
struct Kwargs(Dict);

impl Kwargs {
    fn put(&mut self, key: &str, val: impl Into<Val>) {
        self.0.insert(key.into(), val.into());
    }

    fn put_object(&mut self, key: &str, object: &Metadata) {
        if !object.is_empty() {
            self.put(key, Val::from(Value::Object((**object).clone())));
        }
    }

    /// The objects that every message may have.
    fn extras(&mut self, additional: &Metadata, response: &Metadata) {
        self.put_object("additional_kwargs", additional);
        self.put_object("response_metadata", response);
    }

    /// What every message has, if it has it.
    fn common(&mut self, kind: &str, name: Option<String>, id: Option<String>) {
        self.put("type", kind);
        for (key, text) in [("name", name), ("id", id)] {
            if let Some(text) = text {
                self.put(key, text);
            }
        }
    }

    /// Gives the class's name.
    fn ai(&mut self, message: AiMessage) -> &'static str {
        if message.part == Part::Human {
            let id = message.id.map(|id| id.to_string());
            self.extras(&message.additional_kwargs, &message.response_metadata);
            self.common("human", message.name, id);
            return "HumanMessage";
        }
        let is_piece = message.part != Part::Whole;
        let (mut calls, mut invalid) = (message.tool_calls.clone(), message.invalid_tool_calls.clone());
        if is_piece && !message.tool_call_chunks.is_empty() {
            (calls, invalid) = message.calls_so_far();
        }
        let (class, kind) = if is_piece { ("AIMessageChunk", "AIMessageChunk") } else { ("AIMessage", "ai") };
        let id = message.id.map(|id| id.to_string());
        self.extras(&message.additional_kwargs, &message.response_metadata);
        self.common(kind, message.name, id);
        self.put("tool_calls", Val::List(calls.into_iter().map(call).collect()));
        self.put("invalid_tool_calls", Val::List(invalid.into_iter().map(invalid_call).collect()));
        if let Some(usage) = message.usage {
            self.put("usage_metadata", usage_metadata(&usage));
        }
        if is_piece && !message.tool_call_chunks.is_empty() {
            self.put(
                "tool_call_chunks",
                Val::List(message.tool_call_chunks.into_iter().map(call_chunk).collect()),
            );
        }
        if message.part == Part::Last {
            self.put("chunk_position", "last");
        }
        class
    }
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Val {
    Val::from(Value::Object(
        fields.into_iter().map(|(key, value)| (key.to_string(), value)).collect::<Map<_, _>>(),
    ))
}

fn call(call: ToolCall) -> Val {
    object([
        ("name", call.name.into()),
        ("args", call.args.into()),
        ("id", call.id.into()),
        ("type", "tool_call".into()),
    ])
}

fn invalid_call(call: InvalidToolCall) -> Val {
    object([
        ("name", call.name.into()),
        ("args", call.args.into()),
        ("id", call.id.into()),
        ("error", call.error.into()),
        ("type", "invalid_tool_call".into()),
    ])
}

fn call_chunk(chunk: ToolCallChunk) -> Val {
    object([
        ("name", chunk.name.into()),
        ("args", chunk.args.into()),
        ("id", chunk.id.into()),
        ("index", chunk.index.into()),
        ("type", "tool_call_chunk".into()),
    ])
}

fn usage_metadata(usage: &Usage) -> Val {
    let mut fields = Kwargs::default();
    let counts = [
        ("input_tokens", usage.input_tokens),
        ("output_tokens", usage.output_tokens),
        ("total_tokens", usage.total_tokens),
    ];
    for (key, count) in counts {
        fields.put(key, Val::from(Value::from(count)));
    }
    let details = [
        ("input_token_details", &usage.input_token_details),
        ("output_token_details", &usage.output_token_details),
    ];
    for (key, details) in details.into_iter().filter(|(_, details)| !details.is_absent()) {
        fields.put(key, Val::from(Value::Object((**details).clone())));
    }
    Val::Dict(fields.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(val: impl Into<Val>, class: &str, kwargs: &Value) {
        let dumped = Value::from(dumpd(val.into()));
        assert_eq!(dumped["id"][3], class);
        assert_eq!(dumped["kwargs"], *kwargs);
    }

    #[test]
    fn messages_are_constructors() {
        check(Message::system("s"), "SystemMessage", &json!({"content": "s", "type": "system"}));
        let tool = json!({"content": "x", "type": "tool", "tool_call_id": "1", "status": "success"});
        check(Message::tool("1", "x"), "ToolMessage", &tool);
        let whole = json!({"content": "a", "type": "ai", "tool_calls": [], "invalid_tool_calls": []});
        check(Message::ai("a"), "AIMessage", &whole);
    }

    #[test]
    fn a_piece_shows_its_calls_so_far() {
        let chunk = ToolCallChunk {
            index: Some(0),
            name: Some("f".into()),
            args: Some("{\"a\": [1".into()),
            ..ToolCallChunk::default()
        };
        let piece = AiMessage { tool_call_chunks: vec![chunk], part: Part::Last, ..AiMessage::default() };
        let expect = json!({
            "content": "", "type": "AIMessageChunk", "invalid_tool_calls": [], "chunk_position": "last",
            "tool_calls": [{"name": "f", "args": {"a": [1]}, "id": null, "type": "tool_call"}],
            "tool_call_chunks": [{"name": "f", "args": "{\"a\": [1", "id": null, "index": 0, "type": "tool_call_chunk"}],
        });
        check(piece, "AIMessageChunk", &expect);
    }

    #[test]
    fn data_that_looks_like_a_node_is_escaped_and_left_alone() {
        let data = json!({"a": [{"lc": 1, "x": {"lc": 2}}], "b": {"__lc_escaped__": 1}, "c": {"__lc_escaped__": 1, "d": 2}});
        let expect = json!({
            "a": [{"__lc_escaped__": {"lc": 1, "x": {"lc": 2}}}],
            "b": {"__lc_escaped__": {"__lc_escaped__": 1}},
            "c": {"__lc_escaped__": 1, "d": 2},
        });
        assert_eq!(Value::from(dumpd(data.into())), expect);
    }
}
