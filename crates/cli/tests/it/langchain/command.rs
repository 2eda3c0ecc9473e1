//! `check`, `convert`, `invoke` and `openapi` with a chain's JSON.

use super::{ASK_JSON, INPUT, code, folder_of, sequence};
use crate::{
    folder_with,
    program::{Windlass, run},
};
use serde_json::{Value, json};

#[test]
fn check_shows_the_steps() {
    let ended = run(&["check", "--demo", ASK_JSON], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let tree = "prompt 3 messages\nmodel openai gpt-4o-mini\nparser text\n";
    assert_eq!(ended.out, format!("ok {ASK_JSON}: ask\n{tree}"));
}

#[test]
fn check_tells_all_reasons_with_path_and_line() {
    let lambda = code("langchain_core/runnables/base/RunnableLambda", "RunnableLambda(lambda x: x)");
    let chain = sequence(lambda, json!({"lc": 1, "type": "constructor", "id": ["a", "Evil"], "kwargs": {}}));
    let text = serde_json::to_string_pretty(&chain).unwrap();
    let line_of = |part: &str| 1 + text.lines().position(|line| line.contains(part)).unwrap();
    let (_folder, file) = folder_with("ask.json", &text);
    let ended = run(&["check", "--demo", "--json", &file], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), ""));
    let mistakes: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<_> = mistakes.iter().map(|mistake| (&mistake["path"], &mistake["line"])).collect();
    let (first, last) = (json!(line_of("\"first\"")), json!(line_of("\"last\"")));
    assert_eq!(found, [(&json!("$.kwargs.first"), &first), (&json!("$.kwargs.last"), &last)]);
    let ended = run(&["check", "--demo", &file], &[]);
    for part in ["at $.kwargs.first", "is Python code", "at $.kwargs.last", "a/Evil", "2 mistakes"] {
        assert!(ended.err.contains(part), "no `{part}` in {}", ended.err);
    }
}

#[test]
fn what_is_converted_is_served_as_the_json_is() {
    let converted = run(&["convert", ASK_JSON], &[]);
    assert_eq!((converted.code, converted.err.as_str()), (Some(0), ""));
    let (_folder, file) = folder_with("ask.yaml", &converted.out);
    let invoke = |file: &str| {
        let answer = Windlass::serve(&["--demo", file], &[]).post("/ask/invoke", INPUT);
        (answer.status, answer.json())
    };
    assert_eq!(invoke(&file), invoke(ASK_JSON));
    assert_eq!(invoke(&file).0, 200);
}

#[test]
fn convert_gives_nothing_or_everything() {
    let (_folder, file) = folder_of("ask.json", &code("a/B", "B()"));
    let ended = run(&["convert", &file], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("is Python code"), "{}", ended.err);
}

#[test]
fn invoke_and_openapi_take_it_too() {
    let ended = run(&["invoke", "--demo", ASK_JSON, "ask", INPUT], &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.ends_with("What is Python?\n"), "{}", ended.out);
    let ended = run(&["openapi", ASK_JSON], &[]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert!(document["paths"]["/ask/stream"]["post"].is_object());
}

/// The page shows the file that is beside the recorded JSON.
#[test]
fn the_docs_show_what_was_exported() {
    let page = include_str!("../../../../../docs/langchain.md");
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let code: String =
        code.lines().map(|line| format!("{}\n", line.strip_prefix("   ").unwrap_or(line))).collect();
    assert_eq!(code.trim_end(), include_str!("../../../../../examples/langchain/ask.py").trim_end());
    let shown = page.split("$ windlass check --demo ask.json\n").nth(1).unwrap().split("```").next().unwrap();
    let shown: Vec<_> = shown.lines().map(str::trim).collect();
    let ended = run(&["check", "--demo", ASK_JSON], &[]);
    let printed = ended.out.replace(ASK_JSON, "ask.json");
    assert_eq!(shown[..4].join("\n"), printed.trim_end());
}
