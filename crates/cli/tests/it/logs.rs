//! Logs: one line a run, each line an object where JSON is asked for, and never a content or a key.

use crate::{
    ASK, folder_with,
    program::{Windlass, command, run},
    vendor::{KEY, Vendor},
};
use serde_json::{Value, json};
use std::collections::HashSet;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ASKED: &str = "a-question-nobody-may-log";
const ANSWERED: &str = "an-answer-nobody-may-log";

fn serve(vendor: &Vendor, filter: &str) -> Windlass {
    let variables = [
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_BASE_URL", &vendor.url()),
        ("WINDLASS_LOG", filter),
        ("WINDLASS_LOG_FORMAT", "json"),
    ];
    Windlass::serve(&[ASK], &variables)
}

/// Makes a run of each kind: invoked, streamed, failed, refused, and one whose client left.
fn make_runs(server: &Windlass, vendor: &Vendor) {
    let question = json!({"question": ASKED}).to_string();
    let headers = [("content-type", "application/json"), ("traceparent", TRACEPARENT)];
    let mut client = server.client();
    client.request("POST", "/invoke", &headers, question.as_bytes());
    vendor.next().complete(ANSWERED);
    assert_eq!(client.answer().json()["answer"], ANSWERED);

    client.request("POST", "/stream", &headers, question.as_bytes());
    let mut exchange = vendor.next();
    exchange.begin_stream();
    exchange.token(ANSWERED);
    exchange.end_stream();
    assert!(client.answer().text.contains(ANSWERED));

    client.request("POST", "/invoke", &headers, question.as_bytes());
    let message = format!("Incorrect API key provided: {KEY}.");
    vendor.next().answer("401 Unauthorized", &json!({"error": {"message": message}}));
    assert!(!client.answer().text.contains(KEY));

    client.request("POST", "/invoke", &headers, json!({"questoin": ASKED}).to_string().as_bytes());
    assert_eq!(client.answer().status, 422);

    client.request("POST", "/stream", &headers, question.as_bytes());
    let mut exchange = vendor.next();
    exchange.begin_stream();
    exchange.token(ANSWERED);
    client.head();
    client.line();
    drop(client);
    exchange.closed();
}

/// The lines of runs, once there are so many.
fn runs(server: &Windlass, count: usize) -> Vec<Value> {
    server.wait_until(|lines| {
        let lines = lines.iter().filter(|line| line.contains(r#""target":"windlass::run""#));
        let runs: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        (runs.len() >= count).then_some(runs)
    })
}

#[test]
fn a_run_is_one_line_of_json() {
    let vendor = Vendor::start();
    let mut server = serve(&vendor, "info");
    make_runs(&server, &vendor);
    runs(&server, 5);
    server.signal("TERM");
    assert_eq!(server.exit_code(), Some(0));

    let lines: Vec<Value> = server.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()),
        "{lines:#?}"
    );
    let first = &lines[0];
    assert_eq!(
        (&first["message"], &first["chains"], &first["demo"]),
        (&json!("listening"), &json!("ask"), &json!(false))
    );

    let runs = runs(&server, 5);
    let told = |run: &Value| (run["operation"].clone(), run["status"].clone(), run["code"].clone());
    let expect = [
        ("invoke", 200, "ok"),
        ("stream", 200, "ok"),
        ("invoke", 502, "upstream_auth"),
        ("invoke", 422, "invalid_input"),
        ("stream", 499, "cancelled"),
    ];
    let expect = expect.map(|(operation, status, code)| (json!(operation), json!(status), json!(code)));
    assert_eq!(runs.iter().map(told).collect::<Vec<_>>(), expect);
    for run in &runs {
        assert_eq!((&run["chain"], &run["traceparent"]), (&json!("ask"), &json!(TRACEPARENT)));
        assert!(run["total_ms"].is_number() && run["client"] == "127.0.0.1", "{run:#}");
    }
    for run in &runs[..2] {
        assert_eq!((&run["input_tokens"], &run["output_tokens"]), (&json!(11), &json!(7)));
    }
    assert_eq!(
        runs[2]["error"], "openai (gpt-4o): authentication, status 401",
        "the cause, but not the service's words"
    );
    let ids: HashSet<_> = runs.iter().map(|run| run["run_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 5);
}

/// Not even where everything is logged that this program and its libraries have to say.
#[test]
fn neither_contents_nor_keys_are_logged() {
    for filter in ["info", "debug", "trace"] {
        let vendor = Vendor::start();
        let mut server = serve(&vendor, filter);
        make_runs(&server, &vendor);
        runs(&server, 5);
        server.signal("TERM");
        assert_eq!(server.exit_code(), Some(0));
        for line in server.lines() {
            for secret in [ASKED, ANSWERED, KEY, "Bearer "] {
                assert!(!line.contains(secret), "with `{filter}` a line holds `{secret}`: {line}");
            }
        }
    }
}

/// What stops the start, or a new version of a file, is an object too.
#[test]
fn mistakes_are_json_too() {
    let args = ["serve", "--log-format", "json", "--listen", "127.0.0.1:0"];
    let ended = run(&[&args[..], &[ASK]].concat(), &[]);
    let line: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!((ended.code, &line["level"], &line["line"]), (Some(1), &json!("ERROR"), &json!(5)));
    assert!(line["message"].as_str().unwrap().contains("OPENAI_API_KEY"), "{line}");
    assert!(line["remedy"].as_str().unwrap().contains("--demo"), "{line}");
    let ended = run(&[&args[..], &["--demo", "--set", "limits.nonsense=1", ASK]].concat(), &[]);
    let line: Value = serde_json::from_str(&ended.err).unwrap();
    assert!(line["message"].as_str().unwrap().contains("limits.nonsense"), "{line}");

    let chain = "chains: { one: { input: { q: string }, prompt: '{q}', model: { fake: m } } }\n";
    let (_folder, file) = folder_with("chains.yaml", chain);
    let server = Windlass::start(command(&[&args[..], &["--watch", &file]].concat(), &[]));
    std::fs::write(&file, chain.replace("'{q}'", "'{p}'")).unwrap();
    server.wait_for(|line| line.contains("the old chains stay"));
    let lines: Vec<Value> = server.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["file"] == file.as_str() && line["line"] == 1), "{lines:#?}");
}

#[test]
fn a_level_can_be_left_out() {
    let vendor = Vendor::start();
    let variables = [("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())];
    let mut server = Windlass::serve(&["--log", "warn", ASK], &variables);
    assert_eq!(server.post("/invoke", "{}").status, 422);
    server.signal("TERM");
    assert_eq!(server.exit_code(), Some(0));
    assert!(!server.lines().iter().any(|line| line.contains("INFO")), "{:#?}", server.lines());
}
