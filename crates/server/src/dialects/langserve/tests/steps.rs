//! Every kind of step in `stream_events`, beside what LangChain 1.7.2 told of the same chains.

use super::{
    chains::{spells, tool},
    object, told,
};
use crate::dialects::langserve::{events::EventsV2, runs::Filters};
use serde_json::{Map, Value, json};
use windlass_core::{
    Chain, ChatPromptTemplate, Cx, DynChain, Error, Fut, IntoChain, Lambda, LangChainJsonOutputParser,
    Result, RunInfo, Runnable, RunnableAssign, RunnableBinding, RunnableBranch, RunnableConfig,
    RunnableConfigurableAlternatives, RunnableEach, RunnableLambda, RunnableParallel, RunnablePassthrough,
    RunnablePick, RunnableRetry, RunnableWithFallbacks, StrOutputParser, Telling, Val, Vars,
};

type Passthrough = RunnablePassthrough<Val>;

fn ident() -> Lambda<impl Fn(Val, Cx, &'static str) -> Fut<Val>, Val, Val> {
    RunnableLambda::quick(Ok).named("ident")
}

fn boom() -> Lambda<impl Fn(Val, Cx, &'static str) -> Fut<Val>, Val, Val> {
    RunnableLambda::quick(|_: Val| -> Result<Val> { Err(Error::raised("boom", "ValueError", "no")) })
        .named("boom")
}

fn prompt() -> ChatPromptTemplate {
    ChatPromptTemplate::from_template("{q}").unwrap()
}

fn assign() -> RunnableAssign<Val> {
    RunnablePassthrough::assign(parallel("b", Passthrough::new()))
}

fn parallel(key: &str, branch: impl IntoChain<In = Val, Out = Val>) -> RunnableParallel<Val> {
    RunnableParallel::<Val>::new().branch(key, branch)
}

fn bound(step: impl IntoChain<In = Val, Out = Val>, config: Value) -> RunnableBinding<Val, Val> {
    let Value::Object(config) = config else { panic!("no object") };
    RunnableBinding::new(step).config(RunnableConfig::from_json(config).unwrap())
}

/// A function that invokes a chain in its run.
fn nested() -> impl Runnable<In = Val, Out = String> {
    let chain = prompt() | spells("ab") | StrOutputParser;
    let calls = RunnableLambda::with_cx(move |text: Val, cx: Cx| {
        let chain = chain.clone();
        async move { chain.invoke_in(Vars([("q".into(), text)].into_iter().collect()), cx.child()).await }
    });
    calls.named("nested")
}

/// A function that says something on the way.
fn says() -> impl IntoChain<In = Val, Out = Val> {
    RunnableLambda::with_cx(|val: Val, cx: Cx| async move {
        cx.custom("progress", Val::from(json!({"x": 1})));
        Ok(val)
    })
    .named("says")
}

/// A model of text that does not stream.
fn completes() -> Chain<Val, String> {
    let info = RunInfo::llm("FakeListLLM").telling(Telling::Whole);
    RunnableLambda::quick(|_: Val| Ok("ab".to_owned())).into_chain().told_as(info)
}

fn chain(case: &str) -> DynChain {
    let one = Val::from(json!(1));
    let is_one = RunnableLambda::quick(move |val: Val| Ok(Val::Bool(val == one)));
    let first = Passthrough::new();
    let config = json!({"run_name": "mine", "tags": ["b", "a"], "metadata": {"m": 1}});
    match case {
        "branch" => (first | RunnableBranch::new(boom()).branch(is_one, ident())).erase(),
        "fallback" => {
            (first | RunnableWithFallbacks::new(boom()).fallback(ident()) | Passthrough::new()).erase()
        }
        "retry" => (first | RunnableRetry::new(ident())).erase(),
        "retry_model" => (prompt() | RunnableRetry::new(spells("ab"))).erase(),
        "binding" => (first | bound(ident(), config) | Passthrough::new()).erase(),
        "bound_sequence" => {
            let config = json!({"run_name": "mine", "tags": ["b"]});
            (first | bound(ident() | Passthrough::new(), config)).erase()
        }
        "sequence_in_branch" => (first | parallel("a", ident() | Passthrough::new())).erase(),
        "pick" => (assign() | RunnablePick::<Vars>::one("a") | Passthrough::new()).erase(),
        "pick_some" => (assign() | RunnablePick::<Vars>::some(["a", "b"])).erase(),
        "each" => (first | RunnableEach::new(ident())).erase(),
        "nested" => nested().into_chain().erase(),
        "json" => (prompt() | spells("{\"a\": 1}") | LangChainJsonOutputParser::default()).erase(),
        "fails" => (first | boom() | Passthrough::new()).erase(),
        "prompt" => prompt().into_chain().erase(),
        "branch_fails" => parallel("a", boom()).into_chain().erase(),
        "alternatives" => {
            let models = RunnableConfigurableAlternatives::new("m", "default", spells("x"));
            (first | models.alternative("b", spells("y"))).erase()
        }
        "model_of_text" => (first | completes() | StrOutputParser::langchain()).erase(),
        "retriever" => (first | ident().into_chain().told_as(RunInfo::retriever("Retr"))).erase(),
        "tool_of_text" => (first | tool("t", Ok)).erase(),
        "custom_event" => (first | says()).erase(),
        _ => panic!("no chain for {case}"),
    }
}

/// Prompts and messages as their texts.
fn text(value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("additional_kwargs") => fields["content"].clone(),
        Value::Object(fields) if fields.get("messages").is_some_and(|messages| messages[0].is_object()) => {
            text(&fields["messages"])
        }
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        Value::Array(items) => items.iter().map(text).collect(),
        other => other.clone(),
    }
}

fn line(event: &Value) -> String {
    let depth = event["parent_ids"].as_array().unwrap().len();
    let own = |(key, _): &(&String, &Value)| !key.starts_with('l');
    let metadata = event["metadata"].as_object().unwrap().iter().filter(own);
    let metadata: Map<_, _> = metadata.map(|(key, value)| (key.clone(), value.clone())).collect();
    json!([depth, event["event"], event["name"], event["tags"], metadata, text(&event["data"])]).to_string()
}

/// In these, runs go on beside each other; LangChain's tasks take turns otherwise than ours.
const BESIDE_EACH_OTHER: [&str; 3] = ["pick", "pick_some", "each"];

#[tokio::test]
async fn steps_are_told_of_as_langchain_does() {
    let recorded = include_str!("../recorded/steps.jsonl").lines();
    for recorded in recorded.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let case = recorded["case"].as_str().unwrap();
        let follower = EventsV2::new(Filters::default(), object);
        let events = told(&chain(case), recorded["input"].clone(), RunnableConfig::default(), follower).await;
        let mut lines: Vec<_> = events.iter().map(line).collect();
        let mut expected: Vec<_> =
            recorded["told"].as_array().unwrap().iter().map(ToString::to_string).collect();
        if BESIDE_EACH_OTHER.contains(&case) {
            lines.sort();
            expected.sort();
        }
        assert_eq!(lines, expected, "{case}");
    }
}
