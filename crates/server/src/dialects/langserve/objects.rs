//! Values as LangServe's clients read them: messages with all their fields, in LangServe's order.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use windlass_core::{
    AiMessage, InvalidToolCall, Message, Metadata, Part, PromptValue, ToolCall, ToolCallChunk, Val,
};

/// A value, wherever it stands.
pub(super) struct Object<'a>(pub(super) &'a Val);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Val::List(items) => serializer.collect_seq(items.iter().map(Object)),
            Val::Dict(dict) | Val::AddDict(dict) => {
                serializer.collect_map(dict.iter().map(|(key, val)| (key, Object(val))))
            }
            Val::Message(message) => OneMessage(message).serialize(serializer),
            Val::Prompt(prompt) => Prompt { prompt, tagged: false }.serialize(serializer),
            plain => plain.serialize(serializer),
        }
    }
}

/// A value as a tree of JSON.
pub(super) fn to_json(val: &Val) -> Value {
    serde_json::to_value(Object(val)).unwrap_or_default()
}

/// The whole output of a run. A prompt is tagged here as it is nowhere else.
pub(super) struct WholeOutput<'a>(pub(super) &'a Val);

impl Serialize for WholeOutput<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Val::Prompt(prompt) => Prompt { prompt, tagged: true }.serialize(serializer),
            other => Object(other).serialize(serializer),
        }
    }
}

struct Prompt<'a> {
    prompt: &'a PromptValue,
    tagged: bool,
}

impl Serialize for Prompt<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.prompt {
            PromptValue::Text(text) => {
                map.serialize_entry("text", text)?;
                map.serialize_entry("type", "StringPromptValue")?;
            }
            PromptValue::Messages(messages) => {
                map.serialize_entry("messages", &messages.iter().map(OneMessage).collect::<Vec<_>>())?;
                if self.tagged {
                    map.serialize_entry("type", "ChatPromptValueConcrete")?;
                }
            }
        }
        map.end()
    }
}

/// A message with every field that its class has.
pub(super) struct OneMessage<'a>(pub(super) &'a Message);

/// The fields of every message.
struct Common<'a> {
    additional_kwargs: &'a Metadata,
    response_metadata: &'a Metadata,
    tag: &'static str,
    name: Option<&'a str>,
    id: Option<&'a str>,
}

macro_rules! common {
    ($tag:expr, $message:expr) => {
        Common {
            additional_kwargs: &$message.additional_kwargs,
            response_metadata: &$message.response_metadata,
            tag: $tag,
            name: $message.name.as_deref(),
            id: $message.id.as_deref(),
        }
    };
}

impl<'a> Common<'a> {
    fn of(message: &'a Message) -> Self {
        match message {
            Message::System(one) => common!("system", one),
            Message::Human(one) => common!("human", one),
            Message::Tool(one) => common!("tool", one),
            Message::Chat(one) => common!("chat", one),
            Message::Function(one) => Common {
                additional_kwargs: &one.additional_kwargs,
                response_metadata: &one.response_metadata,
                tag: "function",
                name: Some(&one.name),
                id: one.id.as_deref(),
            },
            Message::Ai(one) => match one.part {
                Part::Human => common!("human", one),
                Part::Whole => common!("ai", one),
                Part::Piece | Part::Last => common!("AIMessageChunk", one),
            },
        }
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("additional_kwargs", &**self.additional_kwargs)?;
        map.serialize_entry("response_metadata", &**self.response_metadata)?;
        map.serialize_entry("type", self.tag)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("id", &self.id)
    }
}

impl Serialize for OneMessage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("content", self.0.content())?;
        Common::of(self.0).write(&mut map)?;
        match self.0 {
            Message::Ai(message) if message.part != Part::Human => ai_fields(&mut map, message)?,
            Message::Tool(message) => {
                map.serialize_entry("tool_call_id", &message.tool_call_id)?;
                map.serialize_entry("artifact", &message.artifact)?;
                map.serialize_entry("status", message.status.as_deref().unwrap_or("success"))?;
            }
            Message::Chat(message) => map.serialize_entry("role", &message.role)?,
            _ => {}
        }
        map.end()
    }
}

/// What only the model's messages have. A piece shows what its own parts of calls would be, were they all.
fn ai_fields<M: SerializeMap>(map: &mut M, message: &AiMessage) -> Result<(), M::Error> {
    let is_piece = message.part != Part::Whole;
    if is_piece && !message.tool_call_chunks.is_empty() {
        let (calls, invalid) = message.calls_so_far();
        calls_of(map, &calls, &invalid)?;
    } else {
        calls_of(map, &message.tool_calls, &message.invalid_tool_calls)?;
    }
    map.serialize_entry("usage_metadata", &message.usage)?;
    if is_piece {
        let chunks: Vec<_> = message.tool_call_chunks.iter().map(CallChunk::of).collect();
        map.serialize_entry("tool_call_chunks", &chunks)?;
        map.serialize_entry("chunk_position", &(message.part == Part::Last).then_some("last"))?;
    }
    Ok(())
}

fn calls_of<M: SerializeMap>(
    map: &mut M,
    calls: &[ToolCall],
    invalid: &[InvalidToolCall],
) -> Result<(), M::Error> {
    map.serialize_entry("tool_calls", &calls.iter().map(Call::of).collect::<Vec<_>>())?;
    map.serialize_entry("invalid_tool_calls", &invalid.iter().map(InvalidCall::of).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct Call<'a> {
    name: &'a str,
    args: &'a Map<String, Value>,
    id: Option<&'a str>,
    r#type: &'static str,
}

impl<'a> Call<'a> {
    fn of(call: &'a ToolCall) -> Self {
        Call { name: &call.name, args: &call.args, id: call.id.as_deref(), r#type: "tool_call" }
    }
}

#[derive(Serialize)]
struct InvalidCall<'a> {
    r#type: &'static str,
    id: Option<&'a str>,
    name: Option<&'a str>,
    args: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> InvalidCall<'a> {
    fn of(call: &'a InvalidToolCall) -> Self {
        InvalidCall {
            r#type: "invalid_tool_call",
            id: call.id.as_deref(),
            name: call.name.as_deref(),
            args: call.args.as_deref(),
            error: call.error.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct CallChunk<'a> {
    name: Option<&'a str>,
    args: Option<&'a str>,
    id: Option<&'a str>,
    index: Option<usize>,
    r#type: &'static str,
}

impl<'a> CallChunk<'a> {
    fn of(chunk: &'a ToolCallChunk) -> Self {
        CallChunk {
            name: chunk.name.as_deref(),
            args: chunk.args.as_deref(),
            id: chunk.id.as_deref(),
            index: chunk.index,
            r#type: "tool_call_chunk",
        }
    }
}

#[cfg(test)]
mod tests;
