//! OpenAI's chat completions: models, conversations, and answers whole and in chunks.

mod outputs;
mod refusals;
mod tools;

use crate::{
    chains::{asked, directed, echo, pieces, step, tokens},
    client::{Answer, Ask, With, get, next_piece, post},
    harness::TestServer,
};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower_service::Service;
use windlass_core::{Endpoint, Val, messages_schema};
use windlass_server::{Server, Settings};

const RUN: &str = "0190a5b2-7c4e-7d3e-8a2b-1c2d3e4f5a6b";

/// A request that asks one thing.
pub(crate) fn chat(model: &str, text: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": text}]})
}

/// The same with more in its body.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("no object: {more}") };
    body.as_object_mut().unwrap().extend(more);
    body
}

pub(crate) fn complete(body: &Value) -> Ask {
    post("/v1/chat/completions", body).with("x-run-id", RUN)
}

/// The chunks of a stream that ended well.
#[track_caller]
pub(crate) fn chunks(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let text = answer.text();
    let chunks = text.strip_suffix("data: [DONE]\n\n").unwrap_or_else(|| panic!("no end: {text:?}"));
    let data = chunks.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// What the deltas of a stream say under a key.
pub(crate) fn said(answer: &Answer, key: &str) -> String {
    let chunks = chunks(answer);
    let deltas = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"][key].as_str());
    deltas.collect()
}

/// What OpenAPI says of requests.
async fn described(server: &TestServer) -> jsonschema::Validator {
    let document = server.get("/openapi.json").await.json();
    let path = "/paths/~1v1~1chat~1completions/post/requestBody/content/application~1json/schema";
    jsonschema::validator_for(document.pointer(path).unwrap()).unwrap()
}

#[tokio::test]
async fn models_are_the_chains_that_a_conversation_can_feed() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]});
    let closed = Endpoint::builder("sum", step(|_, _| pieces(["x"]))).input_schema(schema).build().unwrap();
    let server = TestServer::of([echo("ask"), echo("team/ask"), closed]).await;
    let list = server.send(get("/v1/models").with("x-run-id", RUN)).await;
    assert_eq!(list.header("x-request-id"), RUN);
    let list = list.json();
    assert_eq!(list["object"], "list");
    let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(ids, ["ask", "team/ask"]);
    for path in ["/v1/models/team/ask", "/v1/models/team%2Fask"] {
        let model = server.send(get(path).with("x-run-id", RUN)).await;
        assert_eq!(model.header("x-request-id"), RUN);
        let model = model.json();
        let created = model["created"].as_u64().unwrap();
        assert!(created > 1_700_000_000);
        let expect = json!({"id": "team/ask", "object": "model", "created": created, "owned_by": "windlass"});
        assert_eq!(model, expect);
    }
    let unknown = "there is no model `nope`; there is `ask`, `team/ask`";
    let unfed = "the chain `sum` cannot be used as a model: its input needs `a`, which is no text; its file can \
                 say how a conversation feeds it, with `openai: { input: ... }`; there is `ask`, `team/ask`";
    for (name, message) in [("nope", unknown), ("sum", unfed)] {
        let ask = get(&format!("/v1/models/{name}"));
        for answer in [server.send(ask).await, server.send(complete(&chat(name, "a"))).await] {
            assert_eq!(answer.failure(), (404, "model_not_found".into()));
            assert_eq!(answer.json()["error"]["message"], message);
            assert_eq!(answer.header("x-should-retry"), "false");
        }
    }
}

