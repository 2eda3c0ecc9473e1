//! The parsers against what LangChain's do with the same pieces: recorded runs, and langchain-core 1.7.2 asked side by side.

use crate::support::{all, pieces};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_core::{
    AiMessage, Chunk, CommaSeparatedListOutputParser, Cx, DynChain, Error, IntoChain,
    JsonKeyOutputFunctionsParser, JsonOutputFunctionsParser, JsonOutputKeyToolsParser, JsonOutputParser,
    JsonOutputToolsParser, MarkdownListOutputParser, Merge, Message, ModelOutput, Number,
    NumberedListOutputParser, OutputFunctionsParser, ParseError, RunnableLambda, StrOutputParser, Val,
    XMLOutputParser, python,
};

const RECORDED: &str = include_str!("../fixtures/parsers/recorded.json");
const SIDE_BY_SIDE: &str = include_str!("../fixtures/parsers/side_by_side.json");

/// A run of a parser, and what Python gave.
#[derive(Deserialize)]
struct Case {
    id: String,
    parser: String,
    opts: Value,
    mode: String,
    pieces: Vec<Value>,
    #[serde(default)]
    output: Value,
    chunks: Option<Vec<Value>>,
    error: Option<Raised>,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Raised {
    class: String,
    message: String,
    llm_output: Option<String>,
}

impl From<ParseError> for Raised {
    fn from(error: ParseError) -> Self {
        Raised { class: error.class.into(), message: error.message, llm_output: error.llm_output }
    }
}

impl Case {
    fn flag(&self, name: &str, default: bool) -> bool {
        self.opts[name].as_bool().unwrap_or(default)
    }

    fn parser(&self) -> DynChain {
        let key = self.opts["key_name"].as_str().unwrap_or_default();
        let [first, ids, strict, diff] =
            ["first_tool_only", "return_id", "strict", "diff"].map(|name| self.flag(name, false));
        let args_only = self.flag("args_only", true);
        match self.parser.as_str() {
            "str" => StrOutputParser::langchain().into_chain().erase(),
            "json" => JsonOutputParser::langchain().diff(diff).into_chain().erase(),
            "csv" => CommaSeparatedListOutputParser.into_chain().erase(),
            "numbered" => NumberedListOutputParser.into_chain().erase(),
            "markdown" => MarkdownListOutputParser.into_chain().erase(),
            "xml" => XMLOutputParser::new().into_chain().erase(),
            "tools" => {
                let parser = JsonOutputToolsParser::new().first_tool_only(first).return_id(ids);
                parser.strict(strict).into_chain().erase()
            }
            "keytools" => {
                let parser = JsonOutputKeyToolsParser::new(key).first_tool_only(first).return_id(ids);
                parser.strict(strict).into_chain().erase()
            }
            "functions" => OutputFunctionsParser::new().args_only(args_only).into_chain().erase(),
            "jsonfunctions" => {
                let parser = JsonOutputFunctionsParser::new().args_only(args_only).strict(strict);
                parser.diff(diff).into_chain().erase()
            }
            "keyfunctions" => {
                let parser = JsonKeyOutputFunctionsParser::new(key).args_only(args_only).strict(strict);
                parser.into_chain().erase()
            }
            other => panic!("no parser is called {other}"),
        }
    }

    async fn check(&self) {
        let inputs: Vec<_> = self.pieces.iter().map(input).collect();
        let raised = if self.mode == "invoke" {
            match self.parser().invoke(inputs[0].clone(), &Cx::default()).await {
                Ok(output) => {
                    assert_eq!(show(output), self.output, "{}", self.id);
                    None
                }
                Err(error) => Some(error),
            }
        } else {
            let (chunks, error) = stream(&self.parser(), inputs).await;
            let chunks: Vec<_> = chunks.into_iter().map(show).collect();
            assert_eq!(Some(chunks), self.chunks, "{}", self.id);
            error
        };
        self.check_error(raised);
    }

