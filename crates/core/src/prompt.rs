//! Prompts: templates rendered with variables into text or messages for a model.

mod base;
mod chat;
mod content;
mod few_shot;
mod fstring;
mod jinja;
mod message;
mod mustache;
mod scope;
mod structured;
mod template;
mod template_error;
mod text;

pub use base::{BasePromptTemplate, CoercingPrompt};
pub use chat::{
    ChatPromptTemplate, MessageContent, MessagePromptTemplate, MessageTemplate, MessagesPlaceholder, Role,
};
pub use content::{ContentTemplate, DictPromptTemplate, ImagePromptTemplate};
pub use few_shot::{
    FewShotChatMessagePromptTemplate, FewShotParts, FewShotPromptTemplate, FewShotPromptWithTemplates,
    FewShotTemplateParts,
};
pub use message::{Speaker, messages_schema};
pub use structured::StructuredPrompt;
pub use template::{Template, TemplateFormat};
pub use template_error::TemplateError;
pub use text::{PromptTemplate, StringPromptTemplate};

pub(crate) use message::message_from;

use crate::{
    Chunk, Feeds, Kind, Message, Out, PromptError, Result, Val,
    chunk::difference,
    python::{self, PythonError},
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};

/// A rendered prompt: what a model takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PromptValue {
    /// Text; a chat model sees it as one human message.
    Text(String),
    /// A conversation.
    Messages(Vec<Message>),
}

impl PromptValue {
    /// As messages: text becomes one human message.
    pub fn into_messages(self) -> Vec<Message> {
        match self {
            PromptValue::Text(text) => vec![Message::human(text)],
            PromptValue::Messages(messages) => messages,
        }
    }

    /// As text: a conversation is written `Human: ...`, line by line.
    pub fn to_text(&self) -> String {
        match self {
            PromptValue::Text(text) => text.clone(),
            PromptValue::Messages(messages) => {
                messages.iter().map(python::line).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl Chunk for PromptValue {
    fn kind() -> Kind {
        Kind::PROMPT.or(Kind::TEXT).or(Kind::LIST).or(Kind::MESSAGE)
    }

    fn into_val(self) -> Val {
        Val::Prompt(Box::new(self))
    }

    fn from_val(val: Val) -> Result<Self> {
        match val {
            Val::Prompt(prompt) => Ok(*prompt),
            Val::Text(text) => Ok(PromptValue::Text(text)),
            Val::Message(message) => Ok(PromptValue::Messages(vec![*message])),
            Val::List(items) => {
                let messages = items.into_iter().map(message_from).collect::<Result<_, _>>();
                Ok(PromptValue::Messages(messages.map_err(PromptError::Raised)?))
            }
            other => {
                let class = python::class_of(&other);
                let text = format!(
                    "Invalid input type {class}. Must be a PromptValue, str, or list of BaseMessages."
                );
                Err(PromptError::Raised(PythonError::value(text)).into())
            }
        }
    }

    fn merge(&mut self, next: Self) {
        self.grow(next);
    }

    fn grow(&mut self, next: Self) -> isize {
        let added = next.weight();
        let replaced = match (&mut *self, next) {
            (PromptValue::Text(whole), PromptValue::Text(next)) => {
                whole.push_str(&next);
                0
            }
            (PromptValue::Messages(whole), PromptValue::Messages(next)) => {
                whole.extend(next);
                0
            }
            (whole, next) => std::mem::replace(whole, next).weight(),
        };
        difference(added, replaced)
    }

    fn weight(&self) -> usize {
        match self {
            PromptValue::Text(text) => text.len(),
            PromptValue::Messages(messages) => messages.iter().map(Message::weight).sum(),
        }
    }
}

impl Feeds<PromptValue> for String {
    fn feed(self) -> Result<PromptValue> {
        Ok(PromptValue::Text(self))
    }

    fn feed_stream(pieces: Out<Self>, _: crate::Cx) -> Out<PromptValue> {
        pieces.map(|piece| piece.map(PromptValue::Text)).boxed()
    }
}

impl Feeds<PromptValue> for Val {
    fn feed(self) -> Result<PromptValue> {
        PromptValue::from_val(self)
    }
}
