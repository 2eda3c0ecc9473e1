//! A YAML file as a tree in which every key and value knows where it was written.

mod reader;
mod scalar;
mod text;
mod write;

pub(crate) use reader::read;
pub(crate) use text::place;
pub(crate) use write::to_yaml;

use crate::Span;
use serde_json::{Map, Value};
use windlass_core::{Number, Val};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) span: Span,
    pub(crate) content: Content,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(String, Style),
    List(Vec<Item>),
    Map(Vec<Entry>),
}

/// How a text is written; it tells how to find a character of it in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes, or in a block after `|` or `>`.
    Bare,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
}

/// A key of a mapping, where it stands, and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) span: Span,
    pub(crate) value: Item,
}

impl Entry {
    /// Key and value together.
    pub(crate) fn whole(&self) -> Span {
        Span::new(self.span.start, self.value.span.end)
    }
}

impl Item {
    /// The entries, if it is a mapping.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items, if it is a list.
    pub(crate) fn items(&self) -> &[Item] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// The entry of this key, if it is a mapping that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of this key.
    pub(crate) fn get(&self, key: &str) -> Option<&Item> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// What it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(..) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
        }
    }

    /// As JSON.
    pub(crate) fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(bool) => (*bool).into(),
            Content::Number(number) => number.clone().into(),
            Content::Text(text, _) => text.as_str().into(),
            Content::List(items) => items.iter().map(Item::to_value).collect(),
            Content::Map(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value())).collect(),
            ),
        }
    }

    /// A value that stands nowhere in the file, as if it stood at `span`.
    pub(crate) fn of_value(value: &Value, span: Span) -> Item {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(bool) => Content::Bool(*bool),
            Value::Number(number) => Content::Number(number.clone().into()),
            Value::String(text) => Content::Text(text.clone(), Style::Double),
            Value::Array(items) => {
                Content::List(items.iter().map(|item| Item::of_value(item, span)).collect())
            }
            Value::Object(map) => {
                let entry = |(key, value): (&String, &Value)| Entry {
                    key: key.clone(),
                    span,
                    value: Item::of_value(value, span),
                };
                Content::Map(map.iter().map(entry).collect())
            }
        };
        Item { span, content }
    }

    /// As a value of a chain, with all digits of its numbers.
    pub(crate) fn to_val(&self) -> Val {
        match &self.content {
            Content::Null => Val::Null,
            Content::Bool(bool) => Val::Bool(*bool),
            Content::Number(number) => Val::Number(number.clone()),
            Content::Text(text, _) => Val::Text(text.clone()),
            Content::List(items) => Val::List(items.iter().map(Item::to_val).collect()),
            Content::Map(entries) => {
                Val::Dict(entries.iter().map(|entry| (entry.key.clone(), entry.value.to_val())).collect())
            }
        }
    }

    /// Some of the entries as JSON.
    pub(crate) fn map_of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Map<String, Value> {
        entries.into_iter().map(|entry| (entry.key.clone(), entry.value.to_value())).collect()
    }

    /// Where a JSON Pointer leads: the place of the key for a value of a mapping, else of the value. A pointer that leads
    /// nowhere ends at the last place it passes.
    pub(crate) fn locate(&self, pointer: &str) -> Span {
        let mut at = self.span;
        let mut item = self;
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            if let Some(entry) = item.entry(&part) {
                (at, item) = (entry.span, &entry.value);
            } else if let Some(inner) = part.parse().ok().and_then(|index: usize| item.items().get(index)) {
                (at, item) = (inner.span, inner);
            } else {
                break;
            }
        }
        at
    }

    /// The item a JSON Pointer leads to.
    pub(crate) fn follow(&self, pointer: &str) -> Option<&Item> {
        pointer.split('/').skip(1).try_fold(self, |item, part| {
            let part = part.replace("~1", "/").replace("~0", "~");
            item.get(&part).or_else(|| item.items().get(part.parse::<usize>().ok()?))
        })
    }

    /// The keys and indexes that lead to a stretch of the file: `chains.ask.model`.
    pub(crate) fn path_to(&self, span: Span) -> String {
        let mut path = String::new();
        let mut item = self;
        loop {
            if let Some(entry) = item.entries().iter().find(|entry| entry.whole().contains(span)) {
                let dot = if path.is_empty() { "" } else { "." };
                path.push_str(&format!("{dot}{}", entry.key));
                item = &entry.value;
            } else if let Some((index, inner)) =
                item.items().iter().enumerate().find(|(_, inner)| inner.span.contains(span))
            {
                path.push_str(&format!("[{index}]"));
                item = inner;
            } else {
                return path;
            }
        }
    }
}
