//! The events of the Responses API as chunks of an answer. Pure.

use super::{
    super::{
        bad_answer::{cut_off, misread, raised},
        response::{Expected, PROVIDER, only_provider},
    },
    answer::{self, Response, annotation, without_error, without_nulls},
    items::is_built_in,
    v03,
};
use crate::{
    call::{BadAnswer, NO_CHUNKS, Reader},
    python_json::{self, is_truthy},
    sse::{Event, Limits, SseDecoder},
};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};
use windlass_core::{
    AiMessage, AiMessageChunk, Content, Metadata, ModelErrorKind, Part, ToolCallChunk, Val, python,
};

const DONE: &str = "[DONE]";
/// How many items of one answer are told apart.
const MOST_ITEMS: usize = 10_000;

/// Reads an answer of the Responses API.
#[derive(Debug)]
pub(in super::super) struct EventDecoder {
    events: SseDecoder,
    expected: Expected,
    /// Whether answers have the form of LangChain's version 0.3.
    old: bool,
    place: Place,
    has_reasoning: bool,
    ready: VecDeque<AiMessageChunk>,
    begun: bool,
    /// Whether the last chunk said that it is the last.
    closed: bool,
    done: bool,
}

/// Where in the content the next piece belongs.
#[derive(Debug)]
struct Place {
    index: i64,
    output: i64,
    part: i64,
    /// The first place that was seen of each item: later ones may differ.
    items: HashMap<String, i64>,
}

impl Place {
    /// The block's number for a piece of this item, and of this part of it.
    fn advance(&mut self, event: &Value, part: Option<i64>) -> i64 {
        let number = |name: &str| event.get(name).and_then(Value::as_i64);
        let item = event.get("item").and_then(|item| item.get("id")).or_else(|| event.get("item_id"));
        let known = item.and_then(Value::as_str).and_then(|id| self.items.get(id)).copied();
        let output = known.or_else(|| number("output_index")).unwrap_or_default();
        if self.output != output || part.is_some_and(|part| part != self.part) {
            self.index += 1;
        }
        self.part = part.unwrap_or(self.part);
        self.output = output;
        self.index
    }

    fn note(&mut self, event: &Value) {
        let item = event.get("item").and_then(|item| item.get("id")).or_else(|| event.get("item_id"));
        let (Some(Value::String(id)), Some(output)) =
            (item, event.get("output_index").and_then(Value::as_i64))
        else {
            return;
        };
        if self.items.len() < MOST_ITEMS && !self.items.contains_key(id) {
            self.items.insert(id.clone(), output);
        }
    }
}

/// A chunk before it has what all chunks have.
#[derive(Debug, Default)]
struct Piece {
    blocks: Vec<Value>,
    calls: Vec<ToolCallChunk>,
    id: Option<Arc<str>>,
    about: Option<Map<String, Value>>,
}

impl EventDecoder {
    pub(in super::super) fn new(expected: Expected, old: bool) -> Self {
        EventDecoder {
            events: SseDecoder::new(Limits::default()),
            expected,
            old,
            place: Place { index: -1, output: -1, part: -1, items: HashMap::new() },
            has_reasoning: false,
            ready: VecDeque::new(),
            begun: false,
            closed: false,
            done: false,
        }
    }

    fn read(&mut self, event: &Value) -> Result<Option<AiMessageChunk>, BadAnswer> {
        self.place.note(event);
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        let piece = match kind {
            "response.created" => created(event),
            "response.failed" => return Err(failed(event)),
            "error" => return Err(told(event)),
            "response.completed" | "response.incomplete" => return self.last(event).map(Some),
            "response.output_item.added" => self.added(event),
            "response.output_item.done" => self.item_done(event),
            "response.refusal.done" => block(json!({"type": "refusal", "refusal": event.get("refusal")})),
            kind => self.delta(kind, event),
        };
        Ok(piece.map(|piece| self.chunk(piece)))
    }

    /// What all chunks have.
    fn chunk(&mut self, piece: Piece) -> AiMessageChunk {
        let Piece { blocks, calls, id, about } = piece;
        let chunk = AiMessage {
            content: Content::Blocks(blocks),
            tool_call_chunks: calls,
            response_metadata: about.map_or_else(only_provider, Metadata::from),
            id,
            part: Part::Piece,
            ..AiMessage::default()
        };
        self.named(chunk)
    }

    /// In the form that was asked for, and with the run's id if it has none.
    fn named(&mut self, chunk: AiMessageChunk) -> AiMessageChunk {
        let mut chunk = if self.old { v03::old(chunk, self.has_reasoning) } else { chunk };
        self.has_reasoning |= chunk.additional_kwargs.contains_key("reasoning");
        chunk.id.get_or_insert_with(|| self.expected.id.clone());
        chunk
    }

