//! What an object is made of: the `kwargs` of a constructor, each taken once.

use crate::{
    Span,
    document::{Content, Entry, Item},
};

/// The keyword arguments of an object.
pub(super) struct Arguments<'a> {
    /// The object's class, for messages.
    pub(super) class: &'a str,
    /// Where the object stands.
    pub(super) at: Span,
    left: Vec<&'a Entry>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(class: &'a str, at: Span, kwargs: &'a [Entry]) -> Self {
        Arguments { class, at, left: kwargs.iter().collect() }
    }

    /// The argument of this name, if it is there and not null.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a Item> {
        self.take_entry(name).map(|entry| &entry.value).filter(|item| item.content != Content::Null)
    }

    /// The same with its key, null included.
    pub(super) fn take_entry(&mut self, name: &str) -> Option<&'a Entry> {
        let at = self.left.iter().position(|entry| entry.key == name)?;
        Some(self.left.remove(at))
    }

    /// Whether the argument is there, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|entry| entry.key == name)
    }

    /// What nobody took.
    pub(super) fn rest(&mut self) -> Vec<&'a Entry> {
        std::mem::take(&mut self.left)
    }
}
