//! Streams against the chunks that Python made of them, cut anywhere.

use super::*;
use crate::anthropic::{AnthropicParams, request::RequestPlan};
use serde_json::json;
use windlass_core::{Chunk, Message, ModelErrorKind};

/// What LangChain's `ChatAnthropic` made of a stream.
#[derive(Debug, Deserialize)]
struct Recorded {
    sse: String,
    #[serde(default)]
    params: Value,
    kwargs: Option<Map<String, Value>>,
    chunks: Vec<Value>,
    /// Of standard blocks: all chunks added up.
    sum: Option<Value>,
    error: Option<Failed>,
}

#[derive(Debug, Deserialize)]
struct Failed {
    message: String,
    status: u16,
}

type Read = (Vec<AiMessage>, Result<(), BadAnswer>);

/// The chunks that are ready, without their ids, which differ from answer to answer.
fn take(reader: &mut AnswerReader, chunks: &mut Vec<AiMessage>) -> Result<(), BadAnswer> {
    while let Some(mut chunk) = reader.next_chunk()? {
        assert_eq!(chunk.id.take(), Some(reader.state.id.clone()));
        chunks.push(chunk);
    }
    Ok(())
}

fn read<'a>(form: Form, pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let (mut reader, mut chunks) = (AnswerReader::new(form), Vec::new());
    for piece in pieces {
        reader.push(piece);
        if let Err(bad) = take(&mut reader, &mut chunks) {
            return (chunks, Err(bad));
        }
    }
    reader.finish();
    let end = take(&mut reader, &mut chunks).and_then(|()| reader.end());
    (chunks, end)
}

/// Reads a recording in one piece, byte by byte, and in two pieces cut anywhere: all must give the same.
fn read_all_ways(form: Form, recording: &[u8]) -> Read {
    let whole = read(form, [recording]);
    assert_eq!(read(form, recording.chunks(1)), whole, "byte by byte");
    for cut in 0..recording.len() {
        let (head, tail) = recording.split_at(cut);
        assert_eq!(read(form, [head, tail]), whole, "cut at {cut}");
    }
    whole
}

/// A chunk in the form of the recordings.
fn shown(chunk: &AiMessage) -> Value {
    let mut shown = json!({
        "content": chunk.content, "response_metadata": chunk.response_metadata,
        "additional_kwargs": chunk.additional_kwargs,
    });
    if let Some(usage) = &chunk.usage {
        shown["usage_metadata"] = json!(usage);
        shown["usage_metadata"]["input_token_details"] = json!(usage.input_token_details);
    }
    if !chunk.tool_call_chunks.is_empty() {
        shown["tool_call_chunks"] = json!(chunk.tool_call_chunks);
    }
    if chunk.part == Part::Last {
        shown["chunk_position"] = "last".into();
    }
    shown
}

impl Recorded {
    fn form(&self) -> Form {
        let params = if self.params.is_null() { json!({}) } else { self.params.clone() };
        let params: AnthropicParams = serde_json::from_value(params).unwrap();
        let plan = RequestPlan::new("m", &params);
        plan.request(&[Message::human("hi")], self.kwargs.as_ref(), true).unwrap().answer
    }
}

#[test]
fn all_streams_are_given_as_python_gives_them() {
    let recorded: Vec<Recorded> =
        serde_json::from_str(include_str!("../../../tests/fixtures/anthropic/streams.json")).unwrap();
    for case in recorded {
        let (chunks, end) = read_all_ways(case.form(), case.sse.as_bytes());
        let seen: Vec<_> = chunks.iter().map(shown).collect();
        assert_eq!(seen, case.chunks, "{}", case.sse);
        if let Some(expect) = &case.sum {
            let sum = chunks.into_iter().reduce(|mut whole, next| {
                whole.merge(next);
                whole
            });
            assert_eq!(shown(&sum.unwrap()), *expect, "{}", case.sse);
        }
        match (&case.error, end) {
            (None, end) => assert_eq!(end, Ok(())),
            (Some(error), end) => {
                let bad = end.unwrap_err();
                assert_eq!((bad.kind, bad.status), (ModelErrorKind::Server, Some(error.status)));
                assert_eq!(bad.said.as_ref(), Some(&error.message));
            }
        }
    }
}

const TEXT: Form = Form { text: true, usage: true, standard: false, beta: false };
const START: &str =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\"}}\n\n";
const WORD: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":\
                    {\"type\":\"text_delta\",\"text\":\"a\"}}\n\n";
const END: &str =
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";

#[track_caller]
fn check(frames: &[&str], texts: &[&str], end: Result<(), (ModelErrorKind, &str)>) {
    let (chunks, seen) = read_all_ways(TEXT, frames.concat().as_bytes());
    let seen = seen.map_err(|bad| (bad.kind, bad.said.unwrap_or(bad.ours)));
    let seen = seen.as_ref().copied().map_err(|(kind, words)| (*kind, words.as_str()));
    let text: Vec<_> = chunks.iter().map(|chunk| chunk.content.to_text()).collect();
    assert_eq!((text, seen), (texts.iter().map(|text| (*text).into()).collect(), end));
}

#[test]
fn ends_and_errors() {
    let (server, protocol) = (ModelErrorKind::Server, ModelErrorKind::Protocol);
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    check(&[START, WORD, END], &["", "a", ""], Ok(()));
    check(&[START, WORD, stop, WORD], &["", "a", ""], Ok(()));
    check(&[START, WORD], &["", "a", ""], Ok(()));
    check(&[START, END, WORD], &["", "", "a", ""], Ok(()));
    check(&[], &[], Err((protocol, "No generation chunks were returned")));
    check(&["<html>hi</html>"], &[], Err((protocol, "No generation chunks were returned")));
    check(&["data: {\"type\":\"message_start\"}\n\n", START, END], &["", ""], Ok(()));
    check(
        &[START, "event: error\ndata: {\"message\":\"busy\"}\n\n"],
        &[""],
        Err((server, "{'message': 'busy'}")),
    );
    check(&[START, "event: error\ndata: busy\n\n"], &[""], Err((server, "busy")));
    let bad = "an event is not one of a message's: it is not JSON (line 1, column 2)";
    check(&[START, "event: content_block_delta\ndata: {oops\n\n"], &[""], Err((protocol, bad)));
}
