//! Finds the JSON in a model's text, which may stand bare, in back-ticks or in a fence among prose.

use super::scan::{Rules, Scanner, is_lead};
use crate::Val;

const FENCE: &str = "```";

/// A model's text under way, and the JSON in it.
///
/// The text is read as JSON first. If it is none, what follows the first fence is, with or without the word `json`; so the
/// text is read at most twice, however many pieces it comes in.
#[derive(Debug)]
pub(super) struct JsonText {
    text: String,
    /// How much of the text the scanner has seen.
    read: usize,
    /// How much of the text was searched for a fence.
    searched: usize,
    in_fence: bool,
    scanner: Scanner,
}

impl JsonText {
    pub(super) fn new() -> Self {
        let scanner = Scanner::new(Rules::Own { in_fence: false });
        JsonText { text: String::new(), read: 0, searched: 0, in_fence: false, scanner }
    }

    /// Reads the next piece.
    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
        if !self.in_fence && self.scanner.at_start() {
            let fresh = &self.text[self.read..];
            let lead = fresh.find(|char| !is_lead(char)).unwrap_or(fresh.len());
            self.enter_fence(self.read + lead);
        }
        self.scan();
        if self.scanner.failed() && !self.in_fence && self.enter_fence(self.text.len()) {
            self.scan();
        }
    }

    /// The value so far, if it differs from what it was at the last call. Null is never given.
    pub(super) fn next_value(&mut self) -> Option<Val> {
        if self.scanner.take_changed() { self.scanner.value().filter(|val| *val != Val::Null) } else { None }
    }

    /// The value at the end of the text, or the text if there is none in it.
    pub(super) fn finish(self) -> Result<Val, String> {
        self.scanner.into_value().ok_or_else(|| self.text.trim().to_owned())
    }

    /// Whether a stream may end here; if not, the text.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.scanner.has_value() { Ok(()) } else { Err(self.text.trim().to_owned()) }
    }

    /// How many values were made.
    pub(super) fn made(&self) -> usize {
        self.scanner.made()
    }

    fn scan(&mut self) {
        let mut rest = &self.text[self.read..];
        if self.in_fence && self.read == self.searched {
            match rest.strip_prefix("json") {
                Some(json) => rest = json,
                None if "json".starts_with(rest) => return,
                None => {}
            }
        }
        self.scanner.push(rest);
        self.read = self.text.len();
    }

    /// Starts again behind the first fence, if there is one before `end`.
    fn enter_fence(&mut self, end: usize) -> bool {
        let text = &self.text[..end];
        let Some(at) = text[self.searched..].find(FENCE) else {
            // The end may be the beginning of a fence.
            let ticks = text.len() - text.trim_end_matches('`').len();
            self.searched = end - ticks.min(FENCE.len() - 1);
            return false;
        };
        self.searched += at + FENCE.len();
        self.read = self.searched;
        self.in_fence = true;
        self.scanner = Scanner::new(Rules::Own { in_fence: true });
        true
    }
}
