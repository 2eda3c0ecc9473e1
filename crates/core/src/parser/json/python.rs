//! What Python's partial parser makes of text that is no JSON: it counts brackets, and cuts the text back until it fits.

use super::scan::Scanner;
use crate::Val;

/// The brackets of a text under way, strings left out.
#[derive(Debug, Default)]
pub(super) struct Brackets {
    /// What closes those that are open.
    closers: Vec<char>,
    in_text: bool,
    escaped: bool,
    mismatched: bool,
    /// How many were open at the last cut.
    depth: Option<usize>,
}

impl Brackets {
    /// Reads the next piece.
    pub(super) fn push(&mut self, piece: &str) {
        for char in piece.chars() {
            if self.in_text {
                self.in_text = char != '"' || self.escaped;
                self.escaped = char == '\\' && !self.escaped;
            } else {
                self.outside(char);
            }
        }
    }

    /// Whether a bracket was closed that was not open: then Python reads null.
    pub(super) fn mismatched(&self) -> bool {
        self.mismatched
    }

    /// What is left of broken JSON: the value as it was where the brackets that are open now were open.
    pub(super) fn cut(&self, broken: &Scanner) -> Option<Val> {
        broken.cut(&self.closers)
    }

    /// Whether the cut differs from what it was at the last call.
    pub(super) fn cuts_anew(&mut self, broken: &mut Scanner) -> bool {
        let depth = self.closers.len();
        let before = self.depth.replace(depth).unwrap_or(broken.depth());
        broken.take_changed() || before != depth
    }

    fn outside(&mut self, char: char) {
        match char {
            '"' => (self.in_text, self.escaped) = (true, false),
            '{' => self.closers.push('}'),
            '[' => self.closers.push(']'),
            '}' | ']' => self.mismatched |= self.closers.pop() != Some(char),
            _ => {}
        }
    }
}
