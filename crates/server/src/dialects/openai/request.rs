//! What a request for a chat completion says: which chain, the conversation, and how to answer. All else is ignored.

use super::{message, tools::ClientTools};
use crate::error::{ApiError, Code};
use serde_json::{Map, Value};
use windlass_core::Message;

/// A request for a chat completion.
#[derive(Debug)]
pub(super) struct ChatRequest {
    pub(super) model: String,
    pub(super) messages: Vec<Message>,
    pub(super) stream: bool,
    /// Whether a stream ends with token counts.
    pub(super) include_usage: bool,
    /// The tools that the client brought, if any.
    pub(super) tools: Option<ClientTools>,
}

impl ChatRequest {
    pub(super) fn read(body: Value) -> Result<Self, ApiError> {
        let Value::Object(mut body) = body else {
            return Err(wrong(&[], "dict_type", "Input should be an object"));
        };
        only_one_choice(&body)?;
        let Some(Value::String(model)) = body.remove("model") else {
            return Err(wrong(&["model"], "string_type", "Input should be the name of a chain"));
        };
        Ok(ChatRequest {
            stream: flag(&body, &["stream"])?,
            include_usage: match body.get("stream_options") {
                None | Some(Value::Null) => false,
                Some(Value::Object(options)) => flag(options, &["stream_options", "include_usage"])?,
                Some(_) => return Err(wrong(&["stream_options"], "dict_type", "Input should be an object")),
            },
            tools: ClientTools::read(&mut body)?,
            messages: message::read_all(body.remove("messages"))?,
            model,
        })
    }
}

/// The last part of the path is the key.
fn flag(object: &Map<String, Value>, path: &[&str]) -> Result<bool, ApiError> {
    match path.last().and_then(|key| object.get(*key)) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(wrong(path, "bool_type", "Input should be true or false")),
    }
}

fn only_one_choice(body: &Map<String, Value>) -> Result<(), ApiError> {
    if matches!(body.get("n"), None | Some(Value::Null)) || body["n"].as_f64() == Some(1.0) {
        return Ok(());
    }
    let error = wrong(&["n"], "less_than_equal", "A chain gives one answer: leave `n` out, or make it 1");
    Err(ApiError { code: Code::BadRequest, ..error })
}

/// One thing wrong with one place of the body.
pub(super) fn wrong(path: &[&str], kind: &str, msg: &str) -> ApiError {
    let loc: Vec<_> = ["body"].iter().chain(path).copied().collect();
    ApiError::invalid_field(&loc, kind, msg, Value::Null)
}
