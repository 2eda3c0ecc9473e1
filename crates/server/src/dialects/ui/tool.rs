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
    let mut text = |name: &str| match part.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let name = name.map(Into::into).or_else(|| text("toolName"))?;
    let id = text("toolCallId")?;
    let (answer, status) = match text("state")?.as_str() {
        "output-available" => (part.remove("output").map(written).unwrap_or_default(), None),
        "output-error" => (text("errorText").unwrap_or_default(), Some("error")),
        "output-denied" => (denied(&part), Some("error")),
        "approval-responded" if part.get("approval")?.get("approved")? == false => {
            (denied(&part), Some("error"))
        }
        _ => return None,
    };
    let args = match part.remove("input") {
        Some(Value::Object(args)) => args,
        _ => Map::new(),
    };
    let answer = ToolMessage {
        content: Content::Text(answer),
        tool_call_id: id.clone(),
        name: Some(name.clone()),
        status: status.map(Into::into),
        ..ToolMessage::default()
    };
    Some(Answered { call: ToolCall { name, args, id: Some(id) }, answer })
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
