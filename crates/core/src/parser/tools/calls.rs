//! The calls in a message, and those of a message that streams.

use super::additional_kwargs;
use crate::{
    AiMessage, Dict, Message, ParseError, Result, ToolCall, ToolCallChunk, Val,
    parser::json::{PartialJson, loads},
};
use serde_json::Value;

/// A call of a tool.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) args: Val,
    id: Option<String>,
}

impl Call {
    /// As the parsers give it.
    pub(super) fn into_val(self, with_id: bool) -> Val {
        let mut dict = Dict::from_iter([("args".to_owned(), self.args)]);
        if with_id {
            dict.insert("id".into(), self.id.map_or(Val::Null, Val::Text));
        }
        dict.insert("type".into(), Val::Text(self.name));
        Val::Dict(dict)
    }
}

/// The calls of a message that streams.
#[derive(Debug)]
pub(super) struct Calls {
    strict: bool,
    /// Those that came whole.
    whole: Vec<(String, Val, Option<String>)>,
    chunks: Vec<CallUnderWay>,
    /// Those in `additional_kwargs`, if there is a place for them.
    legacy: Option<Vec<CallUnderWay>>,
}

/// A call whose arguments are still coming.
#[derive(Debug)]
struct CallUnderWay {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    args: PartialJson,
    has_args: bool,
}

impl Calls {
    pub(super) fn new(strict: bool) -> Self {
        Calls { strict, whole: Vec::new(), chunks: Vec::new(), legacy: None }
    }

    /// The calls of a whole message; `None` if it has no place for any.
    pub(super) fn of_message(
        parser: &'static str,
        message: &Message,
        strict: bool,
    ) -> Result<Option<Vec<Call>>> {
        let mut calls = Calls::new(strict);
        if let Message::Ai(message) = message {
            calls.push_ai(message);
        }
        let raw = legacy_calls(message);
        let mut calls = calls.so_far().unwrap_or_default();
        if calls.is_empty() && stands_in(message) {
            calls = raw.into_iter().flatten().filter_map(readable).collect();
        }
        match raw {
            Some(raw) if calls.is_empty() => parse_legacy(parser, raw, strict).map(Some),
            None if calls.is_empty() => Ok(None),
            _ => Ok(Some(calls)),
        }
    }

    /// Reads a piece. Says whether the calls may have changed, and how much more is held.
    pub(super) fn push(&mut self, message: &Message) -> (bool, usize) {
        let mut weight = 0;
        if let Message::Ai(message) = message {
            self.push_ai(message);
            let length = |chunk: &ToolCallChunk| chunk.args.as_ref().map_or(0, String::len);
            let chunks =
                message.tool_call_chunks.iter().map(|chunk| 3 * length(chunk) + size_of::<CallUnderWay>());
            let whole = message.tool_calls.iter().map(|call| 64 * (1 + call.args.len()));
            weight += chunks.sum::<usize>() + whole.sum::<usize>();
        }
        let raw = legacy_calls(message).into_iter().flatten();
        // Python reads these pieces as pieces of calls only if all of them are complete.
        let stands_in = stands_in(message) && raw.clone().all(is_complete);
        for raw in raw {
            if stands_in {
                push_call(&mut self.chunks, place(raw), raw["function"]["arguments"].as_str(), false);
            }
            weight += size_of::<CallUnderWay>() + 3 * raw.to_string().len();
            self.push_legacy(raw);
        }
        if self.legacy.is_none() && legacy_calls(message).is_some() {
            self.legacy = Some(Vec::new());
        }
        (weight > 0, weight)
    }

    /// The calls so far; `None` if there is no place for any.
    pub(super) fn so_far(&self) -> Option<Vec<Call>> {
        let whole = self.whole.iter().map(|(name, args, id)| {
            let (name, args, id) = (name.clone(), args.clone(), id.clone());
            Call { name, args, id }
        });
        let chunks = self.chunks.iter().filter_map(CallUnderWay::so_far);
        let calls: Vec<_> = whole.chain(chunks).collect();
        if !calls.is_empty() {
            return Some(calls);
        }
        Some(self.legacy.as_ref()?.iter().filter_map(CallUnderWay::legacy_so_far).collect())
    }

    /// A message that has pieces of calls has no others: whole ones beside them are what was read of these so far.
    fn push_ai(&mut self, message: &AiMessage) {
        if message.tool_call_chunks.is_empty() {
            let whole = message.tool_calls.iter();
            self.whole.extend(whole.map(|call| (call.name.clone(), args_of(call), call.id.clone())));
        }
        message.tool_call_chunks.iter().for_each(|chunk| self.push_chunk(chunk));
    }

    fn push_chunk(&mut self, chunk: &ToolCallChunk) {
        let place = (chunk.index.map(|index| index as u64), chunk.id.as_deref(), chunk.name.as_deref());
        push_call(&mut self.chunks, place, chunk.args.as_deref(), false);
    }

