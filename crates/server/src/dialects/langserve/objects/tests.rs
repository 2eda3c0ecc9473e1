//! Objects against what the real LangServe sent.

use super::*;
use serde_json::json;

#[track_caller]
fn check(val: impl Into<Val>, recorded: &str) {
    assert_eq!(serde_json::to_string(&Object(&val.into())).unwrap(), recorded);
}

fn chunk(name: Option<&str>, args: &str, id: Option<&str>) -> AiMessage {
    let chunk = ToolCallChunk {
        index: Some(0),
        id: id.map(Into::into),
        name: name.map(Into::into),
        args: Some(args.into()),
    };
    AiMessage { tool_call_chunks: vec![chunk], part: Part::Piece, ..AiMessage::default() }
}

#[test]
fn a_whole_answer_has_all_fields() {
    let call = ToolCall {
        name: "get_weather".into(),
        args: json!({"city": "Paris"}).as_object().unwrap().clone(),
        id: Some("call_1".into()),
    };
    let invalid = InvalidToolCall {
        name: Some("g".into()),
        args: Some("{bad".into()),
        id: Some("t2".into()),
        error: Some("parse".into()),
    };
    let usage = json!({"input_tokens": 1, "output_tokens": 2, "total_tokens": 3});
    let message = AiMessage {
        content: "ai".into(),
        additional_kwargs: [("k".to_string(), json!(1))].into_iter().collect(),
        name: Some("bot".into()),
        id: Some("a1".into()),
        tool_calls: vec![call],
        invalid_tool_calls: vec![invalid],
        usage: serde_json::from_value(usage).unwrap(),
        ..AiMessage::default()
    };
    check(
        message,
        r#"{"content":"ai","additional_kwargs":{"k":1},"response_metadata":{},"type":"ai","name":"bot","id":"a1","tool_calls":[{"name":"get_weather","args":{"city":"Paris"},"id":"call_1","type":"tool_call"}],"invalid_tool_calls":[{"type":"invalid_tool_call","id":"t2","name":"g","args":"{bad","error":"parse"}],"usage_metadata":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}"#,
    );
}

#[test]
fn a_piece_guesses_its_calls_from_its_own_parts() {
    check(
        chunk(Some("get_weather"), "", Some("call_9")),
        r#"{"content":"","additional_kwargs":{},"response_metadata":{},"type":"AIMessageChunk","name":null,"id":null,"tool_calls":[{"name":"get_weather","args":{},"id":"call_9","type":"tool_call"}],"invalid_tool_calls":[],"usage_metadata":null,"tool_call_chunks":[{"name":"get_weather","args":"","id":"call_9","index":0,"type":"tool_call_chunk"}],"chunk_position":null}"#,
    );
    check(
        AiMessage { part: Part::Last, ..chunk(None, "\"Paris\"}", None) },
        r#"{"content":"","additional_kwargs":{},"response_metadata":{},"type":"AIMessageChunk","name":null,"id":null,"tool_calls":[],"invalid_tool_calls":[{"type":"invalid_tool_call","id":null,"name":null,"args":"\"Paris\"}","error":null}],"usage_metadata":null,"tool_call_chunks":[{"name":null,"args":"\"Paris\"}","id":null,"index":0,"type":"tool_call_chunk"}],"chunk_position":"last"}"#,
    );
}

#[test]
fn the_other_messages_have_what_their_class_has() {
    let list = Val::List(vec![
        Message::human("hi").into(),
        Message::system("sys").into(),
        Message::tool("t1", "42").into(),
    ]);
    let dict = Val::Dict([("history".to_string(), list)].into_iter().collect());
    check(
        dict,
        r#"{"history":[{"content":"hi","additional_kwargs":{},"response_metadata":{},"type":"human","name":null,"id":null},{"content":"sys","additional_kwargs":{},"response_metadata":{},"type":"system","name":null,"id":null},{"content":"42","additional_kwargs":{},"response_metadata":{},"type":"tool","name":null,"id":null,"tool_call_id":"t1","artifact":null,"status":"success"}]}"#,
    );
    let stored = |json| serde_json::from_value::<Message>(json).unwrap();
    check(
        stored(json!({"type": "chat", "content": "cm", "role": "critic"})),
        r#"{"content":"cm","additional_kwargs":{},"response_metadata":{},"type":"chat","name":null,"id":null,"role":"critic"}"#,
    );
    check(
        stored(json!({"type": "function", "content": "fm", "name": "fn"})),
        r#"{"content":"fm","additional_kwargs":{},"response_metadata":{},"type":"function","name":"fn","id":null}"#,
    );
}

#[test]
fn a_prompt_is_tagged_only_as_a_whole_output() {
    let prompt = Val::Prompt(Box::new(PromptValue::Messages(vec![Message::human("hi")])));
    let bare = r#"{"messages":[{"content":"hi","additional_kwargs":{},"response_metadata":{},"type":"human","name":null,"id":null}]}"#;
    check(prompt.clone(), bare);
    let tagged = serde_json::to_value(WholeOutput(&prompt)).unwrap();
    assert_eq!(tagged["type"], "ChatPromptValueConcrete");
    check(
        Val::Prompt(Box::new(PromptValue::Text("say y".into()))),
        r#"{"text":"say y","type":"StringPromptValue"}"#,
    );
}

#[test]
fn plain_values_are_json_and_numbers_that_are_none_are_null() {
    let list = Val::List(vec![Val::Null, true.into(), 1.5.into(), f64::NAN.into(), "é✓".into()]);
    check(list, r#"[null,true,1.5,null,"é✓"]"#);
}
