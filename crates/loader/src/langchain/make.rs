//! Makes the items of a chain file, each with the place it comes from.

use crate::{
    Span,
    document::{Content, Entry, Item, Style},
};
use windlass_core::Number;

pub(super) fn text(at: Span, text: impl Into<String>) -> Item {
    Item { span: at, content: Content::Text(text.into(), Style::Double) }
}

pub(super) fn boolean(at: Span, bool: bool) -> Item {
    Item { span: at, content: Content::Bool(bool) }
}

pub(super) fn number(at: Span, number: impl Into<Number>) -> Item {
    Item { span: at, content: Content::Number(number.into()) }
}

pub(super) fn list(at: Span, items: Vec<Item>) -> Item {
    Item { span: at, content: Content::List(items) }
}

pub(super) fn map(at: Span, entries: Vec<Entry>) -> Item {
    Item { span: at, content: Content::Map(entries) }
}

/// An entry that stands where its value stands.
pub(super) fn entry(key: &str, value: Item) -> Entry {
    Entry { key: key.into(), span: value.span, value }
}

/// A mapping of one entry.
pub(super) fn pair(at: Span, key: &str, value: Item) -> Item {
    map(at, vec![Entry { key: key.into(), span: at, value }])
}

/// The steps as a list, of which one by itself has one.
pub(super) fn steps(step: Item) -> Item {
    match step.content {
        Content::List(_) => step,
        _ => list(step.span, vec![step]),
    }
}
