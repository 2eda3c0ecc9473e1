//! What the model said: text, tool calls and usage, whole or as the pieces of a stream.

use super::{Content, Metadata, is_empty};
use crate::{Chunk, Error, Kind, Message, Result, Val, chunk::difference};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Number, Value};

/// An AI message, or a piece of one while it streams; pieces merge into the whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AiMessage {
    /// The text, or blocks of content.
    pub content: Content,
    /// Calls of tools the model asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Pieces of tool calls, while they stream; [`AiMessage::settle`] makes calls of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_call_chunks: Vec<ToolCallChunk>,
    /// Calls whose arguments are not a JSON object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invalid_tool_calls: Vec<InvalidToolCall>,
    /// Tokens, where the vendor said.
    #[serde(default, rename = "usage_metadata", skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The name of who spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The message's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Vendor fields that have no place of their own.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub additional_kwargs: Metadata,
    /// What the vendor said of the answer: model name, finish reason.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub response_metadata: Metadata,
}

/// A piece of an AI message; the same type, because pieces merge into the whole.
pub type AiMessageChunk = AiMessage;

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The tool's name.
    pub name: String,
    /// The arguments.
    pub args: Map<String, Value>,
    /// The call's id, which the answer names.
    pub id: Option<String>,
}

/// A call whose arguments could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvalidToolCall {
    /// The tool's name.
    pub name: Option<String>,
    /// The arguments as they came.
    pub args: Option<String>,
    /// The call's id.
    pub id: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
}

/// A piece of a tool call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolCallChunk {
    /// Which of the message's calls this belongs to.
    #[serde(deserialize_with = "place")]
    pub index: usize,
    /// The call's id, in its first piece.
    pub id: Option<String>,
    /// The tool's name, in its first piece.
    pub name: Option<String>,
    /// The next part of the arguments' JSON text.
    pub args: String,
}

/// Tokens that went in and out, as LangChain's `usage_metadata`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    #[serde(deserialize_with = "count")]
    pub input_tokens: u64,
    /// Tokens of the answer.
    #[serde(deserialize_with = "count")]
    pub output_tokens: u64,
    /// Both.
    #[serde(deserialize_with = "count")]
    pub total_tokens: u64,
    /// The request's tokens by kind (`cache_read`, `audio`).
    #[serde(default, skip_serializing_if = "is_empty")]
    pub input_token_details: Metadata,
    /// The answer's tokens by kind (`reasoning`, `audio`).
    #[serde(default, skip_serializing_if = "is_empty")]
    pub output_token_details: Metadata,
}

/// The largest count that is read: up to here JSON's numbers are exact in every program.
pub(crate) const LARGEST_COUNT: u64 = 1 << 53;

/// A whole number as JSON Schema sees it: `1.0` is one too.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let whole = |float: &f64| float.fract() == 0.0 && (0.0..=LARGEST_COUNT as f64).contains(float);
    let count = number.as_u64().or_else(|| number.as_f64().filter(whole).map(|float| float as u64));
    count.filter(|count| *count <= LARGEST_COUNT).ok_or_else(|| D::Error::custom("not a count"))
}

fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    count(deserializer)?.try_into().map_err(D::Error::custom)
}

impl Usage {
    /// Adds another count to what has been counted so far.
    pub fn sum(counted: &mut Option<Usage>, other: Usage) {
        match counted {
            Some(counted) => counted.add(&other),
            None => *counted = Some(other),
        }
    }

    /// Adds another count.
    pub fn add(&mut self, other: &Usage) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.total_tokens += other.total_tokens;
        add_details(&mut self.input_token_details, &other.input_token_details);
        add_details(&mut self.output_token_details, &other.output_token_details);
    }
}

fn add_details(whole: &mut Metadata, next: &Metadata) {
    let sum = |(key, value): (&String, &Value)| {
        let sum = whole.get(key).and_then(Value::as_u64).unwrap_or(0) + value.as_u64().unwrap_or(0);
        (key.clone(), sum.into())
    };
    let sums: Metadata = next.iter().map(sum).collect();
    whole.merge(sums);
}

impl AiMessage {
    /// A message of text.
    pub fn text(text: impl Into<String>) -> Self {
        AiMessage { content: Content::Text(text.into()), ..Default::default() }
    }

    /// Whether this holds text or a tool call.
    pub fn has_content(&self) -> bool {
        !self.content.is_empty() || !self.tool_calls.is_empty() || !self.tool_call_chunks.is_empty()
    }

    /// Turns the pieces of tool calls into calls, for a message that has streamed to its end.
    #[must_use]
    pub fn settle(mut self) -> Self {
        for chunk in std::mem::take(&mut self.tool_call_chunks) {
            match ToolCall::parse(chunk.name.clone().unwrap_or_default(), &chunk.args, chunk.id.clone()) {
                Ok(call) => self.tool_calls.push(call),
                Err(invalid) => self.invalid_tool_calls.push(invalid),
            }
        }
        self
    }

