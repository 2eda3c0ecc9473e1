//! Connections: timed heads, idleness, caps, HTTP/1.0 to HTTP/2, and clients that take nothing.

use crate::{
    chains::{asked, directed, echo, firehose, pieces, step},
    client::{Answer, Raw, ask, get, next_piece, request},
    harness::{TestServer, eventually, ms, soon},
};
use http::{Method, Version};
use serde_json::json;
use std::time::{Duration, Instant};
use windlass_server::Settings;

/// Long enough that a busy machine's delays are not taken for it.
const LONG: u64 = 60_000;

fn timeouts(head: u64, idle: u64) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.timeouts.head = ms(head);
        settings.timeouts.idle = ms(idle);
    }
}

#[tokio::test]
async fn half_a_head_is_given_up_after_a_while() {
    let server = TestServer::with([echo("ask")], timeouts(150, LONG)).await;
    for start in ["", "G", "P", "GET /health HT", "POST /invoke HTTP/1.1\r\nhost: here.example\r\n"] {
        let mut raw = server.raw().await;
        let opened = Instant::now();
        raw.write(start).await;
        assert_eq!(raw.read_to_end().await, "", "{start:?}");
        assert!(opened.elapsed() >= Duration::from_millis(140), "{start:?} was given up early");
    }
}

