//! The Responses API: the same models, asked by items instead of messages.

mod answer;
mod arguments;
mod blocks;
mod input;
mod items;
mod stream;
mod v03;

pub(super) use arguments::fit;
pub(super) use input::input;
pub(super) use stream::EventDecoder;

use serde_json::{Map, Value};
use windlass_core::Message;

/// The messages after the model's last answer that the service keeps; its id goes into the arguments.
pub(super) fn after_last<'a>(messages: &'a [Message], arguments: &mut Map<String, Value>) -> &'a [Message] {
    for (place, message) in messages.iter().enumerate().rev() {
        let Message::Ai(message) = message else { continue };
        let id = message.response_metadata.get("id").and_then(Value::as_str);
        if let Some(id) = id.filter(|id| id.starts_with("resp_")) {
            arguments.insert("previous_response_id".into(), id.into());
            return &messages[place + 1..];
        }
    }
    messages
}