    fn push_legacy(&mut self, raw: &Value) {
        let legacy = self.legacy.get_or_insert_default();
        push_call(legacy, place(raw), raw["function"]["arguments"].as_str(), self.strict);
    }
}

/// Where a piece of a call belongs: its index, id and name.
type Place<'p> = (Option<u64>, Option<&'p str>, Option<&'p str>);

fn args_of(call: &ToolCall) -> Val {
    Val::from(Value::Object(call.args.clone()))
}

fn place(raw: &Value) -> Place<'_> {
    (raw["index"].as_u64(), raw["id"].as_str(), raw["function"]["name"].as_str())
}

/// Adds a piece of a call to the one that it continues: the one at its index, unless their ids differ.
fn push_call(calls: &mut Vec<CallUnderWay>, (index, id, name): Place<'_>, args: Option<&str>, strict: bool) {
    let unknown = |id: Option<&str>| id.is_none_or(str::is_empty);
    let continues = |call: &CallUnderWay| {
        let own = call.id.as_deref();
        index.is_some() && call.index == index && (unknown(own) || unknown(id) || own == id)
    };
    let at = calls.iter().rposition(continues).unwrap_or_else(|| {
        let args = PartialJson::of_arguments(strict);
        calls.push(CallUnderWay { index, id: None, name: None, args, has_args: false });
        calls.len() - 1
    });
    let call = &mut calls[at];
    if unknown(call.id.as_deref()) {
        call.id = id.map(String::from).or(call.id.take());
    }
    if let Some(name) = name {
        call.name.get_or_insert_default().push_str(name);
    }
    if let Some(args) = args {
        call.has_args |= !args.is_empty();
        call.args.push(args);
    }
}

impl CallUnderWay {
    /// The call as the message has it: no call if the arguments are no object.
    fn so_far(&self) -> Option<Call> {
        let args = if self.has_args { self.args.value()? } else { Val::Dict(Dict::new()) };
        matches!(args, Val::Dict(_)).then(|| self.call(args))
    }

    /// The call as `parse_tool_call` reads it from `additional_kwargs`.
    fn legacy_so_far(&self) -> Option<Call> {
        self.args.value().map(|args| self.call(or_empty(args)))
    }

    fn call(&self, args: Val) -> Call {
        Call { name: self.name.clone().unwrap_or_default(), args, id: self.id.clone() }
    }
}

fn legacy_calls(message: &Message) -> Option<&Vec<Value>> {
    additional_kwargs(message)?.get("tool_calls")?.as_array()
}

/// Whether a message takes its calls from `additional_kwargs`, because it has none itself.
fn stands_in(message: &Message) -> bool {
    matches!(message, Message::Ai(message)
        if message.tool_calls.is_empty() && message.tool_call_chunks.is_empty() && message.invalid_tool_calls.is_empty())
}

fn is_complete(raw: &Value) -> bool {
    let has = |key| raw["function"].get(key).is_some();
    raw.get("function").is_none() || has("name") && has("arguments")
}

/// A call as a message reads it from its `additional_kwargs`, if it can.
fn readable(raw: &Value) -> Option<Call> {
    let function = raw.get("function")?;
    let args = or_empty(loads(function["arguments"].as_str()?, true).ok()?);
    let name = function["name"].as_str().unwrap_or_default().into();
    let id = raw["id"].as_str().map(String::from);
    matches!(args, Val::Dict(_)).then_some(Call { name, args, id })
}

/// The calls of a whole message's `additional_kwargs`. All that cannot be read are told together.
fn parse_legacy(parser: &'static str, raw: &[Value], strict: bool) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    let mut complaints = Vec::new();
    for raw in raw.iter().filter(|raw| raw.get("function").is_some()) {
        let function = &raw["function"];
        let name = function["name"].as_str().unwrap_or_default();
        let arguments = function["arguments"].as_str().unwrap_or_default();
        let read = if arguments.is_empty() { Ok(Val::Null) } else { loads(arguments, strict) };
        match read {
            Ok(args) => {
                let id = raw["id"].as_str().map(String::from);
                calls.push(Call { name: name.into(), args: or_empty(args), id });
            }
            Err(error) if error.class != "JSONDecodeError" => {
                return Err(ParseError::raised(parser, error.class, error.message).into());
            }
            Err(error) => {
                let complaint = format!(
                    "Function {name} arguments:\n\n{arguments}\n\nare not valid JSON. Received JSONDecodeError {}",
                    error.message
                );
                complaints.push(ParseError::rejected(parser, complaint, None).message);
            }
        }
    }
    if complaints.is_empty() {
        return Ok(calls);
    }
    Err(ParseError::rejected(parser, complaints.join("\n\n"), None).into())
}

/// Python's `args or {}`.
fn or_empty(args: Val) -> Val {
    let is_false = match &args {
        Val::Null | Val::Bool(false) => true,
        Val::Number(number) => !number.is_truthy(),
        Val::Text(text) => text.is_empty(),
        Val::List(items) => items.is_empty(),
        _ => false,
    };
    if is_false { Val::Dict(Dict::new()) } else { args }
}
