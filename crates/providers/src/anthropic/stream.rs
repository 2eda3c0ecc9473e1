//! What comes back in pieces: the bytes of a stream as chunks of an answer. Pure.

use super::{
    content::{Fields, text},
    request::Form,
    response::{self, of_chunk, raised, told, usage, without_nulls},
    standard::standard,
    wire,
};
use crate::{
    call::{BadAnswer, NO_CHUNKS, Reader},
    places::Places,
    python_json::{self, is_truthy},
    sse::{Event, Limits, SseDecoder},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};
use windlass_core::{AiMessage, AiMessageChunk, Content, Metadata, Part, RunId, ToolCallChunk};

/// Reads the answer to one request.
#[derive(Debug)]
pub(super) struct AnswerReader {
    events: SseDecoder,
    state: State,
    /// What is to be said when the stream is at its end.
    last: Option<AiMessageChunk>,
}

/// What is known of an answer so far.
#[derive(Debug)]
struct State {
    form: Form,
    /// The id of all its chunks: that of the run.
    id: Arc<str>,
    /// Whether the last block that began is a call of a tool.
    calling: bool,
    /// The empty content in the form of the last chunk, if one came and none was marked as the last.
    open: Option<Content>,
    /// Whether any chunk came.
    begun: bool,
    /// The places of standard blocks.
    places: Places,
    /// Whether the stream's own end came.
    done: bool,
}

/// The commonest event by far: a piece of text. Read without copying anything but the text.
#[derive(Deserialize)]
struct TextEvent<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    delta: TextDelta<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextDelta<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// The metadata of a chunk that has nothing else to say.
static ONLY_PROVIDER: LazyLock<Metadata> = LazyLock::new(|| of_chunk([]));

impl AnswerReader {
    pub(super) fn new(form: Form) -> Self {
        let id = format!("lc_run--{}", RunId::new()).into();
        let places = Places::default();
        let state = State { form, id, calling: false, open: None, begun: false, places, done: false };
        AnswerReader { events: SseDecoder::new(Limits::default()), state, last: None }
    }
}

impl Reader for AnswerReader {
    fn whole(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        let id = format!("{}-0", self.state.id).into();
        let message = AiMessage { id: Some(id), ..response::whole(body, self.state.form.beta)? };
        Ok(if self.state.form.standard { standard(message) } else { message })
    }

    fn push(&mut self, bytes: &[u8]) {
        self.events.push(bytes);
    }

    fn next_chunk(&mut self) -> Result<Option<AiMessageChunk>, BadAnswer> {
        if let Some(last) = self.last.take() {
            return Ok(Some(last));
        }
        while let Some(event) = self.events.next_event().filter(|_| !self.state.done) {
            let Event { name, data, .. } = event.map_err(|error| BadAnswer::nonsense(error.to_string()))?;
            let chunk = match name {
                // The SDK passes over what has no name.
                "ping" | "message" => None,
                "error" => return Err(error(data)),
                _ if data.is_empty() => None,
                _ => self.state.chunk(data)?,
            };
            if let Some(chunk) = chunk {
                return Ok(Some(self.state.noted(chunk)));
            }
        }
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.state.done
    }

    /// An answer that did not say why it ended gets a last chunk of LangChain's own.
    fn finish(&mut self) {
        self.last = self.state.open.take().map(|content| AiMessage {
            content,
            id: Some(self.state.id.clone()),
            part: Part::Last,
            ..AiMessage::default()
        });
    }

    fn end(&self) -> Result<(), BadAnswer> {
        if self.state.begun {
            return Ok(());
        }
        Err(raised("ValueError", NO_CHUNKS))
    }
}

/// From the data of an event called `error`.
fn error(data: &str) -> BadAnswer {
    match serde_json::from_str(data) {
        Ok(body) => told(body),
        Err(_) if data.is_empty() => told("Error code: 200".into()),
        Err(_) => told(data.into()),
    }
}

fn text_piece(data: &str) -> Option<String> {
    let event: TextEvent<'_> = serde_json::from_str(data).ok()?;
    let is_text = event.kind == "content_block_delta" && event.delta.kind == "text_delta";
    is_text.then(|| event.delta.text.into_owned())
}

fn chunk_of(content: Content) -> AiMessageChunk {
    AiMessage { content, response_metadata: ONLY_PROVIDER.clone(), part: Part::Piece, ..AiMessage::default() }
}

impl State {
    /// The chunk as one of this answer.
    fn noted(&mut self, mut chunk: AiMessageChunk) -> AiMessageChunk {
        self.begun = true;
        if self.form.standard {
            chunk = standard(chunk);
            self.places.give(&mut chunk.content);
        }
        chunk.id = Some(self.id.clone());
        self.open = match (chunk.part, &chunk.content) {
            (Part::Last, _) => None,
            (_, Content::Text(_)) => Some(Content::default()),
            (_, Content::Blocks(_)) => Some(Content::Blocks(Vec::new())),
        };
        chunk
    }

    /// What an event brings, if it brings anything.
    fn chunk(&mut self, data: &str) -> Result<Option<AiMessageChunk>, BadAnswer> {
        if self.form.text
            && let Some(piece) = text_piece(data)
        {
            return Ok(Some(chunk_of(Content::Text(piece))));
        }
        let event: Value = serde_json::from_str(data).map_err(|error| {
            let bad = BadAnswer::misread("an event is not one of a message's", &error);
            BadAnswer { class: Some("JSONDecodeError"), ..bad }
        })?;
        if event["type"] == "content_block_delta" && event["delta"].is_null() {
            return Err(raised("AttributeError", "'NoneType' object has no attribute 'type'"));
        }
        self.done |= event["type"] == "message_stop";
        Ok(self.piece(&event))
    }

