//! Mustache templates, as LangChain's port of chevron reads and renders them, quirks included.

mod render;
mod tokens;

use super::{scope::Scope, template_error::TemplateError};
use crate::python::PythonError;
use tokens::{Tag, Token, tokenize};

/// The most sections that may stand in one another.
const DEEPEST: usize = 100;

/// A parsed mustache template.
pub(super) struct Mustache(Vec<Token>);

impl Mustache {
    pub(super) fn parse(source: &str) -> Result<Self, TemplateError> {
        let tokens = tokenize(source)?;
        let mut depth: usize = 0;
        for token in &tokens {
            match token.tag {
                Tag::Section | Tag::Inverted => depth += 1,
                Tag::End => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                return Err(TemplateError {
                    message: format!("more than {DEEPEST} sections stand in one another"),
                    remedy: "use fewer".into(),
                    offset: 0,
                    exception: PythonError::new("RecursionError", "maximum recursion depth exceeded"),
                });
            }
        }
        Ok(Mustache(tokens))
    }

    /// The first names of what stands outside of all sections.
    pub(super) fn variables(&self) -> Vec<String> {
        let mut depth: usize = 0;
        let mut names = Vec::new();
        for token in &self.0 {
            match token.tag {
                Tag::End => depth = depth.saturating_sub(1),
                Tag::Variable | Tag::Section | Tag::Inverted | Tag::Raw
                    if depth == 0 && token.text != "." =>
                {
                    names.push(token.text.split('.').next().unwrap_or_default().to_string());
                }
                _ => {}
            }
            if matches!(token.tag, Tag::Section | Tag::Inverted) {
                depth += 1;
            }
        }
        names
    }

    pub(super) fn render(&self, scope: &Scope<'_>) -> Result<String, PythonError> {
        render::render(&self.0, scope)
    }
}
