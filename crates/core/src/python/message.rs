//! Messages and prompts as pydantic prints them: `content='x' additional_kwargs={} response_metadata={}`.

use super::repr;
use crate::{AiMessage, Content, InvalidToolCall, Message, Metadata, Part, PromptValue, ToolCall, Val};
use serde_json::{Value, json};

/// The name of the message's class.
pub(super) fn class_name(message: &Message) -> &'static str {
    match message {
        Message::System(_) => "SystemMessage",
        Message::Human(_) => "HumanMessage",
        Message::Ai(message) => match message.part {
            Part::Human => "HumanMessage",
            Part::Whole => "AIMessage",
            Part::Piece | Part::Last => "AIMessageChunk",
        },
        Message::Tool(_) => "ToolMessage",
        Message::Function(_) => "FunctionMessage",
        Message::Chat(_) => "ChatMessage",
    }
}

/// `str(type(message))`.
pub(super) fn class(message: &Message) -> String {
    let module = match message {
        Message::System(_) => "system",
        Message::Human(_) => "human",
        Message::Ai(message) if message.part == Part::Human => "human",
        Message::Ai(_) => "ai",
        Message::Tool(_) => "tool",
        Message::Function(_) => "function",
        Message::Chat(_) => "chat",
    };
    format!("<class 'langchain_core.messages.{module}.{}'>", class_name(message))
}

/// The name of the prompt's class.
pub(super) fn prompt_class_name(prompt: &PromptValue) -> &'static str {
    match prompt {
        PromptValue::Text(_) => "StringPromptValue",
        PromptValue::Messages(_) => "ChatPromptValue",
    }
}

/// `text='x'`, or `messages=[...]`.
pub(super) fn prompt_fields(prompt: &PromptValue) -> String {
    match prompt {
        PromptValue::Text(text) => format!("text={}", super::quote(text)),
        PromptValue::Messages(messages) => format!("messages={}", repr(&Val::from(messages.clone()))),
    }
}

/// The fields that pydantic shows: those that are required, that differ from their default, or that are made anew
/// for each message.
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn add(&mut self, name: &'static str, value: Value) {
        self.0.push((name, repr(&Val::from(value))));
    }

    fn add_some(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push((name, super::quote(value)));
        }
    }

    fn content(content: &Content) -> Self {
        let content = match content {
            Content::Text(text) => Value::from(text.as_str()),
            Content::Blocks(blocks) => Value::from(blocks.clone()),
        };
        let mut fields = Fields(Vec::new());
        fields.add("content", content);
        fields
    }

    /// What all messages but a tool's show.
    fn common(
        content: &Content,
        extra: &Metadata,
        response: &Metadata,
        name: Option<&str>,
        id: Option<&str>,
    ) -> Self {
        let mut fields = Fields::content(content);
        fields.add("additional_kwargs", Value::Object((**extra).clone()));
        fields.add("response_metadata", Value::Object((**response).clone()));
        fields.add_some("name", name);
        fields.add_some("id", id);
        fields
    }
}

/// The fields of a message with a separator between them.
pub(super) fn fields(message: &Message, separator: &str) -> String {
    let fields = match message {
        Message::System(message) => {
            let (name, id) = (message.name.as_deref(), message.id.as_deref());
            Fields::common(&message.content, &message.additional_kwargs, &message.response_metadata, name, id)
        }
        Message::Human(message) => {
            let (name, id) = (message.name.as_deref(), message.id.as_deref());
            Fields::common(&message.content, &message.additional_kwargs, &message.response_metadata, name, id)
        }
        Message::Function(message) => {
            let (name, id) = (Some(message.name.as_str()), message.id.as_deref());
            Fields::common(&message.content, &message.additional_kwargs, &message.response_metadata, name, id)
        }
        Message::Chat(message) => {
            let (name, id) = (message.name.as_deref(), message.id.as_deref());
            let mut fields = Fields::common(
                &message.content,
                &message.additional_kwargs,
                &message.response_metadata,
                name,
                id,
            );
            fields.add("role", message.role.as_str().into());
            fields
        }
        Message::Tool(message) => {
            let mut fields = Fields::content(&message.content);
            fields.add_some("name", message.name.as_deref());
            fields.add_some("id", message.id.as_deref());
            fields.add("tool_call_id", message.tool_call_id.as_str().into());
            if let Some(artifact) = &message.artifact {
                fields.add("artifact", artifact.clone());
            }
            fields.add_some("status", message.status.as_deref().filter(|status| *status != "success"));
            fields
        }
        Message::Ai(message) => of_ai(message),
    };
    let shown: Vec<_> = fields.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
    shown.join(separator)
}

fn of_ai(message: &AiMessage) -> Fields {
    let (name, id) = (message.name.as_deref(), message.id.as_deref());
    let mut fields =
        Fields::common(&message.content, &message.additional_kwargs, &message.response_metadata, name, id);
    if message.part == Part::Human {
        return fields;
    }
    let (calls, invalid): (Vec<_>, Vec<_>) = match message.tool_call_chunks.is_empty() {
        true => (
            message.tool_calls.iter().map(tool_call).collect(),
            message.invalid_tool_calls.iter().map(invalid_call).collect(),
        ),
        false => {
            let (calls, invalid) = message.calls_so_far();
            (calls.iter().map(tool_call).collect(), invalid.iter().map(invalid_call_of_pieces).collect())
        }
    };
    fields.add("tool_calls", calls.into());
    fields.add("invalid_tool_calls", invalid.into());
    if let Some(usage) = &message.usage {
        fields.add("usage_metadata", serde_json::to_value(usage).unwrap_or_default());
    }
    let chunks = message.tool_call_chunks.iter().map(|chunk| {
        json!({"name": chunk.name, "args": chunk.args, "id": chunk.id, "index": chunk.index, "type": "tool_call_chunk"})
    });
    if message.part > Part::Whole {
        fields.add("tool_call_chunks", chunks.collect());
    }
    fields.add_some("chunk_position", Some("last").filter(|_| message.part == Part::Last));
    fields
}

/// What stands behind the text of an AI message where a conversation is written as text: its calls, if it has any.
pub(super) fn calls(message: &AiMessage) -> Option<String> {
    if message.tool_calls.is_empty() {
        let call = message.additional_kwargs.get("function_call")?;
        return Some(super::str(&Val::from(call.clone())));
    }
    let calls: Value = message.tool_calls.iter().map(tool_call).collect();
    Some(repr(&Val::from(calls)))
}

fn tool_call(call: &ToolCall) -> Value {
    json!({"name": call.name, "args": call.args, "id": call.id, "type": "tool_call"})
}

fn invalid_call(call: &InvalidToolCall) -> Value {
    json!({
        "type": "invalid_tool_call", "id": call.id, "name": call.name, "args": call.args, "error": call.error,
    })
}

/// The same as LangChain makes it of pieces.
fn invalid_call_of_pieces(call: &InvalidToolCall) -> Value {
    json!({
        "name": call.name, "args": call.args, "id": call.id, "error": call.error, "type": "invalid_tool_call",
    })
}
