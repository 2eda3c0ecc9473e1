//! Messages as people write them, read as LangChain's `convert_to_messages` reads them.

mod schema;
mod stored;
mod tool_calls;

pub use schema::messages_schema;

use super::Role;
use crate::{
    AiMessage, ChatMessage, Content, Dict, FunctionMessage, HumanMessage, Message, Metadata, Number,
    SystemMessage, ToolMessage, Val,
    python::{self, PythonError},
};
use serde_json::Value;
use std::mem::take;

/// What LangChain's documentation calls such errors.
const COERCION: &str = "MESSAGE_COERCION_FAILURE";

/// The classes whose serialised form is read as a message; the data never chooses a class beyond these.
const CLASSES: [(&str, &str); 11] = [
    ("HumanMessage", "human"),
    ("HumanMessageChunk", "human"),
    ("AIMessage", "ai"),
    ("AIMessageChunk", "ai"),
    ("SystemMessage", "system"),
    ("SystemMessageChunk", "system"),
    ("FunctionMessage", "function"),
    ("FunctionMessageChunk", "function"),
    ("ToolMessage", "tool"),
    ("ToolMessageChunk", "tool"),
    ("RemoveMessage", "remove"),
];

/// A message as people write one: a message, plain text (human), `["human", "text"]`, `{"role", "content"}`,
/// `{"type", "content"}`, or LangChain's serialised form. Errors are Python's.
///
/// What of this is JSON is what [`messages_schema`] lets in, so that an accepted input does not fail later.
pub(crate) fn message_from(val: Val) -> Result<Message, PythonError> {
    match val {
        Val::Message(message) => Ok(*message),
        Val::Text(text) => Ok(Message::human(text)),
        Val::List(pair) => match <[Val; 2]>::try_from(pair) {
            Ok([role, content]) => create(&role, content, Dict::new()),
            Err(_) => {
                let text = "Message as a sequence must be (role string, template)";
                Err(PythonError::new("NotImplementedError", text))
            }
        },
        Val::Dict(dict) | Val::AddDict(dict) => from_dict(dict),
        other => {
            let text = format!("Unsupported message type: {}", python::class_of(&other));
            Err(PythonError::new("NotImplementedError", text).with_link(COERCION))
        }
    }
}

fn from_dict(mut dict: Dict) -> Result<Message, PythonError> {
    if let Some(message) = dumped(&dict) {
        return Ok(message);
    }
    if let Some(kind) = serialised_kind(&dict) {
        let Some(Val::Dict(kwargs) | Val::AddDict(kwargs)) = dict.get_mut("kwargs").map(take_val) else {
            return Err(PythonError::key("kwargs"));
        };
        dict = Dict::from_iter([("type".into(), kind.into())]);
        dict.extend(kwargs);
    }
    let word = if dict.contains_key("role") { "role" } else { "type" };
    if !dict.contains_key(word) || !dict.contains_key("content") {
        let shown = python::repr(&Val::Dict(dict));
        let text = format!("Message dict must contain 'role' and 'content' keys, got {shown}");
        return Err(PythonError::value(text).with_link(COERCION));
    }
    let role = dict.shift_remove(word).unwrap_or(Val::Null);
    let content = dict.shift_remove("content").unwrap_or(Val::Null);
    let content = if content.is_truthy() { content } else { "".into() };
    create(&role, content, dict)
}

/// A message whose type is one that LangChain's clients send but `convert_to_messages` does not know: a piece's, or that of
/// a role of the vendor's own.
fn dumped(dict: &Dict) -> Option<Message> {
    let Val::Text(word) = dict.get("type")? else { return None };
    let spoken = dict.get("role").and_then(|role| class_of(word_of(role).ok()?));
    let piece = word.ends_with("MessageChunk") && !dict.contains_key("role");
    let named = matches!(word.as_str(), "chat" | "generic" | "ChatMessageChunk") && spoken.is_none();
    (piece || named).then(|| Message::dumped(&Value::from(Val::Dict(dict.clone()))))?
}

fn take_val(val: &mut Val) -> Val {
    std::mem::replace(val, Val::Null)
}

/// The kind of a message in LangChain's serialised form.
fn serialised_kind(dict: &Dict) -> Option<&'static str> {
    let one = match dict.get("lc")? {
        Val::Number(number) => number.same(&Number::Int(1)),
        Val::Bool(bool) => *bool,
        _ => false,
    };
    let constructor = dict.get("type") == Some(&"constructor".into());
    let (Val::List(id), Val::Dict(_) | Val::AddDict(_)) = (dict.get("id")?, dict.get("kwargs")?) else {
        return None;
    };
    let Some(Val::Text(class)) = id.last().filter(|_| one && constructor) else { return None };
    CLASSES.iter().find(|(name, _)| name == class).map(|(_, kind)| *kind)
}

