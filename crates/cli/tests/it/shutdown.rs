//! Signals: what runs may finish, what comes is turned away, and the exit code says how it went.

use crate::{
    ASK, QUESTION,
    http::Client,
    program::Windlass,
    vendor::{Exchange, KEY, Vendor},
};
use serde_json::json;
use std::time::{Duration, Instant};

fn serve(vendor: &Vendor, drain: &str) -> Windlass {
    let variables = [("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())];
    Windlass::serve(&["--set", &format!("timeouts.drain={drain}"), ASK], &variables)
}

/// A stream of which the client has read one piece.
fn streaming(server: &Windlass, vendor: &Vendor) -> (Client, Exchange) {
    let mut client = server.client();
    client.post("/stream", QUESTION);
    let mut exchange = vendor.next();
    exchange.begin_stream();
    exchange.token("A ");
    assert_eq!(client.head().0, 200);
    assert_eq!(client.line(), Some(json!({"chunk": "A "})));
    (client, exchange)
}

fn wait_for_draining(server: &Windlass) {
    server.wait_for(|line| line.contains("draining"));
}

#[track_caller]
fn finishes_what_runs(signal: &str) {
    let vendor = Vendor::start();
    let mut server = serve(&vendor, "60s");
    let (mut client, mut exchange) = streaming(&server, &vendor);
    let mut invoking = server.client();
    invoking.post("/invoke", QUESTION);
    let invoked = vendor.next();
    let mut kept = server.client();
    kept.request("GET", "/readyz", &[], b"");
    assert_eq!(kept.answer().status, 200);

    server.signal(signal);
    wait_for_draining(&server);
    for path in ["/invoke", "/stream"] {
        let answer = server.post(path, QUESTION);
        assert_eq!((answer.status, answer.code().as_str()), (503, "draining"));
        assert_eq!(answer.head.header("retry-after"), Some("1"));
    }
    let ready = server.get("/readyz");
    assert_eq!((ready.status, ready.head.header("retry-after")), (503, Some("1")));
    assert_eq!(server.get("/livez").status, 200);
    kept.post("/invoke", QUESTION);
    assert_eq!(kept.answer().status, 503, "also on a connection that was there before");

    exchange.token("language.");
    assert_eq!(client.line(), Some(json!({"chunk": "language."})));
    exchange.end_stream();
    assert_eq!(client.line().unwrap()["end"]["usage"]["output_tokens"], 7);
    assert_eq!(client.line(), None);
    invoked.complete("A language.");
    assert_eq!(invoking.answer().json(), json!({"answer": "A language."}));
    let finished = Instant::now();
    assert_eq!(server.exit_code(), Some(0));
    assert!(
        finished.elapsed() < Duration::from_secs(30),
        "it ends when the last run has, not at the deadline"
    );
}

#[test]
fn sigterm_lets_runs_finish() {
    finishes_what_runs("TERM");
}

#[test]
fn sigint_lets_runs_finish() {
    finishes_what_runs("INT");
}

#[test]
fn an_idle_server_ends_at_once() {
    let vendor = Vendor::start();
    let mut server = serve(&vendor, "600s");
    let _idle = server.client();
    server.signal("TERM");
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn what_is_stuck_ends_at_the_deadline() {
    let vendor = Vendor::start();
    let mut server = serve(&vendor, "300ms");
    let (mut client, exchange) = streaming(&server, &vendor);
    let mut invoking = server.client();
    invoking.post("/invoke", QUESTION);
    let invoked = vendor.next();
    server.signal("TERM");
    assert_eq!(client.line().unwrap()["error"]["code"], "draining");
    assert_eq!(client.line(), None, "the error is the last line, and the body ends properly");
    let answer = invoking.answer();
    assert_eq!((answer.status, answer.code().as_str()), (503, "draining"));
    assert_eq!(answer.head.header("retry-after"), Some("1"));
    exchange.closed();
    invoked.closed();
    assert_eq!(server.exit_code(), Some(1));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let vendor = Vendor::start();
    let mut server = serve(&vendor, "600s");
    let (_client, exchange) = streaming(&server, &vendor);
    server.signal("TERM");
    wait_for_draining(&server);
    server.signal("TERM");
    assert_eq!(server.exit_code(), Some(1));
    exchange.closed();
}
