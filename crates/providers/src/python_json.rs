//! JSON as Python sees it: how `json.dumps` writes it, and what of it is true. Pure.

use serde::Serialize;
use serde_json::{Value, ser::Formatter};
use std::io::{self, Write};
use windlass_core::{Val, python};

/// `json.dumps(value, ensure_ascii=False)`: a space after each comma and colon, floats as Python prints them.
pub(crate) fn dumps(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, PythonFormatter))?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// `bool(value)`.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// `json.dumps(value)`: the same, with `\uXXXX` for what is not ASCII.
pub(crate) fn dumps_ascii(value: &impl Serialize) -> serde_json::Result<String> {
    let text = dumps(value)?;
    let mut units = [0; 2];
    // Outside of strings JSON is ASCII, so each character can be escaped where it stands.
    let escaped = text.chars().fold(String::with_capacity(text.len()), |mut out, char| {
        if char.is_ascii() {
            out.push(char);
        } else {
            out.extend(char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
        out
    });
    Ok(escaped)
}

struct PythonFormatter;

impl PythonFormatter {
    fn separate<W: Write + ?Sized>(writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
}

impl Formatter for PythonFormatter {
    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        PythonFormatter::separate(writer, first)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        PythonFormatter::separate(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(python::repr(&Val::from(value)).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spaces_floats_and_escapes_are_pythons() {
        let value = json!({"city": "Zürich 🎉", "n": 1.0, "nested": {"a": [true, null]}});
        let expect = r#"{"city": "Zürich 🎉", "n": 1.0, "nested": {"a": [true, null]}}"#;
        assert_eq!(dumps(&value).unwrap(), expect);
        let expect = r#"{"city": "Z\u00fcrich \ud83c\udf89", "n": 1.0, "nested": {"a": [true, null]}}"#;
        assert_eq!(dumps_ascii(&value).unwrap(), expect.replace(r"\\u", r"\u"));
    }
}
