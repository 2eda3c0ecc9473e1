//! The body that `useChat` sends, read as a conversation.

use super::message;
use crate::error::{ApiError, Code};
use serde_json::{Map, Value};
use std::collections::HashSet;
use windlass_core::Message;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct ChatRequest {
    /// The conversation, oldest first; a user has said something in it.
    pub(super) messages: Vec<Message>,
    /// The message that the answer goes on with: the assistant's own last one, after the client has run its tools.
    pub(super) answers: Option<String>,
}

impl ChatRequest {
    /// Reads `messages` and `message`, of which one is enough; other fields are the client's own.
    pub(super) fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = object(body, "the body")?;
        let mut given: Vec<(String, Value)> = Vec::new();
        match fields.remove("messages") {
            Some(Value::Array(messages)) => {
                let places = (0..).map(|index: usize| format!("`messages[{index}]`"));
                given.extend(places.zip(messages));
            }
            Some(_) => return Err(unfit("`messages` should be a list")),
            None => {}
        }
        given.extend(fields.remove("message").map(|message| ("`message`".into(), message)));
        read_all(given)
    }
}

fn read_all(given: Vec<(String, Value)>) -> Result<ChatRequest, ApiError> {
    let mut messages = Vec::with_capacity(given.len());
    let mut answers = None;
    for (place, message) in given {
        let message = object(message, &place)?;
        let of_assistant = message.get("role").is_some_and(|role| role == "assistant");
        answers = message.get("id").and_then(Value::as_str).filter(|_| of_assistant).map(Into::into);
        message::read(message, &place, &mut messages)?;
    }
    if !messages.iter().any(|message| matches!(message, Message::Human(_))) {
        return Err(unfit("there is no message of a user in `messages`"));
    }
    leave_out_unanswered(&mut messages);
    Ok(ChatRequest { messages, answers })
}

/// Models refuse conversations in which a call has no answer.
fn leave_out_unanswered(messages: &mut Vec<Message>) {
    let answered: HashSet<String> = messages
        .iter()
        .filter_map(|message| match message {
            Message::Tool(answer) => Some(answer.tool_call_id.clone()),
            _ => None,
        })
        .collect();
    messages.retain_mut(|message| {
        let Message::Ai(said) = message else { return true };
        said.tool_calls.retain(|call| call.id.as_ref().is_some_and(|id| answered.contains(id)));
        said.has_content()
    });
}

/// The object at a place.
pub(super) fn object(value: Value, place: &str) -> Result<Map<String, Value>, ApiError> {
    if let Value::Object(fields) = value {
        return Ok(fields);
    }
    Err(unfit(format!("{place} should be an object")))
}

/// The body is not what `useChat` sends.
pub(super) fn unfit(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::InvalidInput, message)
}

/// A place inside another, which is in backticks.
pub(super) fn within(place: &str, more: &str) -> String {
    format!("{}{more}`", place.trim_end_matches('`'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn calls_without_an_answer_are_left_out() {
        let call = |id: &str| json!({"type": "tool-call", "toolCallId": id, "toolName": "f", "input": {}});
        let result = json!({"type": "tool-result", "toolCallId": "1", "toolName": "f", "output": {"type": "text", "value": "a"}});
        let messages = json!([
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": [call("1"), call("2")]},
            {"role": "tool", "content": [result]},
            {"role": "assistant", "content": [call("3")]},
        ]);
        let read = ChatRequest::read(json!({"messages": messages})).unwrap();
        let expect = json!([
            {"type": "human", "content": "a"},
            {"type": "ai", "content": "", "tool_calls": [{"name": "f", "args": {}, "id": "1"}]},
            {"type": "tool", "content": "a", "tool_call_id": "1", "name": "f"},
        ]);
        assert_eq!(json!(read.messages), expect);
    }
}
