//! What is wrong with a template.

use crate::python::PythonError;

/// Why a template was refused, and where: the byte offset into the template.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
    /// Where, in bytes from the template's start.
    pub offset: usize,
    /// What Python raises for it, in LangChain's words.
    pub exception: PythonError,
}
