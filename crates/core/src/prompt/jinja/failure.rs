//! minijinja's errors as the exceptions that Python raises in their place.

use crate::{
    Dict,
    python::{self, PythonError},
};
use minijinja::{Error, ErrorKind};
use std::error::Error as _;

/// What Python raises where minijinja fails.
pub(super) fn exception(error: &Error, vars: &Dict) -> PythonError {
    if let Some(raised) = error.source().and_then(|source| source.downcast_ref::<PythonError>()) {
        return raised.clone();
    }
    let text = error.detail().map_or_else(|| error.kind().to_string(), String::from);
    let unknown = text.strip_suffix(" is unknown").map(|words| words.rsplit(' ').next().unwrap_or(words));
    match (error.kind(), unknown) {
        (ErrorKind::SyntaxError | ErrorKind::BadEscape, _) => PythonError::new("TemplateSyntaxError", text),
        (ErrorKind::UnknownFilter, Some(name)) => {
            PythonError::new("TemplateAssertionError", format!("No filter named '{name}'."))
        }
        (ErrorKind::UnknownTest, Some(name)) => {
            PythonError::new("TemplateAssertionError", format!("No test named '{name}'."))
        }
        (ErrorKind::UnknownFunction, Some(name)) => {
            PythonError::new("UndefinedError", format!("'{name}' is undefined"))
        }
        (ErrorKind::UnknownFunction | ErrorKind::UnknownMethod, _) => {
            PythonError::new("UndefinedError", text)
        }
        (ErrorKind::UndefinedError, _) => undefined(&text, vars),
        (ErrorKind::TemplateNotFound | ErrorKind::BadInclude, _) => {
            PythonError::new("TypeError", "no loader for this environment specified")
        }
        (ErrorKind::OutOfFuel | ErrorKind::WriteFailure, _) => PythonError::new("MemoryError", text),
        _ if text.starts_with("unable to calculate") && text.ends_with(" 0") => {
            PythonError::new("ZeroDivisionError", "division by zero")
        }
        _ => PythonError::new("TypeError", not_iterable(&text).unwrap_or(text)),
    }
}

/// Python's words for a loop over what has no items. minijinja does not tell integers from other numbers there.
fn not_iterable(text: &str) -> Option<String> {
    let class = match text.strip_suffix(" is not iterable")? {
        "number" => "int",
        kind => kind,
    };
    Some(format!("'{class}' object is not iterable"))
}

/// A lookup in what is not there; minijinja names it between back-ticks. Where that was a name of Python's own, the
/// sandbox says so.
fn undefined(text: &str, vars: &Dict) -> PythonError {
    let mut names = text.split('`').nth(1).unwrap_or_default().split('.');
    let root = names.next().unwrap_or_default();
    let hidden = names.find(|name| name.starts_with('_'));
    match (hidden, vars.get(root)) {
        (Some(name), Some(val)) => {
            let class = python::type_name(val);
            let text = format!("access to attribute '{name}' of '{class}' object is unsafe.");
            PythonError::new("SecurityError", text)
        }
        (None, None) if !root.is_empty() => {
            PythonError::new("UndefinedError", format!("'{root}' is undefined"))
        }
        _ => PythonError::new("UndefinedError", text),
    }
}
