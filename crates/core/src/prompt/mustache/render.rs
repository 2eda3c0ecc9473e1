//! Tokens to text. What is printed and what is done are both bounded: sections in sections multiply.

use super::{
    super::scope::Scope,
    tokens::{Tag, Token},
};
use crate::{
    Dict, Val,
    python::{self, PythonError},
};
use std::borrow::Cow;

/// The most bytes of a rendered template.
const LARGEST_TEXT: usize = 16 * 1024 * 1024;

/// The most tokens that are looked at to render a template.
const MOST_STEPS: usize = 2_000_000;

/// What a name stands for.
#[derive(Clone, Copy)]
enum Found<'a> {
    Val(&'a Val),
    /// All variables.
    All(&'a Dict),
    /// What an inverted section is entered with.
    Flag(bool),
    Nothing,
}

impl<'a> Found<'a> {
    fn is_truthy(self) -> bool {
        match self {
            Found::Val(val) => val.is_truthy(),
            Found::All(dict) => !dict.is_empty(),
            Found::Flag(flag) => flag,
            Found::Nothing => false,
        }
    }

    /// Whether it equals 0, which Python's `False` and `0.0` do too.
    fn is_zero(self) -> bool {
        match self {
            Found::Flag(flag) => !flag,
            Found::Val(Val::Bool(bool)) => !bool,
            Found::Val(Val::Number(number)) => !number.is_truthy(),
            _ => false,
        }
    }

    fn print(self) -> Cow<'a, str> {
        match self {
            Found::Val(Val::Text(text)) => Cow::Borrowed(text),
            Found::Val(val) => Cow::Owned(python::str(val)),
            Found::All(dict) => Cow::Owned(python::repr(&Val::Dict(dict.clone()))),
            Found::Flag(flag) => Cow::Borrowed(if flag { "True" } else { "False" }),
            Found::Nothing => Cow::Borrowed(""),
        }
    }

    /// One step of a dotted name; never into anything but objects and lists.
    fn child(self, name: &str) -> Option<Found<'a>> {
        match self {
            Found::Val(Val::Dict(dict) | Val::AddDict(dict)) | Found::All(dict) => {
                dict.get(name).map(Found::Val)
            }
            Found::Val(Val::List(items)) => {
                let index = integer(name)?;
                let index = if index < 0 { index + i64::try_from(items.len()).ok()? } else { index };
                items.get(usize::try_from(index).ok()?).map(Found::Val)
            }
            _ => None,
        }
    }
}

/// `int(text)`
fn integer(text: &str) -> Option<i64> {
    let text = text.trim_matches(python::is_space);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sound =
        digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if sound { text.replace('_', "").parse().ok() } else { None }
}

pub(super) fn render(tokens: &[Token], scope: &Scope<'_>) -> Result<String, PythonError> {
    let all = scope.to_dict();
    let mut render = Render { text: String::new(), steps: 0, scopes: vec![Found::All(&all)] };
    render.run(tokens)?;
    Ok(render.text)
}

struct Render<'a> {
    text: String,
    steps: usize,
    /// The innermost last.
    scopes: Vec<Found<'a>>,
}

impl<'a> Render<'a> {
    fn run(&mut self, tokens: &[Token]) -> Result<(), PythonError> {
        let base = self.scopes.len();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            self.count()?;
            let current = self.scopes.last().copied().unwrap_or(Found::Nothing);
            if token.tag == Tag::End {
                self.scopes.pop();
            } else if !current.is_truthy() && self.scopes.len() != 1 {
                if matches!(token.tag, Tag::Section | Tag::Inverted) {
                    self.scopes.push(Found::Flag(false));
                }
            } else if let Some(items) = self.token(token)? {
                let length = section_length(&tokens[at..], &token.text);
                let inner = &tokens[at..at + length];
                at += length + 1;
                for item in items {
                    self.scopes.push(Found::Val(item));
                    self.run(inner)?;
                    self.scopes.pop();
                }
            }
        }
        self.scopes.truncate(base);
        Ok(())
    }

    /// Renders a token; gives the list that a section is repeated for.
    fn token(&mut self, token: &Token) -> Result<Option<&'a [Val]>, PythonError> {
        match token.tag {
            Tag::Literal => self.text.push_str(&token.text),
            Tag::Variable => {
                let mut found = self.find(&token.text);
                let flagged = matches!(found, Found::Flag(true) | Found::Val(Val::Bool(true)));
                if flagged && token.text == "." && self.scopes.len() > 1 {
                    found = self.scopes[self.scopes.len() - 2];
                }
                escape(&mut self.text, &found.print());
            }
            Tag::Raw => {
                let found = self.find(&token.text);
                self.text.push_str(&found.print());
            }
            Tag::Section => match self.find(&token.text) {
                Found::Val(Val::List(items)) => return Ok(Some(items)),
                found => self.scopes.push(found),
            },
            Tag::Inverted => {
                let found = self.find(&token.text);
                self.scopes.push(Found::Flag(!found.is_truthy()));
            }
            Tag::End | Tag::Partial | Tag::Comment | Tag::Delimiters | Tag::Unclosed => {}
        }
        Ok(None)
    }

    fn count(&mut self) -> Result<(), PythonError> {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.text.len() > LARGEST_TEXT {
            let text = format!("a template may take {MOST_STEPS} steps and make {LARGEST_TEXT} bytes");
            return Err(PythonError::new("MemoryError", text));
        }
        Ok(())
    }

    fn find(&self, key: &str) -> Found<'a> {
        if key == "." {
            return self.scopes.last().copied().unwrap_or(Found::Nothing);
        }
        self.scopes.iter().rev().find_map(|scope| find_in(*scope, key)).unwrap_or(Found::Nothing)
    }
}

/// Follows a dotted name; falsy values print nothing, but for zeros.
fn find_in<'a>(scope: Found<'a>, key: &str) -> Option<Found<'a>> {
    if scope.is_zero() {
        return Some(scope);
    }
    let mut found = scope;
    for name in key.split('.') {
        if found.is_zero() {
            return Some(found);
        }
        found = found.child(name)?;
    }
    let shown = found.is_zero() || found.is_truthy();
    Some(if shown { found } else { Found::Nothing })
}

/// How many tokens stand before the end of a section; sections of the same name may stand inside.
fn section_length(tokens: &[Token], key: &str) -> usize {
    let mut inner = 0;
    let end = tokens.iter().position(|token| {
        match token.tag {
            Tag::Section if token.text == key => inner += 1,
            Tag::End if token.text == key && inner == 0 => return true,
            Tag::End if token.text == key => inner -= 1,
            _ => {}
        }
        false
    });
    end.unwrap_or(tokens.len())
}

fn escape(out: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            char => out.push(char),
        }
    }
}
