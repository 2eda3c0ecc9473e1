//! How a conversation feeds a chain: as its file says, or as its input schema tells.

mod derive;
mod fit;

use super::Endpoint;
use crate::{InputProblem, Message, Val};
pub use fit::Misfit;
use indexmap::IndexMap;
use serde_json::{Value, json};

/// How a conversation becomes a chain's input.
#[derive(Debug, Clone, PartialEq)]
pub enum ConversationInput {
    /// This is the input.
    Whole(Feed),
    /// The input is an object with these fields.
    Fields(IndexMap<String, Feed>),
}

/// What of a conversation is fed to a chain.
#[derive(Debug, Clone, PartialEq)]
pub enum Feed {
    /// All messages; where another field takes the instructions, all but those.
    Messages,
    /// The text of the last message that a person sent.
    LastUserMessage,
    /// What was said before the last message that a person sent; where another field takes the instructions, without those.
    EarlierMessages,
    /// The text of the instructions: of every system message, with an empty line between.
    System,
    /// A value that is always the same.
    Value(Value),
}

impl Feed {
    /// The words for what a conversation has, as chain files write them.
    pub const WORDS: [(&'static str, Feed); 4] = [
        ("messages", Feed::Messages),
        ("last_user_message", Feed::LastUserMessage),
        ("earlier_messages", Feed::EarlierMessages),
        ("system", Feed::System),
    ];

    /// What it is called.
    fn word(&self) -> &'static str {
        let known = Feed::WORDS.iter().find(|(_, feed)| feed == self);
        known.map_or("value", |(word, _)| word)
    }
}

impl ConversationInput {
    /// How a conversation feeds an input of this schema, if the schema leaves one way only; else why not.
    pub(super) fn of_schema(schema: &Value, takes_messages: bool) -> Result<Self, String> {
        derive::of_schema(schema, takes_messages)
    }

    /// What of this does not fit the schema of the input.
    ///
    /// ```
    /// use windlass_core::{ConversationInput, Feed};
    ///
    /// let schema = serde_json::json!({"type": "object", "properties": {"question": {"type": "string"}}});
    /// let input = ConversationInput::Fields([("question".into(), Feed::Messages)].into_iter().collect());
    /// assert_eq!(input.misfits(&schema)[0].to_string(), "the field `question` takes no messages");
    /// ```
    pub fn misfits(&self, schema: &Value) -> Vec<Misfit> {
        fit::misfits(self, schema)
    }

    /// What of a conversation is fed, in the order of the fields.
    pub fn feeds(&self) -> Box<dyn Iterator<Item = &Feed> + '_> {
        match self {
            ConversationInput::Whole(feed) => Box::new(std::iter::once(feed)),
            ConversationInput::Fields(fields) => Box::new(fields.values()),
        }
    }

    /// The input for a conversation, as JSON; `None` if it needs a message of a person, and there is none.
    fn fill(&self, conversation: &[Message]) -> Option<Value> {
        let apart = self.feeds().any(|feed| *feed == Feed::System);
        match self {
            ConversationInput::Whole(feed) => feed.take(conversation, apart),
            ConversationInput::Fields(fields) => {
                let fields = fields.iter();
                fields.map(|(name, feed)| Some((name.clone(), feed.take(conversation, apart)?))).collect()
            }
        }
    }
}

impl Feed {
    /// What is fed; `apart` says that the instructions go elsewhere.
    fn take(&self, conversation: &[Message], apart: bool) -> Option<Value> {
        let last = conversation.iter().rposition(|message| matches!(message, Message::Human(_)));
        let is_system = |message: &&Message| matches!(message, Message::System(_));
        let stored = |messages: &[Message]| {
            let kept = messages.iter().filter(|message| !(apart && is_system(message)));
            kept.map(|message| serde_json::to_value(message).unwrap_or_default()).collect()
        };
        Some(match self {
            Feed::Messages => stored(conversation),
            Feed::EarlierMessages => stored(&conversation[..last.unwrap_or(conversation.len())]),
            Feed::LastUserMessage => conversation[last?].content().to_text().into(),
            Feed::System => {
                let texts = conversation.iter().filter(is_system).map(|message| message.content().to_text());
                texts.collect::<Vec<_>>().join("\n\n").into()
            }
            Feed::Value(value) => value.clone(),
        })
    }
}

fn nobody_asked() -> InputProblem {
    let msg = "The conversation needs a message of the user".into();
    InputProblem {
        kind: "value_error".into(),
        loc: vec![json!("body"), json!("messages")],
        msg,
        input: Value::Null,
        ctx: None,
    }
}

impl Endpoint {
    /// How a conversation feeds it: as its builder said, or as its input schema tells. `Err` says to people why none can.
    pub fn conversation(&self) -> Result<&ConversationInput, &str> {
        self.conversation.as_ref().map_err(String::as_str)
    }

    /// Makes the input of a conversation, the oldest message first, and checks it as [`Endpoint::accept`] does.
    pub fn accept_conversation(&self, messages: &[Message]) -> Result<Val, Vec<InputProblem>> {
        let input = match &self.conversation {
            Ok(input) => input.fill(messages).ok_or_else(|| vec![nobody_asked()])?,
            Err(reason) => {
                let problem = InputProblem { msg: reason.clone(), ..nobody_asked() };
                return Err(vec![problem]);
            }
        };
        self.accept(input)
    }

    /// Whether a model of the chain gets the tools that a client brings; see
    /// [`RunnableClientTools`](crate::RunnableClientTools).
    pub fn takes_client_tools(&self) -> bool {
        self.client_tools
    }
}

#[cfg(test)]
mod tests;
