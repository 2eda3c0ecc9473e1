//! What a document type declaration declares: entities, which are refused.

use crate::{Val, python};

/// A declaration between `<!DOCTYPE` and `>`, character by character.
#[derive(Debug, Default)]
pub(super) struct Doctype {
    text: String,
    depth: usize,
    quote: Option<char>,
    /// What ends the comment or instruction that this is in.
    until: Option<&'static str>,
    is_external: bool,
}

impl Doctype {
    /// Takes the next character; `true` if it ends the declaration.
    pub(super) fn push(&mut self, char: char) -> bool {
        if char == '>' && self.depth == 0 && self.quote.is_none() && self.until.is_none() {
            let outside = self.text.split('[').next().unwrap_or_default();
            self.is_external = outside.split_whitespace().any(|word| word == "SYSTEM" || word == "PUBLIC");
            return true;
        }
        self.text.push(char);
        if let Some(until) = self.until {
            if self.text.ends_with(until) {
                self.until = None;
            }
        } else if let Some(quote) = self.quote {
            self.quote = Some(quote).filter(|quote| *quote != char);
        } else {
            self.begin(char);
        }
        false
    }

    fn begin(&mut self, char: char) {
        match char {
            '"' | '\'' => self.quote = Some(char),
            '[' | '<' => self.depth += 1,
            ']' | '>' => self.depth = self.depth.saturating_sub(1),
            '-' if self.text.ends_with("<!--") => self.until = Some("-->"),
            '?' if self.text.ends_with("<?") => self.until = Some("?>"),
            _ => return,
        }
        if self.until.is_some() {
            self.depth -= 1;
        }
    }

    /// Whether more may be declared elsewhere.
    pub(super) fn is_external(&self) -> bool {
        self.is_external
    }

    /// What `defusedxml` says of the first entity that is declared.
    pub(super) fn forbidden(&self) -> Option<String> {
        let mut rest = self.text.as_str();
        loop {
            let next = ["<!--", "<?", "<!ENTITY"].map(|mark| rest.find(mark));
            let at = next.into_iter().flatten().min()?;
            rest = &rest[at..];
            if let Some(declaration) = rest.strip_prefix("<!ENTITY") {
                return Some(describe(declaration));
            }
            let end = if rest.starts_with("<?") { "?>" } else { "-->" };
            rest = &rest[rest.find(end)?..];
        }
    }
}

fn describe(declaration: &str) -> String {
    let rest = declaration.trim_start();
    let rest = rest.strip_prefix('%').unwrap_or(rest).trim_start();
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let rest = rest.trim_start();
    let (public, system) = if let Some(rest) = rest.strip_prefix("PUBLIC") {
        let (public, rest) = literal(rest);
        (public, literal(rest).0)
    } else if let Some(rest) = rest.strip_prefix("SYSTEM") {
        (None, literal(rest).0)
    } else {
        (None, None)
    };
    let [system, public] =
        [system, public].map(|id| python::repr(&id.map_or(Val::Null, |id| Val::Text(id.into()))));
    format!("EntitiesForbidden(name='{name}', system_id={system}, public_id={public})")
}

/// The text in quotes, and what follows.
fn literal(text: &str) -> (Option<&str>, &str) {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|char| matches!(char, '"' | '\''));
    match quote.and_then(|quote| text[1..].split_once(quote)) {
        Some((literal, rest)) => (Some(literal), rest),
        None => (None, text),
    }
}
