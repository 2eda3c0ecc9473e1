//! f-string templates: Python's `str.format`, without what would reach into a value.

mod scan;

use super::{scope::Scope, template_error::TemplateError};
use crate::{
    Val,
    python::{self, PythonError, Spec, SpecError},
};
pub(super) use scan::Field;
use scan::{Piece, Scanner};
use unicode_general_category::{GeneralCategory, get_general_category};

/// The most bytes of a rendered template, as of the other formats: each field of ten bytes can be ten thousand wide.
const LARGEST_TEXT: usize = 16 * 1024 * 1024;

/// A parsed f-string template.
pub(super) struct FString(Vec<Piece>);

impl FString {
    pub(super) fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        for piece in Scanner::new(source) {
            let piece = piece.map_err(|fault| fault.refused(source))?;
            if let Piece::Field(field) = &piece {
                check(field, &source[field.place.clone()])?;
            }
            match (pieces.last_mut(), piece) {
                (Some(Piece::Literal(whole)), Piece::Literal(next)) => whole.push_str(&next),
                (_, piece) => pieces.push(piece),
            }
        }
        Ok(FString(pieces))
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(field) => Some(field),
            Piece::Literal(_) => None,
        })
    }

    pub(super) fn render(&self, scope: &Scope<'_>, length: usize) -> Result<String, PythonError> {
        let mut text = String::with_capacity(length + 64);
        for piece in &self.0 {
            write(&mut text, piece, scope)?;
        }
        Ok(text)
    }
}

/// Renders a text that nobody checked when the prompt was made.
pub(super) fn render_text(source: &str, scope: &Scope<'_>) -> Result<String, PythonError> {
    let mut text = String::with_capacity(source.len() + 64);
    for piece in Scanner::new(source) {
        let piece = piece.map_err(|fault| fault.python_error())?;
        if let Piece::Field(field) = &piece {
            if field.name.is_empty() || is_digits(&field.name) {
                return Err(PythonError::new("IndexError", "tuple index out of range"));
            }
            check(field, &source[field.place.clone()]).map_err(|error| error.exception)?;
        }
        write(&mut text, &piece, scope)?;
    }
    Ok(text)
}

fn write(text: &mut String, piece: &Piece, scope: &Scope<'_>) -> Result<(), PythonError> {
    let field = match piece {
        Piece::Literal(literal) => {
            text.push_str(literal);
            return Ok(());
        }
        Piece::Field(field) => field,
    };
    let val = scope.get(&field.name).ok_or_else(|| PythonError::key(&field.name))?;
    match (field.conversion, val) {
        (None, Val::Text(value)) if field.spec.is_empty() => text.push_str(value),
        (None, val) => text.push_str(&python::format(val, &field.spec)?),
        (Some(conversion), val) => {
            let converted = convert(val, conversion)?;
            text.push_str(&python::format(&Val::Text(converted), &field.spec)?);
        }
    }
    if text.len() > LARGEST_TEXT {
        return Err(PythonError::new("MemoryError", format!("a template may make {LARGEST_TEXT} bytes")));
    }
    Ok(())
}

fn convert(val: &Val, conversion: char) -> Result<String, PythonError> {
    match conversion {
        's' => Ok(python::str(val)),
        'r' => Ok(python::repr(val)),
        'a' => Ok(python::ascii(val)),
        other => Err(PythonError::value(format!("Unknown conversion specifier {other}"))),
    }
}

/// Refuses what LangChain refuses, and widths beyond the limit.
fn check(field: &Field, shown: &str) -> Result<(), TemplateError> {
    let refuse = |message: String, remedy: String, exception: PythonError| {
        Err(TemplateError { message, remedy, offset: field.place.start, exception })
    };
    let name = &field.name;
    if name.contains(['.', '[', ']']) {
        let root = name.split(['.', '[', ']']).next().unwrap_or(name);
        return refuse(
            format!("`{shown}` reaches into a value; attributes and indexes are not allowed in a template"),
            format!("provide the inner value as a variable of its own and write `{{{root}}}`"),
            invalid_name(name, "contain attribute access (.) or indexing ([])."),
        );
    }
    if is_digits(name) {
        let why = "be all digits as they are interpreted as positional arguments.";
        return refuse(
            format!("`{shown}` names no variable"),
            "write a name between the braces, or double them".into(),
            invalid_name(name, why),
        );
    }
    if field.spec.contains(['{', '}']) {
        let text =
            "Invalid format specifier in f-string template. Nested replacement fields are not allowed.";
        return refuse(
            format!("`{shown}` has a field inside its format"),
            format!("write the format out, or only `{{{name}}}`"),
            PythonError::value(text),
        );
    }
    if Spec::parse(&field.spec) == Err(SpecError::TooWide) {
        return refuse(
            format!("`{shown}` asks for a width or precision beyond {}", python::LARGEST_WIDTH),
            format!("write a smaller number, or only `{{{name}}}`"),
            PythonError::value("Too many decimal digits in format string"),
        );
    }
    Ok(())
}

fn invalid_name(name: &str, why: &str) -> PythonError {
    let name = python::quote(name);
    PythonError::value(format!(
        "Invalid variable name {name} in f-string template. Variable names cannot {why}"
    ))
}

/// `str.isdigit()`: decimal digits of any script, superscripts, and digits in circles and the like.
fn is_digits(name: &str) -> bool {
    let digit = |char: char| {
        char.is_ascii_digit()
            || !char.is_ascii()
                && (get_general_category(char) == GeneralCategory::DecimalNumber
                    || OTHER_DIGITS.iter().any(|(first, last)| (*first..=*last).contains(&char)))
    };
    !name.is_empty() && name.chars().all(digit)
}

/// What has the Unicode property Numeric_Type=Digit.
const OTHER_DIGITS: [(char, char); 20] = [
    ('\u{b2}', '\u{b3}'),
    ('\u{b9}', '\u{b9}'),
    ('\u{1369}', '\u{1371}'),
    ('\u{19da}', '\u{19da}'),
    ('\u{2070}', '\u{2070}'),
    ('\u{2074}', '\u{2079}'),
    ('\u{2080}', '\u{2089}'),
    ('\u{2460}', '\u{2468}'),
    ('\u{2474}', '\u{247c}'),
    ('\u{2488}', '\u{2490}'),
    ('\u{24ea}', '\u{24ea}'),
    ('\u{24f5}', '\u{24fd}'),
    ('\u{24ff}', '\u{24ff}'),
    ('\u{2776}', '\u{277e}'),
    ('\u{2780}', '\u{2788}'),
    ('\u{278a}', '\u{2792}'),
    ('\u{10a40}', '\u{10a43}'),
    ('\u{10e60}', '\u{10e68}'),
    ('\u{11052}', '\u{1105a}'),
    ('\u{1f100}', '\u{1f10a}'),
];

#[cfg(test)]
mod tests;
