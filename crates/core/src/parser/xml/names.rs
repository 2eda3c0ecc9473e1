//! Characters and names of XML, and the namespaces that prefixes stand for.

/// Whether XML may hold the character.
pub(super) fn is_char(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether XML counts the character as blank.
pub(super) fn is_blank(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}

/// Whether a name may begin with the character. A colon is no part of one, but stands between two.
pub(super) fn is_name_start(char: char) -> bool {
    char.is_ascii_alphabetic() || char == '_' || !char.is_ascii() && is_in_plane(char) && char.is_alphabetic()
}

/// Whether a name may hold the character.
pub(super) fn is_name_char(char: char) -> bool {
    is_name_start(char)
        || char.is_ascii_digit()
        || matches!(char, '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
        || !char.is_ascii() && is_in_plane(char) && char.is_numeric()
}

/// Expat knows names of the basic plane alone.
fn is_in_plane(char: char) -> bool {
    u32::from(char) <= 0xffff
}

/// The namespaces that prefixes stand for, from the outside in.
#[derive(Debug, Default)]
pub(super) struct Namespaces(Vec<(String, String)>);

impl Namespaces {
    /// How many are bound.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Forgets all but so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.0.truncate(count);
    }

    /// Binds a prefix, if the attribute does that.
    pub(super) fn bind(&mut self, attribute: &str, value: &str) -> bool {
        let prefix = match attribute.split_once(':') {
            None if attribute == "xmlns" => "",
            Some(("xmlns", prefix)) => prefix,
            _ => return false,
        };
        self.0.push((prefix.into(), value.into()));
        true
    }

    /// A name as etree has it, `{namespace}name`; `None` if its prefix is not bound. Only elements have the default one.
    pub(super) fn expand(&self, name: &str, is_element: bool) -> Option<String> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if prefix == "xml" {
            return Some(format!("{{http://www.w3.org/XML/1998/namespace}}{local}"));
        }
        if prefix.is_empty() && !is_element {
            return Some(local.into());
        }
        let bound = self.0.iter().rev().find(|(bound, _)| bound == prefix).map(|(_, uri)| uri.as_str());
        match bound {
            Some("") | None if prefix.is_empty() => Some(local.into()),
            Some(uri) => Some(format!("{{{uri}}}{local}")),
            None => None,
        }
    }
}