    fn last(&mut self, event: &Value) -> Result<AiMessageChunk, BadAnswer> {
        let response = event.get("response").cloned().unwrap_or_default();
        let text = response.to_string();
        let response: Response = serde_json::from_value(response)
            .map_err(|error| misread(text.as_bytes(), "the last event holds no response", &error))?;
        let whole = response.tell(&self.expected)?;
        let mut about = whole.response_metadata.into_map();
        about.shift_remove("id");
        self.closed = true;
        Ok(self.named(AiMessage {
            content: Content::Blocks(Vec::new()),
            additional_kwargs: whole.additional_kwargs,
            usage: whole.usage,
            response_metadata: about.into(),
            part: Part::Last,
            ..AiMessage::default()
        }))
    }

    /// Pieces of text, of a call's arguments and of thoughts.
    fn delta(&mut self, kind: &str, event: &Value) -> Option<Piece> {
        let field = |name: &str| event.get(name).cloned().unwrap_or_default();
        let part = event.get("content_index").and_then(Value::as_i64);
        match kind {
            "response.output_text.delta" => {
                let index = self.place.advance(event, part);
                block(json!({"type": "text", "text": field("delta"), "index": index}))
            }
            "response.output_text.annotation.added" => {
                let index = self.place.advance(event, part);
                let annotations = [annotation(&without_nulls(&field("annotation")).unwrap_or_default())];
                block(json!({"type": "text", "annotations": annotations, "index": index}))
            }
            "response.output_text.done" => {
                let index = self.place.advance(event, part);
                block(json!({"type": "text", "text": "", "id": field("item_id"), "index": index}))
            }
            "response.function_call_arguments.delta" => {
                let index = self.place.advance(event, None);
                let blocks =
                    vec![json!({"type": "function_call", "arguments": field("delta"), "index": index})];
                let args = event.get("delta").and_then(Value::as_str).map(String::from);
                let call = ToolCallChunk { index: place(index), args, ..ToolCallChunk::default() };
                Some(Piece { blocks, calls: vec![call], ..Piece::default() })
            }
            "response.reasoning_summary_part.added" => {
                let index = self.place.advance(event, None);
                let summary = [json!({"index": field("summary_index"), "type": "summary_text", "text": ""})];
                let id = field("item_id");
                block(json!({"summary": summary, "index": index, "type": "reasoning", "id": id}))
            }
            "response.reasoning_summary_text.delta" => {
                let index = self.place.advance(event, None);
                let (summary, text) = (field("summary_index"), field("delta"));
                let summary = [json!({"index": summary, "type": "summary_text", "text": text})];
                block(json!({"summary": summary, "index": index, "type": "reasoning"}))
            }
            _ => None,
        }
    }

    fn added(&mut self, event: &Value) -> Option<Piece> {
        let item = event.get("item")?;
        match item.get("type")?.as_str()? {
            "message" => Some(self.message_added(event, item)),
            "function_call" => Some(self.call_added(event, item)),
            "reasoning" => {
                let index = self.place.advance(event, None);
                self.place.part = 0;
                let mut reasoning = without_nulls(item)?;
                reasoning.as_object_mut()?.shift_remove("encrypted_content");
                reasoning["index"] = index.into();
                block(reasoning)
            }
            _ => None,
        }
    }

    fn message_added(&mut self, event: &Value, item: &Value) -> Piece {
        if self.old {
            let id = item.get("id").and_then(Value::as_str).map(Arc::from);
            return Piece { id, ..Piece::default() };
        }
        let Some(phase) = item.get("phase").filter(|phase| is_truthy(phase)) else { return Piece::default() };
        let index = self.place.advance(event, Some(0));
        let block = json!({"type": "text", "text": "", "phase": phase, "index": index});
        Piece { blocks: vec![block], ..Piece::default() }
    }

    fn call_added(&mut self, event: &Value, item: &Value) -> Piece {
        let index = self.place.advance(event, None);
        let field = |name: &str| item.get(name).cloned().unwrap_or_default();
        let text = |name: &str| item.get(name).and_then(Value::as_str).map(String::from);
        let mut block = json!({
            "type": "function_call", "name": field("name"), "arguments": field("arguments"),
            "call_id": field("call_id"), "id": field("id"), "index": index,
        });
        for name in ["namespace", "async"] {
            if let Some(value) = item.get(name).filter(|value| !value.is_null()) {
                block[name] = value.clone();
            }
        }
        let call = ToolCallChunk {
            index: place(index),
            id: text("call_id"),
            name: text("name"),
            args: text("arguments"),
        };
        Piece { blocks: vec![block], calls: vec![call], ..Piece::default() }
    }

