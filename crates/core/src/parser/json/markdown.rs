//! Finds the JSON in a model's text as Python does: the whole text, or else what follows its first fence.

use super::{python::PartialJson, scan::Rules};
use crate::Val;

/// A model's text under way, read as `langchain_core.utils.json.parse_json_markdown` reads it, in time linear in the text.
#[derive(Debug)]
pub(super) struct MarkdownJson {
    whole: PartialJson,
    fence: Fence,
}

/// What follows the first fence.
#[derive(Debug)]
enum Fence {
    /// So many back-ticks in a row.
    Ticks(usize),
    /// So much of the word `json`.
    Word(String),
    Json(Box<PartialJson>),
}

impl MarkdownJson {
    pub(super) fn new() -> Self {
        MarkdownJson { whole: PartialJson::new(Rules::Stripped), fence: Fence::Ticks(0) }
    }

    /// Reads the next piece.
    pub(super) fn push(&mut self, piece: &str) {
        self.whole.push(piece);
        let mut rest = piece;
        while let Some(char) = rest.chars().next() {
            match &mut self.fence {
                Fence::Json(json) => return json.push(rest),
                Fence::Ticks(2) if char == '`' => self.fence = Fence::Word(String::new()),
                Fence::Ticks(ticks) => *ticks = if char == '`' { *ticks + 1 } else { 0 },
                Fence::Word(word) => {
                    word.push(char);
                    if "json".starts_with(word.as_str()) && word != "json" {
                        rest = &rest[char.len_utf8()..];
                        continue;
                    }
                    let mut json = PartialJson::new(Rules::Stripped);
                    json.push(word.strip_prefix("json").unwrap_or(word));
                    self.fence = Fence::Json(Box::new(json));
                }
            }
            rest = &rest[char.len_utf8()..];
        }
    }

    /// The value, as Python reads the text so far; `None` if it raises.
    pub(super) fn value(&self) -> Option<Val> {
        self.whole.value().or_else(|| match &self.fence {
            Fence::Json(json) => json.value(),
            Fence::Ticks(_) | Fence::Word(_) => None,
        })
    }

    /// Whether the value may differ from what it was at the last call.
    pub(super) fn take_changed(&mut self) -> bool {
        let whole = self.whole.take_changed();
        let fence = if let Fence::Json(json) = &mut self.fence { json.take_changed() } else { false };
        whole || fence
    }

    /// How many values were made.
    pub(super) fn made(&self) -> usize {
        self.whole.made() + if let Fence::Json(json) = &self.fence { json.made() } else { 0 }
    }
}
