//! Calls of tools, whole or as the pieces of a stream.

use super::ai::place;
use crate::python::{loads, loads_partial};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// LangChain's pointer under every message about text it could not read.
const TROUBLESHOOTING: &str = "For troubleshooting, visit: https://docs.langchain.com/oss/python/langchain/errors/OUTPUT_PARSING_FAILURE ";

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

/// What is made of a call in a whole answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ParsedCall {
    /// A call.
    Valid(ToolCall),
    /// A call whose arguments are no JSON.
    Invalid(InvalidToolCall),
    /// The arguments are JSON but no object, for which LangChain refuses the whole answer.
    NoObject(Value),
}

/// A piece of a tool call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolCallChunk {
    /// Which of the message's calls this belongs to; a piece without one stands alone.
    #[serde(deserialize_with = "place")]
    pub index: Option<usize>,
    /// The call's id, in its first piece.
    pub id: Option<String>,
    /// The tool's name, in its first piece.
    pub name: Option<String>,
    /// The next part of the arguments' JSON text.
    pub args: Option<String>,
}

impl ToolCallChunk {
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.args.as_ref().map_or(0, String::len)
    }

    /// Adds the next piece to those of its call; gives by how much the weight grew.
    pub(super) fn merge(whole: &mut Vec<ToolCallChunk>, next: ToolCallChunk) -> usize {
        match whole.iter_mut().find(|chunk| chunk.is_of(&next)) {
            Some(chunk) => {
                let grown = next.args.as_ref().map_or(0, String::len);
                join(&mut chunk.args, next.args);
                join(&mut chunk.name, next.name);
                if chunk.id != next.id {
                    join(&mut chunk.id, next.id);
                }
                grown
            }
            None => {
                let added = next.weight();
                whole.push(next);
                added
            }
        }
    }

    fn is_of(&self, next: &ToolCallChunk) -> bool {
        let is_open = |id: &Option<String>| id.as_ref().is_none_or(String::is_empty);
        let same_id = is_open(&self.id) || is_open(&next.id) || self.id == next.id;
        next.index.is_some() && self.index == next.index && same_id
    }

    /// The call as far as it came.
    pub(super) fn so_far(&self) -> Result<ToolCall, InvalidToolCall> {
        let args = match self.args.as_deref() {
            None | Some("") => Some(Value::Object(Map::new())),
            Some(args) => loads_partial(args),
        };
        match args {
            Some(Value::Object(args)) => {
                Ok(ToolCall { name: self.name.clone().unwrap_or_default(), args, id: self.id.clone() })
            }
            _ => Err(InvalidToolCall {
                name: self.name.clone(),
                args: self.args.clone(),
                id: self.id.clone(),
                error: None,
            }),
        }
    }
}

fn join(whole: &mut Option<String>, next: Option<String>) {
    match (whole, next) {
        (Some(whole), Some(next)) => whole.push_str(&next),
        (whole @ None, next) => *whole = next,
        (Some(_), None) => {}
    }
}

impl InvalidToolCall {
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.args.as_ref().map_or(0, String::len)
    }
}

impl ToolCall {
    pub(super) fn weight(&self) -> usize {
        let args = self.args.iter().map(|(name, value)| name.len() + super::merge::weight(value));
        size_of::<Self>() + args.sum::<usize>()
    }

    /// Reads the arguments' JSON text as LangChain's `parse_tool_call` does: nothing, `null` and what else counts as false
    /// in Python are no arguments.
    pub fn parse(name: String, args: &str, id: Option<String>) -> ParsedCall {
        let error = match loads(args) {
            _ if args.is_empty() => return ParsedCall::Valid(ToolCall { name, args: Map::new(), id }),
            Ok(Value::Object(args)) => return ParsedCall::Valid(ToolCall { name, args, id }),
            Ok(value) if is_falsy(&value) => {
                return ParsedCall::Valid(ToolCall { name, args: Map::new(), id });
            }
            Ok(value) => return ParsedCall::NoObject(value),
            Err(error) => error,
        };
        let error = format!(
            "Function {name} arguments:\n\n{args}\n\nare not valid JSON. Received JSONDecodeError {error}\n{TROUBLESHOOTING}"
        );
        let (name, args) = (Some(name), Some(args.into()));
        ParsedCall::Invalid(InvalidToolCall { name, args, id, error: Some(error) })
    }
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(bool) => !bool,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(args: &str, expect: &Value) {
        let parsed = ToolCall::parse("f".into(), args, None);
        assert!(matches!(&parsed, ParsedCall::Valid(call) if json!(call.args) == *expect), "{parsed:?}");
    }

    #[test]
    fn what_counts_as_false_is_no_arguments() {
        check(r#"{"a": 1}"#, &json!({"a": 1}));
        for falsy in ["", "null", "false", "0", "\"\"", "[]", "{}"] {
            check(falsy, &json!({}));
        }
        let parsed = |args| ToolCall::parse("f".into(), args, None);
        assert_eq!(parsed("[1]"), ParsedCall::NoObject(json!([1])));
        let ParsedCall::Invalid(call) = parsed("{bad") else { panic!("a call that cannot be read") };
        let error = call.error.unwrap();
        assert!(error.starts_with(
            "Function f arguments:\n\n{bad\n\nare not valid JSON. Received JSONDecodeError Expecting property"
        ));
    }

    #[track_caller]
    fn check_merged(pieces: Value, expect: &Value) {
        let mut whole = Vec::new();
        for piece in serde_json::from_value::<Vec<ToolCallChunk>>(pieces).unwrap() {
            let before: usize = whole.iter().map(ToolCallChunk::weight).sum();
            let added = ToolCallChunk::merge(&mut whole, piece);
            assert_eq!(whole.iter().map(ToolCallChunk::weight).sum::<usize>(), before + added);
        }
        assert_eq!(&json!(whole), expect);
    }

    #[test]
    fn pieces_of_one_index_are_one_call_unless_their_ids_differ() {
        let piece = |index: Value, id: Value, args: &str| json!({"index": index, "id": id, "name": null, "args": args});
        let (a, b) = (json!("a"), json!("b"));
        check_merged(
            json!([
                piece(json!(0), a.clone(), "{"),
                piece(json!(1), b.clone(), ""),
                piece(json!(0), json!(null), "}")
            ]),
            &json!([piece(json!(0), a.clone(), "{}"), piece(json!(1), b.clone(), "")]),
        );
        let apart = json!([piece(json!(0), a.clone(), "{}"), piece(json!(0), b, "{}")]);
        check_merged(apart.clone(), &apart);
        let alone = json!([piece(json!(null), a, "{}"), piece(json!(null), json!(null), "{}")]);
        check_merged(alone.clone(), &alone);
    }
}
