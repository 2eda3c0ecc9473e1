//! `langchain: ask.json` in a chain file.

use super::{ASK_JSON, INPUT, asking, chat, code, folder_of, sequence};
use crate::{
    folder_with,
    program::{Ended, Windlass, run},
    vendor::KEY,
};
use serde_json::{Value, json};
use std::fs;

const FILE: &str = "\
chains:
  ask:
    description: Answers.
    langchain: chains/ask.json
    output: answer
    examples: [{ tone: dry, question: What is Python? }]
";

#[test]
fn it_is_a_chain_like_others() {
    let (folder, file) = folder_with("chains.yaml", FILE);
    fs::create_dir(folder.path().join("chains")).unwrap();
    fs::copy(ASK_JSON, folder.path().join("chains/ask.json")).unwrap();
    let server = Windlass::serve(&["--demo", &file], &[]);
    let answer = server.post("/ask/invoke", &INPUT.replace('{', r#"{"own":1,"#));
    assert_eq!(answer.status, 200);
    assert!(answer.json()["answer"].as_str().unwrap().ends_with("What is Python?"), "{answer:?}");
    assert_eq!(server.get("/ask").json()["description"], "Answers.");
}

#[test]
fn a_path_stays_below_the_chain_file() {
    let (folder, above) = folder_with("ask.json", &fs::read_to_string(ASK_JSON).unwrap());
    fs::create_dir(folder.path().join("in")).unwrap();
    let file = folder.path().join("in/chains.yaml");
    for path in ["../ask.json", &above, "a/../../ask.json", "./ask.json", ""] {
        fs::write(&file, format!("chains: {{ ask: {{ langchain: '{path}' }} }}\n")).unwrap();
        let ended = run(&["check", "--demo", file.to_str().unwrap()], &[]);
        assert_eq!(ended.code, Some(1), "{path}");
        let expect = format!("`{path}` is not below the chain file");
        assert!(ended.err.contains(&expect) && ended.err.contains("chains/ask.json"), "{}", ended.err);
    }
}

#[test]
fn a_file_that_is_not_there() {
    let (_folder, file) = folder_with("chains.yaml", FILE);
    let ended = run(&["serve", "--demo", "--listen", "127.0.0.1:0", &file], &[]);
    assert_eq!(ended.code, Some(1));
    for part in
        ["`chains/ask.json` could not be read: No such file", "chains.yaml:4:16", "langchain_core.load.dumps"]
    {
        assert!(ended.err.contains(part), "no `{part}` in {}", ended.err);
    }
}

/// The first reason, how many more there are, and the command that says them all.
#[test]
fn a_file_that_is_refused() {
    let chain = sequence(code("a/B", "B()"), code("a/C", "C()"));
    let (folder, path) = folder_of("ask.json", &chain);
    let file = folder.path().join("chains.yaml");
    fs::write(&file, "chains:\n  ask:\n    langchain: ask.json\n").unwrap();
    let refused = |args: &[&str]| -> Ended {
        let ended = run(&[args, &[file.to_str().unwrap()]].concat(), &[]);
        assert_eq!(ended.code, Some(1));
        ended
    };
    let command = format!("windlass check {path}");
    let ended = refused(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    for part in ["`ask.json` cannot be served: $.kwargs.first: ", "and 1 more", &command, "chains.yaml:3:16"]
    {
        assert!(ended.err.contains(part), "no `{part}` in {}", ended.err);
    }
    let mistake: Value = serde_json::from_str(&refused(&["check", "--demo", "--json"]).out).unwrap();
    assert_eq!((&mistake["path"], &mistake["line"]), (&json!("chains.ask.langchain"), &json!(3)));
    let ended = run(&["check", "--demo", &path], &[]);
    assert!(ended.err.contains("$.kwargs.first") && ended.err.contains("$.kwargs.last"), "{}", ended.err);
}

/// The file's `langchain:` part allows what the flags allow.
#[test]
fn a_chain_file_says_what_chains_may_do() {
    let base = json!({"model": "m", "openai_api_base": "https://llm.example.com/v1"});
    let chain = sequence(asking(base), chat("{{ content }}", "jinja2"));
    let (folder, path) = folder_of("ask.json", &chain);
    let file = folder.path().join("chains.yaml");
    let part = "langchain: { jinja2: true, secrets: { OPENAI_API_KEY: [llm.example.com] } }\n";
    let chains = "chains: { ask: { langchain: ask.json } }\n";
    let check = |text: &str, args: &[&str]| {
        fs::write(&file, text).unwrap();
        run(&[&["check", file.to_str().unwrap()], args].concat(), &[("OPENAI_API_KEY", KEY)])
    };
    let ended = check(&format!("{part}{chains}"), &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert_eq!(check(chains, &[]).code, Some(1));
    let flags = ["--langchain-jinja2", "--langchain-secret", "OPENAI_API_KEY=llm.example.com"];
    assert_eq!(check(chains, &flags).code, Some(0));
    let ended = run(&["check", &path], &[("OPENAI_API_KEY", KEY)]);
    assert!(ended.err.contains("llm.example.com") && ended.err.contains("jinja2"), "{}", ended.err);
}
