//! What an output parser takes: a model's message, or text.

use crate::{AiMessage, Chunk, Content, Error, Feeds, Kind, Message, Out, ParseError, Result, Val, python};
use futures_util::StreamExt;
use serde_json::Value;

/// What an output parser takes, whole or a piece of it: LangChain's `LanguageModelOutput`.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelOutput {
    /// Text, as a step that is no chat model gives it.
    Text(String),
    /// A message.
    Message(Message),
    /// What no parser takes; each says so with the exception that it raises in Python.
    Other(Box<Val>),
}

impl From<AiMessage> for ModelOutput {
    fn from(message: AiMessage) -> Self {
        ModelOutput::Message(Message::Ai(message))
    }
}

impl From<&str> for ModelOutput {
    fn from(text: &str) -> Self {
        ModelOutput::Text(text.into())
    }
}

impl Chunk for ModelOutput {
    const PIECEWISE: bool = true;

    fn kind() -> Kind {
        Kind::MESSAGE.or(Kind::TEXT)
    }

    fn into_val(self) -> Val {
        match self {
            ModelOutput::Text(text) => Val::Text(text),
            ModelOutput::Message(message) => Val::from(message),
            ModelOutput::Other(val) => *val,
        }
    }

    fn from_val(val: Val) -> Result<Self> {
        Ok(match val {
            Val::Text(text) => ModelOutput::Text(text),
            Val::Message(message) => ModelOutput::Message(*message),
            other => ModelOutput::Other(Box::new(other)),
        })
    }

    fn merge(&mut self, next: Self) {
        match (&mut *self, next) {
            (ModelOutput::Text(whole), ModelOutput::Text(next)) => whole.push_str(&next),
            (ModelOutput::Message(Message::Ai(whole)), ModelOutput::Message(Message::Ai(next))) => {
                whole.merge(next);
            }
            (_, next) => *self = next,
        }
    }

    fn weight(&self) -> usize {
        match self {
            ModelOutput::Text(text) => text.len(),
            ModelOutput::Message(message) => message.weight(),
            ModelOutput::Other(val) => val.weight(),
        }
    }
}

impl Feeds<ModelOutput> for AiMessage {
    fn feed(self) -> Result<ModelOutput> {
        Ok(self.into())
    }

    fn feed_stream(pieces: Out<Self>, _: crate::Cx) -> Out<ModelOutput> {
        pieces.map(|piece| piece.map(ModelOutput::from)).boxed()
    }
}

impl Feeds<ModelOutput> for String {
    fn feed(self) -> Result<ModelOutput> {
        Ok(ModelOutput::Text(self))
    }

    fn feed_stream(pieces: Out<Self>, _: crate::Cx) -> Out<ModelOutput> {
        pieces.map(|piece| piece.map(ModelOutput::Text)).boxed()
    }
}

impl Feeds<ModelOutput> for Val {
    fn feed(self) -> Result<ModelOutput> {
        ModelOutput::from_val(self)
    }

    fn feed_stream(pieces: Out<Self>, _: crate::Cx) -> Out<ModelOutput> {
        pieces.map(|piece| piece.and_then(ModelOutput::from_val)).boxed()
    }
}

impl ModelOutput {
    /// The text, as LangChain's `generation.text`; `class` is the one that Python makes of it first.
    pub(super) fn into_text(self, parser: &'static str, class: &str) -> Result<String> {
        match self {
            ModelOutput::Text(text) => Ok(text),
            ModelOutput::Message(Message::Ai(message)) => Ok(generation_text(message.content)),
            ModelOutput::Message(other) => Ok(generation_text(other.content().clone())),
            ModelOutput::Other(val) => Err(no_text(parser, class, &val)),
        }
    }

    /// The content of a piece as a parser of lists or XML takes it, which has no use for content blocks.
    pub(super) fn into_plain_text(self, parser: &'static str) -> Result<Option<String>> {
        let content = match self {
            ModelOutput::Text(text) => return Ok(Some(text)),
            ModelOutput::Message(Message::Ai(message)) => message.content,
            ModelOutput::Message(other) => other.content().clone(),
            ModelOutput::Other(val) => {
                let message =
                    format!("can only concatenate str (not \"{}\") to str", python::type_name(&val));
                return Err(ParseError::raised(parser, "TypeError", message).into());
            }
        };
        Ok(match content {
            Content::Text(text) => Some(text),
            Content::Blocks(_) => None,
        })
    }

    /// The message, for a parser that cannot do with text.
    pub(super) fn into_message(self, parser: &'static str, class: &str) -> Result<Message> {
        match self {
            ModelOutput::Message(message) => Ok(message),
            ModelOutput::Text(_) => {
                let message = "This output parser can only be used with a chat generation.";
                Err(ParseError::rejected(parser, message, None).into())
            }
            ModelOutput::Other(val) => Err(no_text(parser, class, &val)),
        }
    }
}

fn no_text(parser: &'static str, class: &str, val: &Val) -> Error {
    let message = format!(
        "1 validation error for {class}\ntext\n  Input should be a valid string [type=string_type, input_type={}]",
        python::type_name(val)
    );
    ParseError::raised(parser, "ValidationError", message).into()
}

/// The text of a message's content. Blocks of old, which have text but no type, count as text too.
fn generation_text(content: Content) -> String {
    match &content {
        Content::Blocks(blocks) if blocks.iter().any(is_untyped_text) => {
            let text = |block: &Value| match block {
                Value::String(text) => Some(text.clone()),
                block if is_untyped_text(block) || block["type"] == "text" => {
                    block["text"].as_str().map(String::from)
                }
                _ => None,
            };
            blocks.iter().filter_map(text).collect()
        }
        _ => content.into_text(),
    }
}

fn is_untyped_text(block: &Value) -> bool {
    block.get("text").is_some() && block["type"].is_null()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(content: Value, expect: &str) {
        assert_eq!(generation_text(serde_json::from_value(content).unwrap()), expect);
    }

    #[test]
    fn text_is_that_of_strings_and_text_blocks() {
        check(json!("a"), "a");
        check(json!(["a", {"type": "text", "text": "b"}, {"type": "tool_use", "text": "c"}]), "ab");
        check(json!([{"text": "a"}, {"type": "text", "text": "b"}, {"type": "x", "text": "c"}, "d"]), "abd");
        check(json!([]), "");
    }

    #[test]
    fn what_is_no_text_raises_as_in_python() {
        let error = ModelOutput::from_val(Val::from(json!({"a": "My name is Ann"}))).unwrap();
        let Err(Error::Parse(error)) = error.into_text("StrOutputParser", "Generation") else { panic!() };
        assert_eq!(error.class, "ValidationError");
        assert!(error.message.contains("input_type=dict"));
        assert!(!format!("{error} {error:?}").contains("Ann"));
    }
}
