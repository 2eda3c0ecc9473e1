//! More requests than places: a bounded queue for a bounded time, then a refusal that says when to come back.

use crate::{
    chains::{Desk, counted, directed},
    client::{Answer, ask},
    harness::{TestServer, eventually, ms, spawn},
};
use tokio::task::JoinHandle;
use windlass_core::Endpoint;

/// A server with one place, and one in the queue.
async fn cramped(endpoint: Endpoint, queue_ms: u64) -> TestServer {
    TestServer::with([endpoint], |settings| {
        settings.limits.in_flight = 1;
        settings.limits.queue = 1;
        settings.timeouts.queue = ms(queue_ms);
        settings.timeouts.retry_after.overloaded = ms(2500);
    })
    .await
}

async fn send(server: &TestServer, question: &'static str) -> JoinHandle<Answer> {
    let mut connection = server.connect().await;
    spawn(async move { connection.send(ask("/invoke", question)).await })
}

/// Waits until a request stands in the queue.
async fn queued(server: &TestServer) {
    while server.metric("windlass_queue_depth").await < 1.0 {
        tokio::task::yield_now().await;
    }
}

async fn first_runs(server: &TestServer, desk: &mut Desk) -> (JoinHandle<Answer>, crate::chains::Directed) {
    let first = send(server, "first").await;
    (first, desk.next().await)
}

#[tokio::test]
async fn who_finds_the_queue_full_is_told_when_to_come_back() {
    let (endpoint, mut desk) = directed("ask");
    let server = cramped(endpoint, 60_000).await;
    let (first, run) = first_runs(&server, &mut desk).await;
    let second = send(&server, "second").await;
    queued(&server).await;
    for path in ["/invoke", "/stream", "/batch"] {
        let third = server.send(ask(path, "third")).await;
        assert_eq!(third.failure(), (503, "overloaded".into()));
        assert_eq!(third.header("retry-after"), "3");
    }
    run.say("1");
    drop(run);
    assert_eq!(first.await.unwrap().text(), r#"{"answer":"1"}"#);
    let run = desk.next().await;
    assert_eq!(run.question, "second");
    run.say("2");
    drop(run);
    assert_eq!(second.await.unwrap().text(), r#"{"answer":"2"}"#);
    assert!(desk.is_empty());
    assert_eq!(server.metric("windlass_queue_depth").await, 0.0);
    assert_eq!(server.metric("windlass_refused_requests_total{code=\"overloaded\"}").await, 3.0);
}

#[tokio::test]
async fn who_waits_too_long_is_turned_away_and_its_turn_is_free_again() {
    let (endpoint, mut desk) = directed("ask");
    let server = cramped(endpoint, 50).await;
    let (first, run) = first_runs(&server, &mut desk).await;
    for _ in 0..3 {
        let second = server.send(ask("/stream", "second")).await;
        assert_eq!(second.failure(), (503, "overloaded".into()));
    }
    run.say("1");
    drop(run);
    assert_eq!(first.await.unwrap().status, 200);
    assert!(desk.is_empty());
}

#[tokio::test]
async fn a_stream_holds_its_place_until_its_body_ends() {
    let (endpoint, mut desk) = directed("ask");
    let server = cramped(endpoint, 60_000).await;
    let (response, run) = tokio::join!(server.open(ask("/stream", "first")), async {
        let run = desk.next().await;
        run.say("some");
        run
    });
    let second = send(&server, "second").await;
    queued(&server).await;
    assert_eq!(server.server.runs_in_flight(), 1);
    drop(run);
    assert_eq!(Answer::of(response).await.lines().len(), 2);
    desk.next().await.say("2");
    assert_eq!(second.await.unwrap().status, 200);
}

#[tokio::test]
async fn bad_input_gives_its_place_back() {
    let (endpoint, runs) = counted("ask");
    let server = cramped(endpoint, 0).await;
    for _ in 0..10 {
        assert_eq!(server.send(crate::client::post("/invoke", &serde_json::json!({}))).await.status, 422);
        assert_eq!(server.send(ask("/invoke", "a")).await.status, 200);
    }
    assert_eq!(runs.get(), 10);
    eventually("no run is under way", || server.server.runs_in_flight() == 0).await;
}
