//! Text in quotes, as Python's `repr` and `ascii` write it.

use std::fmt::Write;
use unicode_general_category::{GeneralCategory, get_general_category};

/// Writes `repr(text)`.
pub(super) fn write(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char == quote => {
                out.push('\\');
                out.push(char);
            }
            char if is_printable(char) => out.push(char),
            char => escape(out, char),
        }
    }
    out.push(quote);
}

/// What is not ASCII escaped.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii() { out.push(char) } else { escape(&mut out, char) }
    }
    out
}

fn escape(out: &mut String, char: char) {
    let code = u32::from(char);
    let _ = match code {
        0..0x100 => write!(out, "\\x{code:02x}"),
        0x100..0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// `char.isprintable()`: neither a control, nor a separator but the space, nor unassigned.
fn is_printable(char: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate, Unassigned,
    };
    if char.is_ascii() {
        return (' '..='~').contains(&char);
    }
    !matches!(
        get_general_category(char),
        Control
            | Format
            | Surrogate
            | PrivateUse
            | Unassigned
            | LineSeparator
            | ParagraphSeparator
            | SpaceSeparator
    )
}
