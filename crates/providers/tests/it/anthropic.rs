//! Anthropic's models against recorded bytes and against what goes wrong on the way.

use crate::{calls, hello, of_step, server::*};
use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_core::{AiMessage, ChatModel, Cx, Error, Exception, Message, ModelErrorKind};
use windlass_providers::{Anthropic, HttpPool, anthropic::AnthropicBuilder};

macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("../fixtures/anthropic/", $name))
    };
}

fn builder(server: &Server, model: &str) -> AnthropicBuilder {
    let base = server.url().replace("/v1", "");
    Anthropic::model(model).api_key("sk-ant-test").base_url(base).max_retries(0).pool(HttpPool::default())
}

fn chat(builder: AnthropicBuilder) -> Arc<dyn ChatModel> {
    of_step(builder.build().unwrap())
}

fn frames(recording: &str) -> Answer {
    sse(recording.split_inclusive("\n\n"))
}

fn bound(kwargs: Value) -> Cx {
    Cx::default().with_kwargs(serde_json::from_value::<Map<String, Value>>(kwargs).unwrap())
}

async fn streamed(model: Arc<dyn ChatModel>, messages: Vec<Message>, cx: Cx) -> Vec<AiMessage> {
    model.stream(messages, cx).try_collect().await.unwrap()
}

