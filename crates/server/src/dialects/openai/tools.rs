//! Tools that the client brought: how they reach the model, and which of its calls go back.

use super::request::wrong;
use crate::{dialects::form::call_id, error::ApiError};
use serde_json::{Map, Value, json};
use std::{collections::HashSet, sync::Arc};
use windlass_core::{AiMessage, RunId, ToolCallChunk};

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
pub(super) fn calls(message: &AiMessage, tools: Option<&ClientTools>, run: RunId) -> Vec<Value> {
    let called = called(message, tools).into_iter().enumerate();
    called.map(|(index, call)| written(call, run, index)).collect()
}

/// The id and the function of a call.
type Called = (Option<String>, Value);

fn called(message: &AiMessage, tools: Option<&ClientTools>) -> Vec<Called> {
    let Some(tools) = tools else { return Vec::new() };
    let object = |id: &Option<String>, name: &str, arguments: String| {
        tools.names.contains(name).then(|| (id.clone(), json!({"name": name, "arguments": arguments})))
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

fn written((id, function): Called, run: RunId, index: usize) -> Value {
    json!({"id": call_id(id.as_deref(), run, index), "type": "function", "function": function})
}

/// The calls of the client's tools in a stream: numbered anew, because the model's other calls are left out.
#[derive(Debug)]
pub(super) struct CallStream {
    run: RunId,
    tools: Option<ClientTools>,
    /// The model's calls so far: its index, and what it is to the client, if anything.
    begun: Vec<(usize, Option<usize>)>,
    /// How many of them the client got.
    passed: usize,
}

impl CallStream {
    pub(super) fn new(run: RunId, tools: Option<ClientTools>) -> Self {
        CallStream { run, tools, begun: Vec::new(), passed: 0 }
    }

    /// Whether any call was passed on.
    pub(super) fn any(&self) -> bool {
        self.passed > 0
    }

    /// What of a piece is passed on.
    pub(super) fn pass(&mut self, piece: &AiMessage) -> Vec<Value> {
        if piece.tool_call_chunks.is_empty() {
            let whole = called(piece, self.tools.as_ref());
            return whole.into_iter().map(|call| self.begin(call)).collect();
        }
        piece.tool_call_chunks.iter().filter_map(|chunk| self.chunk(chunk)).collect()
    }

    /// The first of a call, or all of it.
    fn begin(&mut self, call: Called) -> Value {
        let mut object = written(call, self.run, self.passed);
        object["index"] = self.passed.into();
        self.passed += 1;
        object
    }

    fn chunk(&mut self, chunk: &ToolCallChunk) -> Option<Value> {
        let tools = self.tools.as_ref()?;
        let arguments = chunk.args.as_deref().unwrap_or_default();
        if let Some(name) = chunk.name.as_deref().filter(|name| !name.is_empty()) {
            let known = tools.names.contains(name);
            self.begun.extend(chunk.index.map(|index| (index, known.then_some(self.passed))));
            let function = json!({"name": name, "arguments": arguments});
            return known.then(|| self.begin((chunk.id.clone(), function)));
        }
        let index = chunk.index?;
        let (_, to) = self.begun.iter().rfind(|(begun, _)| *begun == index)?;
        to.map(|to| json!({"index": to, "function": {"arguments": arguments}}))
    }
}