#[tokio::test]
async fn bytes_that_trickle_do_not_keep_a_head_open() {
    let server = TestServer::with([echo("ask")], timeouts(200, LONG)).await;
    let mut raw = server.raw().await;
    let opened = Instant::now();
    let feeding = async {
        use tokio::io::AsyncWriteExt;
        while raw.0.write_all(b"G").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon("the server closes the connection", feeding).await;
    assert!(opened.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn half_an_http2_preface_is_given_up_as_idle() {
    let server = TestServer::with([echo("ask")], timeouts(LONG, 150)).await;
    let mut raw = server.raw().await;
    raw.write("PRI * HTTP/2.0\r\n").await;
    let settings = raw.read_to_end().await;
    assert!(!settings.contains("HTTP/1"), "only HTTP/2's own first frame comes before the end: {settings:?}");
}

#[tokio::test]
async fn a_kept_alive_connection_is_closed_when_idle_and_not_before() {
    let server = TestServer::with([echo("ask")], timeouts(50, 400)).await;
    let mut connection = server.connect().await;
    for _ in 0..4 {
        assert_eq!(connection.send(ask("/invoke", "a b")).await.status, 200);
        assert_eq!(connection.send(ask("/stream", "a b")).await.lines().len(), 3);
        // Longer than `head`, shorter than `idle`: both timers would be caught.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let idle_since = Instant::now();
    connection.closed().await;
    assert!(idle_since.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_slow_head_is_given_up_on_the_second_request_too() {
    let server = TestServer::with([echo("ask")], timeouts(150, LONG)).await;
    let mut raw = server.raw().await;
    raw.post("/invoke", r#"{"question":"a"}"#).await;
    raw.read_until(r#"{"answer":"a"}"#).await;
    raw.write("POST /invoke HTTP/1.1\r\nhost:").await;
    assert_eq!(raw.read_to_end().await, "");
}

#[tokio::test]
async fn a_silent_stream_is_not_idle() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::with([endpoint], timeouts(50, 50)).await;
    let (mut body, run) = tokio::join!(server.open(ask("/stream", "a")), async {
        let run = desk.next().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        run.say("first");
        run
    });
    assert_eq!(next_piece(body.body_mut()).await, "{\"chunk\":\"first\"}\n");
    tokio::time::sleep(Duration::from_millis(300)).await;
    run.say("second");
    assert_eq!(next_piece(body.body_mut()).await, "{\"chunk\":\"second\"}\n");
    drop(run);
    assert!(next_piece(body.body_mut()).await.starts_with("{\"end\":"));
}

#[tokio::test]
async fn a_long_answer_to_a_slow_reader_is_not_idle() {
    const SIZE: usize = 15 << 20;
    let chain = step(|_, _| pieces(["x".repeat(SIZE)]));
    let server = TestServer::with([asked("ask", chain).build().unwrap()], timeouts(LONG, 1000)).await;
    let mut raw = server.raw().await;
    raw.post("/invoke", r#"{"question":"a"}"#).await;
    let mut came = 0;
    let started = Instant::now();
    let mut buffer = vec![0; 64 << 10];
    while came < SIZE {
        use tokio::io::AsyncReadExt;
        let read = soon("more comes", raw.0.read(&mut buffer)).await.unwrap();
        assert!(read > 0, "cut after {came} bytes and {:?}", started.elapsed());
        came += read;
        if started.elapsed() < Duration::from_millis(3000) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(started.elapsed() > Duration::from_millis(2000), "the reader was not slow enough");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_given_up_and_its_run_with_it() {
    let (endpoint, made) = firehose("ask");
    let server = TestServer::with([endpoint], timeouts(LONG, 200)).await;
    let mut raw = Raw::with_small_window(server.address).await;
    raw.post("/stream", r#"{"question":"a"}"#).await;
    raw.read_until("xxx").await;
    eventually("the run has been given up", || server.server.runs_in_flight() == 0).await;
    assert!(made.get() < 32 << 10, "{} KiB were made for a client that took almost nothing", made.get());
}

#[tokio::test]
async fn a_run_ends_at_its_deadline_however_slowly_its_client_reads() {
    let (endpoint, _made) = firehose("ask");
    let server = TestServer::with([endpoint], |settings| settings.timeouts.run = ms(300)).await;
    let mut raw = Raw::with_small_window(server.address).await;
    // HTTP/1.0: the body ends with the connection.
    let head = "POST /stream HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n";
    raw.write(format!("{head}{{\"question\":\"a\"}}")).await;
    let mut came = raw.read_until("xxx").await;
    let reading = async {
        use tokio::io::AsyncReadExt;
        let mut buffer = [0; 512];
        loop {
            let read = raw.0.read(&mut buffer).await.unwrap();
            assert!(read > 0, "the connection was cut");
            came.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let begun = Instant::now();
    let gone = eventually("the run has ended", || server.server.runs_in_flight() == 0);
    tokio::select! { () = gone => {}, () = reading => {} }
    assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    assert!(!came.contains("upstream_timeout"), "the reader was not slow enough");
    came += &raw.read_to_end().await;
    let last = came.lines().last().unwrap();
    assert!(last.starts_with(r#"{"error":{"code":"upstream_timeout""#), "{last}");
    let line = r#"windlass_requests_total{chain="ask",operation="stream",outcome="upstream_timeout"}"#;
    assert_eq!(server.metric(line).await, 1.0);
}

#[tokio::test]
async fn a_run_ends_at_its_deadline_though_its_http2_window_is_closed() {
    let (endpoint, _made) = firehose("ask");
    let server = TestServer::with([endpoint], |settings| settings.timeouts.run = ms(300)).await;
    let mut connection = server.connect_http2().await;
    let asked = connection.send_request(ask("http://here.example/stream", "a"));
    let mut response = soon("the head is there", asked).await.unwrap();
    next_piece(response.body_mut()).await;
    server.idle().await;
    let healthy = connection.send_request(get("http://here.example/health"));
    assert_eq!(soon("another is answered", healthy).await.unwrap().status(), 200);
    let rest = Answer::of(response).await.text();
    let last = rest.lines().last().unwrap();
    assert!(last.starts_with(r#"{"error":{"code":"upstream_timeout""#), "{last}");
}

#[tokio::test]
async fn http2_carries_many_streams_on_one_connection() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::of([endpoint]).await;
    let connection = server.connect_http2().await;
    let streams = (0..100).map(|number| {
        let mut connection = connection.clone();
        async move {
            let mut ask = ask("/stream", &number.to_string());
            *ask.uri_mut() = "http://here.example/stream".parse().unwrap();
            Answer::of(soon("the head is there", connection.send_request(ask)).await.unwrap()).await
        }
    });
    let direct = async {
        let mut runs = Vec::new();
        for _ in 0..100 {
            runs.push(desk.next().await);
        }
        runs.iter().for_each(|run| run.say(run.question.clone()));
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(streams), direct);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.lines()[0], json!({"chunk": number.to_string()}));
        assert_eq!(answer.lines().len(), 2);
    }
    server.idle().await;
}

#[tokio::test]
async fn http2_answers_head_with_a_length_and_no_body() {
    let server = TestServer::of([echo("ask")]).await;
    let mut connection = server.connect_http2().await;
    for path in ["/health", "/ask", "/nothing/here"] {
        let url = format!("http://here.example{path}");
        let whole = soon("GET is answered", connection.send_request(get(&url))).await.unwrap();
        let whole = Answer::of(whole).await;
        let head =
            soon("HEAD is answered", connection.send_request(request(Method::HEAD, &url))).await.unwrap();
        let head = Answer::of(head).await;
        assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
        assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_http2_connection_is_closed_when_idle_and_not_in_the_middle_of_a_stream() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::with([endpoint, echo("echo")], timeouts(LONG, 150)).await;
    for round in 0..10 {
        let mut connection = server.connect_http2().await;
        let mut ask = ask("/ask/stream", "a");
        *ask.uri_mut() = "http://here.example/ask/stream".parse().unwrap();
        let (mut response, run) = tokio::join!(connection.send_request(ask), async {
            let run = desk.next().await;
            run.say("first");
            run
        });
        next_piece(response.as_mut().unwrap().body_mut()).await;
        if round == 0 {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        drop(run);
        assert!(next_piece(response.as_mut().unwrap().body_mut()).await.starts_with("{\"end\":"));
        let closed = async {
            while connection.ready().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await
            }
        };
        soon("the idle connection is closed", closed).await;
    }
}

#[tokio::test]
async fn http_1_0_gets_a_body_that_ends_with_the_connection() {
    let server = TestServer::of([echo("ask")]).await;
    let body = r#"{"question":"a b"}"#;
    for path in ["/stream?end=false", "/invoke"] {
        let mut raw = server.raw().await;
        raw.write(format!(
            "POST {path} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
        let answer = raw.read_to_end().await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200") && !head.contains("chunked"), "{head}");
        assert!(
            ["{\"chunk\":\"a \"}\n{\"chunk\":\"b\"}\n", "{\"answer\":\"a b\"}"].contains(&body),
            "{body}"
        );
    }
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_order() {
    let server = TestServer::of([echo("ask")]).await;
    let mut raw = server.raw().await;
    let requests: String = (0..20)
        .map(|number| {
            let body = format!("{{\"question\":\"{number}\"}}");
            format!(
                "POST /invoke HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        })
        .collect();
    raw.write(requests + "GET /health HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    let answers = raw.read_to_end().await;
    let order: Vec<_> = answers
        .split("{\"answer\":\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_string())
        .collect();
    assert_eq!(order, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    assert!(answers.ends_with("{\"status\":\"ok\"}"));
}

#[tokio::test]
async fn a_connection_above_the_cap_waits_until_another_closes() {
    let server = TestServer::with([echo("ask")], |settings| settings.limits.connections = Some(2)).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    assert_eq!(first.send(get("/health")).await.status, 200);
    assert_eq!(second.send(get("/health")).await.status, 200);
    let mut third = server.connect().await;
    let waiting = tokio::time::timeout(Duration::from_millis(100), third.open(get("/health"))).await;
    assert!(waiting.is_err(), "the cap does not hold");
    assert_eq!(first.send(get("/health")).await.status, 200);
    drop((first, third));
    assert_eq!(server.get("/health").await.status, 200);
}

#[tokio::test]
async fn an_answer_says_its_version_and_keeps_the_connection() {
    let server = TestServer::of([echo("ask")]).await;
    let response = server.open(get("/health")).await;
    assert_eq!(response.version(), Version::HTTP_11);
    assert!(!response.headers().contains_key("connection"));
}
