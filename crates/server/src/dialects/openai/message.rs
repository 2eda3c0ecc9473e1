//! The messages of a request as messages of LangChain's.

use super::request::wrong;
use crate::error::ApiError;
use serde_json::{Map, Value};
use windlass_core::{
    AiMessage, Content, FunctionMessage, HumanMessage, InvalidToolCall, Message, ParsedCall, SystemMessage,
    ToolCall, ToolMessage,
};

type Object = Map<String, Value>;

/// The conversation, the oldest message first.
pub(super) fn read_all(messages: Option<Value>) -> Result<Vec<Message>, ApiError> {
    let wanted = "Input should be a list of one message or more";
    let Some(Value::Array(items)) = messages else { return Err(wrong(&["messages"], "list_type", wanted)) };
    if items.is_empty() {
        return Err(wrong(&["messages"], "too_short", wanted));
    }
    items.into_iter().enumerate().map(|(index, item)| Place(index.to_string()).read(item)).collect()
}

/// Which message it is, for errors.
struct Place(String);

impl Place {
    fn wrong(&self, path: &[&str], kind: &str, msg: &str) -> ApiError {
        let path: Vec<_> = ["messages", &self.0].iter().chain(path).copied().collect();
        wrong(&path, kind, msg)
    }

    fn read(&self, item: Value) -> Result<Message, ApiError> {
        let Value::Object(mut item) = item else {
            return Err(self.wrong(&[], "dict_type", "Input should be an object"));
        };
        let role = text(&mut item, "role").unwrap_or_default();
        let name = text(&mut item, "name");
        let content = item.remove("content");
        Ok(match role.as_str() {
            "system" | "developer" => {
                let content = self.content(content)?;
                Message::System(SystemMessage { content, name, ..SystemMessage::default() })
            }
            "user" => {
                let content = self.content(content)?;
                Message::Human(HumanMessage { content, name, ..HumanMessage::default() })
            }
            "assistant" => self.assistant(content, name, item)?,
            "tool" => {
                let wanted = "Input should be the id of the call that this answers";
                let tool_call_id = text(&mut item, "tool_call_id")
                    .ok_or_else(|| self.wrong(&["tool_call_id"], "missing", wanted))?;
                let content = self.content(content)?;
                Message::Tool(ToolMessage { content, tool_call_id, name, ..ToolMessage::default() })
            }
            "function" => {
                let name = name.ok_or_else(|| self.wrong(&["name"], "missing", "Field required"))?;
                let content = self.content(content)?;
                Message::Function(FunctionMessage { content, name, ..FunctionMessage::default() })
            }
            _ => {
                let wanted = "Input should be `developer`, `system`, `user`, `assistant` or `tool`";
                return Err(self.wrong(&["role"], "enum", wanted));
            }
        })
    }

    fn assistant(
        &self,
        content: Option<Value>,
        name: Option<String>,
        mut item: Object,
    ) -> Result<Message, ApiError> {
        let content = match content {
            None | Some(Value::Null) => Content::default(),
            content => self.content(content)?,
        };
        let mut message = AiMessage { content, name, ..AiMessage::default() };
        match item.remove("tool_calls") {
            None | Some(Value::Null) => {}
            Some(Value::Array(calls)) => {
                for (index, call) in calls.into_iter().enumerate() {
                    self.call(&mut message, &index.to_string(), call)?;
                }
            }
            Some(_) => {
                return Err(self.wrong(&["tool_calls"], "list_type", "Input should be a list of calls"));
            }
        }
        Ok(Message::Ai(message))
    }

    /// A call of a tool that the model made before.
    fn call(&self, message: &mut AiMessage, index: &str, call: Value) -> Result<(), ApiError> {
        let Value::Object(mut call) = call else {
            return Err(self.wrong(&["tool_calls", index], "dict_type", "Input should be an object"));
        };
        let Some((name, args, id)) = call_parts(&mut call) else {
            let wanted = "Input should be the id of a call, and a function's name and arguments";
            return Err(self.wrong(&["tool_calls", index], "value_error", wanted));
        };
        match ToolCall::parse(name.clone(), &args, id.clone()) {
            ParsedCall::Valid(call) => message.tool_calls.push(call),
            ParsedCall::Invalid(call) => message.invalid_tool_calls.push(call),
            ParsedCall::NoObject(_) => {
                let (name, args) = (Some(name), Some(args));
                message.invalid_tool_calls.push(InvalidToolCall { name, args, id, error: None });
            }
        }
        Ok(())
    }

    /// Text, or parts, which are content blocks as they are.
    fn content(&self, content: Option<Value>) -> Result<Content, ApiError> {
        match content {
            Some(Value::String(text)) => Ok(Content::Text(text)),
            Some(Value::Array(parts)) => {
                for (index, part) in parts.iter().enumerate() {
                    self.part(&index.to_string(), part)?;
                }
                Ok(Content::Blocks(parts))
            }
            _ => Err(self.wrong(&["content"], "string_type", "Input should be text, or a list of parts")),
        }
    }

    fn part(&self, index: &str, part: &Value) -> Result<(), ApiError> {
        let known = match part.get("type").and_then(Value::as_str) {
            Some("text") => part.get("text").is_some_and(Value::is_string),
            Some("image_url") => {
                part.get("image_url").and_then(|image| image.get("url")).is_some_and(Value::is_string)
            }
            Some(_) => true,
            None => false,
        };
        let wanted = "Input should be a part of content, such as {\"type\": \"text\", \"text\": \"...\"}";
        if known { Ok(()) } else { Err(self.wrong(&["content", index], "value_error", wanted)) }
    }
}

/// The name, the arguments and the id of a call.
fn call_parts(call: &mut Object) -> Option<(String, String, Option<String>)> {
    let Some(Value::Object(mut function)) = call.remove("function") else { return None };
    let name = text(&mut function, "name")?;
    let args = match function.remove("arguments") {
        None => String::new(),
        Some(Value::String(args)) => args,
        Some(_) => return None,
    };
    match call.remove("id") {
        None | Some(Value::Null) => Some((name, args, None)),
        Some(Value::String(id)) => Some((name, args, Some(id))),
        Some(_) => None,
    }
}

/// Takes the text under a key.
fn text(object: &mut Object, key: &str) -> Option<String> {
    match object.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
