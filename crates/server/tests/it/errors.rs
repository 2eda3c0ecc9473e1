//! Failures of runs as clients see them: the contract's table, as a status before the first content and as one line after it.

use crate::{
    chains::{asked, failing, pieces, step},
    client::{Answer, With, ask, post},
    harness::{TestServer, ms},
};
use futures_util::StreamExt;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use windlass_core::python::PythonError;
use windlass_core::{
    Error, InputProblem, ModelError, ModelErrorKind as Kind, ParseError, Phase, PromptError,
};

/// What only the log may say.
const SECRET: &str = "sk-secret at https://user:password@internal.example";

fn model(kind: Kind) -> Error {
    let source: windlass_core::BoxError = Arc::new(std::io::Error::other(SECRET));
    let (vendor, model) = ("openai".into(), "gpt-4o".into());
    ModelError {
        vendor,
        model,
        kind,
        status: Some(418),
        message: SECRET.into(),
        class: None,
        source: Some(source),
    }
    .into()
}

fn rate_limited(seconds: Option<u64>) -> Error {
    model(Kind::RateLimited { retry_after: seconds.map(Duration::from_secs) })
}

struct Case {
    error: Error,
    status: u16,
    code: &'static str,
    phase: Option<&'static str>,
    retry_after: &'static str,
}

fn case(error: Error, status: u16, code: &'static str) -> Case {
    Case { error, status, code, phase: None, retry_after: "" }
}

fn timeout(phase: Phase, name: &'static str) -> Case {
    Case { phase: Some(name), ..case(model(Kind::Timeout(phase)), 504, "upstream_timeout") }
}

fn limited(seconds: Option<u64>, retry_after: &'static str) -> Case {
    Case { retry_after, ..case(rate_limited(seconds), 429, "upstream_rate_limited") }
}

fn table() -> Vec<Case> {
    let problem = InputProblem {
        kind: "odd".into(),
        loc: vec![json!("body")],
        msg: "odd".into(),
        input: json!(1),
        ctx: None,
    };
    let missing = PromptError::MissingVariables {
        prompt: "PromptTemplate",
        missing: vec!["topic".into()],
        expected: vec![],
        received: vec![],
    };
    let raised = PythonError::new("ValueError", SECRET);
    let not_messages =
        PromptError::NotMessages { variable: "history".into(), got: "text".into(), raised: raised.clone() };
    let parse = ParseError::rejected("JsonOutputParser", SECRET, Some(SECRET.into()));
    let deadline = Error::Deadline { limit: Duration::from_secs(1) };
    vec![
        case(Error::InvalidInput(vec![problem]), 422, "invalid_input"),
        case(missing.into(), 422, "invalid_input"),
        case(not_messages.into(), 422, "invalid_input"),
        case(PromptError::Raised(raised).into(), 422, "invalid_input"),
        case(parse.into(), 422, "parse_failed"),
        case(model(Kind::ContextTooLong), 422, "context_too_long"),
        limited(Some(7), "7"),
        limited(Some(3600), "60"),
        limited(None, "1"),
        case(Error::step("look up", SECRET), 500, "step_failed"),
        case(Error::BufferLimit { limit: 9 }, 500, "step_failed"),
        case(model(Kind::Server), 502, "upstream_error"),
        case(model(Kind::Unavailable), 502, "upstream_error"),
        case(model(Kind::Authentication), 502, "upstream_auth"),
        case(model(Kind::InvalidRequest), 502, "upstream_rejected"),
        case(model(Kind::Protocol), 502, "upstream_invalid"),
        timeout(Phase::Connect, "connect"),
        timeout(Phase::FirstToken, "first_token"),
        timeout(Phase::BetweenTokens, "between_tokens"),
        Case { phase: Some("total"), ..case(deadline, 504, "upstream_timeout") },
    ]
}

fn check_status(answer: &Answer, case: &Case, whence: &str) {
    let body = answer.json();
    assert_eq!(answer.failure(), (case.status, case.code.into()), "{whence}: {body}");
    assert_eq!(body["error"].get("phase").and_then(|phase| phase.as_str()), case.phase, "{whence}: {body}");
    assert_eq!(answer.header("retry-after"), case.retry_after, "{whence}: {body}");
    assert_eq!(body["error"]["run_id"], answer.header("x-run-id"), "{whence}");
    assert!(!answer.text().contains("secret"), "{whence} tells a secret: {body}");
}

#[tokio::test]
async fn a_failure_before_the_first_content_is_a_status() {
    for case in table() {
        let server = TestServer::of([failing("ask", "", case.error.clone())]).await;
        check_status(&server.send(ask("/invoke", "a")).await, &case, "invoke");
        check_status(&server.send(ask("/stream", "a")).await, &case, "NDJSON");
        check_status(
            &server.send(ask("/stream", "a").with("accept", "text/event-stream")).await,
            &case,
            "SSE",
        );
    }
}

