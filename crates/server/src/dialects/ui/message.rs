//! UI messages as the messages of a conversation.

use super::{
    request::{object, problem},
    tool::{self, Answered},
};
use crate::error::ApiError;
use serde_json::{Map, Value, json};
use windlass_core::{AiMessage, Content, HumanMessage, Message};

type Fields = Map<String, Value>;

/// Reads a UI message; one of the assistant's may be several messages, because its tools answered in between.
pub(super) fn read(mut message: Fields, place: &[&str], into: &mut Vec<Message>) -> Result<(), ApiError> {
    let parts = read_parts(message.remove("parts"), place)?;
    match message.get("role").and_then(Value::as_str) {
        Some("system") => into.push(Message::system(join(&parts, "\n"))),
        Some("user") => {
            let content = user_content(parts);
            into.push(Message::Human(HumanMessage { content, ..HumanMessage::default() }));
        }
        Some("assistant") => assistant(parts, into),
        _ => {
            let place: Vec<&str> = place.iter().copied().chain(["role"]).collect();
            return Err(problem(&place, "literal_error", "it should be `system`, `user` or `assistant`"));
        }
    }
    Ok(())
}

/// A part of a message that matters to a chain.
enum MessagePart {
    Text(String),
    /// A content block.
    File(Value),
    Tool(Answered),
    /// The model was asked again.
    Step,
}

/// Reads the parts. What is only shown, such as reasoning, sources and data, is left out, and what is not known.
fn read_parts(parts: Option<Value>, place: &[&str]) -> Result<Vec<MessagePart>, ApiError> {
    let within = |more: &[&str]| -> Vec<String> {
        place.iter().chain(["parts"].iter()).chain(more).map(ToString::to_string).collect()
    };
    let wrong = |more: &[&str], kind: &str, msg: &str| {
        let place = within(more);
        problem(&place.iter().map(String::as_str).collect::<Vec<_>>(), kind, msg)
    };
    let Some(Value::Array(parts)) = parts else {
        return Err(wrong(&[], "list_type", "it should be a list of parts"));
    };
    let mut read = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        let index = index.to_string();
        let at = within(&[&index]);
        let part = object(part, &at.iter().map(String::as_str).collect::<Vec<_>>())?;
        let missing = |name: &str| wrong(&[&index, name], "string_type", "it should be text");
        read.extend(read_part(part).map_err(missing)?);
    }
    Ok(read)
}

/// Reads a part; an error is the name of the field that should be text.
fn read_part(mut part: Fields) -> Result<Option<MessagePart>, &'static str> {
    let kind = text(&mut part, "type")?;
    Ok(match kind.as_str() {
        "text" => Some(MessagePart::Text(text(&mut part, "text")?)),
        "file" => Some(MessagePart::File(file(part)?)),
        "step-start" => Some(MessagePart::Step),
        "dynamic-tool" => tool::read(part, None).map(MessagePart::Tool),
        kind => match kind.strip_prefix("tool-") {
            Some(name) => tool::read(part, Some(name)).map(MessagePart::Tool),
            None => None,
        },
    })
}

fn text(fields: &mut Fields, name: &'static str) -> Result<String, &'static str> {
    if let Some(Value::String(text)) = fields.remove(name) { Ok(text) } else { Err(name) }
}

/// A file as LangChain's content block. It is passed on as it is: a URL is for the model's service to read.
fn file(mut part: Fields) -> Result<Value, &'static str> {
    let media_type = text(&mut part, "mediaType")?;
    let url = text(&mut part, "url")?;
    let family = media_type.split('/').next().unwrap_or_default();
    if family == "image" {
        return Ok(json!({"type": "image_url", "image_url": {"url": url}}));
    }
    let kind = if family == "audio" { "audio" } else { "file" };
    let mut block = match url.split_once(";base64,").filter(|(start, _)| start.starts_with("data:")) {
        Some((_, data)) => json!({"type": kind, "mime_type": media_type, "base64": data}),
        None => json!({"type": kind, "mime_type": media_type, "url": url}),
    };
    if let Some(name) = part.remove("filename").filter(Value::is_string) {
        block["filename"] = name;
    }
    Ok(block)
}

/// The text of the parts.
fn join(parts: &[MessagePart], between: &str) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        MessagePart::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(between)
}

/// Text, or blocks if there are files.
fn user_content(parts: Vec<MessagePart>) -> Content {
    if !parts.iter().any(|part| matches!(part, MessagePart::File(_))) {
        return Content::Text(join(&parts, "\n"));
    }
    let blocks = parts.into_iter().filter_map(|part| match part {
        MessagePart::Text(text) => Some(json!({"type": "text", "text": text})),
        MessagePart::File(block) => Some(block),
        MessagePart::Tool(_) | MessagePart::Step => None,
    });
    Content::Blocks(blocks.collect())
}

/// Each step is a message of the model, and the answers of its tools after it.
fn assistant(parts: Vec<MessagePart>, into: &mut Vec<Message>) {
    let mut said = AiMessage::default();
    let mut answers = Vec::new();
    for part in parts {
        let goes_on = matches!(part, MessagePart::Tool(_)) || answers.is_empty();
        if !goes_on || matches!(part, MessagePart::Step) {
            end_step(&mut said, &mut answers, into);
        }
        match part {
            MessagePart::Text(text) => said.content.merge(Content::Text(text)),
            MessagePart::Tool(Answered { call, answer }) => {
                said.tool_calls.push(call);
                answers.push(Message::Tool(answer));
            }
            MessagePart::File(_) | MessagePart::Step => {}
        }
    }
    end_step(&mut said, &mut answers, into);
}

fn end_step(said: &mut AiMessage, answers: &mut Vec<Message>, into: &mut Vec<Message>) {
    let said = std::mem::take(said);
    if said.has_content() {
        into.push(Message::Ai(said));
    }
    into.append(answers);
}
