//! The commands beside `serve`.

use crate::{
    ASK, JSON, PARALLEL, QUESTION, folder_with,
    program::{Ended, Windlass, command, run, run_to_end},
    vendor::{KEY, Vendor},
};
use serde_json::{Value, json};

/// Two mistakes: a field that is not there, and a parameter that is not known.
const WRONG: &str = "\
chains:
  one:
    input: { question: string }
    prompt: 'Answer: {qestion}'
    model: { openai: gpt-4o, temprature: 1 }
";

#[test]
fn check_says_that_all_is_good() {
    let ended = run(&["check", "--demo", ASK, JSON, PARALLEL], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(
        lines,
        [format!("ok {ASK}: ask"), format!("ok {JSON}: contact"), format!("ok {PARALLEL}: digest")]
    );
}

#[test]
fn check_shows_every_mistake_where_it_is() {
    let (_folder, file) = folder_with("wrong.yaml", WRONG);
    let ended = run(&["check", "--demo", &file], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    for expect in [
        &format!("{file}:4:"),
        "4 |     prompt: 'Answer: {qestion}'",
        "`question`",
        &format!("{file}:5:"),
        "5 |     model: { openai: gpt-4o, temprature: 1 }",
        "`temperature`",
        "help:",
        "2 mistakes",
    ] {
        assert!(ended.err.contains(expect), "no `{expect}` in:\n{}", ended.err);
    }
}

#[test]
fn check_goes_on_after_a_file_with_mistakes() {
    let (_folder, file) = folder_with("wrong.yaml", WRONG);
    let ended = run(&["check", "--demo", "/nowhere/missing.yaml", &file, ASK], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("/nowhere/missing.yaml could not be read"), "{}", ended.err);
    assert!(ended.err.contains("wrong.yaml:4:"), "{}", ended.err);
}

#[test]
fn check_speaks_json() {
    let (_folder, file) = folder_with("wrong.yaml", WRONG);
    let ended = run(&["check", "--demo", "--json", &file], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), ""));
    let mistakes: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(mistakes.iter().map(|mistake| &mistake["line"]).collect::<Vec<_>>(), [4, 5]);
    for mistake in &mistakes {
        assert_eq!((&mistake["file"], &mistake["severity"]), (&json!(file), &json!("error")));
        assert!(
            mistake["message"].is_string() && mistake["remedy"].is_string() && mistake["column"].is_u64()
        );
    }
    let ended = run(&["check", "--demo", "--json", ASK], &[]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(0), "", ""));
}

#[test]
fn check_tells_what_has_no_use() {
    let (_folder, file) = folder_with(
        "chains.yaml",
        "models: { spare: { fake: m } }\nchains: { one: { input: { q: string }, prompt: '{q}', model: { fake: m } } }\n",
    );
    let ended = run(&["check", &file], &[]);
    assert_eq!((ended.code, ended.out), (Some(0), format!("ok {file}: one\n")));
    assert!(ended.err.contains("warning") && ended.err.contains("spare"), "{}", ended.err);
    let ended = run(&["check", "--json", &file], &[]);
    let warning: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &warning["severity"], ended.err.as_str()), (Some(0), &json!("warning"), ""));
}

#[test]
fn check_finds_what_does_not_go_together() {
    let ended = run(&["check", "--demo", ASK, ASK], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("two chains are called `ask`"), "{}", ended.err);
}

#[test]
fn the_schema_knows_good_files_from_bad_ones() {
    let ended = run(&["schema"], &[]);
    let schema: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(ended.code, Some(0));
    assert!(jsonschema::meta::is_valid(&schema));
    assert!(schema["properties"]["chains"].is_object());
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut file = json!({"chains": {"ask": {
        "input": {"question": "string"},
        "prompt": "Answer this question concisely: {question}",
        "model": {"openai": "gpt-4o", "temperature": 0.7},
        "output": "answer",
    }}});
    let errors: Vec<_> = schema.iter_errors(&file).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    file["chains"]["ask"]["model"]["temprature"] = json!(1);
    assert!(!schema.is_valid(&file));
}

