//! A client that goes away takes its run with it, down to the vendor's connection.

use crate::{
    ASK, PATIENCE,
    http::Client,
    program::Windlass,
    vendor::{Exchange, KEY, Vendor},
};
use serde_json::json;
use std::{
    thread,
    time::{Duration, Instant},
};

const TIMES: usize = 100;
const AT_ONCE: usize = 10;

/// When the client leaves.
#[derive(Debug, Clone, Copy)]
enum Leaves {
    BeforeTheFirstToken,
    InMidAnswer,
}

#[test]
fn a_client_that_leaves_a_stream_before_the_first_token() {
    cancels("/stream", Leaves::BeforeTheFirstToken);
}

#[test]
fn a_client_that_leaves_in_mid_stream() {
    cancels("/stream", Leaves::InMidAnswer);
}

#[test]
fn a_client_that_leaves_an_invoke_before_the_first_byte() {
    cancels("/invoke", Leaves::BeforeTheFirstToken);
}

#[test]
fn a_client_that_leaves_an_invoke_in_mid_answer() {
    cancels("/invoke", Leaves::InMidAnswer);
}

#[expect(clippy::print_stdout, reason = "the times are a result, and no limit of them could be exact")]
fn cancels(path: &'static str, leaves: Leaves) {
    let vendor = Vendor::start();
    let mut server = Windlass::serve(&[ASK], &[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())]);
    let (asking, answering) = (&server, &vendor);
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..AT_ONCE)
            .map(|lane| {
                let question = move |time| format!("lane {lane} time {time}.");
                let times = (0..TIMES / AT_ONCE).map(question);
                scope.spawn(move || {
                    times
                        .map(|question| leave(asking, answering, (path, &question), leaves))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    assert_eq!(took.len(), TIMES);
    took.sort();
    let (median, worst) = (took[TIMES / 2], took[TIMES * 99 / 100]);
    println!("{path} {leaves:?}: the vendor's connection closed after p50 {median:?}, p99 {worst:?}");
    assert_nothing_is_left(&mut server);
}

/// Asks, leaves, and gives how long it took until the vendor's connection was closed.
fn leave(server: &Windlass, vendor: &Vendor, (path, question): (&str, &str), leaves: Leaves) -> Duration {
    let mut client = server.client();
    client.post(path, &json!({"question": question}).to_string());
    let mut exchange = vendor.asked(question);
    if let Leaves::InMidAnswer = leaves {
        half_an_answer(&mut client, &mut exchange, path);
    }
    let left = Instant::now();
    drop(client);
    exchange.closed().duration_since(left)
}

fn half_an_answer(client: &mut Client, exchange: &mut Exchange, path: &str) {
    if path == "/invoke" {
        return exchange.half_complete();
    }
    exchange.begin_stream();
    exchange.token("half");
    client.head();
    assert_eq!(client.line(), Some(json!({"chunk": "half"})));
}

#[track_caller]
fn assert_nothing_is_left(server: &mut Windlass) {
    let runs = |lines: &[String]| lines.iter().filter(|line| line.contains("windlass::run")).count();
    server.wait_until(|lines| (runs(lines) == TIMES).then_some(()));
    let cancelled = format!(r#"outcome="cancelled"}} {TIMES}"#);
    let metrics = settled_metrics(server, &["windlass_runs_in_flight 0\n", &cancelled]);
    assert!(!metrics.contains("windlass_upstream_errors_total{"), "leaving is no failure:\n{metrics}");
    server.signal("TERM");
    assert_eq!(server.exit_code(), Some(0));
}

/// The metrics, once they say all this.
#[track_caller]
fn settled_metrics(server: &Windlass, expect: &[&str]) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let metrics = server.get("/metrics").text;
        if expect.iter().all(|expect| metrics.contains(expect)) {
            return metrics;
        }
        assert!(Instant::now() < deadline, "not {expect:?}:\n{metrics}");
    }
}
