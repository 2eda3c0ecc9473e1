//! Runs of real chains, told of as the real LangServe told of the same ones.

mod chains;
mod steps;

use super::{
    events::{EventsV1, EventsV2},
    log::StreamLog,
    runs::{Filters, Follow},
};
use chains::{
    completes, jokes, model_fails, nested_tool_call, recovers, retriever, says_something, shows_config, tool,
    tool_stream, two_models,
};
use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use windlass_core::{Cx, DynChain, EventKind, RunnableConfig, Val, Wants, dumpd, run};

/// Messages and prompts as LangServe writes them.
fn object(val: &Val) -> Value {
    match val {
        Val::List(items) => items.iter().map(object).collect(),
        Val::Dict(dict) | Val::AddDict(dict) => {
            Value::Object(dict.iter().map(|(key, val)| (key.clone(), object(val))).collect())
        }
        Val::Prompt(prompt) => {
            let messages = prompt.clone().into_messages().into_iter();
            json!({"messages": messages.map(|message| object(&Val::from(message))).collect::<Vec<_>>()})
        }
        Val::Message(_) => message(val),
        other => other.clone().into(),
    }
}

fn message(val: &Val) -> Value {
    let kwargs = Value::from(dumpd(val.clone()))["kwargs"].clone();
    let mut full = json!({"additional_kwargs": {}, "response_metadata": {}, "name": null, "id": null});
    let more = match kwargs["type"].as_str() {
        Some("AIMessageChunk") => {
            json!({"tool_calls": [], "invalid_tool_calls": [], "usage_metadata": null,
                "tool_call_chunks": [], "chunk_position": null})
        }
        Some("tool") => json!({"artifact": null}),
        _ => json!({}),
    };
    for fields in [more, kwargs] {
        full.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    }
    full
}

/// What LangServe adds to a run's metadata.
fn internal(endpoint: &str) -> Map<String, Value> {
    let metadata = json!({
        "__useragent": "raw-capture/1", "__langserve_version": "0.3.3", "__langserve_endpoint": endpoint,
    });
    metadata.as_object().unwrap().clone()
}

/// Runs the chain and gives what the follower makes of it.
async fn told(
    chain: &DynChain,
    input: Value,
    config: RunnableConfig,
    mut follower: impl Follow,
) -> Vec<Value> {
    let cx = Cx::builder().wants(Wants::Steps).config(config).build();
    let mut events = run(chain, Val::from(input), &cx);
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        told.extend(match event.kind {
            EventKind::Chunk(piece) if event.parent.is_none() => follower.piece(piece),
            EventKind::End { output, .. } if event.parent.is_none() => follower.end(output),
            EventKind::Error(_) if event.parent.is_none() => None,
            _ => follower.step(event),
        });
    }
    told
}

/// The objects as lines with sorted keys, runs by number and without times.
fn lines(told: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut runs = Vec::new();
    let sorted = told.into_iter().map(|mut value| {
        value.sort_all_objects();
        value.to_string()
    });
    sorted.map(|line| numbered(&timeless(&line), &mut runs)).collect()
}

