//! `parser:` in all its forms: what each gives, and the mistakes people make with them.

use crate::{check_chain, loaded};
use serde_json::{Value, json};
use windlass_core::{AiMessage, Cx, Exception, Merge, ToolCall, Val};

/// What the parser makes of a message, or the class of the exception, and how its pieces combine.
async fn ran(parser: &str, message: AiMessage) -> (Value, Merge) {
    let text = format!("chains:\n  k:\n    input: any\n    steps: [parser: {parser}]\n");
    let schema = windlass_loader::schema(&crate::fake::registry());
    jsonschema::validate(&schema, &crate::files::as_json(&text)).unwrap();
    let file = loaded(&text);
    let chain = file.endpoints[0].chain();
    let output = match chain.invoke(Val::from(message), &Cx::default()).await {
        Ok(output) => output.into(),
        Err(error) => json!(Exception::of(&error).class()),
    };
    (output, chain.merge())
}

async fn check(parser: &str, text: &str, expect: Value, merge: Merge) {
    assert_eq!(ran(parser, AiMessage::text(text)).await, (expect, merge), "{parser}");
}

#[tokio::test]
async fn text_is_read_as_the_parser_says() {
    check("text", "a", json!("a"), Merge::Append).await;
    check("json", "[1", json!([1]), Merge::Replace).await;
    check("{ json: { diff: true } }", "[1", json!([1]), Merge::Append).await;
    for parser in ["csv", "CommaSeparatedListOutputParser"] {
        check(parser, "a, \"b,c\"", json!(["a", "b,c"]), Merge::Append).await;
    }
    check("numbered_list", "1. a\n2. b", json!(["a", "b"]), Merge::Append).await;
    check("markdown_list", "- a\n* b", json!(["a", "b"]), Merge::Append).await;
    check("xml", "<a><b>1</b></a>", json!({"a": [{"b": "1"}]}), Merge::ByKey).await;
    check("{ xml: { tags: [a] } }", "<c>1</c>", json!({"c": "1"}), Merge::ByKey).await;
    check("xml", "no xml", json!("OutputParserException"), Merge::ByKey).await;
    check("functions", "no call", json!("OutputParserException"), Merge::Replace).await;
}

#[tokio::test]
async fn calls_are_given_as_the_options_say() {
    let args = json!({"x": 1}).as_object().unwrap().clone();
    let call = |name: &str| ToolCall { name: name.into(), args: args.clone(), id: Some("c".into()) };
    let tool_calls = vec![call("g"), call("f")];
    let call = json!({"name": "f", "arguments": "{\"x\": 2}"});
    let additional_kwargs = [("function_call".to_owned(), call)].into_iter().collect();
    let message = AiMessage { tool_calls, additional_kwargs, ..AiMessage::default() };
    for (parser, expect) in [
        ("tools", json!([{"args": {"x": 1}, "type": "g"}, {"args": {"x": 1}, "type": "f"}])),
        ("{ tools: { first: true, ids: true } }", json!({"args": {"x": 1}, "id": "c", "type": "g"})),
        ("{ tool: f }", json!([{"x": 1}])),
        ("{ tool: { name: f, first: true } }", json!({"x": 1})),
        ("{ tool: { name: h, first: true, strict: true } }", Value::Null),
        ("functions", json!({"x": 2})),
        ("{ functions: { args_only: false } }", json!({"name": "f", "arguments": {"x": 2}})),
        ("{ functions: { key: x } }", json!(2)),
        ("{ functions: { key: y, strict: true } }", json!("KeyError")),
        ("{ functions: { raw: true } }", json!("{\"x\": 2}")),
    ] {
        assert_eq!(ran(parser, message.clone()).await.0, expect, "{parser}");
    }
}

#[test]
fn mistakes() {
    let chain = |parser: &str| format!("input: string\nmodel: {{ openai: m }}\nparser: {parser}");
    let checks: [(&str, &[&str]); 10] = [
        (
            "tool",
            &["5:13 the parser `tool` needs the name of a tool | write `parser: { tool: get_weather }`"],
        ),
        ("numbered", &["5:13 `parser` cannot be `numbered`"]),
        ("{}", &["5:13 `parser` names no single parser | write one parser"]),
        ("{ tools: {}, json: {} }", &["5:13 `parser` names no single parser"]),
        ("{ tols: {} }", &["5:15 no parser with options is called `tols` | did you mean `tools`?"]),
        ("{ csv: {} }", &["5:15 no parser with options is called `csv` | write `parser: csv`"]),
        ("{ json: { dif: true } }", &["5:23 `json` has no key `dif` | did you mean `diff`?"]),
        ("{ xml: { tag: [a] } }", &["5:22 `xml` has no key `tag` | did you mean `tags`?"]),
        ("{ tools: { first: 1 } }", &["5:31 `first` must be true or false, not a number"]),
        ("{ tool: { first: true } }", &["5:15 `tool` has no `name` | write `tool: { name: get_weather }`"]),
    ];
    for (parser, expect) in checks {
        check_chain(&chain(parser), expect);
    }
}
