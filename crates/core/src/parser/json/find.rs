//! Finds the JSON in a model's text, which may stand bare, in back-ticks or in a fence among prose.

use super::scan::{Numbers, Scanner};
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
    numbers: Numbers,
    scanner: Scanner,
}

impl JsonText {
    pub(super) fn new(numbers: Numbers) -> Self {
        let scanner = Scanner::new(numbers, false);
        JsonText { text: String::new(), read: 0, searched: 0, in_fence: false, numbers, scanner }
    }

    /// Reads the next piece.
    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.scan();
        if self.scanner.failed() && !self.in_fence && self.enter_fence() {
            self.scan();
        }
    }

    /// The value so far, if it differs from what it was at the last call. Null is never given.
    pub(super) fn next_value(&mut self) -> Option<Val> {
        let changed = self.scanner.take_changed();
        changed.then(|| self.scanner.value()).flatten().filter(|val| *val != Val::Null)
    }

    /// The value at the end of the text, or the text if there is none in it.
    pub(super) fn finish(self) -> Result<Val, String> {
        self.scanner.into_value().ok_or_else(|| self.text.trim().to_owned())
    }

    /// Whether the text has a value in it; if not, the text.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.scanner.has_value() { Ok(()) } else { Err(self.text.trim().to_owned()) }
    }

    /// Whether what stands outside of a fence is no JSON.
    pub(super) fn broken(&self) -> bool {
        self.scanner.failed() && !self.in_fence
    }

    /// The reading of broken JSON.
    pub(super) fn scanner(&mut self) -> &mut Scanner {
        &mut self.scanner
    }

    /// How many values were made.
    pub(super) fn made(&self) -> usize {
        self.scanner.made()
    }

    fn scan(&mut self) {
        let rest = &self.text[self.read..];
        let fresh = self.in_fence && self.read == self.searched;
        match rest.strip_prefix("json") {
            Some(rest) if fresh => self.scanner.push(rest),
            None if fresh && "json".starts_with(rest) => return,
            _ => self.scanner.push(rest),
        }
        self.read = self.text.len();
    }

    /// Starts again behind the first fence, if there is one by now.
    fn enter_fence(&mut self) -> bool {
        let Some(at) = self.text[self.searched..].find(FENCE) else {
            // The end may be the beginning of a fence.
            let ticks = self.text.len() - self.text.trim_end_matches('`').len();
            self.searched = self.text.len() - ticks.min(FENCE.len() - 1);
            return false;
        };
        self.searched += at + FENCE.len();
        self.read = self.searched;
        self.in_fence = true;
        self.scanner = Scanner::new(self.numbers, true);
        true
    }
}
