//! Values as Python prints and formats them, because a template shows `{question}` as `str(question)` does.

mod error;
mod float;
mod format;
mod integer;
mod loads;
mod message;
mod quote;
mod spec;

pub use error::PythonError;
pub(crate) use error::linked;
pub use format::format;
pub use loads::{JsonDecodeError, loads, loads_partial};
pub(crate) use spec::{LARGEST_WIDTH, Spec, SpecError};

use crate::{Message, Number, Val};
use std::fmt::Write;

/// `str(val)`: text as it is, everything else as `repr` shows it, but for messages and prompts, which leave out
/// the name of their class.
pub fn str(val: &Val) -> String {
    match val {
        Val::Text(text) => text.clone(),
        Val::Message(message) => message::fields(message, " "),
        Val::Prompt(prompt) => message::prompt_fields(prompt),
        other => repr(other),
    }
}

/// `repr(val)`: `True`, `None`, `1e+16`, `['a', 1]`, `{'k': 'v'}`, `HumanMessage(content='x', ...)`.
pub fn repr(val: &Val) -> String {
    let mut out = String::new();
    write_repr(&mut out, val);
    out
}

/// `ascii(val)`: as `repr`, with `\x`, `\u` and `\U` for what is not ASCII.
pub fn ascii(val: &Val) -> String {
    quote::ascii(&repr(val))
}

/// The name of the value's class: `NoneType`, `str`, `AIMessage`.
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
        Val::Message(message) => message::class_name(message),
        Val::Prompt(prompt) => message::prompt_class_name(prompt),
    }
}

/// `str(type(val))`: `<class 'str'>`, `<class 'langchain_core.messages.ai.AIMessage'>`.
pub fn class_of(val: &Val) -> String {
    match val {
        Val::Message(message) => message::class(message),
        Val::AddDict(_) => "<class 'langchain_core.runnables.utils.AddableDict'>".into(),
        Val::Prompt(_) => format!("<class 'langchain_core.prompt_values.{}'>", type_name(val)),
        other => format!("<class '{}'>", type_name(other)),
    }
}

/// `Human: ...`, as LangChain's `get_buffer_string` writes each message of a conversation.
pub(crate) fn line(message: &Message) -> String {
    let calls = if let Message::Ai(message) = message { message::calls(message) } else { None };
    format!("{}: {}{}", message.speaker(), message.content().to_text(), calls.unwrap_or_default())
}

/// `char.isspace()`
pub(crate) fn is_space(char: char) -> bool {
    char.is_whitespace() || ('\x1c'..='\x1f').contains(&char)
}

/// `repr` of a text.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote::write(&mut out, text);
    out
}

/// `repr` of a list of texts: `['a', 'b']`.
pub(crate) fn quote_all<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = texts.into_iter().map(quote).collect();
    format!("[{}]", quoted.join(", "))
}

fn write_repr(out: &mut String, val: &Val) {
    match val {
        Val::Null => out.push_str("None"),
        Val::Bool(true) => out.push_str("True"),
        Val::Bool(false) => out.push_str("False"),
        Val::Number(Number::Float(float)) => float::write(out, *float),
        Val::Number(int) => drop(write!(out, "{int}")),
        Val::Text(text) => quote::write(out, text),
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
                quote::write(out, key);
                out.push_str(": ");
                write_repr(out, val);
            }
            out.push('}');
        }
        Val::Message(message) => write_message(out, message),
        Val::Prompt(prompt) => {
            let _ = write!(out, "{}({})", type_name(val), message::prompt_fields(prompt));
        }
    }
}

fn write_message(out: &mut String, message: &Message) {
    let _ = write!(out, "{}({})", message::class_name(message), message::fields(message, ", "));
}

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push_str(", ");
    }
}

#[cfg(test)]
mod tests;
