//! Tools that the client brought: how they reach the model, and which of its calls go back.

use super::request::wrong;
use crate::error::ApiError;
use serde_json::{Map, Value, json};
use std::{collections::HashSet, sync::Arc};
use windlass_core::{AiMessage, ToolCallChunk};

/// The tools of a request.
#[derive(Debug, Clone)]
pub(super) struct ClientTools {
    names: HashSet<String>,
    /// The arguments of a model that bring it the tools.
    pub(super) arguments: Arc<Map<String, Value>>,
}

impl ClientTools {
    /// Takes the tools from a request's body.
    pub(super) fn read(body: &mut Map<String, Value>) -> Result<Option<Self>, ApiError> {
        let tools = match body.remove("tools") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(tools)) if tools.is_empty() => return Ok(None),
            Some(Value::Array(tools)) => tools,
            Some(_) => return Err(wrong(&["tools"], "list_type", "Input should be a list of tools")),
        };
        let mut names = HashSet::new();
        for (index, tool) in tools.iter().enumerate() {
            let Some(name) = name(tool) else {
                let wanted = "Input should be a tool of type `function` or `custom`, with a name";
                return Err(wrong(&["tools", &index.to_string()], "value_error", wanted));
            };
            names.insert(name.to_string());
        }
        let mut arguments = Map::from_iter([("tools".to_string(), Value::Array(tools))]);
        for key in ["tool_choice", "parallel_tool_calls"] {
            let value = body.remove(key).filter(|value| !value.is_null());
            arguments.extend(value.map(|value| (key.to_string(), value)));
        }
        Ok(Some(ClientTools { names, arguments: Arc::new(arguments) }))
    }
}

fn name(tool: &Value) -> Option<&str> {
    let kind = tool.get("type")?.as_str().filter(|kind| matches!(*kind, "function" | "custom"))?;
    tool.get(kind)?.get("name")?.as_str()
}

/// The calls of a whole message that are calls of the client's tools, as OpenAI writes them.
pub(super) fn calls(message: &AiMessage, tools: Option<&ClientTools>) -> Vec<Value> {
    let Some(tools) = tools else { return Vec::new() };
    let object = |id: &Option<String>, name: &str, arguments: String| {
        tools.names.contains(name).then(
            || json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}),
        )
    };
    let valid = message.tool_calls.iter().filter_map(|call| {
        object(&call.id, &call.name, serde_json::to_string(&call.args).unwrap_or_default())
    });
    // A client may read what could not be read here.
    let invalid = message
        .invalid_tool_calls
        .iter()
        .filter_map(|call| object(&call.id, call.name.as_deref()?, call.args.clone().unwrap_or_default()));
    valid.chain(invalid).collect()
}

/// The calls of the client's tools in a stream: numbered anew, because the model's other calls are left out.
#[derive(Debug, Default)]
pub(super) struct CallStream {
    tools: Option<ClientTools>,
    /// The model's calls so far: its index, and what it is to the client, if anything.
    begun: Vec<(usize, Option<usize>)>,
}

impl CallStream {
    pub(super) fn new(tools: Option<ClientTools>) -> Self {
        CallStream { tools, begun: Vec::new() }
    }

    /// Whether any call was passed on.
    pub(super) fn any(&self) -> bool {
        self.begun.iter().any(|(_, to)| to.is_some())
    }

    /// What of a piece is passed on.
    pub(super) fn pass(&mut self, piece: &AiMessage) -> Vec<Value> {
        if self.tools.is_none() {
            return Vec::new();
        }
        let mut passed: Vec<_> =
            piece.tool_call_chunks.iter().filter_map(|chunk| self.chunk(chunk)).collect();
        if piece.tool_call_chunks.is_empty() {
            let whole = calls(piece, self.tools.as_ref());
            passed.extend(whole.into_iter().map(|call| self.whole(call)));
        }
        passed
    }

    /// A call that came whole.
    fn whole(&mut self, mut call: Value) -> Value {
        let to = self.next();
        self.begun.push((usize::MAX, Some(to)));
        call["index"] = to.into();
        call
    }

    fn next(&self) -> usize {
        self.begun.iter().filter(|(_, to)| to.is_some()).count()
    }

    fn chunk(&mut self, chunk: &ToolCallChunk) -> Option<Value> {
        let arguments = chunk.args.as_deref().unwrap_or_default();
        if let Some(name) = chunk.name.as_deref().filter(|name| !name.is_empty()) {
            let known = self.tools.as_ref().is_some_and(|tools| tools.names.contains(name));
            let to = known.then(|| self.next());
            self.begun.push((chunk.index.unwrap_or(usize::MAX), to));
            let function = json!({"name": name, "arguments": arguments});
            return to
                .map(|to| json!({"index": to, "id": chunk.id, "type": "function", "function": function}));
        }
        let index = chunk.index?;
        let (_, to) = self.begun.iter().rfind(|(begun, _)| *begun == index)?;
        to.map(|to| json!({"index": to, "function": {"arguments": arguments}}))
    }
}