    fn item_done(&mut self, event: &Value) -> Option<Piece> {
        let item = event.get("item")?;
        match item.get("type")?.as_str()? {
            "reasoning" => {
                let sealed = item.get("encrypted_content").filter(|sealed| is_truthy(sealed))?;
                let index = self.place.advance(event, None);
                block(json!({
                    "type": "reasoning", "id": item.get("id"), "summary": [], "encrypted_content": sealed,
                    "index": index,
                }))
            }
            "custom_tool_call" => {
                let mut piece = self.whole_item(event, item)?;
                let text = |name: &str| item.get(name).and_then(Value::as_str).map(String::from);
                let args = python_json::dumps(&json!({"__arg1": item.get("input")})).ok();
                let index = place(self.place.index);
                piece.calls.push(ToolCallChunk { index, id: text("call_id"), name: text("name"), args });
                Some(piece)
            }
            kind if is_built_in(kind) => self.whole_item(event, item),
            _ => None,
        }
    }

    fn whole_item(&mut self, event: &Value, item: &Value) -> Option<Piece> {
        let index = self.place.advance(event, None);
        let mut whole = without_nulls(item)?;
        whole["index"] = index.into();
        block(whole)
    }
}

fn block(block: Value) -> Option<Piece> {
    Some(Piece { blocks: vec![block], ..Piece::default() })
}

fn place(index: i64) -> Option<usize> {
    usize::try_from(index).ok()
}

fn created(event: &Value) -> Option<Piece> {
    let id = event.get("response")?.get("id")?.as_str()?;
    let about = Map::from_iter([("model_provider".into(), PROVIDER.into()), ("id".into(), id.into())]);
    Some(Piece { id: Some(id.into()), about: Some(about), ..Piece::default() })
}

fn failed(event: &Value) -> BadAnswer {
    let response = event.get("response").cloned().unwrap_or_default();
    match response.get("error").filter(|error| is_truthy(error)) {
        Some(error) => answer::failed(error),
        None => {
            let id = python::str(&Val::from(response.get("id").cloned().unwrap_or_default()));
            told_as(format!("Response {id} failed."))
        }
    }
}

fn told(event: &Value) -> BadAnswer {
    let word = |name: &str| event.get(name).and_then(Value::as_str).filter(|word| !word.is_empty());
    let message = word("message").unwrap_or_default();
    told_as(word("code").map_or_else(|| message.into(), |code| format!("{code}: {message}")))
}

fn told_as(said: String) -> BadAnswer {
    let ours = "the service told an error";
    BadAnswer { kind: ModelErrorKind::Server, said: Some(said), ..raised("ValueError", ours) }
}

impl Reader for EventDecoder {
    fn whole(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        answer::whole(body, &self.expected, self.old)
    }

    fn plain(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        let is_object = serde_json::from_slice::<Map<String, Value>>(body).is_ok();
        if is_object { self.whole(body) } else { Err(without_error("str")) }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.events.push(bytes);
    }

    fn next_chunk(&mut self) -> Result<Option<AiMessageChunk>, BadAnswer> {
        if let Some(chunk) = self.ready.pop_front() {
            return Ok(Some(chunk));
        }
        while let Some(event) = self.events.next_event().filter(|_| !self.done) {
            let Event { data, .. } = event.map_err(|error| BadAnswer::nonsense(error.to_string()))?;
            if data.is_empty() || data.starts_with(DONE) {
                self.done |= !data.is_empty();
                continue;
            }
            let event: Value = serde_json::from_str(data)
                .map_err(|error| misread(data.as_bytes(), "an event is not JSON", &error))?;
            if let Some(chunk) = self.read(&event)? {
                self.begun = true;
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.done || self.closed
    }

    fn finish(&mut self) {
        if self.begun && self.done && !self.closed {
            let (content, id) = (Content::Blocks(Vec::new()), Some(self.expected.id.clone()));
            self.ready.push_back(AiMessage { content, id, part: Part::Last, ..AiMessage::default() });
        }
    }

    fn end(&self) -> Result<(), BadAnswer> {
        match (self.begun, self.closed || self.done) {
            (true, true) => Ok(()),
            (true, false) => Err(cut_off()),
            (false, _) => Err(raised("ValueError", NO_CHUNKS)),
        }
    }
}
