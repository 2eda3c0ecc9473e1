//! What a message holds: text, or a list of content blocks.

use super::merge;
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

    /// Merges as LangChain's `merge_content` does, and gives by how much the weight grew. What is held is not walked, but
    /// for the one time when text becomes a block.
    pub(crate) fn grow(&mut self, next: Content) -> isize {
        match (&mut *self, next) {
            (Content::Text(whole), Content::Text(next)) => {
                whole.push_str(&next);
                difference(next.len(), 0)
            }
            (Content::Blocks(whole), Content::Blocks(next)) => merge::merge_lists(whole, next),
            (Content::Blocks(whole), Content::Text(next)) => append(whole, next),
            (Content::Text(text), Content::Blocks(next)) => {
                let before = text.len();
                let mut blocks = Vec::with_capacity(next.len() + 1);
                blocks.push(Value::String(std::mem::take(text)));
                blocks.extend(next);
                *self = Content::Blocks(blocks);
                difference(self.weight(), before)
            }
        }
    }

    pub(crate) fn weight(&self) -> usize {
        match self {
            Content::Text(text) => text.len(),
            Content::Blocks(blocks) => blocks.iter().map(merge::weight).sum(),
        }
    }
}

/// Text after blocks: it goes on where the last is text. After none it is lost, as in Python.
fn append(blocks: &mut Vec<Value>, next: String) -> isize {
    match blocks.last_mut() {
        Some(Value::String(last)) => {
            last.push_str(&next);
            difference(next.len(), 0)
        }
        Some(_) if !next.is_empty() => {
            let next = Value::String(next);
            let added = merge::weight(&next);
            blocks.push(next);
            difference(added, 0)
        }
        _ => 0,
    }
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

    #[track_caller]
    fn check(pieces: Value, expect: &Value) {
        let pieces: Vec<Content> = serde_json::from_value(pieces).unwrap();
        let mut pieces = pieces.into_iter();
        let mut whole = pieces.next().unwrap();
        pieces.for_each(|piece| whole.merge(piece));
        assert_eq!(&serde_json::to_value(&whole).unwrap(), expect);
    }

    #[test]
    fn pieces_of_either_form_merge_as_in_python() {
        let text = |text: &str| json!({"type": "text", "text": text, "index": 0});
        check(json!(["a", "b"]), &json!("ab"));
        check(json!(["a", [{"type": "x"}], "c", "", "d"]), &json!(["a", {"type": "x"}, "cd"]));
        check(json!(["", [{"type": "x"}]]), &json!(["", {"type": "x"}]));
        check(json!([[], "lost", [{"type": "x"}]]), &json!([{"type": "x"}]));
        check(json!([[text("a")], [text("b")]]), &json!([text("ab")]));
    }
}