#[test]
fn openapi_is_what_the_server_shows() {
    let ended = run(&["openapi", ASK, JSON], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in ["/ask/invoke", "/ask/stream", "/contact/batch"] {
        assert!(document["paths"][path]["post"].is_object(), "{path}");
    }
    let mut served = Windlass::serve(&["--demo", ASK, JSON], &[]).get("/openapi.json").json();
    served["servers"] = document["servers"].clone();
    assert_eq!(document, served);
}

fn invoke(args: &[&str], input: &str) -> Ended {
    run_to_end(command(&[&["invoke", "--demo"], args].concat(), &[]), input)
}

#[test]
fn invoke_prints_the_answer() {
    let ended = invoke(&[ASK, "ask", QUESTION], "");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let whole = ended.out.strip_suffix('\n').unwrap();
    assert!(whole.starts_with("[demo]") && whole.ends_with("What is Python?"), "{whole}");
    assert_eq!(invoke(&[ASK, "ask", "-"], QUESTION).out, ended.out);
}

#[test]
fn invoke_prints_objects_as_json() {
    let ended = invoke(&[PARALLEL, "digest", r#"{"text":"Python reads like English."}"#], "");
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let output: Value = serde_json::from_str(&ended.out).unwrap();
    assert!(output["title"].is_string() && output["keywords"].is_string(), "{output}");
}

#[test]
fn invoke_says_what_is_wrong() {
    for (args, expect) in [
        ([ASK, "aks", QUESTION], ["no chain `aks`", "there is ask"]),
        ([ASK, "ask", r#"{"qestion":"?"}"#], ["question", "qestion"]),
        ([ASK, "ask", "{"], ["not JSON", "line 1"]),
        ([ASK, "ask", "7"], ["does not fit", "valid dictionary"]),
        (["/nowhere.yaml", "ask", QUESTION], ["/nowhere.yaml", "could not be read"]),
    ] {
        let ended = invoke(&args, "");
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
        assert!(expect.iter().all(|expect| ended.err.contains(expect)), "{expect:?}: {}", ended.err);
    }
}

#[test]
fn invoke_tells_the_services_failure_without_the_key() {
    let vendor = Vendor::start();
    let variables = [("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())];
    let ended = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&["invoke", ASK, "ask", QUESTION], &variables));
        let message = format!("Incorrect API key provided: {KEY}.");
        vendor.next().answer("401 Unauthorized", &json!({"error": {"message": message}}));
        running.join().unwrap()
    });
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("Incorrect API key") && !ended.err.contains(KEY), "{}", ended.err);
}

#[test]
fn health_says_ok() {
    let server = Windlass::serve(&["--demo", ASK], &[]);
    for url in [format!("http://{}", server.address), format!("{}/readyz", server.address)] {
        let ended = run(&["health", &url], &[]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), "ok\n"), "{}", ended.err);
    }
    let ended = run(&["health", &format!("http://{}/nowhere", server.address)], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("404"), "{}", ended.err);
}

#[test]
fn health_says_why_not() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    let ended = run(&["health", "--timeout", "200ms", &silent], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("no answer within 200ms"), "{}", ended.err);
    // Nobody listens there: the port is one that only root could take.
    let ended = run(&["health", "127.0.0.1:1"], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("127.0.0.1:1 does not answer"), "{}", ended.err);
    let ended = run(&["health", "https://example.com"], &[]);
    assert!(ended.err.contains("a probe speaks http"), "{}", ended.err);
}

#[test]
fn health_sees_that_a_server_is_not_ready() {
    let vendor = Vendor::start();
    let server = Windlass::serve(&[ASK], &[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())]);
    let mut client = server.client();
    client.post("/invoke", QUESTION);
    let exchange = vendor.next();
    server.signal("TERM");
    server.wait_for(|line| line.contains("draining"));
    let ended = run(&["health", &format!("http://{}/readyz", server.address)], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("503"), "{}", ended.err);
    exchange.complete("A language.");
    assert_eq!(client.answer().status, 200);
}

#[test]
fn help_shows_the_defaults() {
    for (command, defaults) in [
        ("serve", ["[default: 127.0.0.1:8000]", "[default: info]", "[default: text]", "1 MiB"].as_slice()),
        ("health", &["[default: http://127.0.0.1:8000/health]", "[default: 3s]"]),
        ("check", &["--demo", "--json"]),
        ("invoke", &["--demo", "standard input"]),
        ("new", &["<DIR>"]),
        ("schema", &["JSON Schema"]),
        ("convert", &["<FILE>", "--langchain-secret <NAME=HOST>", "--langchain-jinja2"]),
        ("openapi", &["<FILE>"]),
    ] {
        let ended = run(&[command, "--help"], &[]);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        let help = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        for default in defaults {
            assert!(help.contains(default), "no `{default}` in:\n{}", ended.out);
        }
        assert!(run(&["--help"], &[]).out.contains(command));
    }
    assert_eq!(run(&["--version"], &[]).out, concat!("windlass ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(run(&[], &[]).code, Some(2));
}

/// As with `windlass schema | head -1`.
#[test]
fn a_reader_that_leaves_is_no_error() {
    for args in [["schema"].as_slice(), &["openapi", ASK], &["check", "--demo", ASK], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(args, &[]);
        let output = command.stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()), "{args:?}");
    }
}
