//! What is wrong with a value, in pydantic's words.

use super::form::context;
use crate::{
    InputProblem,
    echo::{shortened, shortened_text},
    python,
};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A problem that has no place yet.
pub(super) struct Problem {
    kind: Cow<'static, str>,
    msg: String,
    ctx: Option<Map<String, Value>>,
}

/// The longest value that a problem repeats, in bytes of JSON.
const ECHO_LIMIT: usize = 4096;

impl Problem {
    pub(super) fn new(kind: impl Into<Cow<'static, str>>, msg: impl Into<String>) -> Self {
        let kind = kind.into();
        // Words of the schema's own are short; what quotes a value may not be.
        let mut msg: String = msg.into();
        if let Some((end, _)) = msg.char_indices().nth(ECHO_LIMIT) {
            msg.truncate(end);
        }
        Problem { kind, msg, ctx: None }
    }

    pub(super) fn with<const N: usize>(mut self, pairs: [(&str, Value); N]) -> Self {
        self.ctx = context(pairs);
        self
    }

    pub(super) fn at(self, at: &[Value], value: &Value) -> InputProblem {
        let Problem { kind, msg, ctx } = self;
        let loc = at.iter().map(part).collect();
        InputProblem { kind: kind.into_owned(), loc, msg, input: echoed(value), ctx }
    }

    pub(super) fn missing() -> Self {
        Problem::new("missing", "Field required")
    }

    pub(super) fn not_a(kind: &'static str, what: &str) -> Self {
        Problem::new(kind, format!("Input should be a valid {what}"))
    }

    /// None of the values of a type.
    pub(super) fn not_one_of(kind: &'static str, values: &[Value]) -> Self {
        let words: Vec<_> = values.iter().map(|value| python::repr(&value.clone().into())).collect();
        let expected = match words.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, first)) => format!("{} or {last}", first.join(", ")),
            None => String::new(),
        };
        Problem::new(kind, format!("Input should be {expected}")).with([("expected", expected.into())])
    }
}

/// A part of a path; a caller's own key may be long.
fn part(part: &Value) -> Value {
    match part {
        Value::String(key) if key.len() > ECHO_LIMIT => shortened_text(key).into(),
        other => other.clone(),
    }
}

/// The value, unless it is long: an error must not repeat a megabyte.
fn echoed(value: &Value) -> Value {
    let length = match value {
        Value::String(text) => text.len(),
        Value::Array(_) | Value::Object(_) => value.to_string().len(),
        _ => 0,
    };
    if length <= ECHO_LIMIT {
        return value.clone();
    }
    shortened(value)
}
