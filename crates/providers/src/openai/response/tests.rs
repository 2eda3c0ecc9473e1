//! Answers as messages, as LangChain gives them.

use super::*;
use serde_json::json;
use windlass_core::ModelErrorKind;

const USAGE: &str = r#"{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}"#;

fn completion(message: &str) -> String {
    let about = r#""id":"c1","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024-07-18""#;
    let choice = format!(r#"{{"index":0,"message":{message},"logprobs":null,"finish_reason":"stop"}}"#);
    format!(
        r#"{{{about},"choices":[{choice}],"usage":{USAGE},"service_tier":"default","system_fingerprint":"fp"}}"#
    )
}

#[test]
fn a_whole_answer() {
    let message =
        whole(&Bytes::from(completion(r#"{"role":"assistant","content":"Ahoy","refusal":null}"#).to_owned()))
            .unwrap();
    assert_eq!(
        serde_json::to_value(&message).unwrap(),
        json!({
            "content": "Ahoy",
            "usage_metadata": {
                "input_tokens": 11, "output_tokens": 7, "total_tokens": 18,
                "input_token_details": {"audio": 0, "cache_read": 0},
                "output_token_details": {"audio": 0, "reasoning": 0},
            },
            "additional_kwargs": {"refusal": null},
            "response_metadata": {
                "token_usage": serde_json::from_str::<Value>(USAGE).unwrap(),
                "model_provider": "openai", "model_name": "gpt-4o-mini-2024-07-18", "system_fingerprint": "fp",
                "id": "c1", "service_tier": "default", "finish_reason": "stop", "logprobs": null,
            },
        })
    );
}

#[test]
fn content_may_be_null_or_blocks() {
    let content = |said: &str| whole(&Bytes::from(completion(said).to_owned())).unwrap().content;
    assert_eq!(content(r#"{"content":null}"#), Content::from(""));
    assert_eq!(content("{}"), Content::from(""));
    let blocks = Content::Blocks(vec![json!({"type": "text", "text": "a"})]);
    assert_eq!(content(r#"{"content":[{"type":"text","text":"a"}]}"#), blocks);
}

#[test]
fn calls_of_tools_are_read_or_kept_as_invalid() {
    let said = json!({"content": null, "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\": \"Paris\"}"}},
        {"id": "b", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\": \"Par"}},
        {"id": "c", "type": "function", "function": {"name": "list", "arguments": "[1]"}},
    ]});
    let message = whole(&Bytes::from(completion(&said.to_string()).to_owned())).unwrap();
    assert_eq!(message.tool_calls[0].args, *json!({"city": "Paris"}).as_object().unwrap());
    let invalid: Vec<_> =
        message.invalid_tool_calls.iter().map(|call| call.args.as_deref().unwrap()).collect();
    assert_eq!(invalid, ["{\"city\": \"Par", "[1]"]);
}

#[test]
fn nonsense_is_told_from_a_failure() {
    let bad = |body: &str| whole(&Bytes::from(body.to_owned())).unwrap_err();
    for body in
        ["<html>hi</html>", "", "{}", r#"{"choices":null}"#, r#"{"choices":[]}"#, "[]", r#"{"choices":[5]}"#]
    {
        assert_eq!(bad(body).kind, ModelErrorKind::Protocol, "{body}");
    }
    let told = bad(r#"{"error":{"message":"quota","code":429}}"#);
    assert_eq!((told.kind, told.said.as_deref()), (ModelErrorKind::Server, Some("quota")));
    assert_eq!(bad(r#"{"error":"busy"}"#).said.as_deref(), Some("busy"));
    let quoting = bad(r#"{"choices":"My name is Ann"}"#);
    assert_eq!(quoting.said, None);
    assert!(!quoting.ours.contains("Ann") && quoting.ours.contains("line 1"), "{quoting:?}");
}

#[test]
fn chunks_carry_text_and_what_is_said_of_them() {
    let (piece, finished) =
        chunk(r#"{"model":"m","choices":[{"index":0,"delta":{"content":"a\nb"}}],"usage":null}"#).unwrap();
    assert_eq!((piece.content, finished), (Content::from("a\nb"), false));
    assert_eq!(Value::Object((*piece.response_metadata).clone()), json!({"model_provider": "openai"}));
    let last = r#"{"model":"m","system_fingerprint":"fp","choices":[{"delta":{},"finish_reason":"stop"}]}"#;
    let (piece, finished) = chunk(last).unwrap();
    assert!(finished && piece.content.is_empty());
    assert_eq!(
        Value::Object((*piece.response_metadata).clone()),
        json!({"finish_reason": "stop", "model_name": "m", "system_fingerprint": "fp", "model_provider": "openai"})
    );
}

#[test]
fn a_chunk_without_choices_brings_the_count() {
    let (piece, finished) = chunk(&format!(r#"{{"choices":[],"usage":{USAGE}}}"#)).unwrap();
    assert!(!finished && piece.response_metadata.is_empty());
    assert_eq!(piece.usage.unwrap().total_tokens, 18);
}

#[test]
fn pieces_of_calls_keep_their_place() {
    let data = r#"{"choices":[{"delta":{"tool_calls":[
        {"index":1,"id":"b","type":"function","function":{"name":"f","arguments":""}},
        {"function":{"arguments":"{\"a"}}
    ]}}]}"#;
    let (piece, _) = chunk(data).unwrap();
    let expect = [
        ToolCallChunk {
            index: Some(1),
            id: Some("b".into()),
            name: Some("f".into()),
            args: Some(String::new()),
        },
        ToolCallChunk { index: Some(1), id: None, name: None, args: Some("{\"a".into()) },
    ];
    assert_eq!(piece.tool_call_chunks, expect);
}

#[test]
fn tokens_of_special_tiers_go_by_the_tier() {
    let data = r#"{"service_tier":"flex","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2,
        "prompt_tokens_details":{"cached_tokens":4}}}"#;
    let usage = chunk(data).unwrap().0.usage.unwrap();
    assert_eq!(usage.total_tokens, 12);
    assert_eq!(Value::Object((*usage.input_token_details).clone()), json!({"flex_cache_read": 4, "flex": 6}));
    assert_eq!(Value::Object((*usage.output_token_details).clone()), json!({"flex": 2}));
}

#[test]
fn malformed_chunks_are_nonsense() {
    for data in ["{not json", "5", "[]", r#"{"choices":"x"}"#, r#"{"choices":[{"delta":{"content":5}}]}"#] {
        assert_eq!(chunk(data).unwrap_err().kind, ModelErrorKind::Protocol, "{data}");
    }
    assert_eq!(chunk(r#"{"error":{"message":"down"}}"#).unwrap_err().kind, ModelErrorKind::Server);
}