    fn check_error(&self, error: Option<Error>) {
        let raised = error.map(|error| match error {
            Error::Parse(error) => Raised::from(*error),
            other => panic!("{}: {other:?}", self.id),
        });
        match (&raised, &self.error) {
            // Pydantic's words are its own, but for what they say first.
            (Some(raised), Some(expect)) if expect.class == "ValidationError" => {
                assert_eq!(raised.class, expect.class, "{}", self.id);
                assert_eq!(raised.message.lines().next(), expect.message.lines().next(), "{}", self.id);
            }
            _ => assert_eq!(raised, self.error, "{}", self.id),
        }
    }
}

async fn stream(parser: &DynChain, inputs: Vec<Val>) -> (Vec<Val>, Option<Error>) {
    let mut outputs = parser.chain().transform_in(pieces(inputs), Cx::default());
    let mut chunks = Vec::new();
    while let Some(output) = outputs.next().await {
        match output {
            Ok(chunk) => chunks.push(chunk),
            Err(error) => {
                assert!(outputs.next().await.is_none(), "nothing follows an error");
                return (chunks, Some(error));
            }
        }
    }
    (chunks, None)
}

fn input(piece: &Value) -> Val {
    match piece.get("type") {
        Some(_) => Val::from(serde_json::from_value::<Message>(piece.clone()).unwrap()),
        None => Val::from(piece.clone()),
    }
}

/// As the fixtures have it: what JSON cannot hold has a form of its own.
fn show(val: Val) -> Value {
    match val {
        Val::Number(Number::Float(float)) if !float.is_finite() => {
            json!({"__float__": python::str(&Val::from(float))})
        }
        Val::Number(number @ Number::Big(_)) => json!({"__big__": number.to_string()}),
        Val::List(items) => items.into_iter().map(show).collect(),
        Val::Dict(dict) | Val::AddDict(dict) => dict.into_iter().map(|(key, val)| (key, show(val))).collect(),
        other => other.into(),
    }
}

async fn check_all(cases: &str, at_least: usize) {
    let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
    assert!(cases.len() >= at_least);
    for case in &cases {
        case.check().await;
    }
}

#[tokio::test]
async fn recorded_runs_give_what_they_gave_in_langchain() {
    check_all(RECORDED, 80).await;
}

#[tokio::test]
async fn odd_texts_and_wrong_inputs_give_what_they_give_in_langchain() {
    check_all(SIDE_BY_SIDE, 350).await;
}

/// What the pieces come to: as our clients put them together, and as Python's `+` does.
async fn sums(parser: DynChain, inputs: Vec<Val>) -> [Value; 2] {
    let (chunks, _) = stream(&parser, inputs).await;
    let mut python = chunks.clone().into_iter();
    let first = python.next().unwrap();
    let sum = python.fold(first, |mut sum, chunk| {
        sum.merge(chunk);
        sum
    });
    let ours = if parser.merge() == Merge::Replace { chunks.last().cloned().unwrap() } else { sum.clone() };
    [ours, sum].map(Value::from)
}

#[tokio::test]
async fn pieces_come_to_the_whole_for_our_clients_and_to_pythons_sum() {
    let call = |args: &str| {
        input(&json!({"type": "ai", "content": "", "tool_call_chunks": [
        {"index": 0, "id": null, "name": (args == "{").then_some("f"), "args": args}]}))
    };
    let calls = || ["{", "\"a\": 1", "2}"].map(call).to_vec();
    let [one, twelve] = [json!({"args": {"a": 1}, "type": "f"}), json!({"args": {"a": 12}, "type": "f"})];
    let [ours, sum] = sums(JsonOutputToolsParser::new().into_chain().erase(), calls()).await;
    assert_eq!((ours, sum), (json!([twelve]), json!([{"args": {}, "type": "f"}, one, twelve])));
    let count = || {
        RunnableLambda::quick(|calls: Val| Ok(Val::from(python::repr(&calls).matches("type").count() as i64)))
    };
    let whole = JsonOutputToolsParser::new().into_chain() | count();
    let summed = JsonOutputToolsParser::new().langchain().into_chain() | count();
    for (chain, calls_seen) in [(whole, 1), (summed, 3)] {
        let chain = chain.erase();
        assert_eq!(stream(&chain, calls()).await.0, [Val::from(calls_seen)]);
    }

    let text = |texts: &[&str]| texts.iter().map(|text| Val::from(*text)).collect::<Vec<_>>();
    let xml = sums(XMLOutputParser::new().into_chain().erase(), text(&["<a><b>1</b>", "<b>2</b></a>"])).await;
    assert_eq!(xml, [json!({"a": [{"b": "1"}, {"b": "2"}]}), json!({"a": [{"b": "1"}, {"b": "2"}]})]);
    let json = sums(JsonOutputParser::langchain().into_chain().erase(), text(&["[1", ",2]"])).await;
    assert_eq!(json, [json!([1, 2]), json!([1, 1, 2])]);
    let patches =
        sums(JsonOutputParser::langchain().diff(true).into_chain().erase(), text(&["{", "}"])).await;
    assert_eq!(patches[0], patches[1]);
    let list = sums(CommaSeparatedListOutputParser.into_chain().erase(), text(&["a, b", ",c"])).await;
    assert_eq!(list, [json!(["a", "b", "c"]), json!(["a", "b", "c"])]);
}

#[tokio::test]
async fn reading_costs_the_same_however_the_text_is_cut() {
    let cases: [(&str, &str); 7] = [
        ("csv", "\ra"),
        ("csv", "word "),
        ("numbered", "1 . "),
        ("markdown", "-x "),
        ("xml", "<a b='"),
        ("xml", "<a><!--"),
        ("tools", "x"),
    ];
    for (parser, piece) in cases {
        let case = json!({"id": piece, "parser": parser, "opts": {}, "mode": "stream", "pieces": []});
        let parser = serde_json::from_value::<Case>(case).unwrap().parser();
        let piece = match piece {
            "x" => {
                json!({"type": "ai", "content": "", "tool_call_chunks": [{"index": 0, "id": "1", "name": "", "args": "\\"}]})
            }
            piece => json!(piece),
        };
        let cx = Cx::builder().buffer_limit(1 << 30).build();
        let inputs = pieces(vec![input(&piece); 30_000]);
        // Were anything read from the start again, this would take minutes.
        let read: Vec<_> = parser.chain().transform_in(inputs, cx).collect().await;
        assert!(read.len() < 3, "{read:?}");
    }
}

#[tokio::test]
async fn what_is_held_is_bounded() {
    for (parser, piece) in [("csv", "word "), ("numbered", "1. a "), ("xml", "<a>text"), ("json", "[\"a\",")]
    {
        let case = json!({"id": piece, "parser": parser, "opts": {}, "mode": "stream", "pieces": []});
        let parser = serde_json::from_value::<Case>(case).unwrap().parser();
        let cx = Cx::builder().buffer_limit(500).build();
        let mut outputs = parser.chain().transform_in(pieces(vec![Val::from(piece); 120]), cx);
        let mut last = None;
        while let Some(output) = outputs.next().await {
            last = Some(output);
        }
        assert!(matches!(last, Some(Err(Error::BufferLimit { .. }))), "{piece}: {last:?}");
    }
}

#[tokio::test]
async fn deep_xml_is_refused() {
    let parser = XMLOutputParser::new().into_chain();
    let Err(Error::Parse(error)) = parser.invoke(ModelOutput::from("<a>".repeat(200).as_str())).await else {
        panic!()
    };
    assert_eq!(error.class, "RecursionError");
}

#[tokio::test]
async fn xml_of_few_bytes_makes_no_large_names() {
    let text = format!("<r xmlns:n=\"{}\">{}</r>", "u".repeat(10_000), "<n:a/>".repeat(10_000));
    let parser = XMLOutputParser::new().into_chain();
    let Err(Error::Parse(error)) = parser.invoke(ModelOutput::from(text.as_str())).await else { panic!() };
    assert_eq!(error.class, "MemoryError");
    let given: Vec<_> =
        parser.transform_in(pieces([ModelOutput::from(text.as_str())]), Cx::default()).collect().await;
    assert!(matches!(given.last(), Some(Err(Error::Parse(_)))));
}

#[tokio::test]
async fn steps_of_text_and_messages_feed_parsers() {
    let list = StrOutputParser.into_chain() | NumberedListOutputParser;
    let texts = ["1. a\n2", ". b"].map(AiMessage::text);
    assert_eq!(all(list.transform_in(pieces(texts), Cx::default())).await, [["a"], ["b"]]);
}

#[test]
fn xml_instructions_are_langchains() {
    let parser = XMLOutputParser::new().tags(["a", "b"]);
    let text = parser.format_instructions();
    assert!(text.starts_with("The output should be formatted as a XML file.\n1. Output"));
    assert!(text.ends_with("Here are the output tags:\n```\n['a', 'b']\n```"));
}
