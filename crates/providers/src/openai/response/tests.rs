//! What the recordings do not show of answers: failures that quote nothing, and what is cheap.

use super::*;
use serde_json::json;

fn expected() -> Expected {
    Expected { id: "lc_run--1".into(), structured: false, azure: None }
}

fn completion(message: &str) -> Bytes {
    let choice = format!(r#"{{"index":0,"message":{message},"logprobs":null,"finish_reason":"stop"}}"#);
    format!(r#"{{"id":"c1","model":"m","choices":[{choice}]}}"#).into()
}

#[test]
fn content_may_be_null_or_blocks() {
    let content = |said: &str| whole(&completion(said), &expected()).unwrap().content;
    assert_eq!(content(r#"{"content":null}"#), Content::from(""));
    assert_eq!(content("{}"), Content::from(""));
    let blocks = Content::Blocks(vec![json!({"type": "text", "text": "a"})]);
    assert_eq!(content(r#"{"content":[{"type":"text","text":"a"}]}"#), blocks);
}

#[test]
fn an_answer_is_named_after_its_run() {
    let message = whole(&completion(r#"{"content":"a"}"#), &expected()).unwrap();
    assert_eq!((message.id.as_deref(), message.part), (Some("lc_run--1-0"), Part::Whole));
    let piece = chunk(r#"{"choices":[{"delta":{"content":"a"}}]}"#, &expected()).unwrap().unwrap();
    assert_eq!((piece.id.as_deref(), piece.part), (Some("lc_run--1"), Part::Piece));
}

#[test]
fn nonsense_is_told_from_a_failure() {
    let bad = |body: &str| whole(&Bytes::from(body.to_owned()), &expected()).unwrap_err();
    for body in
        ["<html>hi</html>", "", "{}", r#"{"choices":null}"#, r#"{"choices":[]}"#, "[]", r#"{"choices":[5]}"#]
    {
        assert_eq!(bad(body).kind, ModelErrorKind::Protocol, "{body}");
    }
    let told = bad(r#"{"error":{"message":"quota","code":429}}"#);
    assert_eq!(told.kind, ModelErrorKind::Server);
    for quoting in [r#"{"choices":"My name is Ann"}"#, "<p>My name is Ann</p>", "[\"My name is Ann\"]"] {
        assert!(!bad(quoting).ours.contains("Ann"), "{quoting}");
    }
}

#[test]
fn several_answers_tell_little_of_themselves() {
    let choice = |reason: &str| format!(r#"{{"message":{{"content":"a"}},"finish_reason":"{reason}"}}"#);
    let body = format!(r#"{{"id":"c1","model":"m","choices":[{},{}]}}"#, choice("length"), choice("stop"));
    let message = whole(&body.into(), &expected()).unwrap();
    let about = Value::Object((*message.response_metadata).clone());
    assert_eq!(about, json!({"finish_reason": "stop", "logprobs": null}));
}

#[test]
fn pieces_of_text_share_what_is_said_of_them() {
    let piece = |text: &str| {
        let data = format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#);
        chunk(&data, &expected()).unwrap().unwrap()
    };
    assert!(std::ptr::eq(&*piece("a").response_metadata, &*piece("b").response_metadata));
}

#[test]
fn malformed_chunks_are_nonsense() {
    for data in ["{not json", "5", "[]", r#"{"choices":"x"}"#, r#"{"choices":[{"delta":{"content":5}}]}"#] {
        assert_eq!(chunk(data, &expected()).unwrap_err().kind, ModelErrorKind::Protocol, "{data}");
    }
    assert_eq!(
        chunk(r#"{"error":{"message":"down"}}"#, &expected()).unwrap_err().kind,
        ModelErrorKind::Server
    );
}
