//! Tools that clients of chat completions bring: who gets them, and whose calls go back.

use super::{RUN, chat, chunks, complete, with};
use crate::harness::TestServer;
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};
use windlass_core::{
    AiMessage, ChatModel, Cx, DynChain, Endpoint, Fut, IntoChain, Message, ModelIdentity, ModelStep, Out,
    gather, messages_schema,
};

/// The arguments and messages that a model was called with.
type Seen = Arc<Mutex<Vec<(Option<Map<String, Value>>, Vec<Message>)>>>;

/// A model that says what it is told to, and notes its arguments.
struct Scripted {
    identity: ModelIdentity,
    pieces: Value,
    seen: Seen,
}

impl ChatModel for Scripted {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Fut<AiMessage> {
        let pieces = self.stream(messages, cx.clone());
        Box::pin(async move { Ok(gather(pieces, cx).await?.unwrap_or_default().settle()) })
    }

    fn stream(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Out<AiMessage> {
        self.seen.lock().unwrap().push((cx.kwargs().cloned(), messages));
        let pieces: Vec<AiMessage> = serde_json::from_value(self.pieces.clone()).unwrap();
        stream::iter(pieces.into_iter().map(Ok)).boxed()
    }
}

fn model(pieces: &Value) -> (DynChain, Seen) {
    let seen = Seen::default();
    let identity = ModelIdentity { vendor: "fake".into(), model: "m".into() };
    let model = Scripted { identity, pieces: pieces.clone(), seen: seen.clone() };
    (ModelStep::new(model).into_chain().erase(), seen)
}

fn fragment(index: usize, id: Option<&str>, name: Option<&str>, args: &str) -> Value {
    json!({"content": "", "tool_call_chunks": [{"index": index, "id": id, "name": name, "args": args}]})
}

/// A model that looks for itself, then asks the client twice.
fn calls() -> Value {
    json!([
        {"content": "Let me see."},
        fragment(0, Some("c0"), Some("own"), ""),
        fragment(0, None, None, "{}"),
        fragment(1, Some("c1"), Some("sun"), ""),
        fragment(1, None, None, "{\"at\":"),
        fragment(1, None, None, "\"Bonn\"}"),
        fragment(2, Some("c2"), Some("rain"), "{}"),
        {"content": "", "response_metadata": {"finish_reason": "tool_calls"}},
    ])
}

fn tools() -> Value {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}});
    json!({"tools": [tool("sun"), tool("rain")], "tool_choice": "auto"})
}

fn passing(pieces: &Value) -> (Endpoint, Seen) {
    let (chain, seen) = model(pieces);
    let endpoint = Endpoint::builder("k", chain.with_client_tools()).input_schema(messages_schema());
    (endpoint.client_tools().build().unwrap(), seen)
}

