//! The body that `useChat` sends, read as a conversation.

use super::message;
use crate::error::ApiError;
use serde_json::{Map, Value};
use windlass_core::Message;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct ChatRequest {
    /// The conversation, oldest first.
    pub(super) messages: Vec<Message>,
    /// The message that the answer goes on with: the assistant's own last one, after its tools have been run by the client.
    pub(super) answers: Option<String>,
}

impl ChatRequest {
    /// Reads `messages`, and `message`, which alone is enough; other fields are the client's own.
    pub(super) fn read(body: Value) -> Result<Self, ApiError> {
        let Value::Object(mut fields) = body else {
            return Err(problem(&[], "dict_type", "the body should be an object with `messages`"));
        };
        let mut given: Vec<(Vec<String>, Value)> = Vec::new();
        match fields.remove("messages") {
            Some(Value::Array(messages)) => {
                let places = (0..).map(|index: usize| vec!["messages".into(), index.to_string()]);
                given.extend(places.zip(messages));
            }
            Some(_) => return Err(problem(&["messages"], "list_type", "it should be a list")),
            None => {}
        }
        given.extend(fields.remove("message").map(|message| (vec!["message".into()], message)));
        read_all(given)
    }
}

fn read_all(given: Vec<(Vec<String>, Value)>) -> Result<ChatRequest, ApiError> {
    let mut messages = Vec::with_capacity(given.len());
    let mut answers = None;
    for (place, message) in given {
        let place: Vec<&str> = place.iter().map(String::as_str).collect();
        let message = object(message, &place)?;
        let of_assistant = message.get("role").is_some_and(|role| role == "assistant");
        answers = message.get("id").and_then(Value::as_str).filter(|_| of_assistant).map(Into::into);
        message::read(message, &place, &mut messages)?;
    }
    if !messages.iter().any(|message| matches!(message, Message::Human(_))) {
        return Err(problem(&["messages"], "missing", "there is no message of a user in the conversation"));
    }
    Ok(ChatRequest { messages, answers })
}

/// The object at a place.
pub(super) fn object(value: Value, place: &[&str]) -> Result<Map<String, Value>, ApiError> {
    if let Value::Object(fields) = value {
        return Ok(fields);
    }
    Err(problem(place, "dict_type", "it should be an object"))
}

/// What is wrong with a place of the body.
pub(super) fn problem(place: &[&str], kind: &str, msg: impl Into<String>) -> ApiError {
    let loc: Vec<&str> = std::iter::once("body").chain(place.iter().copied()).collect();
    ApiError::invalid_field(&loc, kind, msg, Value::Null)
}