/// The fields of a message that is being read.
struct Fields {
    class: &'static str,
    content: Content,
    name: Option<String>,
    id: Option<String>,
    additional_kwargs: Metadata,
    response_metadata: Metadata,
}

fn create(role: &Val, content: Val, mut rest: Dict) -> Result<Message, PythonError> {
    let word = word_of(role)?;
    let name = present(&mut rest, "name");
    let tool_call_id = present(&mut rest, "tool_call_id");
    let calls = present(&mut rest, "tool_calls");
    let id = present(&mut rest, "id");
    let (additional, response) = extras(rest)?;
    let calls = calls.map(tool_calls::read).transpose()?;
    let Some(class) = class_of(word) else { return Err(unexpected(role)) };
    let content = content_of(class, content)?;
    let mut fields = Fields {
        class,
        content,
        name: name.map(|name| text(name, class)).transpose()?,
        id: id.map(|id| text_or_number(id, class)).transpose()?,
        additional_kwargs: Metadata::default(),
        response_metadata: Metadata::from_iter(pairs(object(response, class)?)),
    };
    if class == "ToolMessage" {
        return fields.tool(tool_call_id, additional);
    }
    fields.additional_kwargs = Metadata::from_iter(pairs(additional));
    match class {
        "AIMessage" => fields.ai(calls.unwrap_or_default()),
        "FunctionMessage" => fields.function(),
        "SystemMessage" => Ok(fields.system(word == "developer")),
        "HumanMessage" => Ok(fields.human()),
        // There are no histories here that a message could be removed from.
        _ => Err(PythonError::new(
            "NotImplementedError",
            "a message that removes another has no place in a prompt",
        )),
    }
}

fn word_of(role: &Val) -> Result<&str, PythonError> {
    match role {
        Val::Text(word) => Ok(word),
        Val::List(_) | Val::Dict(_) | Val::AddDict(_) => {
            Err(PythonError::new("TypeError", format!("unhashable type: '{}'", python::type_name(role))))
        }
        _ => Ok(""),
    }
}

fn class_of(word: &str) -> Option<&'static str> {
    match word {
        "human" | "user" => Some("HumanMessage"),
        "ai" | "assistant" => Some("AIMessage"),
        "system" | "developer" => Some("SystemMessage"),
        "function" => Some("FunctionMessage"),
        "tool" => Some("ToolMessage"),
        "remove" => Some("RemoveMessage"),
        _ => None,
    }
}

fn unexpected(role: &Val) -> PythonError {
    let word = python::str(role);
    let words = "'human', 'user', 'ai', 'assistant', 'function', 'tool', 'system', or 'developer'";
    PythonError::value(format!("Unexpected message type: '{word}'. Use one of {words}.")).with_link(COERCION)
}

fn present(rest: &mut Dict, key: &str) -> Option<Val> {
    rest.shift_remove(key).filter(|val| *val != Val::Null)
}

/// What has no field of its own, and the metadata of the response.
fn extras(mut rest: Dict) -> Result<(Dict, Val), PythonError> {
    let response = rest.shift_remove("response_metadata").filter(Val::is_truthy);
    match rest.shift_remove("additional_kwargs") {
        None => {}
        Some(Val::Dict(more) | Val::AddDict(more)) => rest.extend(more),
        Some(Val::List(items)) if items.is_empty() => {}
        Some(Val::Text(text)) if text.is_empty() => {}
        Some(other) => {
            let text = format!("'{}' object is not iterable", python::type_name(&other));
            return Err(PythonError::new("TypeError", text));
        }
    }
    Ok((rest, response.unwrap_or_else(|| Val::Dict(Dict::new()))))
}

fn pairs(dict: Dict) -> impl Iterator<Item = (String, Value)> {
    dict.into_iter().map(|(key, val)| (key, Value::from(val)))
}

/// What pydantic says of a field; only its first line is worth imitating.
fn invalid(class: &str, problems: usize) -> PythonError {
    let s = if problems == 1 { "" } else { "s" };
    PythonError::new("ValidationError", format!("{problems} validation error{s} for {class}"))
}

fn object(val: Val, class: &str) -> Result<Dict, PythonError> {
    match val {
        Val::Dict(dict) | Val::AddDict(dict) => Ok(dict),
        _ => Err(invalid(class, 1)),
    }
}

fn text(val: Val, class: &str) -> Result<String, PythonError> {
    match val {
        Val::Text(text) => Ok(text),
        _ => Err(invalid(class, 1)),
    }
}

fn text_or_number(val: Val, class: &str) -> Result<String, PythonError> {
    match val {
        Val::Number(_) => Ok(python::str(&val)),
        other => text(other, class),
    }
}

