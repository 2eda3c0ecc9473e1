//! Bad input: each is refused with its own status, in its own words, and nothing runs.

use crate::{
    chains::{Count, counted},
    client::{Answer, Raw, With, ask, get, post, post_text, request},
    harness::{TestServer, ms, soon},
};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

async fn server() -> (TestServer, Count) {
    let (endpoint, runs) = counted("ask");
    let server = TestServer::with([endpoint], |settings| {
        settings.cors.allow_origins = vec!["https://app.example".into()];
        settings.timeouts.body = ms(200);
    });
    (server.await, runs)
}

#[tokio::test]
async fn an_input_that_does_not_fit_the_schema_never_reaches_the_chain() {
    let (server, runs) = server().await;
    let check = async |body: Value, kind: &str, loc: Value| {
        for path in ["/invoke", "/stream"] {
            let answer = server.send(post(path, &body)).await;
            assert_eq!(answer.failure(), (422, "invalid_input".into()), "{path} {body}");
            let detail = &answer.json()["detail"][0];
            assert_eq!((&detail["type"], &detail["loc"]), (&json!(kind), &loc));
        }
    };
    check(json!({}), "missing", json!(["body", "question"])).await;
    check(json!({"question": 7}), "string_type", json!(["body", "question"])).await;
    check(json!({"question": null}), "string_type", json!(["body", "question"])).await;
    check(json!({"question": "a", "qestion": "b"}), "extra_forbidden", json!(["body", "qestion"])).await;
    check(json!("a"), "dict_type", json!(["body"])).await;
    check(json!(null), "dict_type", json!(["body"])).await;
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn many_problems_are_listed_to_a_limit_and_the_message_names_a_few() {
    let (server, runs) = server().await;
    let extra = |count: usize| -> Value {
        let keys = (0..count).map(|key| (format!("key{key}"), json!(1)));
        Value::Object(keys.chain([("question".into(), json!("a"))]).collect())
    };
    let check = async |path: &str, body: &Value, listed: usize, says: &str| {
        let answer = server.send(post(path, body)).await;
        assert_eq!(answer.failure(), (422, "invalid_input".into()), "{path}");
        let answer = answer.json();
        assert_eq!(answer["detail"].as_array().unwrap().len(), listed, "{path}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.ends_with(says), "{message}");
        assert_eq!(message.matches("not permitted").count(), listed.min(3), "{message}");
    };
    check("/invoke", &extra(3), 3, "not permitted: `key2`").await;
    check("/stream", &extra(5), 5, "; and 2 more").await;
    check("/batch", &json!({"inputs": [extra(60), extra(60), extra(60)]}), 100, "; and 97 more").await;
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_what_is_wrong() {
    let (server, runs) = server().await;
    let check = async |body: Bytes, says: &str| {
        for path in ["/invoke", "/stream", "/batch"] {
            let answer = server.send(post_text(path, "application/json", body.clone())).await;
            assert_eq!(answer.failure(), (422, "invalid_json".into()), "{path}");
            let detail = &answer.json()["detail"][0];
            assert_eq!((&detail["type"], &detail["loc"]), (&json!("json_invalid"), &json!(["body"])));
            assert!(detail["msg"].as_str().unwrap().contains(says), "{detail}");
        }
    };
    check("".into(), "empty").await;
    check("{\"question\": ".into(), "line 1 column").await;
    check("{\"question\": \"a\"} x".into(), "trailing").await;
    check(Bytes::from_static(b"{\"question\": \"\xff\"}"), "not UTF-8 (byte 14)").await;
    check("\u{feff}{}".into(), "not JSON").await;
    check(format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into(), "recursion").await;
    check(format!("{{\"question\":{}}}", "[".repeat(10_000)).into(), "recursion").await;
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn another_content_type_is_refused_with_the_one_to_send() {
    let (server, runs) = server().await;
    let good = json!({"question": "a"}).to_string();
    for content_type in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ] {
        let answer = server.send(post_text("/invoke", content_type, good.clone())).await;
        assert_eq!(answer.failure(), (415, "unsupported_media_type".into()), "{content_type}");
        assert!(answer.text().contains("Content-Type: application/json"));
    }
    let packed = server.send(ask("/invoke", "a").with("content-encoding", "gzip")).await;
    assert_eq!(packed.failure(), (415, "unsupported_media_type".into()));
    let mut bare = request(Method::POST, "/invoke");
    *bare.body_mut() = http_body_util::Full::new(good.into());
    assert_eq!(server.send(bare).await.failure(), (415, "unsupported_media_type".into()));
    assert_eq!(runs.get(), 0);
}

const MIB: usize = 1 << 20;

fn parsed(answer: &str) -> (u16, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_body_too_large_is_refused_before_it_is_sent() {
    let (server, runs) = server().await;
    let mut raw = server.raw().await;
    let head = "POST /invoke HTTP/1.1\r\nhost: here.example\r\ncontent-type: application/json\r\n";
    raw.write(format!("{head}expect: 100-continue\r\ncontent-length: {}\r\n\r\n", 2 * MIB)).await;
    let (status, body) = parsed(&raw.read_to_end().await);
    assert_eq!((status, &body["error"]["code"]), (413, &json!("body_too_large")));
    assert!(body["detail"].as_str().unwrap().contains("limits.body"));
    assert_eq!(runs.get(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_too_large_a_body_all_the_same_gets_to_read_why() {
    let (server, runs) = server().await;
    let head = "POST /invoke HTTP/1.1\r\nhost: here.example\r\ncontent-type: application/json\r\n";
    let body = "x".repeat(16 * MIB);
    let declared = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for request in [&declared, &chunked] {
        for _ in 0..10 {
            let mut raw = server.raw().await;
            soon("the whole body is sent", raw.0.write_all(request.as_bytes())).await.unwrap();
            let (status, body) = parsed(&raw.read_to_end().await);
            assert_eq!((status, &body["error"]["code"]), (413, &json!("body_too_large")));
        }
    }
    assert_eq!(runs.get(), 0);
    server.idle().await;
}

#[tokio::test]
async fn the_largest_body_that_is_allowed_is_taken() {
    let (server, runs) = server().await;
    let frame = json!({"question": ""}).to_string().len();
    let fits = "x".repeat(MIB - frame);
    assert_eq!(server.send(ask("/invoke", &fits)).await.status, 200);
    assert_eq!(server.send(ask("/invoke", &(fits + "x"))).await.failure(), (413, "body_too_large".into()));
    assert_eq!(runs.get(), 1);
}

/// Sends pieces of a body until the server has answered.
async fn trickle(raw: Raw, piece: &str) -> String {
    let (mut read, mut write) = raw.0.into_split();
    let feeding = async {
        while write.write_all(piece.as_bytes()).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let reading = async {
        use tokio::io::AsyncReadExt;
        let _ = read.read_to_end(&mut answer).await;
    };
    soon("the server gives up", async {
        tokio::select! { () = reading => {}, () = feeding => {} }
    })
    .await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let (server, runs) = server().await;
    let head = "POST /stream HTTP/1.1\r\nhost: here.example\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut raw = server.raw().await;
    raw.write(head).await;
    let (status, body) = parsed(&trickle(raw, "1\r\n \r\n").await);
    assert_eq!((status, &body["error"]["code"]), (408, &json!("request_timeout")));
    let mut silent = server.raw().await;
    silent.write(head).await;
    assert_eq!(parsed(&silent.read_to_end().await).0, 408);
    assert_eq!(runs.get(), 0);
    server.idle().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_runs_nothing() {
    let (server, runs) = server().await;
    let mut raw = server.raw().await;
    raw.write("POST /invoke HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
        .await;
    raw.0.shutdown().await.unwrap();
    raw.read_to_end().await;
    server.idle().await;
    assert_eq!(runs.get(), 0);
    assert_eq!(server.send(ask("/invoke", "a")).await.status, 200);
}

fn page(headers: &[(&'static str, &str)]) -> crate::client::Ask {
    headers.iter().fold(ask("/invoke", "a"), |ask, (name, value)| ask.with(name, value))
}

#[tokio::test]
async fn pages_of_other_sites_may_not_call() {
    let (server, runs) = server().await;
    for headers in [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "same-site"), ("origin", "https://sister.here.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://app.example.evil.example")],
    ] {
        let answer = server.send(page(headers)).await;
        assert_eq!(answer.failure(), (403, "forbidden".into()), "{headers:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    assert_eq!(runs.get(), 0);
    for headers in [
        &[][..],
        &[("sec-fetch-site", "same-origin"), ("origin", "http://here.example")],
        &[("sec-fetch-site", "none")],
        &[("origin", "http://here.example")],
    ] {
        assert_eq!(server.send(page(headers)).await.status, 200, "{headers:?}");
    }
}

fn check_cors(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(answer.header("vary"), "origin");
    let exposed = answer.header("access-control-expose-headers");
    for name in ["x-run-id", "x-request-id", "retry-after-ms", "x-vercel-ai-ui-message-stream"] {
        assert!(exposed.split(", ").any(|one| one == name), "{exposed}");
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call_and_their_browsers_are_told() {
    let (server, runs) = server().await;
    let origin = [("sec-fetch-site", "cross-site"), ("origin", "https://app.example")];
    let answer = server.send(page(&origin)).await;
    assert_eq!(answer.status, 200);
    check_cors(&answer);
    let failed = server.send(post("/invoke", &json!({})).with("origin", "https://app.example")).await;
    assert_eq!(failed.status, 422);
    check_cors(&failed);
    let ask = request(Method::OPTIONS, "/ask/stream").with("access-control-request-method", "POST");
    let ask = ask.with("access-control-request-headers", "content-type,x-run-id");
    let preflight = server.send(ask.clone().with("origin", "https://app.example")).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), "POST");
    assert_eq!(preflight.header("access-control-allow-headers"), "content-type,x-run-id");
    check_cors(&preflight);
    let stranger = server.send(ask.with("origin", "https://evil.example")).await;
    assert_eq!(stranger.status, 405);
    assert_eq!(stranger.header("access-control-allow-origin"), "");
    assert_eq!(runs.get(), 1);
}

#[tokio::test]
async fn pages_of_every_origin_may_call_where_the_operator_says_so() {
    let (endpoint, runs) = counted("ask");
    let server = TestServer::with([endpoint], |settings| settings.cors.allow_origins = vec!["*".into()]);
    let server = server.await;
    let origin = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let answer = server.send(page(&origin)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!((answer.header("vary"), answer.header("access-control-allow-credentials")), ("", ""));
    assert_eq!(runs.get(), 1);
}

#[tokio::test]
async fn credentials_are_for_named_origins_only() {
    let (endpoint, _) = counted("ask");
    let server = TestServer::with([endpoint], |settings| {
        settings.cors.allow_origins = vec!["https://app.example".into()];
        settings.cors.allow_credentials = true;
    });
    let server = server.await;
    let answer = server.send(page(&[("origin", "https://app.example")])).await;
    check_cors(&answer);
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    let stranger = server.send(page(&[("origin", "https://evil.example")])).await;
    assert_eq!(stranger.status, 403);
    assert_eq!(stranger.header("access-control-allow-credentials"), "");
    let mut settings = windlass_server::Settings::default();
    settings.cors.allow_credentials = true;
    settings.cors.allow_origins = vec!["*".into()];
    let error = windlass_server::Server::new(vec![counted("ask").0], settings).unwrap_err().to_string();
    assert!(error.contains("cannot stand with `*`"), "{error}");
}

#[tokio::test]
async fn wrong_methods_and_unknown_chains_run_nothing() {
    let (server, runs) = server().await;
    assert_eq!(server.get("/invoke").await.failure(), (405, "method_not_allowed".into()));
    assert_eq!(server.send(ask("/nobody/invoke", "a")).await.failure(), (404, "chain_not_found".into()));
    assert_eq!(server.send(get("/ask/stream").with("accept", "text/event-stream")).await.status, 405);
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_connection_closed() {
    let (server, runs) = server().await;
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    for (text, status) in [
        ("hello\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n", "400"),
        ("POST /invoke HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}", "400"),
        (long.as_str(), "431"),
    ] {
        let mut raw = server.raw().await;
        let _ = raw.0.write_all(text.as_bytes()).await;
        let answer = raw.read_to_end().await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
    }
    assert_eq!(runs.get(), 0);
}
