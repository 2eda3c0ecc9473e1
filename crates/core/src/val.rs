//! The dynamic value that flows through chains built from files: JSON, plus messages and prompts.

use crate::{AiMessage, Chunk, Error, Kind, Message, Number, PromptValue, Result, chunk::difference};
use indexmap::IndexMap;
use serde_json::Value;

/// An object of dynamic values, in insertion order.
pub type Dict = IndexMap<String, Val>;

/// A dynamic value.
#[derive(Debug, Clone, PartialEq)]
pub enum Val {
    /// JSON null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number; pieces add.
    Number(Number),
    /// Text; pieces concatenate.
    Text(String),
    /// A list; pieces join.
    List(Vec<Val>),
    /// An object; a later piece replaces an earlier one.
    Dict(Dict),
    /// An object whose pieces add up key by key, as parallel steps make them; one that does not add up replaces all.
    AddDict(Dict),
    /// A chat message, or a piece of one.
    Message(Box<Message>),
    /// A rendered prompt.
    Prompt(Box<PromptValue>),
}

impl Val {
    /// The kind of this value.
    pub fn kind_of(&self) -> Kind {
        match self {
            Val::Null => Kind::NULL,
            Val::Bool(_) => Kind::BOOL,
            Val::Number(_) => Kind::NUMBER,
            Val::Text(_) => Kind::TEXT,
            Val::List(_) => Kind::LIST,
            Val::Dict(_) | Val::AddDict(_) => Kind::DICT,
            Val::Message(_) => Kind::MESSAGE,
            Val::Prompt(_) => Kind::PROMPT,
        }
    }

    /// The kind in words, for messages to people.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Val::Null => "null",
            Val::Bool(_) => "a boolean",
            Val::Number(_) => "a number",
            Val::Text(_) => "text",
            Val::List(_) => "a list",
            Val::Dict(_) | Val::AddDict(_) => "an object",
            Val::Message(_) => "a message",
            Val::Prompt(_) => "a prompt",
        }
    }

    /// Whether Python takes it for true: not null, not zero, not empty.
    pub fn is_truthy(&self) -> bool {
        match self {
            Val::Null => false,
            Val::Bool(bool) => *bool,
            Val::Number(number) => number.is_truthy(),
            Val::Text(text) => !text.is_empty(),
            Val::List(items) => !items.is_empty(),
            Val::Dict(dict) | Val::AddDict(dict) => !dict.is_empty(),
            Val::Message(_) | Val::Prompt(_) => true,
        }
    }

    /// Whether the next piece of a stream adds to this, as Python's `+` does, and does not replace it.
    pub fn adds(&self, next: &Val) -> bool {
        adds(self, next)
    }

    /// Whether this holds anything a reader would see: non-empty text, a tool call, or any other value.
    pub fn has_content(&self) -> bool {
        match self {
            Val::Text(text) => !text.is_empty(),
            Val::Message(message) => message.has_content(),
            Val::AddDict(dict) => dict.values().any(Val::has_content),
            _ => true,
        }
    }
}

impl Chunk for Val {
    const PIECEWISE: bool = true;

    fn kind() -> Kind {
        Kind::ANY
    }

    fn into_val(self) -> Val {
        self
    }

    fn from_val(val: Val) -> Result<Self> {
        Ok(val)
    }

    fn merge(&mut self, next: Self) {
        self.grow(next);
    }

    /// Looks at the piece, and at what it replaces, never at all that is held.
    fn grow(&mut self, next: Self) -> isize {
        match (&mut *self, next) {
            (Val::Text(whole), Val::Text(next)) => whole.grow(next),
            (Val::List(whole), Val::List(next)) => {
                let added = next.iter().map(Chunk::weight).sum();
                whole.extend(next);
                difference(added, 0)
            }
            (Val::Number(whole), Val::Number(next)) => {
                *whole = whole.plus(&next);
                0
            }
            (Val::AddDict(whole), Val::AddDict(next) | Val::Dict(next)) => add_keys(whole, next),
            (Val::Message(whole), Val::Message(next)) => grow_message(whole, *next),
            (whole, next) => {
                let next = match (truth(whole), truth(&next)) {
                    (Some(one), Some(other)) => Val::Number(one.plus(&other)),
                    _ => next,
                };
                let added = next.weight();
                difference(added, std::mem::replace(whole, next).weight())
            }
        }
    }

    fn weight(&self) -> usize {
        size_of::<Val>()
            + match self {
                Val::Text(text) => text.len(),
                Val::List(items) => items.iter().map(Chunk::weight).sum(),
                Val::Dict(dict) | Val::AddDict(dict) => {
                    dict.iter().map(|(key, val)| key.len() + val.weight()).sum()
                }
                Val::Message(message) => message.weight(),
                Val::Prompt(prompt) => prompt.weight(),
                Val::Null | Val::Bool(_) | Val::Number(_) => 0,
            }
    }
}

