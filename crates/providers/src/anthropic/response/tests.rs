//! Answers against what Python made of them.

use super::*;
use crate::anthropic::standard::standard;
use serde::Deserialize;

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
        let mut message = whole(&case.body.to_string().into(), case.params.contains_key("betas")).unwrap();
        if case.params.contains_key("output_version") {
            message = standard(message);
        }
        assert_eq!(shown(&message), case.message, "{}", case.body);
    }
}

#[track_caller]
fn refused(body: &'static str, class: &str, words: &str) {
    let bad = whole(&Bytes::from_static(body.as_bytes()), false).unwrap_err();
    assert_eq!((bad.class, bad.said.as_deref().unwrap_or(&bad.ours)), (Some(class), words), "{body}");
}

#[test]
fn answers_that_are_none() {
    let attribute = |kind: &str| format!("'{kind}' object has no attribute 'model_dump'");
    refused("<html>", "AttributeError", &attribute("str"));
    refused("null", "AttributeError", &attribute("NoneType"));
    refused("[]", "AttributeError", &attribute("list"));
    let ends = "the answer is not a message: it ends too soon (line 1, column 11)";
    refused("{\"content\":", "JSONDecodeError", ends);
    let none = "'NoneType' object is not iterable";
    refused("{}", "TypeError", none);
    refused(r#"{"type":"error","error":{"message":"it's busy"}}"#, "TypeError", none);
    refused(r#"{"content":"text"}"#, "TypeError", "string indices must be integers, not 'str'");
    let call = "a tool has no name, or is called with what is not an object";
    refused(r#"{"content":[{"type":"tool_use","name":"f","input":1}]}"#, "ValidationError", call);
    refused(r#"{"content":[{"type":"tool_use","input":{}}]}"#, "ValidationError", call);
    refused(r#"{"content":[{"type":"text"}]}"#, "ValidationError", "the answer's text is not text");
}

#[test]
fn tokens_that_are_not_counted_are_none() {
    let message = whole(&Bytes::from_static(br#"{"content":[]}"#), false).unwrap();
    let usage = message.usage.unwrap();
    assert_eq!((usage.total_tokens, usage.input_token_details.is_absent()), (0, false));
    assert_eq!(message.response_metadata["usage"], Value::Null);
}
