//! Messages as the API takes them. Pure.

use super::content::WireContent;
use crate::python_json;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use windlass_core::{AiMessage, Content, InvalidToolCall, Message, SystemMessage, ToolCall, ToolMessage};

/// A conversation on its way out.
#[derive(Clone, Copy)]
pub(super) struct WireMessages<'a> {
    pub(super) messages: &'a [Message],
    /// Whether the system role is called `developer`.
    pub(super) developer: bool,
}

impl Serialize for WireMessages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.messages.iter().map(|message| WireMessage { message, developer: self.developer }),
        )
    }
}

struct WireMessage<'a> {
    message: &'a Message,
    developer: bool,
}

impl Serialize for WireMessage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.message {
            Message::System(message) => {
                plain(
                    &mut map,
                    &message.content,
                    system_role(message, self.developer),
                    message.name.as_deref(),
                )?;
            }
            Message::Human(message) => plain(&mut map, &message.content, "user", message.name.as_deref())?,
            Message::Ai(message) => assistant(&mut map, message)?,
            Message::Tool(message) => tool(&mut map, message)?,
            Message::Function(message) => plain(&mut map, &message.content, "function", Some(&message.name))?,
            Message::Chat(message) => {
                plain(&mut map, &message.content, &message.role, message.name.as_deref())?
            }
        }
        map.end()
    }
}

fn system_role(message: &SystemMessage, developer: bool) -> &str {
    let own = message.additional_kwargs.get("__openai_role__").and_then(Value::as_str);
    own.unwrap_or(if developer { "developer" } else { "system" })
}

fn plain<M: SerializeMap>(
    map: &mut M,
    content: &Content,
    role: &str,
    name: Option<&str>,
) -> Result<(), M::Error> {
    map.serialize_entry("content", &WireContent(content))?;
    map.serialize_entry("role", role)?;
    match name {
        Some(name) => map.serialize_entry("name", name),
        None => Ok(()),
    }
}

fn tool<M: SerializeMap>(map: &mut M, message: &ToolMessage) -> Result<(), M::Error> {
    plain(map, &message.content, "tool", None)?;
    map.serialize_entry("tool_call_id", &message.tool_call_id)
}

fn assistant<M: SerializeMap>(map: &mut M, message: &AiMessage) -> Result<(), M::Error> {
    let calls = calls(message);
    let function_call = message.additional_kwargs.get("function_call").filter(|_| calls.is_none());
    if message.content.is_empty() && (calls.is_some() || function_call.is_some()) {
        map.serialize_entry("content", &())?;
    } else {
        map.serialize_entry("content", &WireContent(&message.content))?;
    }
    map.serialize_entry("role", "assistant")?;
    if let Some(name) = &message.name {
        map.serialize_entry("name", name)?;
    }
    if let Some(calls) = &calls {
        map.serialize_entry("tool_calls", calls)?;
    }
    match function_call {
        Some(call) => map.serialize_entry("function_call", call),
        None => Ok(()),
    }
}

/// The calls of tools; those in vendor form only where there are no others.
fn calls(message: &AiMessage) -> Option<Vec<WireCall<'_>>> {
    let valid = message.tool_calls.iter().map(WireCall::Valid);
    let all: Vec<_> = valid.chain(message.invalid_tool_calls.iter().map(WireCall::Invalid)).collect();
    if !all.is_empty() {
        return Some(all);
    }
    let raw = message.additional_kwargs.get("tool_calls")?.as_array()?;
    Some(raw.iter().filter_map(Value::as_object).map(WireCall::Raw).collect())
}

enum WireCall<'a> {
    Valid(&'a ToolCall),
    Invalid(&'a InvalidToolCall),
    Raw(&'a Map<String, Value>),
}

#[derive(Serialize)]
struct WireFunction<'a> {
    name: Option<&'a str>,
    arguments: &'a str,
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
                (&call.id, Some(call.name.as_str()), written.as_str())
            }
            WireCall::Invalid(call) => {
                (&call.id, call.name.as_deref(), call.args.as_deref().unwrap_or_default())
            }
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
        let wire = WireMessages { messages: &messages, developer };
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
                r#"[{"content":"Be kind.","role":"system"},{"content":"Hi","role":"user","name":"ann"},"#,
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
