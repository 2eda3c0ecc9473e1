//! A chain's JSON in place of a chain file: the same API, with LangChain's ways.

use super::{ASK_JSON, INPUT, asking, folder_of};
use crate::{
    program::{Windlass, run},
    vendor::{KEY, Vendor},
};
use serde_json::{Value, json};

/// The example, asking this vendor.
fn serve(vendor: &Vendor) -> Windlass {
    Windlass::serve(&[ASK_JSON], &[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())])
}

#[test]
fn it_sends_what_python_sends() {
    let vendor = Vendor::start();
    let server = serve(&vendor);
    let mut client = server.client();
    let history = r#"[["human","Hi."],{"role":"assistant","content":"Hello."}]"#;
    client.post("/ask/invoke", &INPUT.replace('{', &format!(r#"{{"history":{history},"own":1,"#)));
    let exchange = vendor.next();
    assert_eq!(exchange.head.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(
        exchange.json(),
        json!({
            "model": "gpt-4o-mini",
            "temperature": 0.0,
            "stream": false,
            "messages": [
                {"role": "system", "content": "You answer in one sentence, in a dry tone."},
                {"role": "user", "content": "Hi."},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": "What is Python?"},
            ],
        })
    );
    exchange.complete("A language.");
    let answer = client.answer();
    assert_eq!((answer.status, answer.json()), (200, json!("A language.")));
}

#[test]
fn it_streams_and_batches() {
    let vendor = Vendor::start();
    let server = serve(&vendor);
    let mut client = server.client();
    client.post("/stream", INPUT);
    let mut exchange = vendor.next();
    assert_eq!(exchange.json()["stream"], true);
    exchange.begin_stream();
    exchange.token("A lan");
    assert_eq!(client.head().0, 200);
    assert_eq!(client.line().unwrap(), json!({"chunk": "A lan"}));
    exchange.token("guage.");
    assert_eq!(client.line().unwrap(), json!({"chunk": "guage."}));
    exchange.end_stream();
    assert_eq!(client.line().unwrap()["end"]["usage"]["total_tokens"], 18);
    assert_eq!(client.line(), None);

    let mut client = server.client();
    client.post("/ask/batch", r#"{"inputs":[{"tone":"a","question":"1"},{"tone":"b","question":"2"}]}"#);
    vendor.asked("a tone").complete("one");
    vendor.asked("b tone").complete("two");
    assert_eq!(client.answer().json(), json!({"results": [{"output": "one"}, {"output": "two"}]}));
}

#[test]
fn it_documents_what_the_prompt_needs() {
    let server = Windlass::serve(&["--demo", ASK_JSON], &[]);
    let document = server.get("/openapi.json").json();
    let body =
        &document["paths"]["/ask/invoke"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let schema = resolved(&document, body);
    assert_eq!(schema["required"], json!(["tone", "question"]));
    let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["tone", "history", "question"]);
    let history = resolved(&document, &schema["properties"]["history"]);
    assert_eq!(history["type"], "array");
    assert!(history["items"].is_object() || history["items"].is_array(), "{history}");
    let missing = server.post("/invoke", r#"{"tone":"dry"}"#);
    assert_eq!((missing.status, missing.code().as_str()), (422, "invalid_input"));
    assert_eq!(missing.json()["detail"][0]["loc"], json!(["body", "question"]));
    let wrong = server.post("/invoke", r#"{"tone":"dry","question":"?","history":7}"#);
    assert_eq!((wrong.status, wrong.json()["detail"][0]["loc"].clone()), (422, json!(["body", "history"])));
}

/// A schema, or the one it refers to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => schema,
    }
}

#[test]
fn the_demo_needs_no_key() {
    let server = Windlass::serve(&["--demo", ASK_JSON], &[]);
    let answer = server.post("/invoke", INPUT);
    assert_eq!(answer.status, 200);
    assert!(answer.json().as_str().unwrap().ends_with("What is Python?"), "{answer:?}");
    let page = server.get("/ask").json();
    assert_eq!(page["name"], "ask");
}

#[test]
fn without_a_key_it_says_what_to_do() {
    let ended = run(&["serve", "--listen", "127.0.0.1:0", ASK_JSON], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    for part in ["OPENAI_API_KEY is not set", "ask.json:1:", "$.kwargs.middle[0]", "--demo"] {
        assert!(ended.err.contains(part), "no `{part}` in {}", ended.err);
    }
    assert!(!ended.err.contains("http://"), "it listened: {}", ended.err);
}

/// A key goes to no address but those that were named for it.
#[test]
fn an_address_must_be_allowed() {
    let vendor = Vendor::start();
    let chain = asking(json!({"model": "m", "openai_api_base": vendor.url()}));
    let (_folder, file) = folder_of("ask.json", &chain);
    let variables = [("OPENAI_API_KEY", KEY)];
    let ended = run(&["serve", "--listen", "127.0.0.1:0", &file], &variables);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("may not be sent to `127.0.0.1:"), "{}", ended.err);
    assert_eq!(vendor.connections(), 0);
    let host = vendor.url().replace("http://", "").replace("/v1", "");
    let allowed = format!("OPENAI_API_KEY={host}");
    let server = Windlass::serve(&["--langchain-secret", &allowed, &file], &variables);
    let mut client = server.client();
    client.post("/invoke", r#"{"q":"?"}"#);
    vendor.next().complete("!");
    assert_eq!(client.answer().json()["content"], "!");
}