#[tokio::test]
async fn all_parameters_go_out_byte_for_byte_as_python_sends_them() {
    let recording = recorded!("all-params.sse");
    let mut server = Server::start([frames(recording), frames(recording).byte_by_byte()]).await;
    let model = builder(&server, "claude-3-5-haiku-20241022").max_tokens(256).temperature(0.5);
    let model = chat(model.stop(["\n\nHuman:"]).params(|params| {
        (params.top_k, params.top_p) = (Some(5), Some(0.8));
        params.model_kwargs.insert("service_tier".into(), "auto".into());
        params.default_headers.insert("X-Team".into(), "corpus".into());
    }));
    for _ in 0..2 {
        let cx = Cx::default();
        let chunks = streamed(model.clone(), hello(), cx.clone()).await;
        let texts: Vec<_> = chunks.iter().map(|chunk| chunk.content.to_text()).collect();
        assert_eq!(texts, ["", "ok", ""]);
        let seen = server.request().await;
        assert!(seen.head.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{}", seen.head);
        assert_eq!(seen.body, recorded!("all-params.request.json"));
        for (name, value) in [
            ("authorization", "Bearer sk-ant-test"),
            ("anthropic-version", "2026-10-21"),
            ("content-type", "application/json"),
            ("x-team", "corpus"),
        ] {
            assert_eq!(seen.header(name), Some(value));
        }
        assert_eq!((seen.header("anthropic-beta"), seen.connection), (None, 0));
        let calls = calls(&cx);
        assert_eq!((calls.len(), calls[0].failure, calls[0].vendor.as_ref()), (1, None, "anthropic"));
    }
}

#[tokio::test]
async fn calls_of_tools_come_in_pieces() {
    let mut server = Server::start([frames(recorded!("tools.sse"))]).await;
    let request = recorded!("tools.request.json");
    let tools = serde_json::from_str::<Value>(request).unwrap()["tools"].take();
    let model = chat(builder(&server, "claude-sonnet-4-5-20250929").max_tokens(1024));
    let chunks = streamed(model, vec![Message::human("x")], bound(json!({"tools": tools}))).await;
    assert_eq!(server.request().await.body, request);
    let pieces: Vec<_> = chunks.iter().flat_map(|chunk| &chunk.tool_call_chunks).collect();
    let args: String = pieces
        .iter()
        .filter(|piece| piece.index == Some(1))
        .filter_map(|piece| piece.args.as_deref())
        .collect();
    assert_eq!(args, r#"{"city": "Zürich", "n": [1, 2.5, null]}"#);
    let ids: Vec<_> = pieces.iter().filter_map(|piece| piece.id.as_deref()).collect();
    assert_eq!(ids, ["toolu_01", "toolu_02"]);
}

#[tokio::test]
async fn thoughts_and_features_in_test() {
    let mut server = Server::start([frames(recorded!("thinking.sse"))]).await;
    let thinking = json!({"type": "enabled", "budget_tokens": 1024}).as_object().cloned();
    let model = chat(builder(&server, "claude-sonnet-4-20250514").max_tokens(2048).params(|params| {
        params.thinking = thinking;
        params.betas = Some(vec!["token-efficient-tools-2025-02-19".into()]);
    }));
    let chunks = streamed(model, vec![Message::human("2+2")], Cx::default()).await;
    let seen = server.request().await;
    assert_eq!(seen.body, recorded!("thinking.request.json"));
    assert_eq!(seen.header("anthropic-beta"), Some("token-efficient-tools-2025-02-19"));
    let expect = json!([{"estimated_tokens": null, "thinking": "Two pl", "type": "thinking", "index": 0}]);
    assert_eq!(json!(chunks[1].content), expect);
    let text: String = chunks.iter().map(|chunk| chunk.content.to_text().into_owned()).collect();
    assert_eq!(text, "It is four.");
}

async fn failed(answer: Answer, stream: bool) -> Exception {
    let server = Server::start([answer]).await;
    let model = chat(builder(&server, "claude-sonnet-4-5"));
    let error = if stream {
        model.stream(hello(), Cx::default()).try_collect::<Vec<_>>().await.unwrap_err()
    } else {
        model.generate(hello(), Cx::default()).await.unwrap_err()
    };
    assert!(!format!("{error} {error:?}").contains("Ann"));
    Exception::of(&error)
}

#[tokio::test]
async fn failures_are_pythons_exceptions() {
    let body =
        r#"{"type":"error","error":{"type":"t","message":"Ann's prompt is too long"},"request_id":"r"}"#;
    let dict = r#"{'type': 'error', 'error': {'type': 't', 'message': "Ann's prompt is too long"}, 'request_id': 'r'}"#;
    for (status, class) in [
        (400, "AnthropicContextOverflowError"),
        (401, "AnthropicAuthenticationError"),
        (403, "AnthropicPermissionDeniedError"),
        (404, "AnthropicModelNotFoundError"),
        (413, "ContentTooLargeError"),
        (429, "AnthropicRateLimitError"),
        (500, "AnthropicAPIError"),
        (529, "AnthropicOverloadedError"),
    ] {
        for stream in [false, true] {
            let exception = failed(plain(status, "application/json", body), stream).await;
            assert_eq!(
                (exception.class(), exception.text.clone()),
                (class, format!("Error code: {status} - {dict}"))
            );
        }
    }
    let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n";
    let told = format!("event: error\ndata: {body}\n\n");
    let exception = failed(sse([start, &told]), true).await;
    assert_eq!((exception.class(), exception.text.as_str()), ("APIStatusError", dict));
    assert_eq!(failed(sse([start]).cut(), true).await.class(), "RemoteProtocolError");
}

#[tokio::test]
async fn an_overloaded_service_is_asked_again_with_the_same_request() {
    let busy = || with_headers(529, "content-type: application/json\r\nretry-after-ms: 1\r\n", b"{}");
    let mut server = Server::start([busy(), busy(), frames(recorded!("all-params.sse"))]).await;
    let model = chat(builder(&server, "claude-sonnet-4-5").max_retries(2));
    let cx = Cx::default();
    assert_eq!(streamed(model, hello(), cx.clone()).await.len(), 3);
    let bodies = [server.request().await.body, server.request().await.body, server.request().await.body];
    assert!(bodies[0] == bodies[1] && bodies[1] == bodies[2]);
    assert_eq!(calls(&cx)[0].attempts, 3);
}

#[tokio::test]
async fn what_cannot_be_sent_is_not() {
    let server = Server::start([json(200, "{}")]).await;
    let model = chat(builder(&server, "claude-sonnet-4-5"));
    let messages = vec![Message::system("a"), Message::human("b"), Message::system("c"), Message::human("d")];
    let error = model.clone().generate(messages, Cx::default()).await.unwrap_err();
    let exception = Exception::of(&error);
    let text = "Received multiple non-consecutive system messages.";
    assert_eq!((exception.class(), exception.text.as_str()), ("ValueError", text));
    let error = model.generate(hello(), bound(json!({"foo": 1}))).await.unwrap_err();
    assert_eq!(Exception::of(&error).class(), "TypeError");
    assert!(matches!(error, Error::Model(error) if error.kind == ModelErrorKind::InvalidRequest));
    assert_eq!(server.waiting(), 0);
}

#[tokio::test]
async fn tools_that_a_client_brought_go_out_in_the_vendors_form() {
    let mut server = Server::start([json(200, crate::server::ANSWER)]).await;
    let tool = json!({"type": "function", "function": {"name": "sun", "parameters": {"type": "object"}}});
    let brought =
        json!({"client_tools": {"tools": [tool], "tool_choice": "required"}, "tools": ["own"], "top_k": 3});
    let _ = chat(builder(&server, "claude-3-5-haiku-20241022")).generate(hello(), bound(brought)).await;
    let sent: Value = serde_json::from_str(&server.request().await.body).unwrap();
    assert_eq!(sent["tools"], json!([{"name": "sun", "input_schema": {"type": "object"}}]));
    assert_eq!((&sent["tool_choice"], &sent["top_k"]), (&json!({"type": "any"}), &json!(3)));
    assert_eq!(sent.get("client_tools"), None);
}
