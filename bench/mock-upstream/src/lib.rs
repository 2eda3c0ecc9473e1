//! The text that the mock upstream answers with, shared with the load generator, which checks it.

use std::fmt::Write;

/// Appends the text of token `i`: its number padded to `size` bytes, or one with characters of 2, 3 and 4 bytes.
pub fn token(i: u32, size: u32, utf8: bool, out: &mut String) {
    // writing to a string cannot fail
    let _ = if utf8 {
        write!(out, "{i}é漢🦀")
    } else {
        let w = (size as usize).saturating_sub(1);
        write!(out, "{i:0w$} ")
    };
}
