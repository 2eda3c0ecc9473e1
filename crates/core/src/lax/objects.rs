//! Objects of LangChain's, in all forms in which its clients send them.

use super::form::Class;
use crate::{Dict, Message, PromptValue, Val};
use serde_json::{Map, Value};

/// The object; `None` if it is none of the class.
pub(super) fn read(class: &Class, value: &Value) -> Option<Val> {
    match class {
        Class::Message(types) => {
            let word = value.get("type").and_then(Value::as_str).filter(|_| value.get("role").is_none());
            let word = if word == Some("generic") { Some("chat") } else { word };
            let unwanted = |types: &Vec<String>| {
                word.is_some_and(|word| word != "constructor" && !types.iter().any(|known| known == word))
            };
            if types.as_ref().is_some_and(unwanted) {
                return None;
            }
            Message::from_stored(value).map(Val::from)
        }
        Class::TextPrompt => text_prompt(value).map(|text| prompt(PromptValue::Text(text))),
        Class::ChatPrompt => chat_prompt(value).map(|messages| prompt(PromptValue::Messages(messages))),
        Class::Document => document(value),
    }
}

fn prompt(prompt: PromptValue) -> Val {
    Val::Prompt(Box::new(prompt))
}

/// Whether an object says of itself to be of another class. JavaScript's says its path instead.
fn is_other(object: &Map<String, Value>, class: &str) -> bool {
    object.get("type").is_some_and(|word| word != class)
}

/// Python's has `text`; JavaScript's has `value`, and noise beside it.
fn text_prompt(value: &Value) -> Option<String> {
    let object = value.as_object().filter(|object| !is_other(object, "StringPromptValue"))?;
    let text = object.get("text").or_else(|| object.get("value").filter(|_| is_javascript(object)))?;
    text.as_str().map(String::from)
}

fn is_javascript(object: &Map<String, Value>) -> bool {
    object.contains_key("lc_namespace")
}

fn chat_prompt(value: &Value) -> Option<Vec<Message>> {
    let object = value.as_object().filter(|object| !is_other(object, "ChatPromptValueConcrete"))?;
    object.get("messages")?.as_array()?.iter().map(Message::from_stored).collect()
}

/// A document stays an object, with all fields that LangChain's has. JavaScript's writes `pageContent`.
fn document(value: &Value) -> Option<Val> {
    let object = value.as_object().filter(|object| !is_other(object, "Document"))?;
    let text = object.get("page_content").or_else(|| object.get("pageContent"))?.as_str()?;
    let id = match object.get("id") {
        None | Some(Value::Null) => Val::Null,
        Some(Value::String(id)) => id.as_str().into(),
        Some(Value::Number(id)) => id.to_string().into(),
        Some(_) => return None,
    };
    let metadata = match object.get("metadata") {
        None => Val::Dict(Dict::new()),
        Some(metadata) => Val::from(metadata.clone().as_object().cloned().map(Value::Object)?),
    };
    let fields =
        [("id", id), ("metadata", metadata), ("page_content", text.into()), ("type", "Document".into())];
    Some(Val::Dict(fields.into_iter().map(|(key, val)| (key.to_string(), val)).collect()))
}
