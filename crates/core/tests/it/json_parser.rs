//! `JsonOutputParser` against what LangChain's does with the same texts, and where Windlass differs.

use crate::support::{all, pieces, until_error};
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_core::{
    AiMessage, Chain, Cx, Error, IntoChain, JsonOutputParser, Merge, PromptValue, Result, RunnableLambda,
    Val, python,
};

/// A run recorded from Python.
#[derive(Deserialize)]
struct Recorded {
    id: String,
    mode: String,
    pieces: Vec<String>,
    #[serde(default, deserialize_with = "present")]
    output: Option<Value>,
    chunks: Option<Vec<Value>>,
    error: Option<RecordedError>,
    prompt: Option<String>,
}

#[derive(Deserialize)]
struct RecordedError {
    message: String,
    llm_output: String,
}

fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

const CASES: [&str; 3] = [
    include_str!("../fixtures/json_parser/json-parser-ext.json"),
    include_str!("../fixtures/json_parser/json-parser-stream-nasty-ext.json"),
    include_str!("../fixtures/json_parser/json-parser-invalid-ext.json"),
];

fn recorded(case: &str) -> Vec<Recorded> {
    serde_json::from_str(case).unwrap()
}

/// What Python has and JSON has not reads as null.
fn as_json(value: Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("__float__") => Value::Null,
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, as_json(value))).collect(),
        Value::Array(items) => items.into_iter().map(as_json).collect(),
        other => other,
    }
}

fn messages(texts: &[impl AsRef<str>]) -> windlass_core::Out<AiMessage> {
    pieces(texts.iter().map(|text| AiMessage::text(text.as_ref())))
}

fn langchain() -> Chain<AiMessage, Val> {
    JsonOutputParser::langchain().into_chain().takes()
}

async fn streamed(parser: &Chain<AiMessage, Val>, texts: &[impl AsRef<str>]) -> Vec<Value> {
    all(parser.transform_in(messages(texts), Cx::default())).await.into_iter().map(Value::from).collect()
}

async fn invoked(parser: &Chain<AiMessage, Val>, text: &str) -> Result<Value> {
    parser.invoke(AiMessage::text(text)).await.map(Value::from)
}

#[tokio::test]
async fn invoke_gives_what_langchain_gives() {
    let parser = langchain();
    for run in CASES.into_iter().flat_map(recorded).filter(|run| run.mode == "invoke") {
        let output = invoked(&parser, &run.pieces.concat()).await;
        match (run.output, run.error) {
            (Some(expect), _) => assert_eq!(output.unwrap(), as_json(expect), "{}", run.id),
            (None, Some(expect)) => {
                let Err(Error::Parse(error)) = output else { panic!("{}: {output:?}", run.id) };
                assert_eq!(error.message.lines().next(), expect.message.lines().next(), "{}", run.id);
                assert_eq!(error.llm_output, Some(expect.llm_output), "{}", run.id);
            }
            (None, None) => panic!("{} expects nothing", run.id),
        }
    }
}

#[tokio::test]
async fn stream_gives_what_langchain_gives() {
    let parser = langchain();
    for run in CASES.into_iter().flat_map(recorded).filter(|run| run.mode == "stream") {
        let expect: Vec<_> = run.chunks.unwrap().into_iter().map(as_json).collect();
        let chunks = streamed(&parser, &run.pieces).await;
        match run.id.as_str() {
            // Half a character, which Python shows, is U+FFFD.
            "s-uni" => {
                let [whole, half] = ["é🎉!", "é\u{fffd}"].map(|text| json!({"s": text}));
                assert_eq!(chunks, [json!({}), json!({"s": "é"}), half, json!({}), whole]);
            }
            id => assert_eq!(chunks, expect, "{id}"),
        }
    }
}

#[tokio::test]
async fn pieces_add_up_before_a_prompt_as_in_langchain_or_agree_with_invoke() {
    for run in recorded(include_str!("../fixtures/json_parser/json-then-prompt-ext.json")) {
        let show =
            RunnableLambda::quick(|val: Val| Ok(PromptValue::Text(format!("Use: {}", python::str(&val)))));
        let chain = langchain() | show;
        let expect = PromptValue::Text(run.prompt.unwrap());
        let whole = chain.invoke(AiMessage::text(run.pieces.concat())).await.unwrap();
        match run.mode.as_str() {
            "invoke" => assert_eq!(whole, expect, "{}", run.id),
            _ => {
                let show = RunnableLambda::quick(|val: Val| {
                    Ok(PromptValue::Text(format!("Use: {}", python::str(&val))))
                });
                let native = JsonOutputParser | show;
                assert_eq!(all(chain.transform_in(messages(&run.pieces), Cx::default())).await, [expect]);
                assert_eq!(all(native.transform_in(messages(&run.pieces), Cx::default())).await, [whole]);
            }
        }
    }
}