    /// Gives by how much the weight grew.
    fn merge_tool_call(&mut self, next: ToolCallChunk) -> usize {
        match self.tool_call_chunks.iter_mut().find(|chunk| chunk.index == next.index) {
            Some(chunk) => {
                chunk.args.push_str(&next.args);
                chunk.id = chunk.id.take().or(next.id);
                chunk.name = chunk.name.take().or(next.name);
                next.args.len()
            }
            None => {
                let added = next.weight();
                self.tool_call_chunks.push(next);
                added
            }
        }
    }

    /// What the calls weigh, whole ones and pieces.
    pub(super) fn calls_weight(&self) -> usize {
        let chunks: usize = self.tool_call_chunks.iter().map(ToolCallChunk::weight).sum();
        let calls: usize = self.tool_calls.iter().map(ToolCall::weight).sum();
        chunks + calls + self.invalid_tool_calls.iter().map(InvalidToolCall::weight).sum::<usize>()
    }
}

impl ToolCallChunk {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.args.len()
    }
}

impl InvalidToolCall {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.args.as_ref().map_or(0, String::len)
    }
}

impl ToolCall {
    fn weight(&self) -> usize {
        let args = self.args.iter().map(|(name, value)| name.len() + 32 + value.to_string().len());
        size_of::<Self>() + args.sum::<usize>()
    }

    /// Reads the arguments' JSON text; anything but an object is invalid.
    pub fn parse(name: String, args: &str, id: Option<String>) -> Result<ToolCall, InvalidToolCall> {
        let error = match serde_json::from_str::<Value>(args) {
            Ok(Value::Object(args)) => return Ok(ToolCall { name, args, id }),
            Ok(_) => "arguments are not a JSON object".into(),
            Err(_) if args.trim().is_empty() => return Ok(ToolCall { name, args: Map::new(), id }),
            Err(error) => error.to_string(),
        };
        Err(InvalidToolCall { name: Some(name), args: Some(args.into()), id, error: Some(error) })
    }
}

impl Chunk for AiMessage {
    const PIECEWISE: bool = true;

    fn kind() -> Kind {
        Kind::MESSAGE.or(Kind::TEXT)
    }

    fn into_val(self) -> Val {
        Val::from(self)
    }

    fn from_val(val: Val) -> Result<Self> {
        match val {
            Val::Message(message) => match *message {
                Message::Ai(message) => Ok(message),
                other => Ok(AiMessage { content: other.content().clone(), ..Default::default() }),
            },
            Val::Text(text) => Ok(AiMessage::text(text)),
            other => Err(Error::wrong_kind("a message or text", other.kind_name())),
        }
    }

    fn merge(&mut self, next: Self) {
        self.grow(next);
    }

    fn grow(&mut self, next: Self) -> isize {
        let mut added: usize = next.tool_calls.iter().map(ToolCall::weight).sum();
        added += next.invalid_tool_calls.iter().map(InvalidToolCall::weight).sum::<usize>();
        let content = self.content.grow(next.content);
        self.tool_calls.extend(next.tool_calls);
        self.invalid_tool_calls.extend(next.invalid_tool_calls);
        added += next.tool_call_chunks.into_iter().map(|chunk| self.merge_tool_call(chunk)).sum::<usize>();
        if let Some(next) = next.usage {
            Usage::sum(&mut self.usage, next);
        }
        self.name = self.name.take().or(next.name);
        self.id = self.id.take().or(next.id);
        self.additional_kwargs.merge(next.additional_kwargs);
        self.response_metadata.merge(next.response_metadata);
        content + difference(added, 0)
    }

    fn weight(&self) -> usize {
        size_of::<AiMessage>() + self.content.weight() + self.calls_weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn piece(index: usize, id: Option<&str>, args: &str) -> AiMessage {
        let name = id.map(|_| "weather".to_string());
        let chunk = ToolCallChunk { index, id: id.map(Into::into), name, args: args.into() };
        AiMessage { tool_call_chunks: vec![chunk], ..Default::default() }
    }

    #[test]
    fn pieces_of_tool_calls_merge_by_index_and_settle() {
        let mut whole = piece(0, Some("a"), "{\"city\":");
        whole.merge(piece(1, Some("b"), "[1]"));
        whole.merge(piece(0, None, "\"Bonn\"}"));
        let whole = whole.settle();
        assert_eq!(
            serde_json::to_value(&whole.tool_calls).unwrap(),
            json!([{"name": "weather", "args": {"city": "Bonn"}, "id": "a"}])
        );
        assert_eq!(whole.invalid_tool_calls[0].error.as_deref(), Some("arguments are not a JSON object"));
    }

    #[test]
    fn messages_are_stored_as_langchain_stores_them() {
        let message = Message::ai("hi");
        assert_eq!(serde_json::to_value(&message).unwrap(), json!({"type": "ai", "content": "hi"}));
        let back: Message =
            serde_json::from_value(json!({"type": "tool", "content": "x", "tool_call_id": "1"})).unwrap();
        assert_eq!(back, Message::tool("1", "x"));
    }
}
