//! Shutting down: running streams finish, new requests are sent elsewhere, and what hangs is ended at the deadline.

use crate::{
    chains::{Directed, directed},
    client::{Answer, Raw, ask, get, next_piece},
    harness::{TestServer, eventually, ms, spawn},
};
use http::Response;
use hyper::body::Incoming;
use std::time::{Duration, Instant};
use windlass_core::Endpoint;

async fn draining_within(endpoint: Endpoint, deadline: u64) -> TestServer {
    TestServer::with([endpoint], |settings| {
        settings.timeouts.drain = ms(deadline);
        settings.limits.in_flight = 1;
    })
    .await
}

/// A stream that has begun.
async fn begin(server: &TestServer, desk: &mut crate::chains::Desk) -> (Response<Incoming>, Directed) {
    let (mut response, run) = tokio::join!(server.open(ask("/stream", "a")), async {
        let run = desk.next().await;
        run.say("before");
        run
    });
    next_piece(response.body_mut()).await;
    (response, run)
}

/// Waits until the server has noticed that it is to shut down.
async fn begun(server: &TestServer) {
    while server.get("/readyz").await.status != 503 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn running_streams_finish_and_new_requests_are_sent_elsewhere() {
    let (endpoint, mut desk) = directed("ask");
    let mut server = draining_within(endpoint, 60_000).await;
    assert_eq!(server.get("/readyz").await.status, 200);
    let mut kept = server.connect().await;
    assert_eq!(kept.send(get("/health")).await.status, 200);
    let (response, run) = begin(&server, &mut desk).await;
    server.stop();
    begun(&server).await;

    for answer in [kept.send(ask("/invoke", "b")).await, server.send(ask("/stream", "c")).await] {
        assert_eq!(answer.failure(), (503, "draining".into()));
        assert_eq!((answer.header("retry-after"), answer.header("connection")), ("1", "close"));
    }
    let ready = server.get("/readyz").await;
    assert_eq!((ready.text().as_str(), ready.header("retry-after")), (r#"{"status":"draining"}"#, "1"));
    assert_eq!(server.get("/health").await.status, 200);
    assert_eq!(server.get("/livez").await.status, 200);

    run.say("after");
    drop(run);
    let lines = Answer::of(response).await.lines();
    assert_eq!((lines.len(), &lines[0]["chunk"]), (2, &"after".into()));
    assert!(lines[1].get("end").is_some());
    assert!(desk.is_empty());
    assert!(server.ended().await);
}

#[tokio::test]
async fn a_server_without_work_ends_at_once_whatever_connections_are_open() {
    let (endpoint, _desk) = directed("ask");
    let mut server = draining_within(endpoint, 60_000).await;
    let mut kept = server.connect().await;
    assert_eq!(kept.send(get("/health")).await.status, 200);
    let mut http2 = server.connect_http2().await;
    assert!(http2.ready().await.is_ok());
    let silent = server.raw().await;
    let mut half = server.raw().await;
    half.write("GET /health HT").await;
    server.stop();
    let stopped = Instant::now();
    assert!(server.ended().await);
    assert!(stopped.elapsed() < Duration::from_secs(6), "it took {:?}", stopped.elapsed());
    drop((silent, half));
}

#[tokio::test]
async fn what_still_runs_at_the_deadline_ends_with_its_error() {
    let (endpoint, mut desk) = directed("ask");
    let mut server = draining_within(endpoint, 200).await;
    let (response, run) = begin(&server, &mut desk).await;
    server.stop();
    let stopped = Instant::now();
    let lines = Answer::of(response).await.lines();
    assert_eq!((lines.len(), &lines[0]["error"]["code"]), (1, &"draining".into()));
    run.dropped().await;
    assert!(!server.ended().await);
    assert!(stopped.elapsed() >= Duration::from_millis(200));
    assert!(stopped.elapsed() < Duration::from_millis(2700), "it took {:?}", stopped.elapsed());
}

#[tokio::test]
async fn an_invoke_at_the_deadline_gets_a_status() {
    let (endpoint, mut desk) = directed("ask");
    let mut server = draining_within(endpoint, 100).await;
    let mut connection = server.connect().await;
    let (answer, ()) = tokio::join!(connection.send(ask("/invoke", "a")), async {
        let run = desk.next().await;
        server.stop();
        run.dropped().await;
    });
    assert_eq!(answer.failure(), (503, "draining".into()));
    assert_eq!(answer.header("retry-after"), "1");
    assert!(!server.ended().await);
}

#[tokio::test]
async fn who_waits_in_the_queue_is_sent_elsewhere_and_does_not_hold_the_server_up() {
    let (endpoint, mut desk) = directed("ask");
    let mut server = draining_within(endpoint, 60_000).await;
    let (response, run) = begin(&server, &mut desk).await;
    let mut connection = server.connect().await;
    let waiting = spawn(async move { connection.send(ask("/invoke", "b")).await });
    while server.metric("windlass_queue_depth").await < 1.0 {
        tokio::task::yield_now().await;
    }
    server.stop();
    let turned_away = waiting.await.unwrap();
    assert_eq!(turned_away.failure(), (503, "draining".into()));
    assert!(!run.is_dropped());
    drop(run);
    assert_eq!(Answer::of(response).await.lines().len(), 1);
    assert!(desk.is_empty());
    assert!(server.ended().await);
}

#[tokio::test]
async fn an_answer_that_is_still_being_read_is_not_cut() {
    let chain = crate::chains::step(|_, _| crate::chains::pieces(["x".repeat(12 << 20)]));
    let endpoint = crate::chains::asked("ask", chain).build().unwrap();
    let mut server = draining_within(endpoint, 60_000).await;
    let mut raw = Raw::with_small_window(server.address).await;
    raw.write("POST /invoke HTTP/1.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"question\":\"a\"}").await;
    raw.read_until("xxx").await;
    eventually("the run is over", || server.server.runs_in_flight() == 0).await;
    server.stop();
    // Longer than what connections without a run are given.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(!server.has_ended(), "the process would have ended in the middle of an answer");
    let rest = raw.read_to_end().await;
    assert!(rest.ends_with("x\"}"), "cut after {} bytes", rest.len());
    assert!(server.ended().await);
}