fn numbered(line: &str, runs: &mut Vec<String>) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        match rest.get(..36).filter(|id| uuid::Uuid::try_parse(id).is_ok()) {
            Some(id) => {
                let number = runs.iter().position(|known| known == id).unwrap_or_else(|| {
                    runs.push(id.into());
                    runs.len() - 1
                });
                text += &format!("run{number}");
                rest = &rest[36..];
            }
            None => {
                text.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    text
}

/// The line with all times of a log alike.
fn timeless(line: &str) -> String {
    let parts: Vec<_> =
        line.split('"').map(|part| if part.ends_with("+00:00") { "time" } else { part }).collect();
    parts.join("\"")
}

fn recorded(name: &str) -> Vec<String> {
    let path = format!("{}/src/dialects/langserve/recorded/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    lines(text.lines().map(|line| serde_json::from_str(line).unwrap()))
}

#[track_caller]
fn compare(name: &str, told: Vec<Value>) {
    let (told, recorded) = (lines(told), recorded(name));
    let first = told.iter().zip(&recorded).find(|(told, recorded)| told != recorded);
    assert_eq!(first, None, "{name}");
    assert_eq!(told.len(), recorded.len(), "{name}: {told:#?}");
}

fn named(name: &str) -> RunnableConfig {
    RunnableConfig { run_name: Some(name.into()), ..Default::default() }
}

fn logged(name: &str) -> RunnableConfig {
    RunnableConfig { metadata: internal("stream_log"), ..named(name) }
}

fn only(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().copied().map(String::from).collect())
}

#[tokio::test]
async fn events_are_those_of_the_real_one() {
    let check = async |recording: &str, chain: DynChain, run_name: &str, input: Value| {
        let follower = EventsV2::new(Filters::default(), object);
        compare(recording, told(&chain, input, named(run_name), follower).await);
    };
    check("events-model-fails", model_fails(), "/modelfail", json!({"topic": "x"})).await;
    check("events-nested-toolcall", nested_tool_call(), "/toolcall", json!(21)).await;
    check("events-custom-event", says_something(), "/customevent", json!("x")).await;
    check("events-toolstream", tool_stream(), "/toolstream", json!("x")).await;
    let add = tool("add", |_| Ok(Val::from(2))).erase();
    check("events-tool", add, "/tool", json!({"a": 1, "b": 2})).await;
    check("events-retriever", retriever(), "/retriever", json!("x")).await;
    check("events-llm", completes(), "/sllm", json!("x")).await;
}

#[tokio::test]
async fn the_servers_own_metadata_is_not_told_of() {
    let mut metadata: Map<_, _> = [("m".to_owned(), json!(1))].into_iter().collect();
    metadata.extend(internal("stream_events"));
    let config = RunnableConfig { tags: vec!["t".into()], metadata, ..named("/showcfg_all") };
    let follower = EventsV2::new(Filters::default(), object);
    compare("events-metadata-tags", told(&shows_config(), json!(1), config, follower).await);
}

#[tokio::test]
async fn the_first_event_that_the_client_wants_says_the_input() {
    let filters = Filters { include_tags: only(&["seq:step:1"]), ..Filters::default() };
    let follower = EventsV2::new(filters, object);
    compare("events-include-tags", told(&jokes(), json!({"topic": "cats"}), named("/chain"), follower).await);
}

#[tokio::test]
async fn events_of_version_1_are_those_of_the_real_one() {
    let follower = EventsV1::new(Filters::default(), object);
    let input = json!({"topic": "cats"});
    compare("events-chain-v1", told(&jokes(), input, named("/events_v1"), follower).await);
}

#[tokio::test]
async fn logs_are_those_of_the_real_one() {
    let check = async |recording: &str, chain: DynChain, run_name: &str, input: Value| {
        let follower = StreamLog::new(Filters::default(), object);
        compare(recording, told(&chain, input, logged(run_name), follower).await);
    };
    check("log-model-fails", model_fails(), "/modelfail", json!({"topic": "x"})).await;
    check("log-tool-error-recovered", recovers(), "/recover", json!({"a": 1})).await;
    check("log-nested-toolcall", nested_tool_call(), "/toolcall", json!(21)).await;
    check("log-retriever", retriever(), "/retriever", json!("x")).await;
    check("log-toolstream", tool_stream(), "/toolstream", json!("x")).await;
    let filters = Filters { include_names: only(&["StrOutputParser"]), ..Filters::default() };
    let follower = StreamLog::new(filters, object);
    let input = json!({"topic": "cats"});
    compare("log-include-names", told(&jokes(), input, logged("/chain"), follower).await);
}

/// Runs beside each other take turns as they come; each by itself is as in the recording.
#[tokio::test]
async fn runs_beside_each_other_are_those_of_the_real_one() {
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let input = json!({"topic": "c"});
    let events = EventsV2::new(Filters::default(), object);
    let events = told(&two_models(), input.clone(), named("/dup"), events).await;
    assert_eq!(sorted(lines(events)), sorted(recorded("events-dup-names")));
    let log = StreamLog::new(Filters::default(), object);
    let log = told(&two_models(), input, logged("/dup"), log).await;
    assert_eq!(sorted(lines(log)), sorted(recorded("log-dup-names")));
}

/// The real one's stream breaks here, though the chain goes on.
#[tokio::test]
async fn a_tools_failure_is_told_of_without_its_secrets() {
    let follower = EventsV2::new(Filters::default(), object);
    let told = told(&recovers(), json!({"a": 1}), named("/recover"), follower).await;
    let error = told.iter().find(|event| event["event"] == "on_tool_error").unwrap();
    assert_eq!(error["data"]["error"], "the step `bad` failed");
    assert_eq!(error["data"]["input"], json!({"a": 1}));
    let whole = serde_json::to_string(&told).unwrap();
    assert!(!whole.contains("secret"), "{whole}");
    let (start, rest) = (recorded("events-tool-error-recovered"), lines(told));
    assert_eq!(rest[..start.len()], start);
    assert!(rest.last().unwrap().contains("recovered"));
}
