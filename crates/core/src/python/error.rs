//! Exceptions as Python raises them.

use std::fmt;

/// An exception as Python raises it. `Display` and `Debug` leave out the text, because it may quote values.
#[derive(Clone, PartialEq, Eq)]
pub struct PythonError {
    /// The name of its class: `ValueError`, `KeyError`.
    pub class: &'static str,
    /// What `str(exception)` gives; neither for logs nor for clients.
    pub text: String,
}

impl PythonError {
    /// An exception of a class.
    pub fn new(class: &'static str, text: impl Into<String>) -> Self {
        PythonError { class, text: text.into() }
    }

    pub(crate) fn value(text: impl Into<String>) -> Self {
        PythonError::new("ValueError", text)
    }

    /// A key that is not there; its text is the key's `repr`.
    pub(crate) fn key(key: &str) -> Self {
        PythonError::new("KeyError", super::quote(key))
    }

    /// The same with the link that LangChain puts below a text.
    pub(crate) fn with_link(mut self, code: &str) -> Self {
        self.text = linked(&self.text, code);
        self
    }
}

/// A text with LangChain's link to what its documentation says of such errors.
pub(crate) fn linked(text: &str, code: &str) -> String {
    let site = "https://docs.langchain.com/oss/python/langchain/errors";
    format!("{text}\nFor troubleshooting, visit: {site}/{code} ")
}

impl fmt::Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class)
    }
}

impl fmt::Debug for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.class, self.text.len())
    }
}

impl std::error::Error for PythonError {}
