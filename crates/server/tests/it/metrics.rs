//! `/metrics`: readable text, and the right numbers after runs that went well, failed and were left.

use crate::{
    chains::{asked, directed, failing, pieces, step, tokens},
    client::{ask, get, post},
    harness::TestServer,
};
use serde_json::json;
use std::time::Duration;
use windlass_core::{Error, EventKind, UpstreamCall};

fn upstream(failure: Option<&'static str>) -> EventKind {
    let (head, waited) = (Duration::from_millis(1), Duration::from_millis(2));
    EventKind::Upstream(UpstreamCall {
        vendor: "fake".into(),
        model: "demo".into(),
        failure,
        attempts: 2,
        head,
        waited,
    })
}

fn talkative() -> windlass_core::Endpoint {
    let chain = step(|_, cx| {
        cx.emit(tokens());
        cx.emit(upstream(None));
        cx.emit(upstream(Some("server")));
        pieces(["a"])
    });
    asked("talk", chain).build().unwrap()
}

#[tokio::test]
async fn every_kind_of_end_is_counted_once() {
    let (endpoint, mut desk) = directed("wait");
    let failure = failing("fail", "", Error::BufferLimit { limit: 1 });
    let server = TestServer::of([talkative(), failure, endpoint]).await;
    for path in
        ["/talk/invoke", "/talk/stream", "/talk/stream", "/fail/invoke", "/fail/stream", "/nobody/invoke"]
    {
        server.send(ask(path, "a")).await;
    }
    server.send(post("/talk/invoke", &json!({}))).await;
    let mut raw = server.raw().await;
    raw.post("/wait/stream", r#"{"question":"a"}"#).await;
    let run = desk.next().await;
    assert_eq!(server.metric("windlass_runs_in_flight").await, 1.0);
    drop(raw);
    run.dropped().await;
    server.idle().await;
    for (chain, operation, outcome, count) in [
        ("talk", "invoke", "ok", 1.0),
        ("talk", "invoke", "invalid_input", 1.0),
        ("talk", "stream", "ok", 2.0),
        ("fail", "invoke", "step_failed", 1.0),
        ("fail", "stream", "step_failed", 1.0),
        ("wait", "stream", "cancelled", 1.0),
    ] {
        let labels = format!("chain=\"{chain}\",operation=\"{operation}\"");
        let line = format!("windlass_requests_total{{{labels},outcome=\"{outcome}\"}}");
        assert_eq!(server.metric(&line).await, count, "{line}");
    }
    for (line, value) in [
        ("windlass_tokens_total{chain=\"talk\",kind=\"input\"}", 21.0),
        ("windlass_tokens_total{chain=\"talk\",kind=\"output\"}", 6.0),
        ("windlass_upstream_requests_total{vendor=\"fake\",model=\"demo\"}", 12.0),
        ("windlass_upstream_errors_total{vendor=\"fake\",model=\"demo\",kind=\"server\"}", 3.0),
        ("windlass_refused_requests_total{code=\"chain_not_found\"}", 1.0),
        ("windlass_refused_requests_total{code=\"step_failed\"}", 2.0),
        ("windlass_request_duration_seconds_count{chain=\"talk\",operation=\"stream\"}", 2.0),
        ("windlass_time_to_first_chunk_seconds_count{chain=\"talk\",operation=\"stream\"}", 2.0),
        ("windlass_overhead_seconds_count{chain=\"talk\",operation=\"stream\"}", 2.0),
        ("windlass_runs_in_flight", 0.0),
        ("windlass_queue_depth", 0.0),
    ] {
        assert_eq!(server.metric(line).await, value, "{line}");
    }
}

/// A sample's name, labels and value, if the line is one.
fn sample(line: &str) -> Option<(&str, f64)> {
    let (name, value) = line.rsplit_once(' ')?;
    let (bare, labels) = name.split_once('{').unwrap_or((name, "}"));
    let plain = bare.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    (plain && labels.ends_with('}')).then_some((bare, value.parse().ok()?))
}

#[tokio::test]
async fn the_text_is_what_scrapers_read() {
    let server = TestServer::of([talkative()]).await;
    server.send(ask("/stream", "a")).await;
    server.get("/nobody").await;
    let answer = server.get("/metrics").await;
    assert!(answer.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"));
    for line in text.lines() {
        assert!(
            line.starts_with("# ") || sample(line).is_some_and(|(name, _)| name.starts_with("windlass_")),
            "{line}"
        );
    }
    for name in
        ["requests", "request_duration_seconds", "time_to_first_chunk_seconds", "overhead_seconds", "tokens"]
    {
        assert!(text.contains(&format!("# HELP windlass_{name} ")), "{name}");
    }
    for name in ["upstream_requests", "upstream_errors", "refused_requests", "runs_in_flight", "queue_depth"]
    {
        assert!(text.contains(&format!("# TYPE windlass_{name} ")), "{name}");
    }
}

#[tokio::test]
async fn open_connections_are_counted() {
    let server = TestServer::of([talkative()]).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut connection = server.connect().await;
        connection.send(get("/health")).await;
        others.push(connection);
    }
    assert_eq!(server.metric("windlass_connections").await, 4.0);
    others.clear();
    while server.metric("windlass_connections").await > 1.0 {
        tokio::task::yield_now().await;
    }
}