/// The number that a value is where values add up: Python's booleans are numbers.
fn truth(val: &Val) -> Option<Number> {
    match val {
        Val::Bool(bool) => Some(Number::from(i64::from(*bool))),
        Val::Number(number) => Some(number.clone()),
        _ => None,
    }
}

/// Whether the pieces of two objects add up: all that stands under the same key does. Looks at the piece's keys alone.
fn keys_add(whole: &Dict, next: &Dict) -> bool {
    next.iter().all(|(key, val)| match whole.get(key) {
        None | Some(Val::Null) => true,
        Some(old) => *val == Val::Null || adds(old, val),
    })
}

fn adds(whole: &Val, next: &Val) -> bool {
    match (whole, next) {
        (Val::Text(_), Val::Text(_))
        | (Val::List(_), Val::List(_))
        | (Val::Message(_), Val::Message(_))
        | (Val::Number(_) | Val::Bool(_), Val::Number(_) | Val::Bool(_)) => true,
        (Val::AddDict(whole), Val::AddDict(next) | Val::Dict(next)) => keys_add(whole, next),
        _ => false,
    }
}

/// Adds a piece to an object key by key; a piece that does not add up replaces the whole, as it does in LangChain. Gives by
/// how much the weight grew.
fn add_keys(whole: &mut Dict, next: Dict) -> isize {
    if !keys_add(whole, &next) {
        let weight = |dict: &Dict| dict.iter().map(|(key, val)| key.len() + val.weight()).sum();
        let added = weight(&next);
        return difference(added, weight(&std::mem::replace(whole, next)));
    }
    let mut grown = 0;
    for (key, val) in next {
        grown += match whole.get_mut(&key) {
            None => {
                let added = key.len() + val.weight();
                whole.insert(key, val);
                difference(added, 0)
            }
            Some(_) if val == Val::Null => 0,
            Some(old) => old.grow(val),
        };
    }
    grown
}

fn grow_message(whole: &mut Message, next: Message) -> isize {
    match (&mut *whole, next) {
        (Message::Ai(whole), Message::Ai(next)) => whole.grow(next),
        (whole, next) => {
            let added = next.weight();
            difference(added, std::mem::replace(whole, next).weight())
        }
    }
}

impl From<Value> for Val {
    fn from(json: Value) -> Self {
        match json {
            Value::Null => Val::Null,
            Value::Bool(bool) => Val::Bool(bool),
            Value::Number(number) => Val::Number(number.into()),
            Value::String(text) => Val::Text(text),
            Value::Array(items) => Val::List(items.into_iter().map(Val::from).collect()),
            Value::Object(map) => {
                Val::Dict(map.into_iter().map(|(key, json)| (key, Val::from(json))).collect())
            }
        }
    }
}

/// As plain JSON; messages take their stored form (`{"type": "ai", "content": ...}`).
impl From<Val> for Value {
    fn from(val: Val) -> Self {
        match val {
            Val::Null => Value::Null,
            Val::Bool(bool) => Value::Bool(bool),
            Val::Number(number) => number.into(),
            Val::Text(text) => Value::String(text),
            Val::List(items) => Value::Array(items.into_iter().map(Value::from).collect()),
            Val::Dict(dict) | Val::AddDict(dict) => {
                Value::Object(dict.into_iter().map(|(key, val)| (key, Value::from(val))).collect())
            }
            Val::Message(message) => serde_json::to_value(&*message).unwrap_or(Value::Null),
            Val::Prompt(prompt) => serde_json::to_value(&*prompt).unwrap_or(Value::Null),
        }
    }
}

impl serde::Serialize for Val {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Val::Null => serializer.serialize_unit(),
            Val::Bool(bool) => serializer.serialize_bool(*bool),
            Val::Number(number) => number.serialize(serializer),
            Val::Text(text) => serializer.serialize_str(text),
            Val::List(items) => serializer.collect_seq(items),
            Val::Dict(dict) | Val::AddDict(dict) => serializer.collect_map(dict),
            Val::Message(message) => message.serialize(serializer),
            Val::Prompt(prompt) => prompt.serialize(serializer),
        }
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Val::Text(text.into())
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Val::Text(text)
    }
}

impl From<bool> for Val {
    fn from(bool: bool) -> Self {
        Val::Bool(bool)
    }
}

impl From<i64> for Val {
    fn from(number: i64) -> Self {
        Val::Number(number.into())
    }
}

impl From<f64> for Val {
    fn from(number: f64) -> Self {
        Val::Number(number.into())
    }
}

