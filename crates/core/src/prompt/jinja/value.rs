//! Values on their way into a jinja2 template, and as it prints them.

use crate::{
    Message, Number, Val,
    python::{self, PythonError},
};
use minijinja::{
    Error, ErrorKind, Output, State, Value,
    value::{Object, ValueKind},
};
use num_bigint::BigInt;
use std::{fmt, sync::Arc};

/// A value as templates see it.
pub(super) fn of(val: &Val) -> Value {
    match val {
        Val::Null => Value::from(()),
        Val::Bool(bool) => Value::from(*bool),
        Val::Number(Number::Int(int)) => Value::from(*int),
        Val::Number(Number::Float(float)) => Value::from(*float),
        Val::Number(Number::Big(int)) => match i128::try_from(&**int) {
            Ok(int) => Value::from(int),
            Err(_) => Value::from(Number::Big(int.clone()).to_f64()),
        },
        Val::Text(text) => Value::from(text.as_str()),
        Val::List(items) => items.iter().map(of).collect::<Vec<_>>().into(),
        Val::Dict(dict) | Val::AddDict(dict) => {
            Value::from_pairs(dict.iter().map(|(key, val)| (key.as_str(), of(val))))
        }
        Val::Message(message) => Value::from_object(Shown::of(message)),
        Val::Prompt(_) => Value::from(python::str(val)),
    }
}

/// A message: its fields can be looked up, and it prints as Python prints it.
#[derive(Debug)]
struct Shown {
    fields: Value,
    text: String,
}

impl Shown {
    fn of(message: &Message) -> Self {
        let val = Val::Message(Box::new(message.clone()));
        let fields = Val::from(serde_json::to_value(message).unwrap_or_default());
        Shown { fields: of(&fields), text: python::str(&val) }
    }
}

impl Object for Shown {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.fields.get_item(key).ok()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Prints a value as Python's `str` does.
pub(super) fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) => out.write_str(text).map_err(Error::from),
        None => out.write_str(&text(value)).map_err(Error::from),
    }
}

/// What Python's `str` gives; values that only minijinja knows print in its own way.
fn text(value: &Value) -> String {
    if value.is_undefined() {
        return String::new();
    }
    match val(value) {
        Some(val) => python::str(&val),
        None => value.to_string(),
    }
}

/// A value as it was before it came here; none for tuples, functions and the like.
fn val(value: &Value) -> Option<Val> {
    match value.kind() {
        ValueKind::None => Some(Val::Null),
        ValueKind::Bool => Some(Val::Bool(value.is_true())),
        ValueKind::Number => {
            let float = || f64::try_from(value.clone()).ok().map(Val::from);
            if !value.is_integer() {
                return float();
            }
            Number::parse(&value.to_string()).map(Val::Number).or_else(float)
        }
        ValueKind::String => value.as_str().map(Val::from),
        ValueKind::Seq if !value.is_tuple() => {
            value.try_iter().ok()?.map(|item| val(&item)).collect::<Option<_>>().map(Val::List)
        }
        ValueKind::Map if !value.as_object().is_some_and(|object| object.is::<Shown>()) => {
            let entry = |key: Value| Some((key.as_str()?.to_string(), val(&value.get_item(&key).ok()?)?));
            value.try_iter().ok()?.map(entry).collect::<Option<_>>().map(Val::Dict)
        }
        _ => None,
    }
}

/// The methods of Python's text, lists and objects.
pub(super) fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match (value.as_str(), name, args) {
        (Some(text), "title", []) => Ok(Value::from(title(text))),
        _ => minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args),
    }
}

/// `str.title()`: a letter that follows no letter is upper case, the others lower.
fn title(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if inside {
            out.extend(char.to_lowercase())
        } else {
            out.extend(char.to_uppercase())
        }
        inside = char.is_alphabetic();
    }
    out
}

/// `tojson`: keys sorted, and no character that could end a script.
pub(super) fn to_json(value: &Value) -> Result<String, Error> {
    let Some(val) = val(value) else {
        let raised = PythonError::new("TypeError", "Object is not JSON serializable");
        return Err(Error::new(ErrorKind::BadSerialization, raised.text.clone()).with_source(raised));
    };
    let mut out = String::new();
    write_json(&mut out, &val);
    Ok(out.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027"))
}

fn write_json(out: &mut String, val: &Val) {
    match val {
        Val::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_json(out, item);
            }
            out.push(']');
        }
        Val::Dict(dict) | Val::AddDict(dict) => {
            let mut entries: Vec<_> = dict.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, val)) in entries.into_iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_json_text(out, key);
                out.push_str(": ");
                write_json(out, val);
            }
            out.push('}');
        }
        Val::Text(text) => write_json_text(out, text),
        Val::Null => out.push_str("null"),
        Val::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Val::Number(Number::Float(float)) if !float.is_finite() => {
            out.push_str(if float.is_nan() {
                "NaN"
            } else if *float > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            });
        }
        other => out.push_str(&python::repr(other)),
    }
}

/// As `json.dumps` writes text: what is not ASCII in pairs of surrogates.
fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(char),
            other => {
                let units = other
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|unit| format!("\\u{unit:04x}"))
                    .collect::<String>();
                out.push_str(&units);
            }
        }
    }
    out.push('"');
}

/// `int`: what is no number is the default, which is 0.
pub(super) fn to_int(value: &Value, default: Option<Value>) -> Value {
    let number = || match val(value)? {
        Val::Bool(bool) => Some(Value::from(i64::from(bool))),
        Val::Number(Number::Float(float)) if float.is_finite() => {
            i128::try_from(&truncated(float)?).ok().map(Value::from)
        }
        Val::Number(_) => Some(value.clone()),
        Val::Text(text) => match text.trim().parse::<i128>() {
            Ok(int) => Some(Value::from(int)),
            Err(_) => i128::try_from(&truncated(text.trim().parse().ok()?)?).ok().map(Value::from),
        },
        _ => None,
    };
    number().unwrap_or_else(|| default.unwrap_or_else(|| Value::from(0)))
}

fn truncated(float: f64) -> Option<BigInt> {
    format!("{:.0}", float.trunc()).parse().ok()
}

/// `float`: what is no number is the default, which is 0.0.
pub(super) fn to_float(value: &Value, default: Option<Value>) -> Value {
    let number = || match val(value)? {
        Val::Bool(bool) => Some(f64::from(u8::from(bool))),
        Val::Number(number) => Some(number.to_f64()),
        Val::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number().map_or_else(|| default.unwrap_or_else(|| Value::from(0.0)), Value::from)
}

/// `escape`, with the entities that Python's markupsafe writes.
pub(super) fn escape(value: &Value) -> Value {
    let mut out = String::new();
    for char in text(value).chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            char => out.push(char),
        }
    }
    Value::from(out)
}
