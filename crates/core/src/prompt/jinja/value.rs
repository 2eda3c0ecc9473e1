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
use std::{
    fmt::{self, Write},
    sync::Arc,
};

/// The most bytes of one value that is printed, or turned back into one of ours: a list that holds another twice, and so on,
/// is small until somebody looks at all of it.
const LARGEST_VALUE: usize = 8 << 20;

/// What a value takes beside its text, in bytes.
const VALUE: usize = 32;

/// How deep a value may be nested.
const DEEPEST: usize = 128;

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
        None => out.write_str(&text(value)?).map_err(Error::from),
    }
}

/// What Python's `str` gives; values that only minijinja knows print in its own way.
fn text(value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Ok(String::new());
    }
    if let Some(val) = val(value)? {
        return Ok(python::str(&val));
    }
    let mut shown = Shortened(String::new());
    write!(shown, "{value}").map_err(|_| too_large())?;
    Ok(shown.0)
}

/// Text that ends in an error where it gets too long.
struct Shortened(String);

impl Write for Shortened {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LARGEST_VALUE {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

fn too_large() -> Error {
    let raised = PythonError::new("MemoryError", format!("a value may have {LARGEST_VALUE} bytes"));
    Error::new(ErrorKind::InvalidOperation, raised.text.clone()).with_source(raised)
}

/// A value as it was before it came here; none for tuples, functions and the like.
fn val(value: &Value) -> Result<Option<Val>, Error> {
    turned_back(value, &mut LARGEST_VALUE.clone(), 0)
}

/// The same, where so many bytes are left.
fn turned_back(value: &Value, left: &mut usize, depth: usize) -> Result<Option<Val>, Error> {
    let size = VALUE + value.as_str().map_or(0, str::len);
    *left = left.checked_sub(size).filter(|_| depth <= DEEPEST).ok_or_else(too_large)?;
    match value.kind() {
        ValueKind::Seq if !value.is_tuple() => {
            let Ok(items) = value.try_iter() else { return Ok(None) };
            let items = items.map(|item| turned_back(&item, left, depth + 1));
            Ok(items.collect::<Result<Option<_>, _>>()?.map(Val::List))
        }
        ValueKind::Map if !value.as_object().is_some_and(|object| object.is::<Shown>()) => {
            let Ok(keys) = value.try_iter() else { return Ok(None) };
            let entries = keys.map(|key| {
                let (Some(name), Ok(item)) = (key.as_str(), value.get_item(&key)) else { return Ok(None) };
                *left = left.checked_sub(name.len()).ok_or_else(too_large)?;
                Ok(turned_back(&item, left, depth + 1)?.map(|val| (name.to_string(), val)))
            });
            Ok(entries.collect::<Result<Option<_>, Error>>()?.map(Val::Dict))
        }
        _ => Ok(plain(value)),
    }
}

/// A value that holds no others.
fn plain(value: &Value) -> Option<Val> {
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
        _ => {
            minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args).map_err(|error| {
                match error.kind() {
                    ErrorKind::UnknownMethod => no_attribute(value, name),
                    _ => error,
                }
            })
        }
    }
}

/// What Jinja says of a method that Python's value does not have.
fn no_attribute(value: &Value, name: &str) -> Error {
    let object = match value.kind() {
        ValueKind::None => "None".into(),
        ValueKind::Bool => "bool object".into(),
        ValueKind::Number if value.is_integer() => "int object".into(),
        ValueKind::Number => "float object".into(),
        ValueKind::String => "str object".into(),
        ValueKind::Seq if value.is_tuple() => "tuple object".into(),
        ValueKind::Seq => "list object".into(),
        ValueKind::Map => "dict object".into(),
        other => format!("{other} object"),
    };
    let raised = PythonError::new("UndefinedError", format!("'{object}' has no attribute '{name}'"));
    Error::new(ErrorKind::UnknownMethod, raised.text.clone()).with_source(raised)
}

/// `is sequence`: in Python whatever has a length and items, text and objects too.
pub(super) fn is_sequence(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::String | ValueKind::Seq | ValueKind::Map)
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
    let Some(val) = val(value)? else {
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
    let number = || match plain(value)? {
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
    let number = || match plain(value)? {
        Val::Bool(bool) => Some(f64::from(u8::from(bool))),
        Val::Number(number) => Some(number.to_f64()),
        Val::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number().map_or_else(|| default.unwrap_or_else(|| Value::from(0.0)), Value::from)
}

/// `escape`, with the entities that Python's markupsafe writes.
pub(super) fn escape(value: &Value) -> Result<Value, Error> {
    let mut out = String::new();
    for char in text(value)?.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            char => out.push(char),
        }
    }
    Ok(Value::from(out))
}