impl From<Message> for Val {
    fn from(message: Message) -> Self {
        Val::Message(Box::new(message))
    }
}

impl From<AiMessage> for Val {
    fn from(message: AiMessage) -> Self {
        Val::from(Message::Ai(message))
    }
}

impl From<Vec<Message>> for Val {
    fn from(messages: Vec<Message>) -> Self {
        Val::List(messages.into_iter().map(Val::from).collect())
    }
}

/// The variables a prompt is rendered with: an object whose pieces add up key by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vars(pub Dict);

impl Vars {
    /// The variables that a serialisable value's fields are.
    pub fn from_serialize(value: &impl serde::Serialize) -> Result<Self> {
        let json = serde_json::to_value(value).map_err(|error| Error::step("Vars", error))?;
        Vars::from_val(Val::from(json))
    }
}

/// Makes [`Vars`]: `vars! { "question" => "Why?", "count" => 3 }`.
#[macro_export]
macro_rules! vars {
    ($($key:expr => $val:expr),* $(,)?) => {
        $crate::Vars([$((String::from($key), $crate::Val::from($val))),*].into_iter().collect())
    };
}

impl Chunk for Vars {
    const PIECEWISE: bool = true;

    fn kind() -> Kind {
        Kind::DICT
    }

    fn into_val(self) -> Val {
        Val::AddDict(self.0)
    }

    fn into_whole(self) -> Val {
        Val::Dict(self.0)
    }

    fn from_val(val: Val) -> Result<Self> {
        match val {
            Val::Dict(dict) | Val::AddDict(dict) => Ok(Vars(dict)),
            other => Err(Error::wrong_kind("an object", other.kind_name())),
        }
    }

    fn merge(&mut self, next: Self) {
        self.grow(next);
    }

    fn grow(&mut self, next: Self) -> isize {
        add_keys(&mut self.0, next.0)
    }

    fn weight(&self) -> usize {
        self.0.iter().map(|(key, val)| key.len() + val.weight()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(pieces: &[Value], wrap: fn(Val) -> Val) -> Value {
        let mut pieces = pieces.iter().cloned().map(|json| wrap(Val::from(json)));
        let mut whole = pieces.next().unwrap();
        pieces.for_each(|piece| whole.merge(piece));
        Value::from(whole)
    }

    fn adding(val: Val) -> Val {
        match val {
            Val::Dict(dict) => Val::AddDict(dict),
            other => other,
        }
    }

    #[test]
    fn text_lists_and_numbers_add_and_what_cannot_add_is_replaced() {
        assert_eq!(merged(&[json!("a"), json!("b")], |val| val), json!("ab"));
        assert_eq!(merged(&[json!([1]), json!([2])], |val| val), json!([1, 2]));
        assert_eq!(merged(&[json!({"a": 1}), json!({"b": 2})], |val| val), json!({"b": 2}));
        assert_eq!(merged(&[json!("a"), json!(1)], |val| val), json!(1));
        assert_eq!(merged(&[json!(1), json!(12), json!(123)], |val| val), json!(136));
        assert_eq!(merged(&[json!(u64::MAX), json!(1.5)], |val| val), json!(u64::MAX as f64 + 1.5));
        assert_eq!(merged(&[json!(true), json!(true), json!(false)], |val| val), json!(2));
        assert_eq!(merged(&[json!(true), json!(0.5)], |val| val), json!(1.5));
    }

    #[test]
    fn an_adding_dict_merges_key_by_key() {
        let pieces = [json!({"a": "x"}), json!({"b": null}), json!({"a": "y", "b": "z"}), json!({"a": null})];
        assert_eq!(merged(&pieces, adding), json!({"a": "xy", "b": "z"}));
    }

    #[test]
    fn a_piece_that_does_not_add_up_replaces_all_keys() {
        let pieces = [json!({"a": "x"}), json!({"b": {"c": 1}}), json!({"b": {"c": 2}}), json!({"d": 1})];
        assert_eq!(merged(&pieces, adding), json!({"b": {"c": 2}, "d": 1}));
        assert_eq!(merged(&[json!({"a": 1, "b": 2}), json!({"a": "x"})], adding), json!({"a": "x"}));
        let nested = |val| match adding(val) {
            Val::AddDict(dict) => {
                Val::AddDict(dict.into_iter().map(|(key, val)| (key, adding(val))).collect())
            }
            other => other,
        };
        let pieces = [json!({"a": {"x": 1}, "b": 1}), json!({"a": {"y": 2}}), json!({"a": {"y": "z"}})];
        assert_eq!(merged(&pieces[..2], nested), json!({"a": {"x": 1, "y": 2}, "b": 1}));
        assert_eq!(merged(&pieces, nested), json!({"a": {"y": "z"}}));
    }
}
