//! What a stream keeps of its run until the end: it counts against the run's buffer limit, in every dialect.

use crate::{
    chains::{pieces, step},
    client::{Ask, post},
    harness::TestServer,
};
use serde_json::{Value, json};
use windlass_core::{AiMessage, ByteCount, Dict, Endpoint, ToolCallChunk, Val, messages_schema};

/// A chain whose pieces hold far more together than a run may.
fn large(piece: impl Fn() -> Val + Send + Sync + 'static) -> Endpoint {
    let chain = step(move |_, _| pieces((0..1000).map(|_| piece())));
    Endpoint::builder("ask", chain).input_schema(messages_schema()).build().unwrap()
}

#[track_caller]
fn check(piece: impl Fn() -> Val + Send + Sync + 'static, ask: Ask, expect: u16) -> impl Future<Output = ()> {
    let endpoint = large(piece);
    async move {
        let server =
            TestServer::with([endpoint], |settings| settings.limits.buffered_per_run = ByteCount(1024)).await;
        let answer = server.send(ask).await;
        let text = answer.text();
        assert_eq!(answer.status, expect, "{text}");
        assert!(
            text.contains("hold more than 1024 bytes") || text.contains("Internal Server Error"),
            "{text}"
        );
        assert!(!["\"finish\"", "\"end\"", "event: end"].iter().any(|end| text.contains(end)), "{text}");
        server.idle().await;
    }
}

/// One of two texts of an object, which can only be shown whole.
fn field() -> Val {
    Val::AddDict(
        [("answer", "0123456789"), ("tone", "a")]
            .map(|(key, text)| (key.into(), text.into()))
            .into_iter()
            .collect::<Dict>(),
    )
}

/// A piece of a call of a tool.
fn call() -> Val {
    let chunk = ToolCallChunk { index: Some(0), args: Some("0123456789".into()), ..ToolCallChunk::default() };
    AiMessage { tool_call_chunks: vec![chunk], ..AiMessage::default() }.into()
}

fn said() -> Value {
    json!([{"role": "user", "content": "a"}])
}

#[tokio::test]
async fn outputs_that_are_kept_whole_are_bounded() {
    let chat = json!({"model": "ask", "messages": said(), "stream": true});
    check(field, post("/v1/chat/completions", &chat), 500).await;
    check(field, post("/ui/ask/chat", &json!({"messages": said()})), 500).await;
    check(call, post("/ui/ask/chat", &json!({"messages": said()})), 500).await;
    check(|| "0123456789".into(), post("/ask/stream?final=true", &said()), 200).await;
    check(|| "0123456789".into(), post("/ask/stream?events=true", &said()), 200).await;
    let input = json!({"input": said()});
    check(|| "0123456789".into(), post("/langserve/ask/stream_log", &input), 200).await;
}
