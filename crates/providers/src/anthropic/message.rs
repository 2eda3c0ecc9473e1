//! Conversations as the API takes them: turns of user and assistant, with the instructions apart. Pure.

use super::content::{
    Fields, formatted, missing, parsed, safe_id, text, text_block, text_fields, use_of_call,
};
use crate::{call::BadRequest, python_json::is_truthy};
use serde_json::{Value, json};
use std::{borrow::Cow, collections::HashMap};
use windlass_core::{AiMessage, Content, Message, ToolMessage};

const APART: &str = "Received multiple non-consecutive system messages.";

/// A conversation on its way out.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Conversation {
    /// The instructions: text, or blocks.
    pub(super) system: Option<Value>,
    /// The turns, each with a role.
    pub(super) messages: Vec<Value>,
}

/// Messages after neighbours were merged.
enum Turn<'a> {
    System(Cow<'a, Content>),
    Human(Cow<'a, Content>),
    Ai(&'a AiMessage),
    /// What the API has no role for, by LangChain's name for it.
    Foreign(&'static str),
}

/// The conversation of these messages. `in_place` says whether instructions may stand in its middle.
pub(super) fn conversation(
    messages: &[Cow<'_, Message>],
    in_place: bool,
) -> Result<Conversation, BadRequest> {
    let turns = merged(messages);
    let last = turns.iter().rposition(|turn| !matches!(turn, Turn::System(_)));
    let mut writer = Writer { in_place, ..Writer::default() };
    for (index, turn) in turns.iter().enumerate() {
        match turn {
            Turn::System(content) => writer.system(content, index == 0)?,
            Turn::Human(content) => {
                let content = match content.as_ref() {
                    Content::Text(text) => text.as_str().into(),
                    Content::Blocks(blocks) => Value::Array(formatted(blocks, None)?),
                };
                writer.turn("user", content)?;
            }
            Turn::Foreign(kind) => return Err(missing(kind)),
            Turn::Ai(message) => {
                let content = assistant(message, last == Some(index))?;
                if is_truthy(&content) || last == Some(index) {
                    writer.turn("assistant", content)?;
                }
            }
        }
    }
    writer.place_pending();
    Ok(writer.done)
}

/// Neighbours of one kind become one; what tools answered is said by the user.
fn merged<'a>(messages: &'a [Cow<'_, Message>]) -> Vec<Turn<'a>> {
    let mut turns: Vec<Turn<'_>> = Vec::with_capacity(messages.len());
    for message in messages {
        let turn = match message.as_ref() {
            Message::System(message) => Turn::System(Cow::Borrowed(&message.content)),
            Message::Human(message) => Turn::Human(Cow::Borrowed(&message.content)),
            Message::Ai(message) => Turn::Ai(message),
            Message::Tool(message) => Turn::Human(result_of_tool(message)),
            Message::Function(_) => Turn::Foreign("function"),
            Message::Chat(_) => Turn::Foreign("chat"),
        };
        match (turns.last_mut(), turn) {
            (Some(Turn::System(whole)), Turn::System(next))
            | (Some(Turn::Human(whole)), Turn::Human(next)) => {
                let mut blocks = into_blocks(std::mem::take(whole.to_mut()));
                blocks.extend(into_blocks(next.into_owned()));
                *whole = Cow::Owned(Content::Blocks(blocks));
            }
            (_, turn) => turns.push(turn),
        }
    }
    turns
}

fn into_blocks(content: Content) -> Vec<Value> {
    match content {
        Content::Text(text) => vec![text_block(&text)],
        Content::Blocks(blocks) => blocks,
    }
}

/// What a tool answered, as a block. The marks of its blocks for the cache go up to it.
fn result_of_tool(message: &ToolMessage) -> Cow<'_, Content> {
    let is_result = |block: &Value| block.get("type").is_some_and(|kind| kind == "tool_result");
    let mut mark = None;
    let content = match &message.content {
        Content::Text(text) => text.as_str().into(),
        Content::Blocks(blocks) if !blocks.is_empty() && blocks.iter().all(is_result) => {
            return Cow::Borrowed(&message.content);
        }
        Content::Blocks(blocks) => {
            let mut blocks = blocks.clone();
            for block in blocks.iter_mut().filter_map(Value::as_object_mut) {
                mark = block.shift_remove("cache_control").or(mark);
            }
            Value::Array(blocks)
        }
    };
    let mut result = json!({
        "type": "tool_result", "content": content, "tool_use_id": safe_id(&json!(message.tool_call_id)),
        "is_error": message.status.as_deref() == Some("error"),
    });
    if let Some(mark) = mark.filter(is_truthy) {
        result["cache_control"] = mark;
    }
    Cow::Owned(Content::Blocks(vec![result]))
}

/// What the model said: text, or blocks with its calls of tools.
fn assistant(message: &AiMessage, last: bool) -> Result<Value, BadRequest> {
    let has_calls = !message.tool_calls.is_empty() || !message.invalid_tool_calls.is_empty();
    let mut content = match &message.content {
        Content::Text(text) if !has_calls => Value::String(text.clone()),
        Content::Text(text) if text.is_empty() => json!([]),
        Content::Text(text) => json!([text_block(text)]),
        Content::Blocks(blocks) => Value::Array(formatted(blocks, Some(message))?),
    };
    if let Some(blocks) = content.as_array_mut().filter(|_| has_calls) {
        add_calls(blocks, message);
    }
    if last {
        strip_end(&mut content);
    }
    Ok(content)
}

/// Adds the message's calls that its blocks do not have.
fn add_calls(blocks: &mut Vec<Value>, message: &AiMessage) {
    let is_use = |block: &&Value| block.get("type").is_some_and(|kind| kind == "tool_use");
    let mut ids: Vec<Value> = blocks.iter().filter(is_use).map(|block| block["id"].clone()).collect();
    let missing: Vec<_> = message.tool_calls.iter().map(use_of_call).collect();
    let missing: Vec<_> = missing.into_iter().filter(|call| !ids.contains(&call["id"])).collect();
    ids.extend(missing.iter().map(|call| call["id"].clone()));
    blocks.extend(missing);
    for call in &message.invalid_tool_calls {
        let known = |text: &&str| !text.is_empty();
        let (Some(id), Some(name)) = (call.id.as_deref().filter(known), call.name.as_deref().filter(known))
        else {
            continue;
        };
        let id = safe_id(&id.into());
        if !ids.contains(&id) {
            let args = Some(parsed(call.args.as_deref().unwrap_or_default()));
            let args = args.filter(Value::is_object).unwrap_or_else(|| json!({}));
            blocks.push(json!({"type": "tool_use", "name": name, "input": args, "id": id}));
            ids.push(id);
        }
    }
}

/// The API takes no white space at the end of what the model is to go on from.
fn strip_end(content: &mut Value) {
    let block = match content {
        Value::Array(blocks) => blocks.last_mut().filter(|block| block["type"] == "text"),
        text => Some(text),
    };
    let place = block.and_then(|block| if block.is_string() { Some(block) } else { block.get_mut("text") });
    if let Some(Value::String(text)) = place {
        text.truncate(text.trim_end().len());
    }
}

/// Writes the turns, and knows where instructions may stand.
#[derive(Default)]
struct Writer {
    done: Conversation,
    in_place: bool,
    /// Whether instructions were taken; they may have been empty.
    instructed: bool,
    /// Instructions in the middle whose place depends on what follows.
    pending: Vec<Value>,
    /// Which set the tool of a call is of.
    toolsets: HashMap<String, Value>,
}

impl Writer {
    fn system(&mut self, content: &Content, first: bool) -> Result<(), BadRequest> {
        if first {
            return self.hoist(instructions(content, true));
        }
        if self.in_place && (!self.pending.is_empty() || self.may_be_followed()) {
            self.pending.push(json!(content));
            return Ok(());
        }
        self.hoist(instructions(content, false))
    }

    /// Puts instructions before the conversation.
    fn hoist(&mut self, content: Value) -> Result<(), BadRequest> {
        if std::mem::replace(&mut self.instructed, true) {
            return Err(BadRequest::value(APART));
        }
        self.done.system = Some(content).filter(|content| *content != json!([]));
        Ok(())
    }

    /// Whether instructions may follow the last turn.
    fn may_be_followed(&self) -> bool {
        let Some(turn) = self.done.messages.last() else { return false };
        let last = turn["content"].as_array().and_then(|blocks| blocks.last());
        let kind = last.and_then(|block| block.get("type")?.as_str());
        turn["role"] == "user"
            || (turn["role"] == "assistant" && kind.is_some_and(|kind| kind.ends_with("_tool_result")))
    }

    fn place_pending(&mut self) {
        for content in std::mem::take(&mut self.pending) {
            let content = match content {
                Value::Array(blocks) => instructions(&Content::Blocks(blocks), true),
                text => text,
            };
            if content != json!([]) {
                self.done.messages.push(json!({"role": "system", "content": content}));
            }
        }
    }

    fn turn(&mut self, role: &str, mut content: Value) -> Result<(), BadRequest> {
        if role == "assistant" {
            self.place_pending();
        }
        for content in std::mem::take(&mut self.pending) {
            let content = serde_json::from_value(content).unwrap_or_default();
            self.hoist(instructions(&content, false))?;
        }
        for block in content.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            self.note_toolset(block);
        }
        self.done.messages.push(json!({"role": role, "content": content}));
        Ok(())
    }

    /// The answer of a tool is of the same set as its call.
    fn note_toolset(&mut self, block: &mut Fields) {
        match text(block, "type") {
            Some("tool_use") => {
                if let (Some(id), Some(set)) =
                    (text(block, "id"), block.get("toolset_name").filter(|set| is_truthy(set)))
                {
                    self.toolsets.insert(id.into(), set.clone());
                }
            }
            Some("tool_result") => {
                if let Some(set) = text(block, "tool_use_id").and_then(|id| self.toolsets.get(id)) {
                    block.entry("toolset_name").or_insert_with(|| set.clone());
                }
            }
            _ => {}
        }
    }
}

/// Instructions: text as it is, blocks as far as the API knows them. `changes` are blocks that change the tools.
fn instructions(content: &Content, changes: bool) -> Value {
    let blocks = match content {
        Content::Text(text) => return text.as_str().into(),
        Content::Blocks(blocks) => blocks,
    };
    let kept = blocks.iter().filter_map(|block| {
        let Some(fields) = block.as_object() else { return Some(json!({"type": "text", "text": block})) };
        let inner = fields.get("value").and_then(Value::as_object);
        let fields = inner.filter(|_| text(fields, "type") == Some("non_standard")).unwrap_or(fields);
        match text(fields, "type")? {
            "text" => Some(text_fields(fields)),
            "tool_addition" | "tool_removal" if changes => Some(Value::Object(fields.clone())),
            _ => None,
        }
    });
    Value::Array(kept.collect())
}
