//! Values as Python prints them, because a template shows `{question}` as `str(question)` does.

mod loads;

pub use loads::{JsonDecodeError, loads, loads_partial};

use crate::{Message, Number, PromptValue, Val};
use std::fmt::Write;

/// `str(val)`: text as it is, everything else as `repr` shows it.
pub fn str(val: &Val) -> String {
    match val {
        Val::Text(text) => text.clone(),
        Val::Prompt(prompt) => prompt.to_text(),
        other => repr(other),
    }
}

/// `repr(val)`: `True`, `None`, `1e+16`, `['a', 1]`, `{'k': 'v'}`.
pub fn repr(val: &Val) -> String {
    let mut out = String::new();
    write_repr(&mut out, val);
    out
}

/// `type(val).__name__`.
pub fn type_name(val: &Val) -> &'static str {
    match val {
        Val::Null => "NoneType",
        Val::Bool(_) => "bool",
        Val::Number(Number::Float(_)) => "float",
        Val::Number(_) => "int",
        Val::Text(_) => "str",
        Val::List(_) => "list",
        Val::Dict(_) => "dict",
        Val::AddDict(_) => "AddableDict",
        Val::Message(message) => match &**message {
            Message::System(_) => "SystemMessage",
            Message::Human(_) => "HumanMessage",
            Message::Ai(_) => "AIMessage",
            Message::Tool(_) => "ToolMessage",
            Message::Function(_) => "FunctionMessage",
            Message::Chat(_) => "ChatMessage",
        },
        Val::Prompt(prompt) => match &**prompt {
            PromptValue::Text(_) => "StringPromptValue",
            PromptValue::Messages(_) => "ChatPromptValue",
        },
    }
}

/// `repr(type(val))`: `<class 'str'>`.
pub fn class_of(val: &Val) -> String {
    let module = match val {
        Val::AddDict(_) => "langchain_core.runnables.utils.",
        Val::Message(message) => match &**message {
            Message::System(_) => "langchain_core.messages.system.",
            Message::Human(_) => "langchain_core.messages.human.",
            Message::Ai(_) => "langchain_core.messages.ai.",
            Message::Tool(_) => "langchain_core.messages.tool.",
            Message::Function(_) => "langchain_core.messages.function.",
            Message::Chat(_) => "langchain_core.messages.chat.",
        },
        Val::Prompt(_) => "langchain_core.prompt_values.",
        _ => "",
    };
    format!("<class '{module}{}'>", type_name(val))
}

fn write_repr(out: &mut String, val: &Val) {
    match val {
        Val::Null => out.push_str("None"),
        Val::Bool(true) => out.push_str("True"),
        Val::Bool(false) => out.push_str("False"),
        Val::Number(number) => write_number(out, number),
        Val::Text(text) => write_quoted(out, text),
        Val::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index);
                write_repr(out, item);
            }
            out.push(']');
        }
        Val::Dict(dict) | Val::AddDict(dict) => {
            out.push('{');
            for (index, (key, val)) in dict.iter().enumerate() {
                separate(out, index);
                write_quoted(out, key);
                out.push_str(": ");
                write_repr(out, val);
            }
            out.push('}');
        }
        Val::Message(message) => write_message(out, message),
        Val::Prompt(prompt) => write_quoted(out, &prompt.to_text()),
    }
}

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push_str(", ");
    }
}

fn write_message(out: &mut String, message: &Message) {
    let _ = write!(out, "{}Message(content=", message.speaker());
    write_quoted(out, &message.content().to_text());
    out.push(')');
}

fn write_number(out: &mut String, number: &Number) {
    match number {
        Number::Float(float) => write_float(out, *float),
        int => drop(write!(out, "{int}")),
    }
}

/// Shortest text that reads back the same; an exponent from 1e16 on and below 1e-4.
fn write_float(out: &mut String, float: f64) {
    let magnitude = float.abs();
    if !float.is_finite() {
        out.push_str(if float.is_nan() { "nan" } else { ["inf", "-inf"][usize::from(float < 0.0)] });
    } else if float != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{float:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        let _ = write!(out, "{mantissa}e{sign}{digits:0>2}");
    } else if float.fract() == 0.0 {
        let _ = write!(out, "{float:.1}");
    } else {
        let _ = write!(out, "{float}");
    }
}

fn write_quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char == quote => {
                out.push('\\');
                out.push(char);
            }
            char if (char as u32) < 0x20 || (0x7f..0xa1).contains(&(char as u32)) || char == '\u{ad}' => {
                let _ = write!(out, "\\x{:02x}", char as u32);
            }
            char => out.push(char),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(json: serde_json::Value, expect: &str) {
        assert_eq!(repr(&Val::from(json)), expect);
    }

    #[test]
    fn prints_as_python_does() {
        check(json!([true, null, 1, 1.0, "a"]), "[True, None, 1, 1.0, 'a']");
        check(json!({"k": ["v", {"n": false}]}), "{'k': ['v', {'n': False}]}");
        check(json!("it's"), "\"it's\"");
        check(json!("it's \"x\""), "'it\\'s \"x\"'");
        check(json!("a\n\u{7}é"), "'a\\n\\x07é'");
    }

    #[test]
    fn prints_floats_as_python_does() {
        check(json!(1e16), "1e+16");
        check(json!(1.5e300), "1.5e+300");
        check(json!(0.0001), "0.0001");
        check(json!(0.00001), "1e-05");
        check(json!(-2.5), "-2.5");
        check(json!(123456789012345.0), "123456789012345.0");
        check(json!(-0.0), "-0.0");
        for (float, expect) in [(f64::NAN, "nan"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            assert_eq!(repr(&Val::from(float)), expect);
        }
    }
}
