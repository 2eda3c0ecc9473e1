//! Messages as chat completions take them. Pure.

use super::content::{self, Api, Refused, Speaker, is_type};
use crate::python_json;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::{AiMessage, Content, InvalidToolCall, Message, Metadata, ToolCall};

/// A conversation on its way out.
pub(super) struct WireMessages<'a> {
    messages: Vec<WireMessage<'a>>,
    /// Whether the system role is called `developer`.
    developer: bool,
}

struct WireMessage<'a> {
    message: &'a Message,
    /// The blocks of its content as the API takes them; `None` for text.
    blocks: Option<Vec<Cow<'a, Value>>>,
}

impl<'a> WireMessages<'a> {
    pub(super) fn new(messages: &'a [Message], developer: bool) -> Result<Self, Refused> {
        let messages = messages.iter().map(|message| Ok(WireMessage { message, blocks: blocks(message)? }));
        Ok(WireMessages { messages: messages.collect::<Result<_, _>>()?, developer })
    }
}

impl Serialize for WireMessages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.messages.iter().map(|message| (message, self.developer)).map(Spoken))
    }
}

/// The blocks of a message's content, as its speaker may send them.
fn blocks(message: &Message) -> Result<Option<Vec<Cow<'_, Value>>>, Refused> {
    let (content, speaker) = (message.content(), speaker(message));
    let blocks = content::blocks(content, Api::ChatCompletions, speaker)?;
    Ok(blocks.map(|blocks| match message {
        Message::Ai(_) => blocks.into_iter().filter_map(own_block).collect(),
        Message::Tool(_) => blocks.into_iter().map(tool_block).collect(),
        Message::System(_) | Message::Human(_) | Message::Function(_) | Message::Chat(_) => blocks,
    }))
}

pub(super) fn speaker(message: &Message) -> Speaker {
    match message {
        Message::Ai(_) => Speaker::Ai,
        Message::System(_) => Speaker::System,
        Message::Human(_) | Message::Tool(_) | Message::Function(_) | Message::Chat(_) => Speaker::Other,
    }
}

/// A block of what a model said: its thoughts and calls stand elsewhere, and of text only the text goes out.
fn own_block(block: Cow<'_, Value>) -> Option<Cow<'_, Value>> {
    match block.get("type").and_then(Value::as_str) {
        Some("reasoning" | "tool_call" | "invalid_tool_call") => None,
        Some("text") => Some(Cow::Owned(json!({"type": "text", "text": block.get("text")}))),
        _ => Some(block),
    }
}

fn tool_block(block: Cow<'_, Value>) -> Cow<'_, Value> {
    content::plain_text(&block).map_or(block, Cow::Owned)
}

struct Spoken<'a, 'b>((&'b WireMessage<'a>, bool));

impl Serialize for Spoken<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Spoken((wire, developer)) = self;
        let mut map = serializer.serialize_map(None)?;
        let role = role(wire.message, *developer);
        if let Message::Ai(message) = wire.message {
            assistant(&mut map, message, wire)?;
        } else {
            wire.content(&mut map)?;
            if let Some(name) = name(wire.message) {
                map.serialize_entry("name", &name)?;
            }
            map.serialize_entry("role", role)?;
        }
        if let Message::Tool(message) = wire.message {
            map.serialize_entry("tool_call_id", &message.tool_call_id)?;
        }
        map.end()
    }
}

impl WireMessage<'_> {
    fn content<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match (&self.blocks, self.message.content()) {
            (Some(blocks), _) => map.serialize_entry("content", blocks),
            (None, content) => map.serialize_entry("content", content),
        }
    }

    fn is_empty(&self) -> bool {
        match (&self.blocks, self.message.content()) {
            (Some(blocks), _) => blocks.is_empty(),
            (None, content) => content.is_empty(),
        }
    }
}

/// The role, whatever the API.
pub(super) fn role(message: &Message, developer: bool) -> &str {
    let plain = if developer { "developer" } else { "system" };
    match message {
        Message::System(message) => {
            match message.additional_kwargs.get("__openai_role__").and_then(Value::as_str) {
                None | Some("system") => plain,
                Some(own) => own,
            }
        }
        Message::Human(_) => "user",
        Message::Ai(_) => "assistant",
        Message::Tool(_) => "tool",
        Message::Function(_) => "function",
        Message::Chat(message) if message.role == "system" => plain,
        Message::Chat(message) => &message.role,
    }
}

/// Who spoke, where the API takes it.
fn name(message: &Message) -> Option<Cow<'_, Value>> {
    let named = |name: &Option<String>, more: Option<&'_ Metadata>| {
        let own = name.as_ref().filter(|name| !name.is_empty()).map(|name| Value::from(name.as_str()));
        own.or_else(|| more?.get("name").filter(|name| !name.is_null()).cloned()).map(Cow::Owned)
    };
    match message {
        Message::System(message) => named(&message.name, Some(&message.additional_kwargs)),
        Message::Human(message) => named(&message.name, Some(&message.additional_kwargs)),
        Message::Ai(message) => named(&message.name, Some(&message.additional_kwargs)),
        Message::Chat(message) => named(&message.name, None),
        Message::Function(message) => Some(Cow::Owned(message.name.as_str().into())),
        Message::Tool(_) => None,
    }
}

