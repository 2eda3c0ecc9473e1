//! One thing is changed, and the difference is found where it is.

use crate::replay::{Replay, case, run, verdict};
use windlass_conformance::{Difference, Json, Settings};

async fn changed(name: &str, id: &str, change: impl FnOnce(&mut Replay)) -> Option<Difference> {
    let case = case(name);
    let mut replay = Replay::of(run(&case, id));
    change(&mut replay);
    verdict(replay, &case, id, Settings::default()).await
}

async fn check(name: &str, id: &str, path: &str, change: impl FnOnce(&mut Replay)) {
    let difference = changed(name, id, change).await;
    assert_eq!(difference.map(|difference| difference.path).as_deref(), Some(path), "{name}/{id}");
}

async fn passes(name: &str, id: &str, change: impl FnOnce(&mut Replay)) {
    assert_eq!(changed(name, id, change).await, None, "{name}/{id}");
}

fn set(replay: &mut Replay, key: &str, text: &str) {
    let Json::Object(members) = &mut replay.result else { panic!("{}", replay.result) };
    members.insert(key.into(), Json::parse(text).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests() {
    let body = "request of exchange 0: body $.temperature";
    check("basic-chat-str", "invoke-1", body, |run| run.edit_body(0, ":0.0", ":0.5")).await;
    passes("basic-chat-str", "invoke-1", |run| run.edit_body(0, ":0.0", ":0")).await;
    check("basic-chat-str", "invoke-1", "request of exchange 0", |run| run.exchanges.clear()).await;
    let again = |run: &mut Replay| run.exchanges.push(run.exchanges[0].clone());
    check("basic-chat-str", "invoke-1", "request 2", again).await;
    let path = "request of exchange 0: path";
    check("basic-chat-str", "invoke-1", path, |run| run.exchanges[0].request.path.push('x')).await;
    check("two-llm-sequence", "invoke-1", "order of requests", |run| run.exchanges.reverse()).await;
    passes("parallel-two-llms", "invoke-1", |run| run.exchanges.reverse()).await;
    passes("itemgetter-ext", "missing-key", |run| run.exchanges.clear()).await;
    let key = "request of exchange 0: header authorization";
    let other =
        |run: &mut Replay| drop(run.exchanges[0].request.headers.insert("authorization".into(), "x".into()));
    check("load-secrets", "custom-id-set", key, other).await;
    let host = "request of exchange 0: host";
    let elsewhere = |run: &mut Replay| run.exchanges[0].request.host = Some("elsewhere.example".into());
    check("openai-custom-base-url", "invoke-1", host, elsewhere).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results() {
    check("basic-chat-str", "invoke-1", "$.output", |run| set(run, "output", "\"no\"")).await;
    check("basic-chat-str", "stream-1", "$.chunks[0]", |run| set(run, "chunks", "[]")).await;
    check("basic-chat-str", "stream-1", "$.aggregate", |run| set(run, "aggregate", "\"\"")).await;
    check("parallel-two-llms", "stream-1", "$.chunks_by_key.joke[1]", |run| run.edit_result("\"Ha\",", ""))
        .await;
    check("response-format-bind", "s-text", "$.aggregate", |run| {
        run.edit_result("42}\",\"com", "43}\",\"com")
    })
    .await;
    passes("response-format-bind", "s-text", |run| set(run, "chunks", "[]")).await;
    check("json-parser-ext", "num", "$.output", |run| set(run, "output", "42.0")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors() {
    let class = |run: &mut Replay| run.edit_result("\"OpenAIConnectionError\"", "\"OpenAITimeoutError\"");
    check("openai-midstream-cut", "after-two", "$.error.type", class).await;
    let message = |run: &mut Replay| run.edit_result("Connection error.", "Gone.");
    check("openai-midstream-cut", "after-two", "$.error.message", message).await;
    check("openai-midstream-cut", "after-two", "$.chunks[2]", |run| run.edit_result("world ", "world")).await;
    let unraised = |run: &mut Replay| run.result = Json::parse(r#"{"output": "ok"}"#).unwrap();
    check("openai-timeout", "timeout", "$.error", unraised).await;
    let raised = r#"{"error": {"type": "E", "mro": ["E"], "message": ""}}"#;
    check("basic-chat-str", "invoke-1", "$.error", |run| run.result = Json::parse(raised).unwrap()).await;
    let within = "$.outputs[3].__exception__.status_code";
    check("batch-errors-concurrency", "exceptions", within, |run| run.edit_result(":400}", ":401}")).await;
    let output = "$.error.llm_output";
    let llm_output = |run: &mut Replay| run.edit_result("\"llm_output\":\"not", "\"llm_output\":\"Not");
    check("json-parser-invalid-ext", "text", output, llm_output).await;
    passes("str-parser-edge", "int", |run| run.edit_result("1 validation error", "a number is no text"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_ids() {
    const ONE: &str = "lc_run--00000000-0000-4000-8000-000000000001";
    const OTHER: &str = "lc_run--019bd1c2-7e1a-7c01-9d2e-5a3bd1c27e1a";
    let renamed = |run: &mut Replay| {
        run.result = Json::parse(&run.result.to_string().replace(ONE, OTHER)).unwrap();
    };
    passes("basic-ai-message", "stream-1", renamed).await;
    check("basic-ai-message", "stream-1", "$.chunks[1].kwargs.id", |run| run.edit_result(ONE, OTHER)).await;
    passes("message-to-prompt", "prompt", |run| run.edit_body(1, ONE, OTHER)).await;
}
