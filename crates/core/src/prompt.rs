//! Prompts: templates rendered with variables into text or messages for a model.

mod chat;
mod fstring;
mod message;
mod text;

pub use chat::{ChatPromptTemplate, MessageTemplate, MessagesPlaceholder, Role};
pub use fstring::{Template, TemplateError};
pub use message::messages_schema;
pub use text::PromptTemplate;

pub(crate) use message::message_from;

use crate::{AiMessage, Chunk, Error, Feeds, Kind, Message, Out, Result, Val, chunk::difference};
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
                let lines = messages
                    .iter()
                    .map(|message| format!("{}: {}", message.speaker(), message.content().to_text()));
                lines.collect::<Vec<_>>().join("\n")
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
                items.into_iter().map(message_from).collect::<Result<_>>().map(PromptValue::Messages)
            }
            other => Err(Error::wrong_kind("a prompt, text or messages", other.kind_name())),
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

impl Role {
    /// Reads the names LangChain and OpenAI use for a role.
    pub fn parse(name: &str) -> Result<Role> {
        match name {
            "system" => Ok(Role::System),
            "human" | "user" => Ok(Role::Human),
            "ai" | "assistant" => Ok(Role::Ai),
            // Not which: the error goes to the log, and the word may be anything.
            _ => Err(Error::wrong_kind("one of system, human, user, ai, assistant", "another word")),
        }
    }

    /// A message of this role.
    pub fn message(self, text: impl Into<String>) -> Message {
        match self {
            Role::System => Message::system(text),
            Role::Human => Message::human(text),
            Role::Ai => Message::Ai(AiMessage::text(text)),
        }
    }
}