#[tokio::test]
async fn calls_without_ids_get_some_because_clients_need_them() {
    let whole = |name: &str| json!({"content": "", "tool_calls": [{"name": name, "args": {}, "id": null}]});
    let fragments = [fragment(0, Some(""), Some("sun"), "{}"), fragment(1, None, Some("rain"), "{}")];
    for pieces in [json!(fragments), json!([whole("sun"), whole("own"), whole("rain")])] {
        let (endpoint, _) = passing(&pieces);
        let server = TestServer::of([endpoint]).await;
        let expect = [json!(format!("call_{RUN}_0")), json!(format!("call_{RUN}_1"))];
        let answer = server.send(complete(&with(chat("k", "a"), tools()))).await.json();
        let calls = answer["choices"][0]["message"]["tool_calls"].as_array().unwrap();
        assert_eq!(
            calls.iter().map(|call| &call["id"]).collect::<Vec<_>>(),
            expect.iter().collect::<Vec<_>>()
        );
        let body = with(with(chat("k", "a"), tools()), json!({"stream": true}));
        let chunks = chunks(&server.send(complete(&body)).await);
        let calls = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].get(0));
        assert_eq!(calls.map(|call| &call["id"]).collect::<Vec<_>>(), expect.iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_chain_that_passes_tools_on_gives_its_model_the_tools_and_the_client_the_calls() {
    let (endpoint, seen) = passing(&calls());
    let server = TestServer::of([endpoint]).await;
    let whole = server.send(complete(&with(chat("k", "a"), tools()))).await.json();
    let choice = &whole["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], "Let me see.");
    let call = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let expect = [call("c1", "sun", r#"{"at":"Bonn"}"#), call("c2", "rain", "{}")];
    assert_eq!(choice["message"]["tool_calls"], json!(expect));
    let body = with(with(chat("k", "a"), tools()), json!({"stream": true}));
    let chunks = chunks(&server.send(complete(&body)).await);
    let deltas: Vec<_> = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"]).collect();
    let begin = |index: usize, id: &str, name: &str, arguments: &str| {
        json!([with(call(id, name, arguments), json!({"index": index}))])
    };
    let go_on = |arguments: &str| json!([{"index": 0, "function": {"arguments": arguments}}]);
    let none = Value::Null;
    let expect = [
        none.clone(),
        none.clone(),
        begin(0, "c1", "sun", ""),
        go_on("{\"at\":"),
        go_on("\"Bonn\"}"),
        begin(1, "c2", "rain", "{}"),
        none,
    ];
    assert_eq!(deltas, expect.iter().collect::<Vec<_>>());
    assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "tool_calls");
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|(kwargs, _)| json!(kwargs) == json!({"client_tools": tools()})), "{seen:?}");
}

#[tokio::test]
async fn a_call_that_comes_whole_is_passed_on_in_a_stream() {
    let whole = json!([{"content": "", "tool_calls": [{"name": "sun", "args": {}, "id": "c1"}]}]);
    let (endpoint, _) = passing(&whole);
    let server = TestServer::of([endpoint]).await;
    let body = with(with(chat("k", "a"), tools()), json!({"stream": true}));
    let chunks = chunks(&server.send(complete(&body)).await);
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "sun", "arguments": "{}"}, "index": 0});
    assert_eq!(chunks[1]["choices"][0]["delta"]["tool_calls"], json!([call]));
    let answer = server.send(complete(&with(chat("k", "a"), tools()))).await.json();
    assert_eq!(answer["choices"][0]["message"]["content"], Value::Null);
}

#[tokio::test]
async fn without_the_clients_tools_or_the_chains_word_no_call_goes_back() {
    let (chain, unheard) = model(&calls());
    let closed = Endpoint::builder("k", chain.with_client_tools()).input_schema(messages_schema());
    let (open, heard) = passing(&calls());
    for (endpoint, more, seen) in [(closed.build().unwrap(), tools(), unheard), (open, json!({}), heard)] {
        let server = TestServer::of([endpoint]).await;
        for stream in [false, true] {
            let body = with(with(chat("k", "a"), more.clone()), json!({"stream": stream}));
            let answer = server.send(complete(&body)).await;
            assert!(answer.text().contains("Let me see."));
            assert!(!answer.text().contains("tool_calls"), "{}", answer.text());
            assert!(answer.text().contains(r#""finish_reason":"stop""#));
        }
        assert!(seen.lock().unwrap().iter().all(|(kwargs, _)| kwargs.is_none()));
    }
}

#[tokio::test]
async fn a_model_alone_gets_the_conversation() {
    let (chain, seen) = model(&json!([{"content": "Yes"}]));
    let server = TestServer::of([Endpoint::builder("k", chain).build().unwrap()]).await;
    let body = json!({"model": "k", "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Is it?"},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": "Really?"},
    ]});
    let answer = server.send(complete(&body)).await.json();
    assert_eq!(answer["choices"][0]["message"]["content"], "Yes");
    let messages = seen.lock().unwrap()[0].1.clone();
    let expect = [
        Message::system("Be kind."),
        Message::human("Is it?"),
        Message::ai("No."),
        Message::human("Really?"),
    ];
    assert_eq!(messages, expect);
}
