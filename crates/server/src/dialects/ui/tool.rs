//! Tool parts of UI messages: calls that were answered.

use serde_json::{Map, Value};
use windlass_core::{Content, ToolCall, ToolMessage};

/// A call of a tool, and what the tool answered.
#[derive(Debug, PartialEq)]
pub(super) struct Answered {
    pub(super) call: ToolCall,
    pub(super) answer: ToolMessage,
}

/// Reads a tool part, whose name is in its type or in `toolName`. A call without an answer is left out: models refuse those.
pub(super) fn read(mut part: Map<String, Value>, name: Option<&str>) -> Option<Answered> {
    let name = name.map(Into::into).or_else(|| text(&mut part, "toolName"))?;
    let id = text(&mut part, "toolCallId")?;
    let (answer, status) = match text(&mut part, "state")?.as_str() {
        "output-available" => (part.remove("output").map(written).unwrap_or_default(), None),
        "output-error" => (text(&mut part, "errorText").unwrap_or_default(), Some("error")),
        "output-denied" => (denied(&part), Some("error")),
        "approval-responded" if part.get("approval")?.get("approved")? == false => {
            (denied(&part), Some("error"))
        }
        _ => return None,
    };
    let answer = tool_message((id.clone(), name.clone()), answer, status);
    Some(Answered { call: ToolCall { name, args: args(&mut part), id: Some(id) }, answer })
}

/// A call in the content of a message of the AI SDK's core.
pub(super) fn call(mut part: Map<String, Value>) -> Option<ToolCall> {
    let (id, name) = (text(&mut part, "toolCallId")?, text(&mut part, "toolName")?);
    Some(ToolCall { name, args: args(&mut part), id: Some(id) })
}

/// The answer to such a call.
pub(super) fn result(mut part: Map<String, Value>) -> Option<ToolMessage> {
    let named = (text(&mut part, "toolCallId")?, text(&mut part, "toolName")?);
    let Some(Value::Object(mut output)) = part.remove("output") else { return None };
    let status = text(&mut output, "type")?.starts_with("error").then_some("error");
    let answer = output.remove("value").map(written).unwrap_or_default();
    Some(tool_message(named, answer, status))
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    if let Some(Value::String(text)) = fields.remove(name) { Some(text) } else { None }
}

fn args(part: &mut Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(args)) = part.remove("input") { args } else { Map::new() }
}

fn tool_message((id, name): (String, String), answer: String, status: Option<&str>) -> ToolMessage {
    ToolMessage {
        content: Content::Text(answer),
        tool_call_id: id,
        name: Some(name),
        status: status.map(Into::into),
        ..ToolMessage::default()
    }
}

fn written(output: Value) -> String {
    match output {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn denied(part: &Map<String, Value>) -> String {
    let reason = part.get("approval").and_then(|approval| approval.get("reason")?.as_str());
    reason.unwrap_or("The user did not allow this.").into()
}
