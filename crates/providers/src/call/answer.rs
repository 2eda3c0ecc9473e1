//! What is wrong with an answer, before it is known whose answer it was. Pure.

use serde_json::error::Category;
use windlass_core::{ModelErrorKind, Words};

/// What LangChain says of a stream without chunks.
pub(crate) const NO_CHUNKS: &str = "No generation chunks were returned";

/// An answer that is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BadAnswer {
    /// `Server` if the service says so itself in an answer that began well; by the status if it refused; else
    /// `Protocol`.
    pub(crate) kind: ModelErrorKind,
    /// Our words.
    pub(crate) ours: String,
    /// The service's words.
    pub(crate) said: Option<String>,
    /// The status that Python's exception has.
    pub(crate) status: Option<u16>,
    /// The exception's class in Python, where kind and status do not say it.
    pub(crate) class: Option<&'static str>,
}

/// Why a request cannot be made of these messages and arguments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BadRequest {
    /// The exception's class in Python.
    pub(crate) class: &'static str,
    /// What is wrong; what quotes the conversation is in `said`.
    pub(crate) words: Words,
}

impl BadAnswer {
    pub(crate) fn nonsense(ours: impl Into<String>) -> Self {
        BadAnswer { kind: ModelErrorKind::Protocol, ours: ours.into(), said: None, status: None, class: None }
    }

    /// Something else than the JSON there should be.
    pub(crate) fn misread(what: &str, error: &serde_json::Error) -> Self {
        BadAnswer::nonsense(format!("{what}: {}", json_mistake(error)))
    }

    /// From an error in an answer that began well.
    pub(crate) fn told(said: String) -> Self {
        let ours = "an error stood in the answer".into();
        BadAnswer { kind: ModelErrorKind::Server, ours, said: Some(said), status: None, class: None }
    }

    /// From the answer to a request that was refused.
    pub(crate) fn refusal(kind: ModelErrorKind, said: String) -> Self {
        let said = Some(said).filter(|said| !said.is_empty());
        BadAnswer { kind, ours: String::new(), said, status: None, class: None }
    }
}

impl BadRequest {
    /// As Python's `ValueError`.
    pub(crate) fn value(ours: impl Into<String>) -> Self {
        BadRequest { class: "ValueError", words: Words { ours: ours.into(), said: None } }
    }
}

/// A mistake in JSON, without serde's own words: those quote what was read.
pub(crate) fn json_mistake(error: &serde_json::Error) -> String {
    let category = match error.classify() {
        Category::Io => "it could not be read or written",
        Category::Syntax => "it is not JSON",
        Category::Data => "a value is not what it should be",
        Category::Eof => "it ends too soon",
    };
    match (error.line(), error.column()) {
        (0, _) => category.into(),
        (line, column) => format!("{category} (line {line}, column {column})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_json_are_told_without_the_json() {
        let told = |text: &str| json_mistake(&serde_json::from_str::<Vec<u8>>(text).unwrap_err());
        assert_eq!(told("[\n\"My name is Ann\"]"), "a value is not what it should be (line 2, column 16)");
        assert_eq!(told("[oops"), "it is not JSON (line 1, column 2)");
        assert_eq!(told("[1"), "it ends too soon (line 1, column 2)");
    }
}
