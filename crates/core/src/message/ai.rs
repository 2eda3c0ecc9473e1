//! What the model said: text, tool calls and usage, whole or as the pieces of a stream.

use super::{
    Content, Metadata,
    calls::{InvalidToolCall, ToolCall, ToolCallChunk},
    is_empty, standard,
};
use crate::{Chunk, Error, Kind, Message, Result, Val, chunk::difference};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Number, Value};
use std::sync::Arc;

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
    pub id: Option<Arc<str>>,
    /// Vendor fields that have no place of their own.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub additional_kwargs: Metadata,
    /// What the vendor said of the answer: model name, finish reason.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub response_metadata: Metadata,
    /// Whether this is a whole message or a piece of one. Not stored.
    #[serde(skip)]
    pub part: Part,
}

/// What a message of the model is of its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it, in the role of a person: some services answer so, and LangChain gives a `HumanMessage`.
    Human,
    /// All of it: LangChain's `AIMessage`.
    #[default]
    Whole,
    /// A piece, or pieces added up: `AIMessageChunk`.
    Piece,
    /// The last piece, or pieces that hold it: `AIMessageChunk` with `chunk_position` `last`.
    Last,
}

/// A piece of an AI message; the same type, because pieces merge into the whole.
pub type AiMessageChunk = AiMessage;

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
    #[serde(default, skip_serializing_if = "Metadata::is_absent")]
    pub input_token_details: Metadata,
    /// The answer's tokens by kind (`reasoning`, `audio`).
    #[serde(default, skip_serializing_if = "Metadata::is_absent")]
    pub output_token_details: Metadata,
}

/// The largest count that is read: up to here JSON's numbers are exact in every program.
const LARGEST_COUNT: u64 = 1 << 53;

/// A whole number as JSON Schema sees it: `1.0` is one too.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let whole = |float: &f64| float.fract() == 0.0 && (0.0..=LARGEST_COUNT as f64).contains(float);
    let count = number.as_u64().or_else(|| number.as_f64().filter(whole).map(|float| float as u64));
    count.filter(|count| *count <= LARGEST_COUNT).ok_or_else(|| D::Error::custom("not a count"))
}

/// A whole number, or null.
pub(super) fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    #[derive(Deserialize)]
    struct Count(#[serde(deserialize_with = "count")] u64);
    let place = Option::<Count>::deserialize(deserializer)?;
    place.map(|Count(place)| place.try_into().map_err(D::Error::custom)).transpose()
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
        // A service may count as high as it likes.
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        add_details(&mut self.input_token_details, &other.input_token_details);
        add_details(&mut self.output_token_details, &other.output_token_details);
    }
}

fn add_details(whole: &mut Metadata, next: &Metadata) {
    if whole.is_absent() || next.is_absent() {
        if whole.is_absent() {
            whole.clone_from(next);
        }
        return;
    }
    let mut sums = std::mem::take(whole).into_map();
    for (key, count) in next.iter() {
        let sum = sums.get(key).and_then(Value::as_u64).unwrap_or(0);
        sums.insert(key.clone(), sum.saturating_add(count.as_u64().unwrap_or(0)).into());
    }
    *whole = Metadata::object(sums);
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

    /// The calls that the pieces of tool calls make so far, as LangChain reads them: JSON that ends too soon is completed,
    /// and what is no object then is invalid.
    pub fn calls_so_far(&self) -> (Vec<ToolCall>, Vec<InvalidToolCall>) {
        let (mut calls, mut invalid) = (Vec::new(), Vec::new());
        for chunk in &self.tool_call_chunks {
            match chunk.so_far() {
                Ok(call) => calls.push(call),
                Err(call) => invalid.push(call),
            }
        }
        (calls, invalid)
    }

    /// Turns the pieces of an answer that streamed to its end into a whole message, their pieces of tool calls into calls.
    #[must_use]
    pub fn settle(mut self) -> Self {
        if !self.tool_call_chunks.is_empty() {
            (self.tool_calls, self.invalid_tool_calls) = self.calls_so_far();
            self.tool_call_chunks.clear();
        }
        self.part = Part::Whole;
        self
    }

    /// What the calls weigh, whole ones and pieces.
    pub(super) fn calls_weight(&self) -> usize {
        let chunks: usize = self.tool_call_chunks.iter().map(ToolCallChunk::weight).sum();
        let calls: usize = self.tool_calls.iter().map(ToolCall::weight).sum();
        chunks + calls + self.invalid_tool_calls.iter().map(InvalidToolCall::weight).sum::<usize>()
    }

    /// What the vendor's fields weigh.
    pub(super) fn fields_weight(&self) -> usize {
        self.additional_kwargs.weight() + self.response_metadata.weight()
    }
}

