//! Messages, prompts and documents.

use super::*;
use crate::{Message, PromptValue};

#[track_caller]
fn of_model(input: &Value) -> Result<Val, Vec<InputProblem>> {
    LaxSchema::new(model_input_schema()).unwrap().read(input, &[])
}

const LIST: &str = "list[tagged-union[AIMessage,HumanMessage,ChatMessage,SystemMessage,FunctionMessage,ToolMessage,\
    function-after[init_server_tool_calls(), function-after[init_tool_calls(), AIMessageChunk]],HumanMessageChunk,\
    ChatMessageChunk,SystemMessageChunk,FunctionMessageChunk,ToolMessageChunk]]";

#[test]
fn a_model_takes_every_form() {
    let hi = vec![Message::human("hi")];
    let human = json!({"content": "hi", "type": "human", "additional_kwargs": {}, "example": false});
    let noise = json!({"lc_serializable": true, "lc_kwargs": {}, "lc_namespace": ["langchain_core", "prompt_values"]});
    let mut chat = noise.clone();
    chat["messages"] = json!([human]);
    let mut text = noise;
    text["value"] = json!("hi");
    for (input, text) in [
        (json!("hi"), true),
        (json!({"text": "hi", "type": "StringPromptValue"}), true),
        (json!({"text": "hi"}), true),
        (text, true),
        (json!({"messages": [human], "type": "ChatPromptValueConcrete"}), false),
        (json!({"messages": [human]}), false),
        (chat, false),
        (json!([human]), false),
        (json!([["human", "hi"]]), false),
        (json!([{"role": "user", "content": "hi"}]), false),
    ] {
        let read = of_model(&input).unwrap_or_else(|problems| panic!("{input}: {problems:?}"));
        let prompt = <PromptValue as crate::Chunk>::from_val(read).unwrap();
        assert_eq!(matches!(prompt, PromptValue::Text(_)), text, "{input}");
        assert_eq!(prompt.into_messages(), hi, "{input}");
    }
}

#[test]
fn javascripts_messages_are_read() {
    let sent = json!([
        {"content": "s", "type": "system", "additional_kwargs": {}, "example": false},
        {"content": "42", "type": "tool", "additional_kwargs": {}, "example": false, "tool_call_id": "1"},
        {"content": "c", "type": "generic", "additional_kwargs": {}, "example": false, "role": "critic"},
    ]);
    let Val::List(read) = of_model(&sent).unwrap() else { panic!("no list") };
    assert!(matches!(&read[2], Val::Message(message) if message.speaker() == "critic"));
}

#[test]
fn a_bad_message_is_told_as_recorded() {
    let input = json!([{"type": "alien", "content": "x"}]);
    let tags = "'ai', 'human', 'chat', 'system', 'function', 'tool', 'AIMessageChunk', 'HumanMessageChunk', \
        'ChatMessageChunk', 'SystemMessageChunk', 'FunctionMessageChunk', 'ToolMessageChunk'";
    let class = |name: &str| {
        let msg = format!("Input should be a valid dictionary or instance of {name}");
        json!({"type": "model_type", "loc": [name], "msg": msg, "input": input, "ctx": {"class_name": name}})
    };
    let expect = json!([
        {"type": "string_type", "loc": ["str"], "msg": "Input should be a valid string", "input": input},
        class("StringPromptValue"),
        class("ChatPromptValueConcrete"),
        {
            "type": "union_tag_invalid", "loc": [LIST, 0], "input": input[0],
            "msg": format!("Input tag 'alien' found using _get_type() does not match any of the expected tags: {tags}"),
            "ctx": {"discriminator": "_get_type()", "tag": "alien", "expected_tags": tags},
        },
    ]);
    assert_eq!(json!(of_model(&input).unwrap_err()), expect);
    let problems = of_model(&json!([{"type": "human", "content": 5}])).unwrap_err();
    let last: Vec<_> = problems[3..].iter().map(|problem| json!([problem.kind, problem.loc])).collect();
    let at = |label: &str| json!([LIST, 0, "human", "content", label]);
    assert_eq!(
        last,
        [json!(["string_type", at("str")]), json!(["list_type", at("list[union[str,dict[str,any]]]")])]
    );
}

