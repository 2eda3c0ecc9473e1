//! Answers that are none, as Python complains of them.

use super::usage::shown_usage;
use crate::call::BadAnswer;
use serde_json::{Map, Value};
use windlass_core::{Val, python};

/// A failure with the class and the words it has in Python.
pub(super) fn raised(class: &'static str, ours: impl Into<String>) -> BadAnswer {
    BadAnswer { class: Some(class), ..BadAnswer::nonsense(ours) }
}

/// An error that stands in an answer with a good status, as Python prints it.
pub(super) fn told(error: Value) -> BadAnswer {
    BadAnswer { class: Some("ValueError"), ..BadAnswer::told(python::str(&Val::from(error))) }
}

/// A whole answer that does not say it is JSON: the SDK takes it as text.
pub(super) fn plain(body: &[u8]) -> BadAnswer {
    unexpected("str", &String::from_utf8_lossy(body).into())
}

/// What cannot be read as the answer it should be.
pub(super) fn misread(body: &[u8], what: &str, error: &serde_json::Error) -> BadAnswer {
    let text = String::from_utf8_lossy(body);
    match python::loads(&text) {
        Err(error) => raised("JSONDecodeError", error.to_string()),
        Ok(Value::Object(_)) => BadAnswer::misread(what, error),
        Ok(other) => unexpected(python::type_name(&Val::from(other.clone())), &other),
    }
}

/// The same of an event of a stream, and of what completes a text: in Python what is no object has no attributes.
pub(super) fn misread_object(data: &[u8], what: &str, error: &serde_json::Error) -> BadAnswer {
    match serde_json::from_slice::<Value>(data) {
        Ok(Value::Object(_)) | Err(_) => misread(data, what, error),
        Ok(other) => without_dump(python::type_name(&Val::from(other))),
    }
}

pub(super) fn without_dump(class: &str) -> BadAnswer {
    raised("AttributeError", format!("'{class}' object has no attribute 'model_dump'"))
}

/// What is no object at all.
fn unexpected(class: &str, got: &Value) -> BadAnswer {
    let shown = python::repr(&Val::from(got.clone()));
    let mut preview: String = shown.chars().take(200).collect();
    if preview.len() < shown.len() {
        preview.push_str("...");
    }
    let said = format!(
        "Unexpected response type from OpenAI-compatible endpoint. Expected a dict or openai.BaseModel, got {class}: {preview}"
    );
    BadAnswer { said: Some(said), ..raised("ValueError", "the answer is not a JSON object") }
}

/// The fields of an answer that the SDK knows, in its order.
const FIELDS: [&str; 10] = [
    "id",
    "choices",
    "created",
    "model",
    "object",
    "metadata",
    "moderation",
    "service_tier",
    "system_fingerprint",
    "usage",
];

/// An answer without `choices`, or with null for them.
pub(super) fn no_choices(body: &[u8]) -> BadAnswer {
    let body: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let further = body.keys().map(String::as_str).filter(|key| !FIELDS.contains(key));
    let keys = FIELDS.into_iter().chain(further).map(Val::from).collect();
    let said = format!(
        "Received response with null value for 'choices'. This can happen when using OpenAI-compatible APIs (e.g., vLLM) that return a response in an unexpected format. Full response keys: {}",
        python::repr(&Val::List(keys))
    );
    BadAnswer { said: Some(said), ..raised("TypeError", "the answer has no choices") }
}

/// A stream that ended well but in the middle of the answer. Python takes it for whole; here nobody is told half an answer.
pub(super) fn cut_off() -> BadAnswer {
    BadAnswer::nonsense("the stream ended before the answer did")
}

/// Answers in a given form cannot end like this. `usage` is what the service counted, or null.
pub(super) fn ended_badly(reason: &str, usage: &Value) -> Option<BadAnswer> {
    match reason {
        "length" => {
            let counted = shown_usage(usage).map(|usage| format!(" - {usage}")).unwrap_or_default();
            let ours = format!("Could not parse response content as the length limit was reached{counted}");
            Some(raised("LengthFinishReasonError", ours))
        }
        "content_filter" => Some(raised(
            "ContentFilterFinishReasonError",
            "Could not parse response content as the request was rejected by the content filter",
        )),
        _ => None,
    }
}