#[tokio::test]
async fn a_stream_of_no_json_ends_with_an_error() {
    let parser = JsonOutputParser.into_chain();
    assert_eq!(parser.merge(), Merge::Replace);
    for (texts, before) in [
        (vec!["not ", "json"], vec![]),
        (vec!["{\"a", "\" 1", "}"], vec![json!({})]),
        (vec![""], vec![]),
        (vec!["]]}}"], vec![]),
        (vec!["```json\n", "[1,", "x]```"], vec![json!([1])]),
    ] {
        let (chunks, error) = until_error(parser.transform_in(messages(&texts), Cx::default())).await;
        assert_eq!(chunks.into_iter().map(Value::from).collect::<Vec<_>>(), before, "{texts:?}");
        let Error::Parse(error) = error else { panic!("{error:?}") };
        let text = texts.concat().trim().to_owned();
        assert!(error.message.starts_with(&format!("Invalid json output: {text}\nFor troubleshooting")));
        assert_eq!(error.llm_output, Some(text));
        assert!(invoked(&parser, &texts.concat()).await.is_err());
    }
}

#[tokio::test]
async fn the_last_snapshot_is_the_whole_value() {
    let parser = JsonOutputParser.into_chain();
    assert_eq!(streamed(&parser, &["1", ".", "0", "0"]).await, [json!(1), json!(1.0)]);
    let python = langchain();
    assert_eq!(streamed(&python, &["1", ".", "0", "0"]).await, [json!(1)]);
}

#[tokio::test]
async fn fences_back_ticks_and_text_around_are_stripped() {
    let parser = JsonOutputParser.into_chain();
    for text in [
        "```json\n{\"a\": 1}\n```",
        "```\n{\"a\": 1}\n```",
        "Here you are:\n```json\n{\"a\": 1}\n```\nHope it {helps}",
        "Here [it] is: ``` {\"a\": 1} ``` and another: ```json\n{\"b\": 1}\n```",
        "`{\"a\": 1}`",
        "`{\"a\": 1`",
        "```json\n{\"a\": 1\n```\nI forgot the brace.",
        "  {\"a\": 1}\n\nThat is all.",
        "{\"a\": 1}```json\n{\"b\": 1}```",
    ] {
        assert_eq!(invoked(&parser, text).await.unwrap(), json!({"a": 1}), "{text}");
        for size in 1..8 {
            let chars: Vec<_> = text.chars().collect();
            let texts: Vec<String> = chars.chunks(size).map(|chars| chars.iter().collect()).collect();
            assert_eq!(streamed(&parser, &texts).await.last(), Some(&json!({"a": 1})), "{texts:?}");
        }
    }
    assert_eq!(
        invoked(&parser, r#"{"md": "```json\n[1]\n```"}"#).await.unwrap(),
        json!({"md": "```json\n[1]\n```"})
    );
    assert!(invoked(&parser, "```javascript\n[1]\n```").await.is_err());
}

#[tokio::test]
async fn no_snapshot_is_given_twice() {
    for parser in [JsonOutputParser.into_chain(), langchain()] {
        let texts = ["``", "` [\"\"\n``", "`", "\nDone."];
        assert_eq!(streamed(&parser, &texts).await, [json!([""])]);
        let texts = ["{\"a\": 1", " , ", "\"a\"", ": 1", "}", " ", "ok"];
        assert_eq!(streamed(&parser, &texts).await, [json!({"a": 1})]);
    }
}

#[tokio::test]
async fn langchain_cuts_broken_json_back_to_what_fits() {
    let python = langchain();
    let texts = ["{\"a\": [1, x", "]", ", \"b\": 2"];
    assert_eq!(streamed(&python, &texts).await, [json!({"a": [1]}), json!({})]);
    assert_eq!(invoked(&python, &texts.concat()).await.unwrap(), json!({}));
    assert_eq!(invoked(&python, "```json\n[1, -\n```").await.unwrap(), json!([1]));
    assert_eq!(invoked(&python, "[1}").await.unwrap(), Value::Null);
    assert!(invoked(&JsonOutputParser.into_chain(), &texts.concat()).await.is_err());
}

#[tokio::test]
async fn a_piece_costs_the_same_however_long_the_text_is() {
    let parser = langchain();
    let cx = || Cx::builder().buffer_limit(1 << 30).build();
    for piece in [" ", "x", "``", "\\"] {
        // Were anything read from the start again, this would take minutes.
        assert!(all(parser.transform_in(messages(&vec![piece; 100_000]), cx())).await.is_empty());
    }
}

#[tokio::test]
async fn null_is_a_value_but_never_a_piece() {
    let parser = JsonOutputParser.into_chain();
    assert_eq!(invoked(&parser, "null").await.unwrap(), Value::Null);
    assert!(streamed(&parser, &["nu", "ll"]).await.is_empty());
}

#[tokio::test]
async fn what_is_held_is_bounded_and_given_back() {
    let parser = JsonOutputParser.into_chain();
    let limit = 4096;
    for piece in ["\"0123456789\",", "[],"] {
        let texts: Vec<_> = std::iter::once("[").chain([piece; 1000]).collect();
        let cx = Cx::builder().buffer_limit(limit).build();
        let (_, error) = until_error(parser.transform_in(messages(&texts), cx.clone())).await;
        assert!(matches!(error, Error::BufferLimit { .. }), "{error:?}");
        assert!(cx.buffer().charge(limit).is_ok());
    }
}

#[tokio::test]
async fn an_error_of_the_model_passes_through() {
    let input = futures_util::stream::iter([Ok(AiMessage::text("[1")), Err(Error::step("model", "gone"))]);
    let parser = JsonOutputParser.into_chain();
    let (before, error) = until_error(parser.transform_in(Box::pin(input), Cx::default())).await;
    assert_eq!(before.len(), 1);
    assert!(matches!(error, Error::Step(_)));
}
