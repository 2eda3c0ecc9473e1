//! UI messages as the messages of a conversation.

use super::{
    request::{object, unfit, within},
    tool::{self, Answered},
};
use crate::error::ApiError;
use serde_json::{Map, Value, json};
use windlass_core::{AiMessage, Content, HumanMessage, Message, ToolCall, ToolMessage};

type Fields = Map<String, Value>;

/// Reads a UI message, or one of the AI SDK's core with `content`, as assistant-ui sends them. One of the assistant's may be
/// several messages, because its tools answered in between.
pub(super) fn read(mut message: Fields, place: &str, into: &mut Vec<Message>) -> Result<(), ApiError> {
    let parts = match (message.remove("parts"), message.remove("content")) {
        (None, Some(Value::String(text))) => vec![MessagePart::Text(text)],
        (None, Some(content)) => read_parts(Some(content), place, ".content")?,
        (parts, _) => read_parts(parts, place, ".parts")?,
    };
    match message.get("role").and_then(Value::as_str) {
        Some("system") => into.push(Message::system(join(&parts, "\n"))),
        Some("user") => {
            let content = user_content(parts);
            into.push(Message::Human(HumanMessage { content, ..HumanMessage::default() }));
        }
        Some("assistant" | "tool") => assistant(parts, into),
        _ => {
            let place = within(place, ".role");
            return Err(unfit(format!("{place} should be `system`, `user`, `assistant` or `tool`")));
        }
    }
    Ok(())
}

/// A part of a message that matters to a chain.
enum MessagePart {
    Text(String),
    /// A content block.
    File(Value),
    Tool(Box<Answered>),
    /// A call whose answer is another message.
    Call(ToolCall),
    Answer(Box<ToolMessage>),
    /// The model was asked again.
    Step,
}

/// Reads the parts. What is only shown, such as reasoning, sources and data, is left out, and what is not known.
fn read_parts(parts: Option<Value>, place: &str, name: &str) -> Result<Vec<MessagePart>, ApiError> {
    let place = within(place, name);
    let Some(Value::Array(parts)) = parts else {
        return Err(unfit(format!("{place} should be a list")));
    };
    let mut read = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        let place = within(&place, &format!("[{index}]"));
        let missing = |name| unfit(format!("{} should be text", within(&place, &format!(".{name}"))));
        read.extend(read_part(object(part, &place)?).map_err(missing)?);
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
        "tool-call" => tool::call(part).map(MessagePart::Call),
        "tool-result" => tool::result(part).map(Box::new).map(MessagePart::Answer),
        "dynamic-tool" => tool::read(part, None).map(Box::new).map(MessagePart::Tool),
        kind => match kind.strip_prefix("tool-") {
            Some(name) => tool::read(part, Some(name)).map(Box::new).map(MessagePart::Tool),
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
    let url = text(&mut part, "url").or_else(|name| match text(&mut part, "data") {
        Ok(url) if url.contains(':') => Ok(url),
        Ok(data) => Ok(format!("data:{media_type};base64,{data}")),
        Err(_) => Err(name),
    })?;
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
        _ => None,
    });
    Content::Blocks(blocks.collect())
}

