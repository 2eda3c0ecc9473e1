//! What a message holds: text, or a list of content blocks.

use crate::chunk::difference;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// Text, or a list of content blocks (`{"type": "text", "text": ...}`, `{"type": "image_url", ...}`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Blocks, as the vendor's API takes them.
    Blocks(Vec<Value>),
}

impl Default for Content {
    fn default() -> Self {
        Content::Text(String::new())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Content::Text(text.into())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Content::Text(text)
    }
}

impl Content {
    /// The text, or the text blocks' text joined.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Content::Text(text) => Cow::Borrowed(text),
            Content::Blocks(blocks) => Cow::Owned(blocks.iter().filter_map(block_text).collect()),
        }
    }

    /// The text by value.
    pub fn into_text(self) -> String {
        match self {
            Content::Text(text) => text,
            blocks @ Content::Blocks(_) => blocks.to_text().into_owned(),
        }
    }

    /// Whether there is neither text nor a block.
    pub fn is_empty(&self) -> bool {
        match self {
            Content::Text(text) => text.is_empty(),
            Content::Blocks(blocks) => blocks.is_empty(),
        }
    }

    /// Adds the content of the next piece of a stream.
    pub fn merge(&mut self, next: Content) {
        self.grow(next);
    }

    /// Merges, and gives by how much the weight grew. What is held is not walked, but for the one time when text
    /// becomes a block.
    pub(crate) fn grow(&mut self, next: Content) -> isize {
        let added = match (&*self, &next) {
            (Content::Blocks(_), Content::Text(next)) if next.is_empty() => 0,
            (Content::Blocks(_), Content::Text(next)) => block_weight(&Value::from(next.as_str())),
            (Content::Text(text), Content::Blocks(_)) if !text.is_empty() => {
                next.weight() + block_weight(&Value::from(text.as_str()))
            }
            _ => next.weight(),
        };
        let turned = match (&*self, &next) {
            (Content::Text(text), Content::Blocks(_)) => text.len(),
            _ => 0,
        };
        self.join(next);
        difference(added, turned)
    }

    fn join(&mut self, next: Content) {
        match (&mut *self, next) {
            (Content::Text(whole), Content::Text(next)) => whole.push_str(&next),
            (Content::Blocks(whole), Content::Blocks(next)) => whole.extend(next),
            (Content::Blocks(whole), Content::Text(next)) if !next.is_empty() => whole.push(next.into()),
            (Content::Blocks(_), Content::Text(_)) => {}
            (Content::Text(text), Content::Blocks(next)) => {
                let mut blocks = Vec::with_capacity(next.len() + 1);
                if !text.is_empty() {
                    blocks.push(Value::String(std::mem::take(text)));
                }
                blocks.extend(next);
                *self = Content::Blocks(blocks);
            }
        }
    }

    pub(crate) fn weight(&self) -> usize {
        match self {
            Content::Text(text) => text.len(),
            Content::Blocks(blocks) => blocks.iter().map(block_weight).sum(),
        }
    }
}

fn block_weight(block: &Value) -> usize {
    32 + block.to_string().len()
}

fn block_text(block: &Value) -> Option<&str> {
    match block {
        Value::String(text) => Some(text),
        Value::Object(map) if map.get("type").is_some_and(|kind| kind == "text") => map.get("text")?.as_str(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_blocks_join_and_others_are_left_out() {
        let blocks = json!([{"type": "text", "text": "a"}, {"type": "image_url"}, "b"]);
        let content: Content = serde_json::from_value(blocks).unwrap();
        assert_eq!(content.to_text(), "ab");
    }

    #[test]
    fn pieces_of_either_form_merge() {
        let mut content = Content::from("a");
        content.merge(Content::Blocks(vec![json!({"type": "text", "text": "b"})]));
        content.merge(Content::from("c"));
        content.merge(Content::from(""));
        assert_eq!(
            content,
            Content::Blocks(vec![json!("a"), json!({"type": "text", "text": "b"}), json!("c")])
        );
    }
}
