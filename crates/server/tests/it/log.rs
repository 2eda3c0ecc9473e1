//! The log: one line for each run, which says how it went and never what was said.

use crate::{
    chains::{Directed, asked, directed, echo, failing, pieces, step, tokens},
    client::{With, ask, post},
    harness::TestServer,
};
use serde_json::{Value, json};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;
use windlass_core::Error;

const RUN: &str = "0190a5b2-7c4e-7d3e-8a2b-1c2d3e4f5a6b";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// What this thread's tasks logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

impl Log {
    fn capture() -> (Log, tracing::subscriber::DefaultGuard) {
        let log = Log::default();
        let level = tracing::level_filters::LevelFilter::TRACE;
        let subscriber =
            tracing_subscriber::fmt().json().with_max_level(level).with_writer(log.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The fields of the lines about runs.
    fn runs(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == "windlass::run").map(|line| line["fields"].clone()).collect()
    }
}

#[tokio::test]
async fn a_run_is_one_line_without_its_content() {
    let (log, _guard) = Log::capture();
    let chain = step(|_, cx| {
        cx.emit(tokens());
        pieces(["the private answer"])
    });
    let server = TestServer::of([asked("talk", chain).build().unwrap()]).await;
    for operation in ["invoke", "stream"] {
        let question = ask(&format!("/{operation}"), "the private question")
            .with("x-run-id", RUN)
            .with("traceparent", PARENT);
        assert_eq!(server.send(question).await.status, 200);
        server.idle().await;
        let fields = log.runs().pop().unwrap();
        let said = json!({
            "chain": "talk", "operation": operation, "run_id": RUN, "status": 200, "code": "ok",
            "input_tokens": 7, "output_tokens": 2, "traceparent": PARENT, "client": "127.0.0.1",
        });
        for (key, value) in said.as_object().unwrap() {
            assert_eq!(fields[key], *value, "{key}");
        }
        assert!(fields["total_ms"].is_f64());
        assert_eq!(fields["first_chunk_ms"].is_f64(), operation == "stream");
    }
    assert_eq!(log.runs().len(), 2);
    assert!(!log.text().contains("private"), "{}", log.text());
}

#[tokio::test]
async fn a_failure_says_why_in_the_log_alone() {
    let (log, _guard) = Log::capture();
    let error = Error::step("look up", io::Error::other("disk 7 is on fire"));
    let server = TestServer::of([failing("ask", "", error)]).await;
    let answer = server.send(ask("/invoke", "the private question")).await;
    let batch = server.send(post("/batch", &json!({"inputs": [{"question": "the private question"}]}))).await;
    assert!(!answer.text().contains("fire") && !batch.text().contains("fire"));
    server.idle().await;
    let [invoke, input, whole]: [Value; 3] = log.runs().try_into().unwrap();
    for (fields, run) in [(invoke, &answer.json()), (input, &batch.json()["results"][0])] {
        assert_eq!((&fields["status"], &fields["code"]), (&json!(500), &json!("step_failed")));
        assert_eq!(fields["error"], "step `look up` failed: disk 7 is on fire");
        assert_eq!(fields["run_id"], run["error"]["run_id"]);
    }
    assert_eq!((&whole["operation"], &whole["code"]), (&json!("batch"), &json!("ok")));
    assert!(!log.text().contains("private"));
}

#[tokio::test]
async fn bad_input_and_clients_that_leave_are_told_apart() {
    let (log, _guard) = Log::capture();
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::of([endpoint, echo("echo")]).await;
    server.send(post("/echo/invoke", &json!({"question": 1, "private": "text"}))).await;
    let mut raw = server.raw().await;
    raw.post("/ask/stream", r#"{"question":"private"}"#).await;
    let run: Directed = desk.next().await;
    drop(raw);
    run.dropped().await;
    server.idle().await;
    let outcomes: Vec<_> =
        log.runs().iter().map(|fields| (fields["status"].clone(), fields["code"].clone())).collect();
    assert_eq!(outcomes, [(json!(422), json!("invalid_input")), (json!(499), json!("cancelled"))]);
    assert_eq!(run.cx.run().to_string(), log.runs()[1]["run_id"].as_str().unwrap());
    assert!(!log.text().contains("text\""), "{}", log.text());
}