fn assistant<M: SerializeMap>(
    map: &mut M,
    message: &AiMessage,
    wire: &WireMessage<'_>,
) -> Result<(), M::Error> {
    let calls = calls(message);
    let function_call = message.additional_kwargs.get("function_call").filter(|_| calls.is_none());
    if (calls.is_some() || function_call.is_some()) && wire.is_empty() {
        map.serialize_entry("content", &())?;
    } else {
        wire.content(map)?;
    }
    if let Some(name) = name(wire.message) {
        map.serialize_entry("name", &name)?;
    }
    map.serialize_entry("role", "assistant")?;
    if let Some(calls) = &calls {
        map.serialize_entry("tool_calls", calls)?;
    }
    if let Some(call) = function_call {
        map.serialize_entry("function_call", call)?;
    }
    match audio(message) {
        Some(audio) => map.serialize_entry("audio", &audio),
        None => Ok(()),
    }
}

/// What the model said aloud goes back as its id alone.
fn audio(message: &AiMessage) -> Option<Value> {
    let blocks = if let Content::Blocks(blocks) = &message.content { blocks.as_slice() } else { &[] };
    let mut ids = blocks.iter().filter(|block| is_type(block, "audio")).filter_map(|block| block.get("id"));
    if let Some(id) = ids.rfind(|id| !id.is_null() && *id != "") {
        return Some(json!({"id": id}));
    }
    let raw = message.additional_kwargs.get("audio").filter(|raw| !raw.is_null())?;
    Some(raw.get("id").map_or_else(|| raw.clone(), |id| json!({"id": id})))
}

/// The calls of tools; those in vendor form only where there are no others.
pub(super) fn calls(message: &AiMessage) -> Option<Vec<WireCall<'_>>> {
    let valid = message.tool_calls.iter().map(WireCall::Valid);
    let all: Vec<_> = valid.chain(message.invalid_tool_calls.iter().map(WireCall::Invalid)).collect();
    if !all.is_empty() {
        return Some(all);
    }
    let raw = message.additional_kwargs.get("tool_calls")?.as_array()?;
    Some(raw.iter().filter_map(Value::as_object).map(WireCall::Raw).collect())
}

pub(super) enum WireCall<'a> {
    Valid(&'a ToolCall),
    Invalid(&'a InvalidToolCall),
    Raw(&'a Map<String, Value>),
}

#[derive(Serialize)]
struct WireFunction<'a> {
    name: Option<&'a str>,
    arguments: Option<&'a str>,
}

impl Serialize for WireCall<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written;
        let (id, name, arguments) = match self {
            WireCall::Raw(call) => {
                return serializer.collect_map(
                    call.iter().filter(|(key, _)| matches!(key.as_str(), "id" | "type" | "function")),
                );
            }
            WireCall::Valid(call) => {
                written = python_json::dumps(&call.args).map_err(serde::ser::Error::custom)?;
                (&call.id, Some(call.name.as_str()), Some(written.as_str()))
            }
            WireCall::Invalid(call) => (&call.id, call.name.as_deref(), call.args.as_deref()),
        };
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("type", "function")?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("function", &WireFunction { name, arguments })?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(messages: Value, developer: bool, expect: &str) {
        let messages: Vec<Message> = serde_json::from_value(messages).unwrap();
        let wire = WireMessages::new(&messages, developer).unwrap();
        assert_eq!(serde_json::to_string(&wire).unwrap(), expect);
    }

    #[test]
    fn roles_and_names() {
        let conversation = json!([
            {"type": "system", "content": "Be kind."},
            {"type": "human", "content": "Hi", "name": "ann"},
            {"type": "ai", "content": "Hello"},
            {"type": "tool", "content": "{}", "tool_call_id": "1", "name": "dropped"},
        ]);
        check(
            conversation,
            false,
            concat!(
                r#"[{"content":"Be kind.","role":"system"},{"content":"Hi","name":"ann","role":"user"},"#,
                r#"{"content":"Hello","role":"assistant"},{"content":"{}","role":"tool","tool_call_id":"1"}]"#
            ),
        );
        let system = json!([{"type": "system", "content": "x"}]);
        check(system, true, r#"[{"content":"x","role":"developer"}]"#);
    }

    #[test]
    fn arguments_of_tools_are_written_as_python_writes_them() {
        let message = json!([{"type": "ai", "content": "", "tool_calls": [
            {"id": "call_1", "name": "get_weather", "args": {"city": "Zürich", "n": 1.0, "nested": {"a": [true, null]}}},
            {"id": "call_2", "name": "noargs", "args": {}},
        ]}]);
        check(
            message,
            false,
            concat!(
                r#"[{"content":null,"role":"assistant","tool_calls":["#,
                r#"{"type":"function","id":"call_1","function":{"name":"get_weather","#,
                r#""arguments":"{\"city\": \"Zürich\", \"n\": 1.0, \"nested\": {\"a\": [true, null]}}"}},"#,
                r#"{"type":"function","id":"call_2","function":{"name":"noargs","arguments":"{}"}}]}]"#
            ),
        );
    }

    #[test]
    fn what_could_not_be_read_goes_back_as_it_came() {
        let message = json!([{"type": "ai", "content": "Thinking", "invalid_tool_calls": [
            {"id": "call_3", "name": "bad", "args": "{oops", "error": "no"},
        ]}]);
        check(
            message,
            false,
            concat!(
                r#"[{"content":"Thinking","role":"assistant","tool_calls":["#,
                r#"{"type":"function","id":"call_3","function":{"name":"bad","arguments":"{oops"}}]}]"#
            ),
        );
    }

    #[test]
    fn calls_in_vendor_form_are_used_only_alone() {
        let raw = json!({"tool_calls": [{"id": "a", "type": "function", "function": {}, "index": 0}]});
        let message = json!([{"type": "ai", "content": "", "additional_kwargs": raw}]);
        let expect = r#"[{"content":null,"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{}}]}]"#;
        check(message, false, expect);
    }
}
