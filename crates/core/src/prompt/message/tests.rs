use super::*;
use serde_json::json;

/// What the schema lets in must be readable, and what people write must be let in.
#[track_caller]
fn check(message: &Value, expect: bool) {
    let validator = jsonschema::draft202012::new(&messages_schema()).unwrap();
    let valid = validator.is_valid(&json!([message]));
    let read = message_from(Val::from(message.clone()));
    assert_eq!((valid, read.is_ok()), (expect, expect), "{message}: {read:?}");
}

const BLOCKS: &str = r#"[{"type": "text", "text": "x"}, "y"]"#;

#[test]
fn the_schema_and_the_reader_take_the_same_simple_forms() {
    let blocks: Value = serde_json::from_str(BLOCKS).unwrap();
    for role in ["system", "human", "user", "ai", "assistant", "developer"] {
        for content in [json!("x"), json!(""), json!([]), blocks.clone()] {
            check(&json!({"role": role, "content": content, "name": "n", "more": [5]}), true);
            check(&json!({"type": role, "content": content, "id": "i", "additional_kwargs": {"a": 1}}), true);
            check(&json!([role, content]), true);
        }
        check(&json!({"role": role, "content": null}), true);
    }
    check(&json!("x"), true);
    for bad in [
        json!(null),
        json!(5),
        json!({}),
        json!({"role": "human"}),
        json!({"type": "human"}),
        json!({"content": "x"}),
        json!({"role": "human", "content": {"a": 1}}),
        json!({"role": "human", "content": [5]}),
        json!({"role": "human", "content": "x", "name": 5}),
        json!({"role": "human", "content": "x", "additional_kwargs": null}),
        json!({"role": "oracle", "content": "x"}),
        json!([]),
        json!(["human"]),
        json!(["human", "x", "y"]),
        json!(["tool", "x"]),
        json!(["oracle", "x"]),
        json!(["human", 5]),
    ] {
        check(&bad, false);
    }
}

#[test]
fn the_schema_and_the_reader_take_the_same_tools() {
    for word in ["role", "type"] {
        check(
            &json!({word: "tool", "content": "x", "tool_call_id": "1", "status": "error", "artifact": {}}),
            true,
        );
        check(&json!({word: "tool", "content": null, "tool_call_id": "1"}), true);
        check(&json!({word: "function", "content": "x", "name": "f"}), true);
        check(&json!({word: "tool", "content": "x"}), false);
        check(&json!({word: "tool", "content": "x", "tool_call_id": "1", "status": "odd"}), false);
        check(&json!({word: "function", "content": "x"}), false);
        let call = |calls: Value| json!({word: "ai", "content": null, "tool_calls": calls});
        check(&call(json!([])), true);
        check(&call(json!(null)), true);
        check(&call(json!([{"name": "f", "args": {}, "id": null, "type": "tool_call"}])), true);
        check(
            &call(json!([{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}])),
            true,
        );
        check(&call(json!([{"name": "f", "args": {}}])), false);
        check(&call(json!([{"name": "f", "args": "{}", "id": "1"}])), false);
        check(&call(json!([{"function": {"name": "f", "arguments": "{}"}}])), false);
        check(&call(json!({})), false);
    }
}

#[test]
fn the_schema_and_the_reader_take_the_same_serialised_messages() {
    let node = |class: &str, kwargs: Value| json!({"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", class], "kwargs": kwargs});
    for (class, kind) in [("HumanMessage", "human"), ("AIMessageChunk", "ai"), ("SystemMessage", "system")] {
        check(&node(class, json!({"content": "x", "type": kind, "id": "1"})), true);
        check(&node(class, json!({"content": ["x"]})), true);
        check(&node(class, json!({})), false);
    }
    check(&node("ToolMessage", json!({"content": "x", "tool_call_id": "1", "type": "tool"})), true);
    check(&node("ToolMessage", json!({"content": "x"})), false);
    check(&node("FunctionMessage", json!({"content": "x", "name": "f"})), true);
    check(&node("ChatMessage", json!({"content": "x", "role": "r"})), false);
    check(&node("ChatOpenAI", json!({"content": "x"})), false);
    check(&json!({"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}), false);
}

/// Whoever names other classes gets data, never an object.
#[test]
fn a_node_that_is_no_message_is_an_error() {
    let node = json!({"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"], "content": "x"});
    let raised = message_from(Val::from(node)).unwrap_err();
    assert!(raised.text.starts_with("Unexpected message type: 'secret'."), "{}", raised.text);
}

#[test]
fn calls_among_the_vendor_fields_count_where_there_are_no_others() {
    let call = json!({"id": "1", "function": {"name": "f", "arguments": "{\"a\": 1}"}});
    let bad = json!({"id": "2", "function": {"name": "g", "arguments": "{"}});
    let message = json!({"role": "ai", "content": "", "additional_kwargs": {"tool_calls": [call, bad]}});
    let Message::Ai(message) = message_from(Val::from(message)).unwrap() else { panic!("not an AI message") };
    assert_eq!(message.tool_calls[0].args, json!({"a": 1}).as_object().unwrap().clone());
    assert_eq!(message.invalid_tool_calls[0].args.as_deref(), Some("{"));
}

/// Python's reader refuses these, but clients send them.
#[test]
fn what_clients_dump_is_read_though_the_schema_does_not_name_it() {
    let read =
        |json: Value| message_from(Val::from(json)).map(|message| message.speaker().to_string()).unwrap();
    assert_eq!(read(json!({"type": "AIMessageChunk", "content": "x", "chunk_position": null})), "AI");
    assert_eq!(read(json!({"type": "HumanMessageChunk", "content": "x"})), "Human");
    for word in ["chat", "generic", "ChatMessageChunk"] {
        assert_eq!(read(json!({"type": word, "role": "critic", "content": "x"})), "critic");
        assert_eq!(read(json!({"type": word, "role": "user", "content": "x"})), "Human");
    }
    assert!(message_from(Val::from(json!({"type": "chat", "content": "x"}))).is_err());
    assert!(message_from(Val::from(json!({"type": "OddMessageChunk", "content": "x"}))).is_err());
}
