//! What is sent, seen from the other side; and whole recorded answers.

use crate::{builder, calls, chat, hello, model, server::*};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use windlass_core::Cx;

#[tokio::test]
async fn a_request_is_the_one_python_sends() {
    let mut server = Server::start([json(200, include_str!("../fixtures/basic.json"))]).await;
    let cx = Cx::builder().traceparent(Some("00-ab-cd-01".into())).build();
    let model =
        chat(builder(&server).temperature(0.0).params(|params| params.organization = Some("org-1".into())));
    let kwargs = json!({"extra_headers": {"X-Extra": "e"}}).as_object().unwrap().clone();
    let message = model.generate(hello(), cx.clone().with_kwargs(kwargs)).await.unwrap();
    assert_eq!(message.content.to_text(), "Ahoy there, matey! Welcome aboard.");
    let seen = server.request().await;
    assert!(seen.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", seen.head);
    let body = r#"{"model":"gpt-4o-mini","stream":false,"messages":[{"content":"hi","role":"user"}],"temperature":0.0}"#;
    assert_eq!(seen.body, body);
    for (name, value) in [
        ("authorization", "Bearer sk-test"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("openai-organization", "org-1"),
        ("traceparent", "00-ab-cd-01"),
        ("x-extra", "e"),
    ] {
        assert_eq!(seen.header(name), Some(value));
    }
    let calls = calls(&cx);
    assert_eq!((calls.len(), calls[0].failure, calls[0].attempts), (1, None, 1));
    assert!(calls[0].head > std::time::Duration::ZERO && calls[0].waited >= calls[0].head / 2);
}

#[tokio::test]
async fn a_calls_own_headers_replace_no_key_and_redirect_nothing() {
    let mut server = Server::start([json(200, ANSWER)]).await;
    let extra = json!({
        "Authorization": "Bearer other", "HOST": "elsewhere.example", "content-length": "1",
        "Transfer-Encoding": "chunked", "Accept": "text/plain",
    });
    let kwargs = [("extra_headers".to_owned(), extra)].into_iter().collect();
    model(&server).generate(hello(), Cx::default().with_kwargs(kwargs)).await.unwrap();
    let seen = server.request().await;
    let length = seen.body.len().to_string();
    assert_eq!(seen.header("authorization"), Some("Bearer sk-test"));
    assert_eq!(seen.header("host"), server.url().split('/').nth(2));
    assert_eq!(seen.header("content-length"), Some(length.as_str()));
    assert_eq!(seen.header("transfer-encoding"), None);
    assert_eq!(seen.header("accept"), Some("text/plain"));
}

#[tokio::test]
async fn a_recorded_stream_comes_in_its_chunks_and_the_connection_is_used_again() {
    let recording = include_str!("../fixtures/basic.sse");
    let frames: Vec<_> = recording.split_inclusive("\n\n").collect();
    let mut server = Server::start([sse(frames.clone()), sse(frames).byte_by_byte()]).await;
    let model = model(&server);
    for _ in 0..3 {
        let cx = Cx::default();
        let texts: Vec<String> = model
            .clone()
            .stream(hello(), cx.clone())
            .map_ok(|chunk| chunk.content.into_text())
            .try_collect()
            .await
            .unwrap();
        assert_eq!(texts, ["", "Ahoy", " there", ",", " matey", "!", " Welcome", " aboard", ".", "", "", ""]);
        assert_eq!(server.request().await.connection, 0);
        assert_eq!(calls(&cx).len(), 1);
    }
}

#[tokio::test]
async fn streaming_is_chosen_by_parameters() {
    let server = Server::start([sse([ROLE, &word("a"), &word("b"), FINISH, DONE]), json(200, ANSWER)]).await;
    let streaming = chat(builder(&server).params(|params| params.streaming = Some(true)));
    assert_eq!(streaming.generate(hello(), Cx::default()).await.unwrap().content.to_text(), "ab");
    let whole = chat(builder(&server).params(|params| {
        params.disable_streaming = Some(windlass_providers::openai::DisableStreaming::Always);
    }));
    let chunks: Vec<_> = whole.stream(hello(), Cx::default()).collect().await;
    assert_eq!(chunks.len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll() {
    let server = Server::start([json(200, ANSWER)]).await;
    let cx = Cx::default();
    drop(model(&server).stream(hello(), cx.clone()));
    drop(model(&server).generate(hello(), cx.clone()));
    assert!(calls(&cx).is_empty() && server.waiting() == 0);
}

#[tokio::test]
async fn tools_that_a_client_brought_go_out_in_place_of_bound_ones() {
    let mut server = Server::start([json(200, ANSWER)]).await;
    let tools = json!([{"type": "function", "function": {"name": "sun", "parameters": {"type": "object"}}}]);
    let kwargs = json!({"tools": ["own"], "client_tools": {"tools": tools, "tool_choice": "auto"}});
    let cx = Cx::default().with_kwargs(kwargs.as_object().unwrap().clone());
    model(&server).generate(hello(), cx).await.unwrap();
    let sent: serde_json::Value = serde_json::from_str(&server.request().await.body).unwrap();
    assert_eq!((&sent["tools"], &sent["tool_choice"]), (&tools, &json!("auto")));
    assert_eq!(sent.get("client_tools"), None);
}