#[tokio::test]
async fn a_failure_after_the_first_content_is_exactly_one_last_line() {
    for case in table() {
        let server = TestServer::of([failing("ask", "so far", case.error.clone())]).await;
        let lines = server.send(ask("/stream", "a")).await;
        let events = server.send(ask("/stream", "a").with("accept", "text/event-stream")).await;
        for (answer, parts) in [(&lines, lines.lines()), (&events, events.events())] {
            assert_eq!(answer.status, 200);
            assert_eq!(parts.len(), 2, "{parts:?}");
            assert_eq!(parts[0], json!({"chunk": "so far"}));
            let error = &parts[1]["error"];
            assert_eq!(error["code"], case.code);
            assert_eq!(error.get("phase").and_then(|phase| phase.as_str()), case.phase);
            assert_eq!(error["run_id"], answer.header("x-run-id"));
            assert!(!answer.text().contains("secret"), "{error}");
        }
    }
}

#[tokio::test]
async fn in_a_batch_every_failure_stands_at_its_place() {
    for case in table() {
        let server = TestServer::of([failing("ask", "", case.error.clone())]).await;
        let answer = server.send(post("/batch", &json!({"inputs": [{"question": "a"}]}))).await;
        let error = &answer.json()["results"][0]["error"];
        assert_eq!(
            (&error["code"], error.get("phase").and_then(|phase| phase.as_str())),
            (&json!(case.code), case.phase)
        );
        assert!(!answer.text().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn bad_input_is_listed_as_fastapi_does() {
    let server = TestServer::of([crate::chains::echo("ask")]).await;
    let answer = server.send(post("/invoke", &json!({"question": 1, "more": true}))).await;
    let body = answer.json();
    let mut detail = body["detail"].as_array().unwrap().clone();
    detail.sort_by_key(|problem| problem["type"].to_string());
    let extra = json!({"type": "extra_forbidden", "loc": ["body", "more"], "msg": "Extra inputs are not permitted: `more`", "input": true});
    let wrong = json!({"type": "string_type", "loc": ["body", "question"], "msg": "Input should be a valid string", "input": 1});
    assert_eq!(detail, [extra, wrong]);
    assert_eq!(body["error"]["code"], "invalid_input");
    assert!(body["error"]["message"].as_str().unwrap().contains("body.more"));
}

#[tokio::test]
async fn a_panic_in_a_step_is_that_runs_failure_and_nothing_else() {
    let at_once = step(|_, _| futures_util::stream::poll_fn(|_| panic!("{SECRET}")).boxed());
    let later =
        step(|_, _| pieces(["so far"]).chain(futures_util::stream::poll_fn(|_| panic!("{SECRET}"))).boxed());
    let server =
        TestServer::of([asked("once", at_once).build().unwrap(), asked("later", later).build().unwrap()])
            .await;
    for path in ["/once/invoke", "/once/stream", "/later/invoke"] {
        let answer = server.send(ask(path, "a")).await;
        assert_eq!(answer.failure(), (500, "step_failed".into()), "{path}");
        assert!(!answer.text().contains("secret"));
    }
    let lines = server.send(ask("/later/stream", "a")).await.lines();
    assert_eq!((&lines[0], &lines[1]["error"]["code"]), (&json!({"chunk": "so far"}), &json!("step_failed")));
    assert_eq!(lines.len(), 2);
    server.idle().await;
}

#[tokio::test]
async fn a_panic_where_a_run_begins_is_no_cancellation() {
    let server = TestServer::of([asked("ask", step(|_, _| panic!("{SECRET}"))).build().unwrap()]).await;
    for operation in ["invoke", "stream"] {
        let answer = server.send(ask(&format!("/{operation}"), "a")).await;
        assert_eq!(answer.status, 500);
        assert!(!answer.text().contains("secret"));
        server.idle().await;
        let labels = format!("chain=\"ask\",operation=\"{operation}\"");
        let ended = |outcome: &str| format!("windlass_requests_total{{{labels},outcome=\"{outcome}\"}}");
        assert_eq!(server.metric(&ended("cancelled")).await, 0.0);
        assert_eq!(server.metric(&ended(&answer.failure().1)).await, 1.0);
    }
}

#[tokio::test]
async fn a_run_that_takes_too_long_ends_with_the_phase_total() {
    let stall = step(|_, _| futures_util::stream::pending().boxed());
    let slow = step(|_, _| pieces(["so far"]).chain(futures_util::stream::pending()).boxed());
    let chains = [("stall", stall), ("slow", slow)];
    let endpoints = chains.map(|(name, chain)| asked(name, chain).build().unwrap());
    let server = TestServer::with(endpoints, |settings| settings.timeouts.run = ms(50)).await;
    for path in ["/stall/invoke", "/stall/stream"] {
        let answer = server.send(ask(path, "a")).await;
        assert_eq!(answer.failure(), (504, "upstream_timeout".into()), "{path}");
        assert_eq!(answer.json()["error"]["phase"], "total");
    }
    let lines = server.send(ask("/slow/stream", "a")).await.lines();
    assert_eq!(
        (&lines[1]["error"]["code"], &lines[1]["error"]["phase"]),
        (&json!("upstream_timeout"), &json!("total"))
    );
}
