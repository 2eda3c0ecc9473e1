//! Templates: text with variables, in one of LangChain's formats.

use super::{
    TemplateError,
    fstring::{self, FString},
    jinja::Jinja,
    mustache::Mustache,
    scope::Scope,
};
use crate::{PromptError, Result, Vars, python::PythonError};
use std::{fmt, ops::Range, sync::Arc};

/// How a template is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TemplateFormat {
    /// `{name}`, `{name!r:>10}`: as Python's `str.format`, but for what would reach into a value.
    #[default]
    FString,
    /// `{{name}}`, `{{#list}}...{{/list}}`.
    Mustache,
    /// `{{ name }}`, `{% if ... %}`: a language of its own, run with bounds.
    Jinja2,
}

impl TemplateFormat {
    /// LangChain's word for it: `f-string`, `mustache`, `jinja2`.
    pub fn as_str(self) -> &'static str {
        match self {
            TemplateFormat::FString => "f-string",
            TemplateFormat::Mustache => "mustache",
            TemplateFormat::Jinja2 => "jinja2",
        }
    }

    /// Reads LangChain's word.
    ///
    /// ```
    /// use windlass_core::TemplateFormat;
    ///
    /// assert_eq!(TemplateFormat::parse("mustache"), Some(TemplateFormat::Mustache));
    /// assert_eq!(TemplateFormat::parse("erb"), None);
    /// ```
    pub fn parse(word: &str) -> Option<Self> {
        let all = [TemplateFormat::FString, TemplateFormat::Mustache, TemplateFormat::Jinja2];
        all.into_iter().find(|format| format.as_str() == word)
    }
}

/// A parsed template.
#[derive(Clone)]
pub struct Template {
    source: Arc<str>,
    format: TemplateFormat,
    /// Sorted, each once.
    variables: Vec<String>,
    body: Arc<Body>,
}

enum Body {
    FString(FString),
    Mustache(Mustache),
    Jinja2(Box<Jinja>),
}

impl Template {
    /// Parses an f-string template.
    ///
    /// ```
    /// use windlass_core::Template;
    ///
    /// assert_eq!(Template::parse("{a:>5} and {{b}}").unwrap().variables(), ["a"]);
    /// assert!(Template::parse("{user.password}").is_err());
    /// ```
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        Template::parse_as(source, TemplateFormat::FString)
    }

    /// Parses a template of a format.
    pub fn parse_as(source: &str, format: TemplateFormat) -> Result<Self, TemplateError> {
        let (body, mut variables) = match format {
            TemplateFormat::FString => {
                let body = FString::parse(source)?;
                let variables = body.fields().map(|field| field.name.clone()).collect();
                (Body::FString(body), variables)
            }
            TemplateFormat::Mustache => {
                let body = Mustache::parse(source)?;
                let variables = body.variables();
                (Body::Mustache(body), variables)
            }
            TemplateFormat::Jinja2 => {
                let body = Jinja::parse(source)?;
                let variables = body.variables();
                (Body::Jinja2(Box::new(body)), variables)
            }
        };
        variables.sort_unstable();
        variables.dedup();
        Ok(Template { source: source.into(), format, variables, body: Arc::new(body) })
    }

    /// The text it was parsed from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How it is written.
    pub fn format(&self) -> TemplateFormat {
        self.format
    }

    /// The variables, each once, sorted. Of a path in mustache or jinja2 only the first name counts.
    pub fn variables(&self) -> Vec<&str> {
        self.variables.iter().map(String::as_str).collect()
    }

    /// Where the variables of an f-string template stand: each with its bytes in the source, braces included.
    pub fn places(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let fields = match &*self.body {
            Body::FString(body) => Some(body.fields()),
            Body::Mustache(_) | Body::Jinja2(_) => None,
        };
        fields.into_iter().flatten().map(|field| (field.name.as_str(), field.place.clone()))
    }

    /// Renders the template. Values print as Python prints them; what is written in them stays as it is.
    pub fn render(&self, vars: &Vars) -> Result<String> {
        self.render_in(&Scope::of(&vars.0)).map_err(|raised| PromptError::Raised(raised).into())
    }

    pub(super) fn render_in(&self, scope: &Scope<'_>) -> Result<String, PythonError> {
        match &*self.body {
            Body::FString(body) => body.render(scope, self.source.len()),
            Body::Mustache(body) => body.render(scope),
            Body::Jinja2(body) => body.render(scope),
        }
    }
}

/// Renders a text that becomes a template only while a prompt is rendered, as prompts with examples do. What an
/// f-string template may not have is an exception here.
pub(super) fn render_text(
    source: &str,
    format: TemplateFormat,
    scope: &Scope<'_>,
) -> Result<String, PythonError> {
    match format {
        TemplateFormat::FString => fstring::render_text(source, scope),
        other => {
            let template = Template::parse_as(source, other).map_err(|error| error.exception)?;
            template.render_in(scope)
        }
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.format) == (&other.source, other.format)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("source", &self.source)
            .field("format", &self.format.as_str())
            .finish()
    }
}