#[tokio::test]
async fn a_whole_answer_is_a_completion() {
    let server = TestServer::of([echo("ask")]).await;
    let more = json!({"temperature": 1, "n": 1, "stream": null, "tools": [], "user": "u", "unheard_of": {}});
    let answer = server.send(complete(&with(chat("ask", "Why not?"), more))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-request-id"), RUN);
    let body = answer.json();
    let expect = json!({
        "id": format!("chatcmpl-{RUN}"),
        "object": "chat.completion",
        "created": body["created"],
        "model": "ask",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": "Why not?", "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    });
    assert_eq!(body, expect);
    assert!(body["created"].as_u64().unwrap() > 1_700_000_000);
}

fn counting() -> Endpoint {
    let chain = step(|_, cx| {
        let pieces = ["", "a", "", "\u{2028}b"].map(|text| Ok(Val::from(text)));
        stream::iter(pieces).inspect(move |_| cx.emit(tokens())).boxed()
    });
    asked("count", chain).build().unwrap()
}

#[tokio::test]
async fn a_stream_is_byte_for_byte_what_the_sdks_check() {
    let server = TestServer::of([echo("ask")]).await;
    for (options, null, last) in [
        (json!({}), "", String::new()),
        (json!({"stream_options": {"include_usage": true}}), r#","usage":null"#, usage_chunk()),
    ] {
        let body = with(chat("ask", "a \u{2028}b"), json!({"stream": true}));
        let answer = server.send(complete(&with(body, options))).await;
        assert_eq!(answer.header("content-type"), "text/event-stream");
        assert_eq!(answer.header("cache-control"), "no-cache, no-transform");
        assert_eq!(answer.header("x-accel-buffering"), "no");
        assert_eq!(answer.header("x-request-id"), RUN);
        let deltas = [
            (r#"{"role":"assistant","content":""}"#, "null"),
            (r#"{"content":"a "}"#, "null"),
            (r#"{"content":"\u2028b"}"#, "null"),
            ("{}", r#""stop""#),
        ];
        let chunk = |(delta, finish)| {
            let choice = format!(r#"{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}"#);
            format!("data: {}\"choices\":[{choice}]{null}}}\n\n", start())
        };
        let expect = format!("{}{last}data: [DONE]\n\n", deltas.map(chunk).concat());
        let created = answer.text().split(r#""created":"#).nth(1).unwrap()[..10].to_string();
        assert_eq!(answer.text().replace(&created, "1700000000"), expect);
    }
}

fn start() -> String {
    format!(r#"{{"id":"chatcmpl-{RUN}","object":"chat.completion.chunk","created":1700000000,"model":"ask","#)
}

fn usage_chunk() -> String {
    let usage = r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#;
    format!("data: {}\"choices\":[],\"usage\":{usage}}}\n\n", start())
}

#[tokio::test]
async fn tokens_are_told_as_openai_counts_them() {
    let server = TestServer::of([counting()]).await;
    let whole = server.send(complete(&chat("count", "a"))).await.json();
    assert_eq!(whole["choices"][0]["message"]["content"], "a\u{2028}b");
    let more = json!({"stream": true, "stream_options": {"include_usage": true}});
    let streamed = server.send(complete(&with(chat("count", "a"), more))).await;
    assert_eq!(said(&streamed, "content"), "a\u{2028}b");
    let last = chunks(&streamed).pop().unwrap();
    for usage in [&whole["usage"], &last["usage"]] {
        let total = usage["total_tokens"].as_u64().unwrap();
        assert!(total >= 9 && total.is_multiple_of(9), "{usage}");
        assert_eq!(
            usage["prompt_tokens"].as_u64().unwrap() * 2,
            usage["completion_tokens"].as_u64().unwrap() * 7
        );
    }
}

#[tokio::test]
async fn the_body_decides_whether_it_is_a_stream_and_accept_never_does() {
    let server = TestServer::of([echo("ask")]).await;
    for accept in ["application/json", "*/*", "text/event-stream", "image/png"] {
        let whole = server.send(complete(&chat("ask", "a")).with("accept", accept)).await;
        assert_eq!(whole.header("content-type"), "application/json");
        let body = with(chat("ask", "a"), json!({"stream": true}));
        let streamed = server.send(complete(&body).with("accept", accept)).await;
        assert_eq!(said(&streamed, "content"), "a");
    }
}

#[tokio::test]
async fn a_conversation_reaches_the_chain_in_every_role() {
    let schema =
        json!({"type": "object", "properties": {"messages": messages_schema()}, "required": ["messages"]});
    let chain = step(|input, _| pieces([Value::from(input)["messages"].to_string()]));
    let endpoint = Endpoint::builder("talk", chain).input_schema(schema).build().unwrap();
    let server = TestServer::of([endpoint]).await;
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "sun", "arguments": "{\"at\": 1}"}});
    let broken = json!({"id": "c2", "type": "function", "function": {"name": "sun", "arguments": "{"}});
    let parts = json!([{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": "https://pics.example/1"}}]);
    let body = json!({"model": "talk", "messages": [
        {"role": "developer", "content": "Be kind."},
        {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "user", "content": parts, "name": "ann"},
        {"role": "assistant", "content": null, "tool_calls": [call, broken], "refusal": null},
        {"role": "tool", "tool_call_id": "c1", "content": "yes"},
        {"role": "assistant", "content": "It shines."},
    ]});
    assert!(described(&server).await.is_valid(&body));
    let answer = server.send(complete(&body)).await.json();
    let heard: Value =
        serde_json::from_str(answer["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(heard[0], json!({"type": "system", "content": "Be kind."}));
    assert_eq!(heard[1]["content"][0]["text"], "Be brief.");
    assert_eq!(heard[2], json!({"type": "human", "content": parts, "name": "ann"}));
    assert_eq!(heard[3]["tool_calls"], json!([{"name": "sun", "args": {"at": 1}, "id": "c1"}]));
    assert_eq!(heard[3]["invalid_tool_calls"][0]["args"], "{");
    assert_eq!(heard[4]["content"], "yes");
    assert_eq!(heard[4]["tool_call_id"], "c1");
    assert_eq!(heard[5], json!({"type": "ai", "content": "It shines."}));
}

#[tokio::test(start_paused = true)]
async fn silence_is_bridged_by_comments() {
    let (endpoint, mut desk) = directed("ask");
    let mut service = Server::new(vec![endpoint], Settings::default()).unwrap().service();
    let body = with(chat("ask", "a"), json!({"stream": true}));
    let (response, run) = tokio::join!(service.call(complete(&body)), desk.next());
    let mut body = response.unwrap().into_body();
    assert_eq!(next_piece(&mut body).await, ": keep-alive\n\n");
    run.say("a");
    assert!(next_piece(&mut body).await.contains(r#""delta":{"role":"assistant","content":""}"#));
    assert_eq!(next_piece(&mut body).await, ": keep-alive\n\n");
    drop(run);
    assert!(next_piece(&mut body).await.ends_with("data: [DONE]\n\n"));
    assert!(body.frame().await.is_none());
}
