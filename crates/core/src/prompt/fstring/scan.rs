//! The pieces of a format string, cut as Python's `Formatter().parse` cuts them.

use super::super::template_error::TemplateError;
use crate::python::PythonError;
use std::ops::Range;

/// A piece of a format string.
pub(in super::super) enum Piece {
    Literal(String),
    Field(Field),
}

/// `{name!conversion:spec}`
pub(in super::super) struct Field {
    pub(in super::super) name: String,
    pub(super) conversion: Option<char>,
    pub(super) spec: String,
    /// Its bytes in the source, braces included.
    pub(in super::super) place: Range<usize>,
}

/// Where a format string is broken, and how Python says it.
pub(super) struct Fault {
    offset: usize,
    text: &'static str,
}

impl Fault {
    pub(super) fn python_error(&self) -> PythonError {
        PythonError::value(self.text)
    }

    /// In our words, for whoever wrote the template.
    pub(super) fn refused(self, source: &str) -> TemplateError {
        let exception = self.python_error();
        let opening = source[self.offset..].starts_with('{');
        let (message, remedy) = if opening {
            ("a `{` that is never closed", "write `{{` for a brace in the text")
        } else {
            ("a `}` without a `{` before it", "write `}}` for a brace in the text")
        };
        TemplateError { message: message.into(), remedy: remedy.into(), offset: self.offset, exception }
    }
}

/// Cuts a format string into pieces; nothing follows a fault.
pub(super) struct Scanner<'a> {
    source: &'a str,
    at: usize,
    /// The field that stands after the literal that was given last.
    field: Option<usize>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Scanner { source, at: 0, field: None }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn fault<T>(&mut self, offset: usize, text: &'static str) -> Result<T, Fault> {
        self.at = self.source.len();
        Err(Fault { offset, text })
    }

    /// The text before the next field; ends at an escaped brace too.
    fn literal(&mut self) -> Result<String, Fault> {
        let rest = self.rest();
        let Some(length) = rest.find(['{', '}']) else {
            self.at = self.source.len();
            return Ok(rest.into());
        };
        let offset = self.at + length;
        let brace = &rest[length..=length];
        let after = &rest[length + 1..];
        if after.starts_with(brace) {
            self.at = offset + 2;
            return Ok(rest[..=length].into());
        }
        if brace == "}" {
            return self.fault(offset, "Single '}' encountered in format string");
        }
        if after.is_empty() {
            return self.fault(offset, "Single '{' encountered in format string");
        }
        self.at = offset + 1;
        self.field = Some(offset);
        Ok(rest[..length].into())
    }

    /// What stands between an opening brace at `start` and the one that closes it.
    fn field(&mut self, start: usize) -> Result<Field, Fault> {
        let (name, end) = match self.name() {
            Ok(found) => found,
            Err(text) => return self.fault(start, text),
        };
        let mut conversion = None;
        if end == Some('!') {
            let mut chars = self.rest().chars();
            conversion = chars.next();
            let next = chars.next();
            self.at = self.source.len() - chars.as_str().len();
            match (conversion, next) {
                (None, _) => {
                    return self.fault(start, "end of string while looking for conversion specifier");
                }
                (Some(_), Some('}')) => {
                    return Ok(Field { name, conversion, spec: String::new(), place: start..self.at });
                }
                (Some(_), Some(':') | None) => {}
                (Some(_), Some(_)) => return self.fault(start, "expected ':' after conversion specifier"),
            }
        }
        match end {
            Some('}') => Ok(Field { name, conversion, spec: String::new(), place: start..self.at }),
            Some(_) => match self.spec() {
                Some(spec) => Ok(Field { name, conversion, spec, place: start..self.at }),
                None => self.fault(start, "unmatched '{' in format spec"),
            },
            None => self.fault(start, "expected '}' before end of string"),
        }
    }

    /// The name, and what ended it.
    fn name(&mut self) -> Result<(String, Option<char>), &'static str> {
        let rest = self.rest();
        let mut in_brackets = false;
        for (at, char) in rest.char_indices() {
            match char {
                ']' if in_brackets => in_brackets = false,
                _ if in_brackets => {}
                '{' => return Err("unexpected '{' in field name"),
                '[' => in_brackets = true,
                '}' | ':' | '!' => {
                    self.at += at + 1;
                    return Ok((rest[..at].into(), Some(char)));
                }
                _ => {}
            }
        }
        self.at = self.source.len();
        Ok((rest.into(), None))
    }

    /// The spec, up to the brace that closes the field.
    fn spec(&mut self) -> Option<String> {
        let rest = self.rest();
        let mut depth = 1;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.at += at + 1;
                return Some(rest[..at].into());
            }
        }
        None
    }
}

impl Iterator for Scanner<'_> {
    type Item = Result<Piece, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(start) = self.field.take() {
            return Some(self.field(start).map(Piece::Field));
        }
        if self.at >= self.source.len() {
            return None;
        }
        match self.literal() {
            Ok(literal) if literal.is_empty() => self.next(),
            piece => Some(piece.map(Piece::Literal)),
        }
    }
}