    fn piece(&mut self, event: &Value) -> Option<AiMessageChunk> {
        match event["type"].as_str()? {
            "message_start" if self.form.usage => {
                let model = event["message"].get("model").map(|model| ("model_name", model.clone()));
                Some(AiMessage { response_metadata: of_chunk(model), ..self.empty() })
            }
            "content_block_start" => self.start(event),
            "content_block_delta" => self.delta(event),
            "message_delta" if self.form.usage => Some(self.end(event)),
            _ => None,
        }
    }

    fn empty(&self) -> AiMessageChunk {
        let content = if self.form.text { Content::default() } else { Content::Blocks(Vec::new()) };
        AiMessage { content, part: Part::Piece, ..AiMessage::default() }
    }

    /// The block or the piece of one in an event, with all its fields and its place.
    fn block(&self, event: &Value, name: &str) -> Option<Fields> {
        let mut block = event[name].clone();
        match name {
            "content_block" => wire::complete_block(&mut block, self.form.beta),
            _ => wire::complete(&mut block, self.form.beta),
        }
        let only_if_known: &[&str] = match block["type"].as_str() {
            Some("text") => &["citations"],
            Some("compaction_delta") => &["encrypted_content"],
            _ => &["caller"],
        };
        let Value::Object(mut fields) = without_nulls(block, only_if_known) else { return None };
        fields.insert("index".into(), event["index"].clone());
        Some(fields)
    }

    fn start(&mut self, event: &Value) -> Option<AiMessageChunk> {
        let mut block = self.block(event, "content_block")?;
        let kind = text(&block, "type").unwrap_or_default().to_owned();
        let has = |name: &str| block.get(name).is_some_and(is_truthy);
        match kind.as_str() {
            "text" | "thinking" => {
                self.calling = false;
                match kind.as_str() {
                    "text" if !has("text") => None,
                    "text" if self.form.text => Some(chunk_of(text(&block, "text")?.into())),
                    "thinking" if !has("thinking") && !has("signature") => None,
                    _ => Some(blocks(block)),
                }
            }
            kind if ["tool_result", "tool_use", "document", "redacted_thinking"]
                .iter()
                .any(|part| kind.contains(part)) =>
            {
                self.calling = kind == "tool_use";
                if kind == "advisor_tool_result" {
                    block.retain(|name, _| {
                        matches!(
                            name.as_str(),
                            "type" | "tool_use_id" | "content" | "cache_control" | "index"
                        )
                    });
                }
                let call = self.calling.then(|| call_piece(event, &block));
                let mut chunk = blocks(block);
                chunk.tool_call_chunks.extend(call);
                Some(chunk)
            }
            _ => None,
        }
    }

    fn delta(&mut self, event: &Value) -> Option<AiMessageChunk> {
        let mut block = self.block(event, "delta")?;
        match event["delta"]["type"].as_str()? {
            "text_delta" if self.form.text => Some(chunk_of(text(&block, "text")?.into())),
            "text_delta" | "citations_delta" => {
                block.insert("type".into(), "text".into());
                if let Some(citation) = block.shift_remove("citation") {
                    block.insert("citations".into(), vec![citation].into());
                }
                Some(blocks(block))
            }
            kind @ ("thinking_delta" | "signature_delta") => {
                block.insert("type".into(), "thinking".into());
                if kind == "signature_delta" {
                    block.entry("thinking").or_insert_with(|| "".into());
                }
                Some(blocks(block))
            }
            "input_json_delta" => {
                let args = text(&block, "partial_json").map(Into::into);
                let piece = ToolCallChunk { index: place(event), args, ..ToolCallChunk::default() };
                let mut chunk = blocks(block);
                chunk.tool_call_chunks.extend(self.calling.then_some(piece));
                Some(chunk)
            }
            "compaction_delta" => {
                block.insert("type".into(), "compaction".into());
                Some(blocks(block))
            }
            _ => None,
        }
    }

    /// The last chunk: token counts, and why the answer ended.
    fn end(&self, event: &Value) -> AiMessageChunk {
        let delta = &event["delta"];
        let known = |value: &Value| Some(value.clone()).filter(is_truthy);
        let details = known(&delta["stop_details"]).map(|mut details| {
            wire::complete(&mut details, self.form.beta);
            ("stop_details", details)
        });
        let context = known(&event["context_management"]).map(|context| ("context_management", context));
        let container = known(&delta["container"]).map(|found| ("container", wire::container(found)));
        let reasons = ["stop_reason", "stop_sequence"].map(|name| (name, delta[name].clone()));
        let about = reasons.into_iter().chain(details).chain(context).chain(container);
        let part = if is_truthy(&delta["stop_reason"]) { Part::Last } else { Part::Piece };
        AiMessage {
            usage: Some(usage(&event["usage"])),
            response_metadata: of_chunk(about),
            part,
            ..self.empty()
        }
    }
}

fn blocks(block: Map<String, Value>) -> AiMessageChunk {
    chunk_of(Content::Blocks(vec![Value::Object(block)]))
}

/// Which of the answer's blocks an event is about.
fn place(event: &Value) -> Option<usize> {
    event["index"].as_u64()?.try_into().ok()
}

/// The first piece of a call; its arguments may be there already.
fn call_piece(event: &Value, block: &Fields) -> ToolCallChunk {
    let args = block.get("input").filter(|input| input.is_object() && is_truthy(input));
    ToolCallChunk {
        index: place(event),
        id: text(block, "id").map(Into::into),
        name: text(block, "name").map(Into::into),
        args: Some(args.and_then(|args| python_json::dumps_ascii(args).ok()).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