/// The id of a sum: a vendor's own goes before one of the run, that before any other.
fn better_id(whole: Option<Arc<str>>, next: Option<Arc<str>>) -> Option<Arc<str>> {
    let rank = |id: &str| match id {
        "" => 0,
        id if id.starts_with("lc_run-") => 2,
        id if id.starts_with("lc_") => 1,
        _ => 3,
    };
    match (whole, next) {
        (Some(whole), Some(next)) if rank(&next) > rank(&whole) => Some(next),
        (whole, next) => whole.or(next),
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
        let mut grown = self.content.grow(next.content);
        self.tool_calls.extend(next.tool_calls);
        self.invalid_tool_calls.extend(next.invalid_tool_calls);
        for chunk in next.tool_call_chunks {
            added += ToolCallChunk::merge(&mut self.tool_call_chunks, chunk);
        }
        if let Some(next) = next.usage {
            Usage::sum(&mut self.usage, next);
        }
        self.name = self.name.take().or(next.name);
        self.id = better_id(self.id.take(), next.id);
        grown += self.additional_kwargs.grow(next.additional_kwargs);
        grown += self.response_metadata.grow(next.response_metadata);
        self.part = self.part.max(next.part);
        standard::finish(self);
        grown + difference(added, 0)
    }

    fn weight(&self) -> usize {
        size_of::<AiMessage>() + self.content.weight() + self.calls_weight() + self.fields_weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn piece(index: usize, id: Option<&str>, args: &str) -> AiMessage {
        let name = id.map(|_| "weather".to_string());
        let chunk =
            ToolCallChunk { index: Some(index), id: id.map(Into::into), name, args: Some(args.into()) };
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
        assert_eq!(whole.invalid_tool_calls[0].args.as_deref(), Some("[1]"));
    }

    #[test]
    fn the_sum_has_the_best_id_and_the_last_place() {
        let piece = |id: Option<&str>, part| AiMessage { id: id.map(Into::into), part, ..Default::default() };
        let mut whole = piece(Some("lc_1"), Part::Piece);
        for (next, expect) in [
            (piece(None, Part::Piece), "lc_1"),
            (piece(Some("lc_run--1"), Part::Last), "lc_run--1"),
            (piece(Some("lc_2"), Part::Piece), "lc_run--1"),
            (piece(Some("msg_1"), Part::Piece), "msg_1"),
            (piece(Some("msg_2"), Part::Piece), "msg_1"),
        ] {
            whole.merge(next);
            assert_eq!(whole.id.as_deref(), Some(expect));
        }
        assert_eq!(whole.part, Part::Last);
        assert_eq!(whole.settle().part, Part::Whole);
    }

    #[test]
    fn details_of_usage_add_up() {
        let usage = |details: Value| -> Usage {
            let json = json!({"input_tokens": 1, "output_tokens": 2, "total_tokens": 3, "input_token_details": details});
            serde_json::from_value(json).unwrap()
        };
        let mut whole = usage(json!({"cache_read": 1}));
        whole.add(&usage(json!({"cache_read": 2, "audio": 3})));
        let expect = json!({
            "input_tokens": 2, "output_tokens": 4, "total_tokens": 6,
            "input_token_details": {"cache_read": 3, "audio": 3},
        });
        assert_eq!(serde_json::to_value(&whole).unwrap(), expect);
    }

    #[test]
    fn counts_end_at_the_largest() {
        let details =
            |count: u64| Metadata::object([("audio".to_owned(), count.into())].into_iter().collect());
        let most =
            Usage { input_tokens: u64::MAX, input_token_details: details(u64::MAX), ..Usage::default() };
        let mut whole = most.clone();
        whole.add(&most);
        assert_eq!(whole, most);
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
