//! Chat messages and their pieces, in the form LangChain gives and stores them.

mod ai;
mod calls;
mod content;
mod merge;
mod metadata;
mod standard;

pub use ai::{AiMessage, AiMessageChunk, Part, Usage};
pub use calls::{InvalidToolCall, ParsedCall, ToolCall, ToolCallChunk};
pub use content::Content;
pub use metadata::Metadata;

use serde::{Deserialize, Serialize};

/// A chat message; as JSON `{"type": "human", "content": "..."}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Message {
    /// Instructions for the model.
    System(SystemMessage),
    /// What a person said.
    Human(HumanMessage),
    /// What the model said.
    Ai(AiMessage),
    /// What a tool answered.
    Tool(ToolMessage),
    /// What a function answered, in the form that came before tools.
    Function(FunctionMessage),
    /// What was said in a role of the vendor's own.
    Chat(ChatMessage),
}

macro_rules! plain_message {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            /// The text, or blocks of content.
            pub content: Content,
            /// The name of who spoke.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub name: Option<String>,
            /// The message's own id.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub id: Option<String>,
            /// Vendor fields that have no place of their own.
            #[serde(default, skip_serializing_if = "is_empty")]
            pub additional_kwargs: Metadata,
            /// What the service said of the message.
            #[serde(default, skip_serializing_if = "is_empty")]
            pub response_metadata: Metadata,
        }
    };
}

plain_message! {
    /// Instructions for the model.
    SystemMessage
}

plain_message! {
    /// What a person said.
    HumanMessage
}

/// What a tool answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolMessage {
    /// The answer.
    pub content: Content,
    /// The call it answers.
    pub tool_call_id: String,
    /// The tool's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The message's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `success` (default) or `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Vendor fields that have no place of their own.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub additional_kwargs: Metadata,
    /// What the service said of the message.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub response_metadata: Metadata,
    /// What the tool gave besides, which no model sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<serde_json::Value>,
}

/// What a function answered, in the form that came before tools.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionMessage {
    /// The answer.
    pub content: Content,
    /// The function's name.
    pub name: String,
    /// The message's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Vendor fields that have no place of their own.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub additional_kwargs: Metadata,
    /// What the service said of the message.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub response_metadata: Metadata,
}

/// What was said in a role of the vendor's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// The text, or blocks of content.
    pub content: Content,
    /// The role, as the vendor's API names it.
    pub role: String,
    /// The name of who spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The message's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Vendor fields that have no place of their own.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub additional_kwargs: Metadata,
    /// What the service said of the message.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub response_metadata: Metadata,
}

impl Message {
    /// A system message of text.
    pub fn system(text: impl Into<String>) -> Self {
        Message::System(SystemMessage { content: Content::Text(text.into()), ..Default::default() })
    }

    /// A human message of text.
    pub fn human(text: impl Into<String>) -> Self {
        Message::Human(HumanMessage { content: Content::Text(text.into()), ..Default::default() })
    }

    /// An AI message of text.
    pub fn ai(text: impl Into<String>) -> Self {
        Message::Ai(AiMessage::text(text))
    }

    /// A tool's answer to a call.
    pub fn tool(tool_call_id: impl Into<String>, text: impl Into<String>) -> Self {
        let content = Content::Text(text.into());
        Message::Tool(ToolMessage { content, tool_call_id: tool_call_id.into(), ..Default::default() })
    }

    /// The content.
    pub fn content(&self) -> &Content {
        match self {
            Message::System(message) => &message.content,
            Message::Human(message) => &message.content,
            Message::Ai(message) => &message.content,
            Message::Tool(message) => &message.content,
            Message::Function(message) => &message.content,
            Message::Chat(message) => &message.content,
        }
    }

    /// The word LangChain prefixes a message with when a conversation is written as text: `Human: ...`.
    pub fn speaker(&self) -> &str {
        match self {
            Message::System(_) => "System",
            Message::Human(_) => "Human",
            Message::Ai(_) => "AI",
            Message::Tool(_) => "Tool",
            Message::Function(_) => "Function",
            Message::Chat(message) => &message.role,
        }
    }

    /// Whether this holds text or a tool call.
    pub fn has_content(&self) -> bool {
        match self {
            Message::Ai(message) => message.has_content(),
            other => !other.content().is_empty(),
        }
    }

    /// About how many bytes this holds.
    pub fn weight(&self) -> usize {
        let two = |one: &Metadata, other: &Metadata| one.weight() + other.weight();
        let more = match self {
            Message::Ai(message) => message.calls_weight() + message.fields_weight(),
            Message::System(message) => two(&message.additional_kwargs, &message.response_metadata),
            Message::Human(message) => two(&message.additional_kwargs, &message.response_metadata),
            Message::Function(message) => two(&message.additional_kwargs, &message.response_metadata),
            Message::Chat(message) => two(&message.additional_kwargs, &message.response_metadata),
            Message::Tool(message) => {
                let artifact = message.artifact.as_ref().map_or(0, merge::weight);
                two(&message.additional_kwargs, &message.response_metadata) + artifact
            }
        };
        size_of::<Message>() + self.content().weight() + more
    }
}

/// Whether there is nothing to store.
fn is_empty(metadata: &Metadata) -> bool {
    metadata.is_empty()
}