#[test]
fn an_object_that_is_no_prompt_is_told_as_recorded() {
    let problems = of_model(&json!({"lc_kwargs": {"value": "hi"}, "value": "hi"})).unwrap_err();
    let told: Vec<_> = problems.iter().map(|problem| json!([problem.kind, problem.loc])).collect();
    let expect = [
        json!(["string_type", ["str"]]),
        json!(["missing", ["StringPromptValue", "text"]]),
        json!(["missing", ["ChatPromptValueConcrete", "messages"]]),
        json!(["list_type", [LIST]]),
    ];
    assert_eq!(told, expect);
}

#[test]
fn the_native_schema_of_a_conversation_is_known() {
    let schema = json!({"type": "object", "properties": {"history": crate::messages_schema()}, "required": ["history"]});
    let schema = LaxSchema::new(&schema).unwrap();
    let piece = json!({"type": "AIMessageChunk", "content": "x", "chunk_position": "last"});
    let Val::Dict(read) = schema.read(&json!({"history": [piece]}), &[]).unwrap() else {
        panic!("no object")
    };
    let Some(Val::List(messages)) = read.get("history") else { panic!("no list") };
    assert!(matches!(&messages[0], Val::Message(_)));
    let problems = schema.read(&json!({"history": [{"type": "alien"}]}), &[]).unwrap_err();
    assert_eq!(
        (problems[0].kind.as_str(), json!(problems[0].loc)),
        ("union_tag_invalid", json!(["history", 0]))
    );
}

#[test]
fn only_the_classes_of_a_schema_are_read() {
    let mut human = model_input_schema()["$defs"]["HumanMessage"].clone();
    human["$defs"] = model_input_schema()["$defs"].clone();
    let schema = LaxSchema::new(&human).unwrap();
    assert!(schema.read(&json!({"type": "human", "content": "x"}), &[]).is_ok());
    let problems = schema.read(&json!({"type": "ai", "content": "x"}), &[]).unwrap_err();
    assert_eq!(problems[0].kind, "literal_error");
}

/// As LangChain writes the input of a chain with memory.
#[test]
fn the_base_class_is_any_message() {
    let base = json!({"title": "BaseMessage", "type": "object", "additionalProperties": true, "required": ["content", "type"], "properties": {
        "content": {"type": "string"}, "type": {"title": "Type", "type": "string"},
    }});
    let question = json!({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/BaseMessage"}, {"type": "array", "items": {"$ref": "#/$defs/BaseMessage"}}]});
    let schema = LaxSchema::new(&json!({
        "$defs": {"BaseMessage": base}, "title": "Input", "type": "object", "properties": {"question": question}, "required": ["question"],
    })).unwrap();
    let asked = |question: Value| match schema.read(&json!({"question": question}), &[]).map(Value::from) {
        Ok(read) => read["question"].clone(),
        Err(problems) => problems.iter().map(|problem| json!(problem.loc)).collect(),
    };
    let human = json!({"type": "human", "content": "x"});
    assert_eq!(asked(json!("q1")), json!("q1"));
    assert_eq!(asked(human.clone()), human);
    assert_eq!(asked(json!([human])), json!([human]));
    assert_eq!(
        asked(json!(5)),
        json!([["question", "str"], ["question", "BaseMessage"], ["question", "list[BaseMessage]"]])
    );
}

#[test]
fn documents_of_both_languages_are_read() {
    let schema = json!({"title": "Document", "type": "object", "required": ["page_content"], "properties": {
        "id": {"default": null}, "metadata": {"type": "object"}, "page_content": {"type": "string"}, "type": {"const": "Document", "default": "Document"},
    }});
    let whole = json!({"id": null, "metadata": {"a": 1}, "page_content": "x", "type": "Document"});
    check(schema.clone(), json!({"pageContent": "x", "metadata": {"a": 1}}), whole.clone());
    check(schema.clone(), whole.clone(), whole);
    check(schema, json!({"metadata": {}}), json!("missing"));
}
