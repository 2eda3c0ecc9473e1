//! How a conversation feeds an input of which nothing more is known than its schema.

use super::{
    ConversationInput, Feed,
    fit::{Part, required},
};
use serde_json::{Map, Value};

/// The one way there is, or why there is none. `takes_messages` says that the chain begins with a model.
pub(super) fn of_schema(schema: &Value, takes_messages: bool) -> Result<ConversationInput, String> {
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => of_object(schema, properties),
        None => of_whole(schema, takes_messages),
    }
}

fn of_whole(schema: &Value, takes_messages: bool) -> Result<ConversationInput, String> {
    let part = Part::whole(schema);
    let is_open = part.is_text() && part.takes_messages();
    match (part.is_messages(), part.is_text()) {
        (true, _) => Ok(ConversationInput::Whole(Feed::Messages)),
        _ if is_open && takes_messages => Ok(ConversationInput::Whole(Feed::Messages)),
        (_, true) if !is_open => Ok(ConversationInput::Whole(Feed::LastUserMessage)),
        _ if is_open => Err("its input can be anything".into()),
        _ => Err("its input is neither messages nor text".into()),
    }
}

/// An object takes the messages in its only field for messages, or else the last question in its only field for text.
fn of_object(schema: &Value, properties: &Map<String, Value>) -> Result<ConversationInput, String> {
    let part = |name: &str| properties.get(name).map(|field| Part { root: schema, schema: field });
    let one = |name: &str, feed| Ok(ConversationInput::Fields([(name.into(), feed)].into_iter().collect()));
    let required: Vec<&str> = required(schema).collect();
    let messages: Vec<&str> = properties
        .keys()
        .map(String::as_str)
        .filter(|name| part(name).is_some_and(|part| part.is_messages()))
        .collect();
    match (messages.as_slice(), required.as_slice()) {
        ([name], []) => return one(name, Feed::Messages),
        ([name], [needed]) if name == needed => return one(name, Feed::Messages),
        ([], _) => {}
        _ => {
            let fields: Vec<_> = properties.keys().map(String::as_str).collect();
            return Err(format!("its input has more than messages: {}", list(&fields)));
        }
    }
    let texts =
        || properties.keys().map(String::as_str).filter(|name| part(name).is_some_and(|part| part.is_text()));
    match required.as_slice() {
        [name] if texts().any(|text| text == *name) => one(name, Feed::LastUserMessage),
        [name] => Err(format!("its input needs `{name}`, which is no text")),
        [] => match texts().collect::<Vec<_>>().as_slice() {
            [name] => one(name, Feed::LastUserMessage),
            [] => Err("its input has no field for text".into()),
            several => Err(format!("its input has several fields for text: {}", list(several))),
        },
        several => Err(format!("its input needs more than one text: {}", list(several))),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
