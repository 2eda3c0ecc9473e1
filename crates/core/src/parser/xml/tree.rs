//! A whole text as XML: where it stands in the text, what is wrong around it, and the object it makes.

use super::{
    element,
    names::{is_blank, is_name_char, is_name_start},
    reader::{Event, Place, Problem, XmlReader},
};
use crate::Val;

/// The XML in a model's text: what stands between the first fence and the last, or all of it, without a declaration that
/// names an encoding in a line of its own.
pub(super) fn find_xml(text: &str) -> &str {
    let text = in_fence(text).unwrap_or(text);
    let text = behind_encoding(text).unwrap_or(text);
    text.trim_matches(|char: char| char.is_whitespace() || matches!(char, '\u{1c}'..='\u{1f}'))
}

fn in_fence(text: &str) -> Option<&str> {
    let start = text.find("```")? + 3;
    let end = text.rfind("```")?;
    let fenced = text.get(start..end)?;
    Some(fenced.strip_prefix("xml").unwrap_or(fenced))
}

fn behind_encoding(text: &str) -> Option<&str> {
    let mut from = 0;
    for (at, _) in text.match_indices('>') {
        let segment = &text[from..at];
        let tag = segment.find('<').map(|start| &segment[start + 1..]);
        let rest = &text[at + 1..];
        if tag.is_some_and(|tag| tag.contains("encoding")) && rest.starts_with('\n') {
            return Some(&rest[1..]);
        }
        from = at + 1;
    }
    None
}

/// An element with all it holds.
struct Element {
    tag: String,
    text: Option<String>,
    children: Vec<Element>,
}

/// Reads a whole document.
pub(super) fn read(text: &str) -> Result<Val, Problem> {
    let mut reader = XmlReader::new();
    let mut events = Vec::new();
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    for (at, char) in text.char_indices() {
        let place = reader.place();
        match reader.push(char, &mut events) {
            Err(Problem::Outside) => return Err(junk(&text[at..], place, root.is_some())),
            other => other?,
        }
        for event in events.drain(..) {
            match event {
                Event::Start(tag) => open.push(Element { tag, text: None, children: Vec::new() }),
                Event::End(text) => {
                    let ended = open.pop().map(|element| Element { text, ..element });
                    match open.last_mut() {
                        Some(outer) => outer.children.extend(ended),
                        None => root = ended,
                    }
                }
            }
        }
    }
    reader.end()?;
    root.map(Element::into_val).ok_or_else(|| Problem::malformed("no element found", reader.place()))
}

impl Element {
    fn into_val(self) -> Val {
        let has_text = |text: &String| {
            text.chars().any(|char| !char.is_whitespace() && !matches!(char, '\u{1c}'..='\u{1f}'))
        };
        if let Some(text) = self.text.filter(has_text) {
            return plain(self.tag, Val::Text(text));
        }
        let child = |child: Element| match child.children.is_empty() {
            true => plain(child.tag, child.text.map_or(Val::Null, Val::Text)),
            false => child.into_val(),
        };
        plain(self.tag, Val::List(self.children.into_iter().map(child).collect()))
    }
}

fn plain(tag: String, inner: Val) -> Val {
    match element(tag, inner) {
        Val::AddDict(dict) => Val::Dict(dict),
        other => other,
    }
}

/// What expat says of text outside the root element: it reads it as declarations are read.
fn junk(text: &str, place: Place, is_behind: bool) -> Problem {
    match token(text) {
        Token::Known if is_behind => Problem::malformed("junk after document element", place),
        Token::Known => Problem::malformed("syntax error", place),
        Token::Unclosed => Problem::malformed("unclosed token", place),
        Token::Invalid(at) => Problem::malformed(
            "not well-formed (invalid token)",
            text[..at].chars().fold(place, Place::after),
        ),
    }
}

/// What the text begins with.
enum Token {
    /// A token of declarations.
    Known,
    /// One that does not end.
    Unclosed,
    /// None, because of the character at this byte.
    Invalid(usize),
}

fn token(text: &str) -> Token {
    let first = text.chars().next().unwrap_or(' ');
    let rest = &text[first.len_utf8()..];
    let next = rest.chars().next();
    let behind = first.len_utf8();
    match first {
        '"' | '\'' => match rest.split_once(first) {
            None => Token::Unclosed,
            Some((literal, rest)) => ends_with(rest, behind + literal.len() + 1, ">%["),
        },
        ',' | '[' | ']' | '(' | '|' | '>' => Token::Known,
        ')' => ends_with(rest, behind, ">,|)*?+"),
        '%' => match next {
            Some(char) if !is_blank(char) && char != '%' && !is_name_start(char) => Token::Invalid(behind),
            _ => Token::Known,
        },
        '#' => match next {
            None => Token::Unclosed,
            Some(char) if is_name_start(char) => name(rest, behind, ")>%|"),
            Some(_) => Token::Invalid(behind),
        },
        ':' => name(rest, behind, ">),|[%"),
        first if is_name_char(first) => name(text, 0, ">),|[%"),
        _ => Token::Invalid(0),
    }
}

/// A name, which begins at `at`; behind it may stand a blank or one of these.
fn name(text: &str, at: usize, stops: &str) -> Token {
    let is_part = |char: char| is_name_char(char) || char == ':';
    let length = text.find(|char| !is_part(char)).unwrap_or(text.len());
    let begins = text.chars().next().is_some_and(is_name_start);
    if length == text.len() && text.ends_with(':') && begins && text.matches(':').count() == 1 {
        return Token::Unclosed;
    }
    let is_name = begins && stops.contains('[');
    match text[length..].chars().next() {
        Some('+' | '*' | '?') if is_name => Token::Known,
        _ => ends_with(&text[length..], at + length, stops),
    }
}

fn ends_with(rest: &str, at: usize, stops: &str) -> Token {
    match rest.chars().next() {
        Some(char) if !is_blank(char) && !stops.contains(char) => Token::Invalid(at),
        _ => Token::Known,
    }
}
