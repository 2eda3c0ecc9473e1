//! Reads values of the kind that is wanted, and says what is wrong with others.

use super::Context;
use crate::{
    document::{Content, Entry, Item},
    suggest::{list, nearest, shorten},
};

impl Context<'_> {
    /// Notes that `what` must be `wanted`.
    pub(super) fn wrong_kind(&mut self, item: &Item, what: &str, wanted: &str) {
        let begins_mapping = self.source.slice(item.span).starts_with(['{', '[']);
        let remedy = match &item.content {
            Content::Map(_) | Content::List(_) if begins_mapping && wanted.contains("text") => {
                "put quotes around text that begins with `{` or `[`".into()
            }
            Content::Bool(_) | Content::Number(_) if wanted.contains("text") => {
                format!("put quotes around it: \"{}\"", shorten(self.source.slice(item.span)))
            }
            Content::Null => format!("write {wanted} behind the `:`"),
            _ => format!("write {wanted}"),
        };
        self.mistakes.error(item.span, format!("{what} must be {wanted}, not {}", item.kind()), remedy);
    }

    /// The text that `what` is.
    pub(super) fn text<'i>(&mut self, item: &'i Item, what: &str) -> Option<&'i str> {
        if item.as_text().is_none() {
            self.wrong_kind(item, what, "text");
        }
        item.as_text()
    }

    /// The entries of the mapping that `what` is.
    pub(super) fn entries<'i>(&mut self, item: &'i Item, what: &str) -> Option<&'i [Entry]> {
        match &item.content {
            Content::Map(entries) => Some(entries),
            _ => {
                self.wrong_kind(item, what, "a mapping");
                None
            }
        }
    }

    /// The items of the list that `what` is.
    pub(super) fn items<'i>(&mut self, item: &'i Item, what: &str) -> Option<&'i [Item]> {
        match &item.content {
            Content::List(items) => Some(items),
            _ => {
                self.wrong_kind(item, what, "a list");
                None
            }
        }
    }

    /// The texts of the list that `what` is.
    pub(super) fn texts(&mut self, item: &Item, what: &str) -> Option<Vec<String>> {
        let items = self.items(item, what)?;
        items.iter().map(|item| self.text(item, what).map(String::from)).collect()
    }

    /// The boolean that `what` is.
    pub(super) fn boolean(&mut self, item: &Item, what: &str) -> Option<bool> {
        match item.content {
            Content::Bool(bool) => Some(bool),
            _ => {
                self.wrong_kind(item, what, "true or false");
                None
            }
        }
    }

    /// The meaning of the word that `what` is; the first of the words for a meaning is the one to write.
    pub(super) fn word<T: Copy>(&mut self, item: &Item, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(item, what)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let remedy = did_you_mean(text, known.clone())
                .unwrap_or_else(|| format!("write one of: {}", list(known.filter(|word| is_plain(word)))));
            let message = format!("{what} cannot be `{}`", shorten(text));
            self.mistakes.error(item.span, message, remedy);
        }
        found
    }

    /// Notes each key that `place` does not have.
    pub(super) fn only(&mut self, entries: &[Entry], keys: &[&str], place: &str) {
        for entry in entries.iter().filter(|entry| !keys.contains(&entry.key.as_str())) {
            let remedy = did_you_mean(&entry.key, keys.iter().copied())
                .unwrap_or_else(|| format!("{place} has: {}", list(keys.iter().copied())));
            self.unknown_key(entry, place, remedy);
        }
    }

    /// Notes a key that `place` does not have.
    pub(super) fn unknown_key(&mut self, entry: &Entry, place: &str, remedy: impl Into<String>) {
        let message = format!("{place} has no key `{}`", shorten(&entry.key));
        self.mistakes.error(entry.span, message, remedy);
    }
}

/// LangChain's names for steps are understood, but not listed.
fn is_plain(word: &str) -> bool {
    !word.starts_with(|char: char| char.is_ascii_uppercase())
}

/// The remedy for a word that is nearly one of the known.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|known| format!("did you mean `{known}`?"))
}
