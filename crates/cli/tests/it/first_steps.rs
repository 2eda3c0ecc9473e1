//! What somebody does who has just heard of Windlass.

use crate::{
    ASK, QUESTION, folder_with,
    program::{Windlass, run, run_to_end},
};
use serde_json::{Value, json};
use std::process::Command;

/// The demo's answer to [`QUESTION`].
const ANSWER: &str = "[demo] This is the built-in demo model, not an LLM. \
    You asked: Answer this question concisely: What is Python?";

#[track_caller]
fn assert_answers(server: &Windlass) {
    let answer = server.post("/invoke", QUESTION);
    assert_eq!((answer.status, answer.json()), (200, json!({"answer": ANSWER})));
}

#[test]
fn the_demo_answers() {
    let server = Windlass::serve(&["--demo", ASK], &[]);
    assert_answers(&server);
    assert_eq!(server.post("/ask/invoke", QUESTION).status, 200);
    for probe in ["/health", "/livez"] {
        assert_eq!(server.get(probe).json(), json!({"status": "ok"}));
    }
    assert_eq!(server.get("/readyz").json(), json!({"status": "ready"}));
    let banner = server.lines().join("\n");
    assert!(banner.contains("demo: every model is the built-in demo model, not an LLM"), "{banner}");
    assert!(banner.contains(&format!("POST http://{}/invoke", server.address)), "{banner}");
    assert!(!banner.contains('\u{1b}'), "no colours where there is no terminal");
}

#[test]
fn the_demo_streams_word_by_word() {
    let server = Windlass::serve(&["--demo", ASK], &[]);
    let answer = server.post("/stream", QUESTION);
    assert_eq!((answer.status, answer.head.header("content-type")), (200, Some("application/x-ndjson")));
    let lines = answer.lines();
    let (end, chunks) = lines.split_last().unwrap();
    assert!(chunks.len() >= 2, "{answer:?}");
    let text: String = chunks.iter().map(|line| line["chunk"].as_str().unwrap()).collect();
    assert_eq!(text, ANSWER);
    assert_eq!(end["end"]["run_id"].as_str(), answer.head.header("x-run-id"));
    assert_eq!(end["end"]["usage"]["output_tokens"], chunks.len());
}

#[test]
fn the_demo_speaks_server_sent_events_and_batches() {
    let server = Windlass::serve(&["--demo", ASK], &[]);
    let mut client = server.client();
    let headers = [("content-type", "application/json"), ("accept", "text/event-stream")];
    client.request("POST", "/stream", &headers, QUESTION.as_bytes());
    let stream = client.answer();
    assert_eq!(stream.head.header("content-type"), Some("text/event-stream"));
    let events: Vec<&str> = stream.text.split_terminator("\n\n").collect();
    assert!(events.len() > 2 && events.iter().all(|event| event.starts_with("data: {")), "{stream:?}");
    assert!(events.last().unwrap().starts_with(r#"data: {"end":{"#), "{stream:?}");

    client.post("/batch", &format!(r#"{{"inputs":[{QUESTION},{QUESTION}]}}"#));
    let result = json!({"output": {"answer": ANSWER}});
    assert_eq!(client.answer().json(), json!({"results": [result, result]}));
    client.post("/batch", &format!(r#"{{"inputs":[{QUESTION},{{}}]}}"#));
    let refused = client.answer();
    assert_eq!((refused.status, refused.code().as_str()), (422, "invalid_input"));
    assert_eq!(refused.json()["detail"][0]["loc"], json!(["body", "inputs", 1, "question"]));
}

/// The commands that the README shows, where there is a curl that knows `--json`.
#[test]
fn curl_does_what_the_readme_says() {
    let help = Command::new("curl").args(["--help", "all"]).output();
    if !help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--json")) {
        return;
    }
    let server = Windlass::serve(&["--demo", ASK], &[]);
    let curl = |path: &str| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--no-buffer", "--json", QUESTION]);
        curl.arg(format!("{}{path}", server.address));
        run_to_end(curl, "")
    };
    let whole = curl("/invoke");
    assert_eq!((whole.code, whole.out), (Some(0), json!({"answer": ANSWER}).to_string()), "{}", whole.err);
    let stream = curl("/stream");
    let lines: Vec<Value> = stream.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line.get("end").is_some()).count(), 1, "{}", stream.out);
    assert!(lines.iter().filter(|line| line.get("chunk").is_some()).count() >= 2, "{}", stream.out);
}

#[test]
fn without_a_key_it_says_what_to_do() {
    let ended = run(&["serve", "--listen", "127.0.0.1:0", ASK], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("OPENAI_API_KEY is not set"), "{}", ended.err);
    assert!(ended.err.contains("examples/ask.yaml:5:"), "{}", ended.err);
    assert!(ended.err.contains("--demo"), "{}", ended.err);
    assert!(!ended.err.contains("http://"), "it listened: {}", ended.err);
}

#[test]
fn an_empty_key_is_no_key() {
    let ended = run(&["check", ASK], &[("OPENAI_API_KEY", "")]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("OPENAI_API_KEY is not set"), "{}", ended.err);
}

#[test]
fn a_new_folder_runs_at_once() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/hello");
    let made = run(&["new", folder.to_str().unwrap()], &[]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let line = made.out.lines().find(|line| line.contains("serve")).unwrap();
    let printed: Vec<&str> = line.split_whitespace().collect();
    let ["windlass", "serve", "--demo", file] = printed[..] else { panic!("{printed:?}") };
    assert_eq!(run(&["check", "--demo", file], &[]).code, Some(0));
    let server = Windlass::serve(&["--demo", file], &[]);
    let answer = server.post("/invoke", QUESTION);
    assert!(answer.json()["answer"].as_str().unwrap().contains("What is Python?"), "{answer:?}");
}

/// The file names its schema and itself; both are there under these names.
#[test]
fn a_new_file_names_what_is_there() {
    let parent = tempfile::tempdir().unwrap();
    assert_eq!(run(&["new", parent.path().to_str().unwrap()], &[]).code, Some(0));
    let text = std::fs::read_to_string(parent.path().join("windlass.yaml")).unwrap();
    assert!(text.contains("$schema=./windlass.schema.json") && text.contains("windlass.yaml --demo"));
    let schema = std::fs::read_to_string(parent.path().join("windlass.schema.json")).unwrap();
    assert!(serde_json::from_str::<Value>(&schema).unwrap()["properties"]["chains"].is_object());
}

#[test]
fn new_leaves_alone_what_is_there() {
    let (folder, path) = folder_with("windlass.yaml", "mine");
    let refused = run(&["new", folder.path().to_str().unwrap()], &[]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("windlass.yaml is there already; name another folder"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