/// Each step is a message of the model, and the answers of its tools after it.
fn assistant(parts: Vec<MessagePart>, into: &mut Vec<Message>) {
    let mut said = AiMessage::default();
    let mut answers = Vec::new();
    for part in parts {
        let goes_on = matches!(part, MessagePart::Tool(_) | MessagePart::Answer(_)) || answers.is_empty();
        if !goes_on || matches!(part, MessagePart::Step) {
            end_step(&mut said, &mut answers, into);
        }
        match part {
            MessagePart::Text(text) => said.content.merge(Content::Text(text)),
            MessagePart::Tool(tool) => {
                let Answered { call, answer } = *tool;
                said.tool_calls.push(call);
                answers.push(Message::Tool(answer));
            }
            MessagePart::Call(call) => said.tool_calls.push(call),
            MessagePart::Answer(answer) => answers.push(Message::Tool(*answer)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: Value, expect: &Value) {
        let (Value::Object(message), mut read_as) = (message, Vec::new()) else { panic!("a message") };
        read(message, "`m`", &mut read_as).unwrap();
        assert_eq!(json!(read_as), *expect);
    }

    #[test]
    fn text_is_text_and_files_are_blocks() {
        let text = |text: &str| json!({"type": "text", "text": text, "state": "done"});
        let of = |role: &str, parts: Value| json!({"role": role, "parts": parts});
        check(of("system", json!([text("a"), text("b")])), &json!([{"type": "system", "content": "a\nb"}]));
        check(of("user", json!([text("a"), text("b")])), &json!([{"type": "human", "content": "a\nb"}]));
        check(of("user", json!([])), &json!([{"type": "human", "content": ""}]));
        let file = |media_type: &str, url: &str| json!({"type": "file", "mediaType": media_type, "url": url, "filename": "f"});
        let files = json!([
            text("a"),
            file("image/png", "data:image/png;base64,AAAA"),
            file("application/pdf", "data:application/pdf;base64,AAAA"),
            file("audio/wav", "https://here.example/a"),
        ]);
        let blocks = json!([
            {"type": "text", "text": "a"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "file", "mime_type": "application/pdf", "base64": "AAAA", "filename": "f"},
            {"type": "audio", "mime_type": "audio/wav", "url": "https://here.example/a", "filename": "f"},
        ]);
        check(of("user", files), &json!([{"type": "human", "content": blocks}]));
    }

    #[test]
    fn what_is_only_shown_is_left_out() {
        let parts = json!([
            {"type": "step-start"}, {"type": "reasoning", "text": "hm"}, {"type": "source-url", "url": "x"},
            {"type": "data-x", "data": {}}, {"type": "of-tomorrow", "text": 5},
            {"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {"type": "file", "mediaType": "a/b", "url": "c"},
        ]);
        check(
            json!({"role": "assistant", "id": "m", "parts": parts}),
            &json!([{"type": "ai", "content": "ab"}]),
        );
        check(json!({"role": "assistant", "parts": []}), &json!([]));
    }

    #[test]
    fn messages_of_the_core_have_content() {
        let of = |role: &str, content: Value| json!({"role": role, "content": content});
        check(of("system", json!("a")), &json!([{"type": "system", "content": "a"}]));
        let file = |data: &str| json!({"type": "file", "mediaType": "image/png", "data": data});
        let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
        let images = json!([image("data:image/png;base64,AAAA"), image("https://here.example/a")]);
        let files = json!([file("AAAA"), file("https://here.example/a")]);
        check(of("user", files), &json!([{"type": "human", "content": images}]));
        let call = json!({"type": "tool-call", "toolCallId": "1", "toolName": "f", "input": {"a": 1}});
        let calls = json!([{"name": "f", "args": {"a": 1}, "id": "1"}]);
        let called = json!([{"type": "ai", "content": "x", "tool_calls": calls}]);
        check(of("assistant", json!([{"type": "text", "text": "x"}, call])), &called);
        let answer = |kind: &str| {
            let output = json!({"type": kind, "value": [2]});
            json!({"type": "tool-result", "toolCallId": "1", "toolName": "f", "output": output})
        };
        let told = json!({"type": "tool", "content": "[2]", "tool_call_id": "1", "name": "f"});
        check(of("tool", json!([answer("json")])), &json!([told]));
        let failed =
            json!({"type": "tool", "content": "[2]", "tool_call_id": "1", "name": "f", "status": "error"});
        check(of("tool", json!([answer("error-json")])), &json!([failed]));
    }

    #[test]
    fn each_step_of_the_assistant_is_a_message_with_its_tools_answers() {
        let call = |id: &str, state: &str, more: Value| {
            let mut part = json!({"type": "tool-f", "toolCallId": id, "state": state, "input": {"a": 1}});
            part.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            part
        };
        let parts = json!([
            {"type": "step-start"}, {"type": "text", "text": "one"},
            call("1", "output-available", json!({"output": {"b": 2}})),
            call("2", "output-error", json!({"errorText": "no"})),
            call("3", "input-available", json!({})), call("4", "approval-requested", json!({})),
            {"type": "step-start"},
            {"type": "dynamic-tool", "toolName": "g", "toolCallId": "5", "state": "output-available", "output": "c"},
            call("6", "approval-responded", json!({"approval": {"id": "x", "approved": false, "reason": "mine"}})),
            call("7", "approval-responded", json!({"approval": {"id": "x", "approved": true}})),
            {"type": "text", "text": "two"},
        ]);
        let called = |name: &str, args: Value, id: &str| json!({"name": name, "args": args, "id": id});
        let answer = |id: &str, name: &str, text: &str| json!({"type": "tool", "content": text, "tool_call_id": id, "name": name});
        let failed = |id: &str, text: &str| {
            let mut message = answer(id, "f", text);
            message["status"] = "error".into();
            message
        };
        let (f, args) = (|id| called("f", json!({"a": 1}), id), json!({}));
        check(
            json!({"role": "assistant", "parts": parts}),
            &json!([
                {"type": "ai", "content": "one", "tool_calls": [f("1"), f("2")]},
                answer("1", "f", "{\"b\":2}"), failed("2", "no"),
                {"type": "ai", "content": "", "tool_calls": [called("g", args, "5"), f("6")]},
                answer("5", "g", "c"), failed("6", "mine"),
                {"type": "ai", "content": "two"},
            ]),
        );
    }
}
