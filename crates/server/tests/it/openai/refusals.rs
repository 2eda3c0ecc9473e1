//! What chat completions refuse, and how failures look.

use super::{RUN, chat, complete, described, with};
use crate::{
    chains::{echo, failing, pieces, step},
    client::{With, get, post, post_text},
    harness::TestServer,
};
use serde_json::{Value, json};
use windlass_core::{Endpoint, Error, ModelError, ModelErrorKind, Phase};

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let server = TestServer::of([echo("ask")]).await;
    let described = described(&server).await;
    assert!(described.is_valid(&chat("ask", "a")));
    let user = json!({"role": "user", "content": "a"});
    let ask = |messages: Value| json!({"model": "ask", "messages": messages});
    for (body, status, param) in [
        (json!([]), 422, json!(null)),
        (json!({"messages": [user]}), 422, json!("model")),
        (json!({"model": "ask"}), 422, json!("messages")),
        (ask(json!([])), 422, json!("messages")),
        (ask(json!("hi")), 422, json!("messages")),
        (ask(json!([user, 1])), 422, json!("messages[1]")),
        (ask(json!([{"role": "who", "content": "a"}])), 422, json!("messages[0].role")),
        (ask(json!([{"role": "user"}])), 422, json!("messages[0].content")),
        (ask(json!([{"role": "user", "content": [1]}])), 422, json!("messages[0].content[0]")),
        (ask(json!([{"role": "user", "content": [{"type": "text"}]}])), 422, json!("messages[0].content[0]")),
        (ask(json!([{"role": "tool", "content": "a"}])), 422, json!("messages[0].tool_call_id")),
        (ask(json!([{"role": "assistant", "tool_calls": [{}]}])), 422, json!("messages[0].tool_calls[0]")),
        (ask(json!([{"role": "system", "content": "a"}])), 422, json!("messages")),
        (with(chat("ask", "a"), json!({"stream": "yes"})), 422, json!("stream")),
        (with(chat("ask", "a"), json!({"tools": [{"type": "function"}]})), 422, json!("tools[0]")),
        (with(chat("ask", "a"), json!({"n": 2})), 400, json!("n")),
    ] {
        assert!(!described.is_valid(&body), "{body}");
        let answer = server.send(complete(&body)).await;
        let error = &answer.json()["error"];
        assert_eq!((answer.status.as_u16(), &error["param"]), (status, &param), "{body}: {error}");
        assert_eq!(error["type"], "invalid_request_error");
        assert_eq!(answer.header("x-should-retry"), "false");
        assert_eq!(answer.header("x-request-id"), RUN);
    }
}

#[tokio::test]
async fn only_chains_that_need_a_message_of_the_user_are_said_to() {
    let schema = windlass_core::messages_schema();
    let talk = Endpoint::builder("talk", step(|_, _| pieces(["a"]))).input_schema(schema).build().unwrap();
    let server = TestServer::of([echo("ask"), talk]).await;
    let described = described(&server).await;
    for (model, accepted) in [("talk", true), ("ask", false), ("nope", false)] {
        let body = json!({"model": model, "messages": [{"role": "system", "content": "Be kind."}]});
        assert_eq!(described.is_valid(&body), accepted, "{model}");
        assert_eq!(server.send(complete(&body)).await.status == 200, accepted, "{model}");
    }
}

#[tokio::test]
async fn all_refusals_below_the_prefix_are_in_the_envelope() {
    let server = TestServer::with([echo("ask")], |settings| settings.limits.body.0 = 100).await;
    let long = post("/v1/chat/completions", &chat("ask", &"x".repeat(200)));
    let form = post_text("/v1/chat/completions", "text/plain", chat("ask", "a").to_string());
    let foreign = complete(&chat("ask", "a")).with("sec-fetch-site", "cross-site");
    let broken = post_text("/v1/chat/completions", "application/json", "{");
    for (ask, expect, kind) in [
        (get("/v1/embeddings"), (404, "not_found"), "invalid_request_error"),
        (get("/v1/chat/completions"), (405, "method_not_allowed"), "invalid_request_error"),
        (long, (413, "body_too_large"), "invalid_request_error"),
        (form, (415, "unsupported_media_type"), "invalid_request_error"),
        (foreign, (403, "forbidden"), "permission_error"),
        (broken, (422, "invalid_json"), "invalid_request_error"),
    ] {
        let path = ask.uri().clone();
        let answer = server.send(ask).await;
        assert_eq!(answer.failure(), (expect.0, expect.1.into()), "{path}");
        let body = answer.json();
        assert_eq!(body["error"]["type"], kind, "{path}");
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

fn upstream(kind: ModelErrorKind) -> Error {
    let error = ModelError {
        vendor: "fake".into(),
        model: "m".into(),
        kind,
        status: None,
        message: "secret text".into(),
        class: None,
        source: None,
    };
    error.into()
}

#[tokio::test]
async fn failures_say_whether_to_try_again_and_when() {
    let wait = Some(std::time::Duration::from_millis(1500));
    for (kind, status, name, retry) in [
        (ModelErrorKind::RateLimited { retry_after: wait }, 429, "rate_limit_error", "true"),
        (ModelErrorKind::Server, 502, "server_error", "true"),
        (ModelErrorKind::Protocol, 502, "server_error", "true"),
        (ModelErrorKind::Authentication, 502, "server_error", "false"),
        (ModelErrorKind::InvalidRequest, 502, "server_error", "false"),
        (ModelErrorKind::ContextTooLong, 422, "invalid_request_error", "false"),
        (ModelErrorKind::Timeout(Phase::FirstToken), 504, "server_error", "true"),
        (ModelErrorKind::Timeout(Phase::Total), 504, "server_error", "false"),
    ] {
        let limited = matches!(kind, ModelErrorKind::RateLimited { .. });
        let server = TestServer::of([failing("ask", "", upstream(kind))]).await;
        for stream in [false, true] {
            let answer = server.send(complete(&with(chat("ask", "a"), json!({"stream": stream})))).await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.json()["error"]["type"], name);
            assert_eq!(answer.header("x-should-retry"), retry, "{status} {name}");
            assert!(!answer.text().contains("secret"));
            let waits = (answer.header("retry-after"), answer.header("retry-after-ms"));
            assert_eq!(waits, if limited { ("2", "1500") } else { ("", "") });
        }
    }
    let server = TestServer::of([failing("ask", "", Error::BufferLimit { limit: 1 })]).await;
    let answer = server.send(complete(&chat("ask", "a"))).await;
    assert_eq!((answer.failure(), answer.header("x-should-retry")), ((500, "step_failed".into()), "false"));
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_the_error_and_nothing_after() {
    let server = TestServer::of([failing("ask", "so far", upstream(ModelErrorKind::Protocol))]).await;
    let answer = server.send(complete(&with(chat("ask", "a"), json!({"stream": true})))).await;
    assert_eq!(answer.status, 200);
    let events = answer.events();
    assert_eq!(events[1]["choices"][0]["delta"], json!({"content": "so far"}));
    assert_eq!(events.len(), 3);
    assert_eq!(events[2]["error"]["code"], "upstream_invalid");
    assert!(!answer.text().contains("[DONE]"));
    assert!(!answer.text().contains(r#""finish_reason":"stop""#));
}