/// Text or blocks; what a tool gives is turned into text where it is neither.
fn content_of(class: &str, content: Val) -> Result<Content, PythonError> {
    let tool = class == "ToolMessage";
    match content {
        Val::Text(text) => Ok(Content::Text(text)),
        Val::List(items) => {
            let blocks = items.into_iter().map(|item| match item {
                Val::Text(_) | Val::Dict(_) | Val::AddDict(_) => Ok(Value::from(item)),
                other if tool => Ok(Value::from(python::str(&other))),
                _ => Err(invalid(class, 2)),
            });
            blocks.collect::<Result<_, _>>().map(Content::Blocks)
        }
        other if tool => Ok(Content::Text(python::str(&other))),
        _ => Err(invalid(class, 2)),
    }
}

impl Fields {
    fn human(mut self) -> Message {
        let additional_kwargs = take(&mut self.additional_kwargs);
        Message::Human(HumanMessage {
            content: self.content,
            name: self.name,
            id: self.id,
            additional_kwargs,
            response_metadata: self.response_metadata,
        })
    }

    fn system(mut self, developer: bool) -> Message {
        let mut additional_kwargs = take(&mut self.additional_kwargs);
        if developer {
            additional_kwargs.insert("__openai_role__", "developer".into());
        }
        Message::System(SystemMessage {
            content: self.content,
            name: self.name,
            id: self.id,
            additional_kwargs,
            response_metadata: self.response_metadata,
        })
    }

    fn function(self) -> Result<Message, PythonError> {
        let Some(name) = self.name else { return Err(invalid(self.class, 1)) };
        let additional_kwargs = self.additional_kwargs;
        Ok(Message::Function(FunctionMessage {
            content: self.content,
            name,
            id: self.id,
            additional_kwargs,
            response_metadata: self.response_metadata,
        }))
    }

    fn tool(self, tool_call_id: Option<Val>, mut rest: Dict) -> Result<Message, PythonError> {
        let status = rest.shift_remove("status").filter(|status| *status != Val::Null);
        let status = status.map(|status| text(status, self.class)).transpose()?;
        if status.as_ref().is_some_and(|status| status != "success" && status != "error") {
            return Err(invalid(self.class, 1));
        }
        let artifact = rest.shift_remove("artifact").filter(|artifact| *artifact != Val::Null);
        let id = tool_call_id.ok_or_else(|| PythonError::key("tool_call_id"))?;
        let tool_call_id = text_or_number(id, self.class)?;
        Ok(Message::Tool(ToolMessage {
            content: self.content,
            tool_call_id,
            name: self.name,
            id: self.id,
            status,
            additional_kwargs: Metadata::from_iter(pairs(rest)),
            response_metadata: self.response_metadata,
            artifact: artifact.map(Value::from),
        }))
    }

    fn ai(self, calls: Vec<Val>) -> Result<Message, PythonError> {
        let raw = self.additional_kwargs.get("tool_calls").filter(|_| calls.is_empty());
        let (tool_calls, invalid_tool_calls) = match raw.and_then(Value::as_array) {
            Some(raw) => tool_calls::from_vendor(raw),
            None => (calls.into_iter().map(tool_calls::call).collect::<Result<_, _>>()?, Vec::new()),
        };
        Ok(Message::Ai(AiMessage {
            content: self.content,
            tool_calls,
            invalid_tool_calls,
            name: self.name,
            id: self.id.map(Into::into),
            additional_kwargs: self.additional_kwargs,
            response_metadata: self.response_metadata,
            ..AiMessage::default()
        }))
    }
}

/// Who speaks in a message template.
#[derive(Debug, Clone, PartialEq)]
pub enum Speaker {
    /// One of the roles that all vendors have.
    Role(Role),
    /// A role as the vendor's API names it.
    Named(String),
}

impl From<Role> for Speaker {
    fn from(role: Role) -> Self {
        Speaker::Role(role)
    }
}

impl Speaker {
    /// A message of this speaker.
    pub fn message(&self, content: Content, additional_kwargs: Metadata) -> Message {
        match self {
            Speaker::Role(Role::System) => {
                Message::System(SystemMessage { content, additional_kwargs, ..Default::default() })
            }
            Speaker::Role(Role::Human) => {
                Message::Human(HumanMessage { content, additional_kwargs, ..Default::default() })
            }
            Speaker::Role(Role::Ai) => {
                Message::Ai(AiMessage { content, additional_kwargs, ..Default::default() })
            }
            Speaker::Named(role) => {
                let role = role.clone();
                Message::Chat(ChatMessage { content, role, additional_kwargs, ..Default::default() })
            }
        }
    }
}

#[cfg(test)]
mod tests;
