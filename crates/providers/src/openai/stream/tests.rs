//! Recorded streams, whole and cut at every byte.

use super::*;
use serde_json::json;
use windlass_core::ModelErrorKind;
use windlass_core::{AiMessage, Chunk};

macro_rules! recorded {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/", $name, ".sse"))
    };
}

type Read = (Vec<AiMessage>, Result<(), BadAnswer>);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let expected = Expected { id: "lc_run--1".into(), structured: false, azure: None };
    let mut decoder = ChunkDecoder::new(expected);
    let mut chunks = Vec::new();
    for piece in pieces.into_iter().map(Some).chain([None]) {
        match piece {
            Some(piece) => decoder.push(piece),
            None => decoder.finish(),
        }
        loop {
            match decoder.next_chunk() {
                Ok(Some(chunk)) => chunks.push(chunk),
                Ok(None) => break,
                Err(bad) => return (chunks, Err(bad)),
            }
        }
    }
    (chunks, decoder.end())
}

/// Reads a recording in one piece, byte by byte, and in two pieces cut anywhere: all must give the same.
fn read_all_ways(recording: &[u8]) -> Read {
    let whole = read([recording]);
    assert_eq!(read(recording.chunks(1)), whole, "byte by byte");
    for cut in 0..recording.len() {
        let (head, tail) = recording.split_at(cut);
        assert_eq!(read([head, tail]), whole, "cut at {cut}");
    }
    whole
}

#[track_caller]
fn check(recording: &[u8], texts: &[&str]) {
    let (chunks, end) = read_all_ways(recording);
    let seen: Vec<_> = chunks.iter().map(|chunk| chunk.content.to_text()).collect();
    assert_eq!((&seen[..], end), (&texts.iter().map(|&text| text.into()).collect::<Vec<_>>()[..], Ok(())));
}

#[track_caller]
fn check_bad(recording: &[u8], texts: &[&str], kind: ModelErrorKind, message: &str) {
    let (chunks, end) = read_all_ways(recording);
    let seen: Vec<_> = chunks.iter().map(|chunk| chunk.content.to_text().into_owned()).collect();
    let bad = end.unwrap_err();
    assert_eq!(seen, texts);
    let words = bad.said.as_ref().unwrap_or(&bad.ours);
    assert!(bad.kind == kind && words.starts_with(message), "{bad:?}");
}

#[test]
fn a_recorded_answer() {
    let texts = ["", "Ahoy", " there", ",", " matey", "!", " Welcome", " aboard", ".", "", "", ""];
    check(recorded!("basic"), &texts);
    let (chunks, _) = read([&recorded!("basic")[..]]);
    let whole = chunks.into_iter().reduce(|mut whole, chunk| {
        whole.merge(chunk);
        whole
    });
    let whole = whole.unwrap();
    assert_eq!(whole.content.to_text(), "Ahoy there, matey! Welcome aboard.");
    assert_eq!(whole.usage.unwrap().total_tokens, 18);
    assert_eq!(whole.response_metadata["finish_reason"], json!("stop"));
}

#[test]
fn every_form_of_the_format() {
    let texts = ["", "Hi", " 日本", " there", "", "", ""];
    check(recorded!("format-comments"), &texts);
    check(recorded!("format-crlf"), &texts);
    check(recorded!("format-cr"), &texts);
    check(recorded!("format-nospace"), &texts);
    check(recorded!("format-fields"), &texts);
    check(recorded!("format-multiline"), &texts);
    check(recorded!("format-no-final-blank"), &texts);
    check(recorded!("format-bom"), &texts);
}

#[test]
fn calls_of_tools() {
    let (chunks, end) = read_all_ways(recorded!("tools"));
    let whole = chunks.into_iter().reduce(|mut whole, chunk| {
        whole.merge(chunk);
        whole
    });
    let whole = whole.unwrap().settle();
    assert_eq!(end, Ok(()));
    let names: Vec<_> =
        whole.tool_calls.iter().map(|call| (call.name.as_str(), call.id.as_deref())).collect();
    assert_eq!(names[0], ("get_weather", Some("call_a1")));
    assert_eq!(whole.tool_calls[0].args["city"], json!("Paris"));
    assert!(whole.invalid_tool_calls.is_empty());
}

#[test]
fn ends_and_errors() {
    check(recorded!("no-done"), &["", "Hello ", "world", "", "", ""]);
    check(recorded!("no-choices-chunk-first"), &["", "", "Hello ", "world", "", "", ""]);
    check(recorded!("after-done"), &["", "Hello ", "world", "", "", ""]);
    let (server, protocol) = (ModelErrorKind::Server, ModelErrorKind::Protocol);
    let told = "The server had an error while processing your request";
    check_bad(recorded!("error-object"), &["", "Hello "], server, told);
    check_bad(recorded!("bad-json"), &["", "Hello "], protocol, "Expecting property name enclosed");
    check_bad(recorded!("empty-stream"), &[], protocol, "No generation chunks were returned");
    check_bad(b"<html>hi</html>", &[], protocol, "No generation chunks were returned");
    check_bad(b"event: error\ndata: {\"error\":{\"message\":\"busy\"}}\n\n", &[], server, "busy");
    let unfinished = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"cho";
    check_bad(unfinished, &["a"], protocol, "the stream ended before the answer did");
}
