//! Answers against what Python made of them.

use super::*;
use serde::Deserialize;
use windlass_core::ModelErrorKind;

/// What LangChain's `ChatAnthropic` made of an answer.
#[derive(Debug, Deserialize)]
struct Recorded {
    body: Value,
    #[serde(default)]
    params: Map<String, Value>,
    message: Value,
}

/// A message in the form of the recordings.
fn shown(message: &AiMessage) -> Value {
    let mut shown = json!({
        "content": message.content, "response_metadata": message.response_metadata,
        "additional_kwargs": message.additional_kwargs, "tool_calls": message.tool_calls,
    });
    if let Some(usage) = &message.usage {
        shown["usage_metadata"] = json!(usage);
        shown["usage_metadata"]["input_token_details"] = json!(usage.input_token_details);
    }
    shown
}

#[test]
fn all_answers_are_given_as_python_gives_them() {
    let recorded: Vec<Recorded> =
        serde_json::from_str(include_str!("../../../tests/fixtures/anthropic/answers.json")).unwrap();
    for case in recorded {
        let message = whole(&case.body.to_string().into(), case.params.contains_key("betas")).unwrap();
        assert_eq!(shown(&message), case.message, "{}", case.body);
    }
}

#[track_caller]
fn bad(body: &'static str) -> BadAnswer {
    whole(&Bytes::from_static(body.as_bytes()), false).unwrap_err()
}

#[test]
fn answers_that_are_none() {
    for body in
        ["<html>", "[]", "{}", r#"{"content":"text"}"#, r#"{"content":[{"type":"tool_use","input":1}]}"#]
    {
        let bad = bad(body);
        assert!(bad.kind == ModelErrorKind::Protocol && !bad.ours.is_empty(), "{body}");
    }
    let told = bad(r#"{"type":"error","error":{"message":"it's busy"}}"#);
    let said = r#"{'type': 'error', 'error': {'message': "it's busy"}}"#;
    assert_eq!((told.kind, told.said.as_deref()), (ModelErrorKind::Server, Some(said)));
}
