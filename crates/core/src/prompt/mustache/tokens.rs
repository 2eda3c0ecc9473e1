//! The tokens of a mustache template.

use super::super::template_error::TemplateError;
use crate::python::{PythonError, is_space};

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) tag: Tag,
    /// The text of a literal, or the key of a tag.
    pub(super) text: String,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Literal,
    Variable,
    /// A variable that is not escaped.
    Raw,
    Section,
    Inverted,
    End,
    /// Prints nothing, because there are no partials.
    Partial,
    Comment,
    Delimiters,
    /// `{{{x}}`: neither escaped nor not; prints nothing.
    Unclosed,
}

struct Reader<'a> {
    source: &'a str,
    rest: &'a str,
    left: String,
    right: String,
    line: usize,
    sections: Vec<String>,
    section_line: usize,
}

/// Cuts a template into tokens.
pub(super) fn tokenize(source: &str) -> Result<Vec<Token>, TemplateError> {
    let mut reader = Reader {
        source,
        rest: source,
        left: "{{".into(),
        right: "}}".into(),
        line: 1,
        sections: Vec::new(),
        section_line: 0,
    };
    reader.tokens()
}

impl<'a> Reader<'a> {
    fn tokens(&mut self) -> Result<Vec<Token>, TemplateError> {
        let mut tokens = Vec::new();
        let mut standalone = true;
        while !self.rest.is_empty() {
            let mut literal = self.literal();
            if self.rest.is_empty() {
                tokens.push(Token { tag: Tag::Literal, text: literal.into() });
                break;
            }
            standalone = begins_line(literal, standalone);
            let (tag, key) = self.tag()?;
            self.enter(tag, &key)?;
            standalone = standalone && self.ends_line(tag);
            if standalone {
                self.rest = self.rest.split_once('\n').map_or(self.rest, |(_, after)| after);
                if tag != Tag::Partial {
                    literal = literal.trim_end_matches(' ');
                }
            }
            if !literal.is_empty() {
                tokens.push(Token { tag: Tag::Literal, text: literal.into() });
            }
            if tag != Tag::Comment {
                tokens.push(Token { tag, text: key });
            }
        }
        match self.sections.last() {
            None => Ok(tokens),
            Some(open) => {
                let line = self.section_line;
                let text =
                    format!("Unexpected EOF\nthe tag \"{open}\" was never closed\nwas opened at line {line}");
                self.refuse(
                    format!("the section `{open}` is never closed"),
                    format!("write `{{{{/{open}}}}}` where it ends"),
                    text,
                )
            }
        }
    }

    fn refuse<T>(
        &self,
        message: String,
        remedy: impl Into<String>,
        text: String,
    ) -> Result<T, TemplateError> {
        let offset = self.source.len() - self.rest.len();
        let exception = PythonError::new("ChevronError", text);
        Err(TemplateError { message, remedy: remedy.into(), offset, exception })
    }

    /// The text before the next tag.
    fn literal(&mut self) -> &'a str {
        let found = if self.left.is_empty() { None } else { self.rest.split_once(self.left.as_str()) };
        let Some((literal, after)) = found else {
            return std::mem::take(&mut self.rest);
        };
        self.line += literal.matches('\n').count();
        self.rest = after;
        literal
    }

    /// A tag, from behind its opening to behind its end.
    fn tag(&mut self) -> Result<(Tag, String), TemplateError> {
        let found = if self.right.is_empty() { None } else { self.rest.split_once(self.right.as_str()) };
        let Some((tag, after)) = found else {
            let remedy = format!("write `{}` where it ends", self.right);
            return self.refuse(
                "a tag is never closed".into(),
                remedy,
                format!("unclosed tag at line {}", self.line),
            );
        };
        if tag.chars().all(is_space) {
            let text = format!("empty tag at line {}", self.line);
            return self.refuse("a tag is empty".into(), "write a name in it", text);
        }
        let mut kind = kind_of(tag);
        let mut key = if kind == Tag::Variable { tag } else { &tag[1..] };
        if kind == Tag::Delimiters {
            let Some(inner) = key.strip_suffix('=') else {
                let text = format!("unclosed set delimiter tag\nat line {}", self.line);
                return self.refuse("a change of delimiters is never closed".into(), "end it with `=`", text);
            };
            key = inner;
        }
        self.rest = after;
        let braces = self.left == "{{" && self.right == "}}";
        if let (Tag::Unclosed, true, Some(after)) = (kind, braces, after.strip_prefix('}')) {
            self.rest = after;
            kind = Tag::Raw;
        }
        Ok((kind, key.trim_matches(is_space).to_string()))
    }

    /// Follows changes of delimiters, and sections.
    fn enter(&mut self, tag: Tag, key: &str) -> Result<(), TemplateError> {
        match tag {
            Tag::Delimiters => {
                self.left = key.split(' ').next().unwrap_or_default().into();
                self.right = key.rsplit(' ').next().unwrap_or_default().into();
            }
            Tag::Section | Tag::Inverted => {
                self.sections.push(key.into());
                self.section_line = self.line;
            }
            Tag::End => return self.close(key),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, key: &str) -> Result<(), TemplateError> {
        let line = self.line + 1;
        match self.sections.pop() {
            Some(open) if open == key => Ok(()),
            Some(open) => self.refuse(
                format!("`{key}` is closed where `{open}` is open"),
                format!("close `{open}` first"),
                format!("Trying to close tag \"{key}\"\nlast open tag is \"{open}\"\nline {line}"),
            ),
            None => self.refuse(
                format!("`{key}` is closed but never opened"),
                format!("write `{{{{#{key}}}}}` where it begins"),
                format!("Trying to close tag \"{key}\"\nLooks like it was not opened.\nline {line}"),
            ),
        }
    }

    /// Whether nothing but blanks stands behind a tag in its line.
    fn ends_line(&self, tag: Tag) -> bool {
        let line = self.rest.split('\n').next().unwrap_or_default();
        !matches!(tag, Tag::Variable | Tag::Raw) && line.chars().all(is_space)
    }
}

/// Whether nothing but blanks stands before a tag in its line.
fn begins_line(literal: &str, standalone: bool) -> bool {
    let line = literal.rsplit('\n').next().unwrap_or_default();
    (literal.contains('\n') || standalone) && line.chars().all(is_space)
}

fn kind_of(tag: &str) -> Tag {
    match tag.as_bytes().first() {
        Some(b'!') => Tag::Comment,
        Some(b'#') => Tag::Section,
        Some(b'^') => Tag::Inverted,
        Some(b'/') => Tag::End,
        Some(b'>') => Tag::Partial,
        Some(b'=') => Tag::Delimiters,
        Some(b'{') => Tag::Unclosed,
        Some(b'&') => Tag::Raw,
        _ => Tag::Variable,
    }
}
