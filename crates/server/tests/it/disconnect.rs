//! Clients that leave: their runs end with them, a hundred times of a hundred, and nothing is left behind.

use crate::{
    chains::{Desk, directed},
    client::Raw,
    harness::TestServer,
};

const QUESTION: &str = r#"{"question":"a"}"#;

/// Where a client leaves, and how.
#[derive(Clone, Copy)]
struct Leaving {
    path: &'static str,
    after_content: bool,
    reset: bool,
}

async fn leave(server: &TestServer, desk: &mut Desk, how: Leaving) {
    let mut raw: Raw = server.raw().await;
    raw.post(how.path, QUESTION).await;
    let run = desk.next().await;
    if how.after_content {
        run.say("some");
        raw.read_until("some").await;
    }
    assert!(!run.is_dropped());
    if how.reset {
        raw.reset()
    } else {
        drop(raw)
    }
    run.dropped().await;
    server.idle().await;
}

async fn a_hundred_times(how: Leaving) {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::with([endpoint], |settings| settings.limits.in_flight = 1).await;
    for _ in 0..100 {
        leave(&server, &mut desk, how).await;
    }
    let (answer, ()) = tokio::join!(server.send(crate::client::ask("/invoke", "still there?")), async {
        desk.next().await.say("yes");
    });
    assert_eq!(answer.text(), r#"{"answer":"yes"}"#);
    let operation = how.path.trim_start_matches('/');
    let line =
        format!("windlass_requests_total{{chain=\"ask\",operation=\"{operation}\",outcome=\"cancelled\"}}");
    assert_eq!(server.metric(&line).await, 100.0);
}

#[tokio::test]
async fn before_the_first_content_of_a_stream() {
    a_hundred_times(Leaving { path: "/stream", after_content: false, reset: false }).await;
}

#[tokio::test]
async fn in_the_middle_of_a_stream() {
    a_hundred_times(Leaving { path: "/stream", after_content: true, reset: false }).await;
}

#[tokio::test]
async fn in_the_middle_of_a_stream_with_a_reset() {
    a_hundred_times(Leaving { path: "/stream", after_content: true, reset: true }).await;
}

#[tokio::test]
async fn during_an_invoke() {
    a_hundred_times(Leaving { path: "/invoke", after_content: false, reset: false }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_leave_nothing_behind() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::of([endpoint]).await;
    let mut clients = Vec::new();
    for path in ["/invoke", "/stream"].repeat(100) {
        let mut raw = server.raw().await;
        raw.post(path, QUESTION).await;
        clients.push((raw, desk.next().await));
    }
    assert_eq!(server.server.runs_in_flight(), 200);
    let (raws, runs): (Vec<_>, Vec<_>) = clients.into_iter().unzip();
    drop(raws);
    for run in runs {
        run.dropped().await;
    }
    server.idle().await;
}

#[tokio::test]
async fn from_an_http2_stream_whose_connection_stays() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::with([endpoint], |settings| settings.limits.in_flight = 1).await;
    let mut connection = server.connect_http2().await;
    for path in ["/invoke", "/stream"].repeat(50) {
        let mut ask = crate::client::ask(path, "a");
        *ask.uri_mut() = format!("http://here.example{path}").parse().unwrap();
        let asking = connection.send_request(ask);
        let run = tokio::select! {
            run = desk.next() => run,
            _ = asking => panic!("nobody answers yet"),
        };
        run.dropped().await;
    }
    server.idle().await;
}
