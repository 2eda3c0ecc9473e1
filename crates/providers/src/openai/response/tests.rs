//! What the recordings do not show of answers: failures that quote nothing, and what is cheap.

use super::*;
use serde_json::json;
use windlass_core::ModelErrorKind;

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
fn a_call_in_the_old_form_has_its_fields_in_the_sdks_order() {
    let call = |message: AiMessage| message.additional_kwargs["function_call"].to_string();
    let said = r#"{"function_call":{"name":"f","own":1,"arguments":"{}"}}"#;
    let message = whole(&completion(said), &expected()).unwrap();
    assert_eq!(call(message), r#"{"arguments":"{}","name":"f","own":1}"#);
    let piece = chunk(r#"{"choices":[{"delta":{"function_call":{"name":"f"}}}]}"#, &expected());
    assert_eq!(call(piece.unwrap().unwrap()), r#"{"arguments":null,"name":"f"}"#);
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

#[test]
fn what_is_not_there_has_no_attributes() {
    let said = |bad: BadAnswer| (bad.class.unwrap_or_default(), bad.ours);
    let event = |data: &str| said(chunk(data, &expected()).unwrap_err());
    assert_eq!(event("[1]"), ("AttributeError", "'list' object has no attribute 'model_dump'".into()));
    assert_eq!(event("null"), ("AttributeError", "'NoneType' object has no attribute 'model_dump'".into()));
    for body in [r#"{"choices":[{"message":null}]}"#, r#"{"choices":[{}]}"#] {
        let bad = whole(&Bytes::from(body), &expected()).unwrap_err();
        assert_eq!(said(bad), ("AttributeError", "'NoneType' object has no attribute 'get'".into()));
    }
}

#[test]
fn probabilities_are_floats() {
    let token = r#"{"token":"a","logprob":-1,"top_logprobs":[{"token":"b","logprob":-2}]}"#;
    let data = format!(r#"{{"choices":[{{"delta":{{"content":"a"}},"logprobs":{{"content":[{token}]}}}}]}}"#);
    let piece = chunk(&data, &expected()).unwrap().unwrap();
    let shown = piece.response_metadata["logprobs"].to_string();
    assert!(shown.contains(r#""logprob":-1.0"#) && shown.contains(r#""logprob":-2.0"#), "{shown}");
}

#[test]
fn an_answer_that_is_too_long_for_its_form_tells_what_was_counted() {
    let said = |usage: Value| ended_badly("length", &usage).unwrap().ours;
    let words = "Could not parse response content as the length limit was reached";
    assert_eq!(said(Value::Null), words);
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "completion_tokens_details": {"reasoning_tokens": 4}});
    let details = "CompletionTokensDetails(accepted_prediction_tokens=None, audio_tokens=None, reasoning_tokens=4, rejected_prediction_tokens=None, text_tokens=None)";
    let counted = format!(
        "CompletionUsage(completion_tokens=2, prompt_tokens=1, total_tokens=3, completion_tokens_details={details}, prompt_tokens_details=None)"
    );
    assert_eq!(said(usage), format!("{words} - {counted}"));
}
