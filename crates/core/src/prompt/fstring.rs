//! f-string templates: `{name}`, `{{` and `}}`, and nothing else; what could reach into a value is refused.

use crate::{PromptError, Result, Vars, python};
use indexmap::IndexSet;

/// A parsed f-string template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    source: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Literal(String),
    Variable(String),
}

impl Piece {
    fn variable(&self) -> Option<&str> {
        match self {
            Piece::Variable(name) => Some(name),
            Piece::Literal(_) => None,
        }
    }
}

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
}

fn refuse<T>(
    offset: usize,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Result<T, TemplateError> {
    Err(TemplateError { message: message.into(), remedy: remedy.into(), offset })
}

impl Template {
    /// Parses a template.
    ///
    /// ```
    /// use windlass_core::Template;
    ///
    /// assert_eq!(Template::parse("{a} and {{b}}").unwrap().variables(), ["a"]);
    /// assert!(Template::parse("{user.password}").is_err());
    /// ```
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}']) {
            let offset = source.len() - rest.len() + at;
            literal.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) = field(after, brace, offset)?;
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Variable(name.into()));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Template { source: source.into(), pieces })
    }

    /// The text it was parsed from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables, each once, in order of appearance.
    pub fn variables(&self) -> Vec<&str> {
        let names: IndexSet<&str> = self.pieces.iter().filter_map(Piece::variable).collect();
        names.into_iter().collect()
    }

    /// Renders the template. Values print as Python's `str` prints them; braces in them stay.
    pub fn render(&self, vars: &Vars) -> Result<String> {
        let mut text = String::with_capacity(self.source.len() + 64);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Variable(name) => match vars.0.get(name) {
                    Some(crate::Val::Text(value)) => text.push_str(value),
                    Some(value) => text.push_str(&python::str(value)),
                    None => return Err(missing(self.variables(), vars).into()),
                },
            }
        }
        Ok(text)
    }
}

/// The error for variables that are not there.
pub(super) fn missing(expected: Vec<&str>, vars: &Vars) -> PromptError {
    let missing =
        expected.iter().filter(|name| !vars.0.contains_key(**name)).map(ToString::to_string).collect();
    PromptError::MissingVariables {
        missing,
        expected: expected.into_iter().map(Into::into).collect(),
        received: vars.0.keys().cloned().collect(),
    }
}

/// Reads `name}` after an opening brace.
fn field<'a>(after: &'a str, brace: &str, offset: usize) -> Result<(&'a str, &'a str), TemplateError> {
    if brace == "}" {
        return refuse(offset, "a `}` without a `{` before it", "write `}}` for a brace in the text");
    }
    let Some(end) = after.find(['{', '}']).filter(|end| after.as_bytes()[*end] == b'}') else {
        return refuse(offset, "a `{` that is never closed", "write `{{` for a brace in the text");
    };
    let name = &after[..end];
    check_name(name, offset)?;
    Ok((name, &after[end + 1..]))
}

fn check_name(name: &str, offset: usize) -> Result<(), TemplateError> {
    let plain = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && chars.all(|char| char.is_alphanumeric() || char == '_' || char == '-')
    };
    if plain(name) {
        return Ok(());
    }
    let escape = "write `{{` and `}}` around text that is meant as it stands";
    if name.is_empty() || name.chars().all(|char| char.is_ascii_digit()) {
        return refuse(
            offset,
            format!("`{{{name}}}` names no variable"),
            "write a name between the braces, or double them",
        );
    }
    if name.contains(['.', '[']) {
        let root = name.split(['.', '[']).next().unwrap_or(name);
        let message = format!(
            "`{{{name}}}` reaches into a value; attributes and indexes are not allowed in a template"
        );
        return refuse(
            offset,
            message,
            format!("provide the inner value as a variable of its own and write `{{{root}}}`"),
        );
    }
    if name.contains([':', '!']) {
        let root = name.split([':', '!']).next().unwrap_or(name);
        let message = format!("`{{{name}}}` has a format or a conversion, which templates do not take");
        return refuse(offset, message, format!("write `{{{root}}}`"));
    }
    refuse(offset, format!("`{{{name}}}` is not the name of a variable"), escape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vars;

    #[track_caller]
    fn check(template: &str, expect: &str) {
        let vars =
            vars! { "a" => "{x}", "b" => 1, "list" => crate::Val::List(vec!["q".into(), true.into()]) };
        assert_eq!(Template::parse(template).unwrap().render(&vars).unwrap(), expect);
    }

    #[track_caller]
    fn refused(template: &str, offset: usize, part: &str) {
        let error = Template::parse(template).unwrap_err();
        assert!(error.message.contains(part), "{error}");
        assert_eq!(error.offset, offset);
    }

    #[test]
    fn renders() {
        check("", "");
        check("no variables", "no variables");
        check("{a}-{b}", "{x}-1");
        check("{{a}} {{{b}}}", "{a} {1}");
        check("ü{list}ü", "ü['q', True]ü");
    }

    #[test]
    fn refuses_what_reaches_into_values() {
        refused("x {a.b}", 2, "reaches into a value");
        refused("{a[0]}", 0, "reaches into a value");
        refused("{a.__class__}", 0, "reaches into a value");
        refused("{}", 0, "names no variable");
        refused("{0}", 0, "names no variable");
        refused("{a:>999999999}", 0, "format");
        refused("{a!r}", 0, "conversion");
        refused("{a:{w}}", 0, "never closed");
        refused("{a b}", 0, "not the name");
    }

    #[test]
    fn refuses_unbalanced_braces() {
        refused("x }", 2, "without a `{`");
        refused("ü{a", 2, "never closed");
        refused("{{a}", 3, "without a `{`");
        refused("{a{b}}", 0, "never closed");
    }

    #[test]
    fn a_missing_variable_names_itself_and_what_is_there() {
        let error = Template::parse("{q} {a}").unwrap().render(&vars! { "a" => "x" }).unwrap_err();
        let crate::Error::Prompt(error) = error else { panic!("{error:?}") };
        assert_eq!(
            error.to_string(),
            "input is missing variables [\"q\"]; expected [\"q\", \"a\"], received [\"a\"]"
        );
    }
}
