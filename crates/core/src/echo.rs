//! How much of a caller's values a problem repeats, and how places in them are written.

use serde_json::Value;

/// The longest input that an error repeats, in characters.
const ECHO_LIMIT: usize = 200;

/// A part of a JSON Pointer: an index, or a key with its escapes undone, shortened as all that is repeated.
pub(crate) fn pointer_part(part: &str) -> Value {
    match part.parse::<u64>() {
        Ok(index) => index.into(),
        Err(_) => shortened_text(&part.replace("~1", "/").replace("~0", "~")).into(),
    }
}

/// The offending value, unless it is long: an error must not repeat a megabyte.
pub(crate) fn shortened(input: &Value) -> Value {
    let long = match input {
        Value::String(text) => text.len() > ECHO_LIMIT,
        Value::Array(_) | Value::Object(_) => input.to_string().len() > ECHO_LIMIT,
        _ => false,
    };
    if !long {
        return input.clone();
    }
    match input {
        Value::String(text) => shortened_text(text).into(),
        other => shortened_text(&other.to_string()).into(),
    }
}

pub(crate) fn shortened_text(text: &str) -> String {
    match text.char_indices().nth(ECHO_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}
