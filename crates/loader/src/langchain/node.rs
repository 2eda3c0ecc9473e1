//! What a value of LangChain's JSON is: one of the four kinds of node, or data.

use crate::document::{Content, Item};
use windlass_core::Number;

/// What a value is.
pub(super) enum Node<'a> {
    /// Data that stands for itself, as far as its outside goes.
    Plain,
    /// Data that only looks like a node: what is inside stands for itself all through.
    Escaped(&'a Item),
    /// A secret by its name.
    Secret(&'a str),
    /// Something that LangChain could not write.
    NotImplemented { id: String, repr: &'a str },
    /// An object: the path of its class, joined by `/`, and what it is made of.
    Object { id: String, kwargs: Option<&'a Item> },
    /// A node whose `id` is not what an id has to be.
    Broken,
}

/// The key of dictionaries that only look like nodes.
pub(super) const ESCAPE: &str = "__lc_escaped__";

/// What the value is. The order of the questions is that of LangChain's `load`.
pub(super) fn node(item: &Item) -> Node<'_> {
    if let [entry] = item.entries()
        && entry.key == ESCAPE
    {
        return Node::Escaped(&entry.value);
    }
    let kind = item.get("type").and_then(Item::as_text).filter(|_| item.get("lc").is_some_and(is_one));
    let (Some(kind), Some(id)) = (kind, item.get("id").filter(|id| id.content != Content::Null)) else {
        return Node::Plain;
    };
    let parts: Option<Vec<_>> = id.items().iter().map(Item::as_text).collect();
    let parts = parts.unwrap_or_default();
    match (kind, parts.as_slice()) {
        ("secret", [name]) => Node::Secret(name),
        ("not_implemented", parts) => {
            let repr = item.get("repr").and_then(Item::as_text).unwrap_or_default();
            Node::NotImplemented { id: parts.join("/"), repr }
        }
        ("secret", _) | ("constructor", []) => Node::Broken,
        ("constructor", parts) => Node::Object { id: parts.join("/"), kwargs: item.get("kwargs") },
        _ => Node::Plain,
    }
}

/// Whether it equals 1 in Python, where `1.0` and `True` do too.
fn is_one(item: &Item) -> bool {
    match &item.content {
        Content::Number(number) => number.same(&Number::Int(1)),
        Content::Bool(bool) => *bool,
        _ => false,
    }
}

/// The last part of an id: the name of the class.
pub(super) fn name(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
