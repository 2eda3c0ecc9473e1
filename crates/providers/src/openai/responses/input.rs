//! A conversation as items of the Responses API. Pure.

use super::{
    super::{
        content::{self, Api, input_file, is_type, text},
        message::{self, WireCall},
    },
    blocks, items, v03,
};
use crate::{
    call::BadRequest,
    python_json::{self, is_truthy},
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::{AiMessage, Content, Message, ToolMessage, Val, Words, python};

/// What the items of a request go into.
pub(super) struct Input {
    pub(super) items: Vec<Value>,
    /// Whether the service keeps what was said: it knows items by their ids then.
    pub(super) stores: bool,
}

/// The items; `store` is the argument of that name.
pub(in super::super) fn input(messages: &[Message], store: Option<&Value>) -> Result<Vec<Value>, BadRequest> {
    let stores = store.is_none_or(|store| *store != Value::Bool(false));
    let mut input = Input { items: Vec::new(), stores };
    for message in messages {
        input.add(message)?;
    }
    Ok(input.items)
}

impl Input {
    fn add(&mut self, message: &Message) -> Result<(), BadRequest> {
        match message {
            Message::Ai(message) => self.add_answer(message),
            Message::Tool(message) => self.add_tool(message),
            Message::Chat(chat) if chat.role == "assistant" => {
                let text = &chat.content;
                items::add_blocks(self, &owned_blocks(text));
                if let Content::Text(text) = text {
                    self.items.push(said(text));
                }
                Ok(())
            }
            other => self.add_plain(other),
        }
    }

    /// What a person, the system or somebody else said.
    fn add_plain(&mut self, message: &Message) -> Result<(), BadRequest> {
        let (role, speaker) = (message::role(message, false), message::speaker(message));
        let mut item = Map::new();
        let known = matches!(role, "user" | "system" | "developer");
        let content = match content::blocks(message.content(), Api::Responses, speaker)? {
            None => json!(message.content()),
            Some(blocks) if !known => json!(blocks),
            Some(blocks) => {
                let blocks = self.plain_blocks(&blocks, matches!(message, Message::System(_)))?;
                if blocks.is_empty() {
                    return Ok(());
                }
                blocks.into()
            }
        };
        item.extend([("content".into(), content), ("role".into(), role.into())]);
        if known {
            item.insert("type".into(), "message".into());
        }
        self.items.push(Value::Object(item));
        Ok(())
    }

    /// The blocks that stand in a message; items of their own are added before it.
    fn plain_blocks(&mut self, blocks: &[Cow<'_, Value>], of_system: bool) -> Result<Vec<Value>, BadRequest> {
        let mut inside = Vec::new();
        for block in blocks {
            let block =
                if is_type(block, "non_standard") { block.get("value").unwrap_or(block) } else { block };
            let Value::Object(fields) = block else {
                let ours = "string indices must be integers, not 'str'";
                return Err(BadRequest { class: "TypeError", words: Words::from(ours) });
            };
            match text(fields, "type") {
                None => return Err(BadRequest { class: "KeyError", words: Words::from("'type'") }),
                Some("text" | "image_url" | "file") => inside.push(input_block(block)?),
                Some("input_text" | "input_image" | "input_file") => inside.push(block.clone()),
                Some(
                    "mcp_approval_response"
                    | "tool_search_output"
                    | "apply_patch_call_output"
                    | "configuration_update",
                ) => self.items.push(block.clone()),
                Some("additional_tools") if of_system => self.items.push(block.clone()),
                Some(_) => {}
            }
        }
        Ok(inside)
    }

    fn add_answer(&mut self, message: &AiMessage) -> Result<(), BadRequest> {
        let content = v03::modern(message);
        match &*content {
            Content::Text(text) if text.is_empty() && has_calls(message) => {}
            Content::Text(text) => self.items.push(said(text)),
            Content::Blocks(_) => {
                let kept = content::blocks(&content, Api::Responses, content::Speaker::Ai)?;
                let kept: Vec<Value> = kept.into_iter().flatten().map(Cow::into_owned).collect();
                let all_objects = kept.iter().all(Value::is_object);
                let kept = if all_objects { blocks::from_v1(kept, &message.tool_calls) } else { kept };
                items::add_blocks(self, &kept);
            }
        }
        self.add_calls(message);
        Ok(())
    }

    /// The calls that no block tells already.
    fn add_calls(&mut self, message: &AiMessage) {
        let known = |id: &Value| {
            let calls = self
                .items
                .iter()
                .filter(|item| is_type(item, "function_call") || is_type(item, "custom_tool_call"));
            calls.filter_map(|item| item.get("call_id")).any(|known| known == id)
        };
        let calls: Vec<WireCall<'_>> = message::calls(message).unwrap_or_default();
        let written = calls.iter().filter_map(|call| serde_json::to_value(call).ok());
        let fresh: Vec<Value> = written
            .filter(|call| !known(&call["id"]))
            .map(|call| {
                let function = &call["function"];
                json!({
                    "type": "function_call", "name": function["name"], "arguments": function["arguments"],
                    "call_id": call["id"],
                })
            })
            .collect();
        self.items.extend(fresh);
    }

    fn add_tool(&mut self, message: &ToolMessage) -> Result<(), BadRequest> {
        let blocks = owned_blocks(&message.content);
        let special = blocks.iter().find_map(|block| special_output(block, &message.tool_call_id));
        let item = match special {
            Some(item) => item,
            None => {
                let output = tool_output(&message.content)?;
                json!({"type": "function_call_output", "output": output, "call_id": message.tool_call_id})
            }
        };
        self.items.push(item);
        Ok(())
    }
}

fn has_calls(message: &AiMessage) -> bool {
    message::calls(message).is_some() || message.additional_kwargs.contains_key("function_call")
}

fn owned_blocks(content: &Content) -> Vec<Value> {
    if let Content::Blocks(blocks) = content { blocks.clone() } else { Vec::new() }
}

/// What the model said in plain text.
fn said(text: &str) -> Value {
    let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
    json!({"type": "message", "role": "assistant", "content": content})
}

/// A block of a chat completion as the Responses API takes it.
fn input_block(block: &Value) -> Result<Value, BadRequest> {
    let mut new = if is_type(block, "text") {
        json!({"type": "input_text", "text": block.get("text")})
    } else if is_type(block, "file") {
        input_file(block.get("file").unwrap_or(&Value::Null))
    } else if is_type(block, "image_url") {
        let Some(Value::Object(image)) = block.get("image_url") else {
            let ours = "string indices must be integers, not 'str'";
            return Err(BadRequest { class: "TypeError", words: Words::from(ours) });
        };
        let mut new = json!({"type": "input_image", "image_url": image.get("url")});
        if let Some(detail) = text(image, "detail").filter(|detail| !detail.is_empty()) {
            new["detail"] = detail.into();
        }
        new
    } else {
        return Ok(block.clone());
    };
    if let Some(mark) = block.get("prompt_cache_breakpoint") {
        new["prompt_cache_breakpoint"] = mark.clone();
    }
    Ok(new)
}

/// The answer of a tool that is no function.
fn special_output(block: &Value, call: &str) -> Option<Value> {
    if is_type(block, "custom_tool_call_output") {
        let output = block.get("output").filter(|output| is_truthy(output));
        let output = output.cloned().unwrap_or_else(|| "".into());
        return Some(json!({"type": "custom_tool_call_output", "call_id": call, "output": output}));
    }
    let value = block.get("value").filter(|_| is_type(block, "non_standard"))?;
    let special = is_type(value, "computer_call_output") || is_type(value, "custom_tool_call_output");
    special.then(|| value.clone())
}

/// What a tool answered: text, or blocks the API knows, or else everything as text.
fn tool_output(content: &Content) -> Result<Value, BadRequest> {
    let Some(blocks) = content::blocks(content, Api::Responses, content::Speaker::Other)? else {
        return Ok(json!(content));
    };
    let blocks: Vec<Value> = blocks
        .into_iter()
        .map(|block| content::plain_text(&block).unwrap_or_else(|| block.into_owned()))
        .collect();
    let known = ["input_text", "input_image", "input_file", "text", "image_url", "file"];
    if blocks.iter().all(|block| known.iter().any(|kind| is_type(block, kind))) {
        return blocks.iter().map(input_block).collect();
    }
    let blocks = Value::Array(blocks);
    Ok(python_json::dumps(&blocks).unwrap_or_else(|_| python::str(&Val::from(blocks))).into())
}
