//! What the model's service gets: the same as from Python's `ChatOpenAI`, as it was recorded.

use crate::{
    ASK, QUESTION, folder_with,
    program::Windlass,
    vendor::{Exchange, KEY, Vendor},
};
use serde_json::{Value, json};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// All parameters, as in the recording of a `ChatOpenAI` that sets them.
const ALL_PARAMS: &str = r#"
chains:
  all:
    input: { q: string }
    prompt: "{q}"
    model:
      openai: gpt-4o-2024-11-20
      temperature: 0.25
      organization: org-1
      stream_usage: true
      max_retries: 0
      presence_penalty: 0.5
      frequency_penalty: -0.5
      seed: 7
      logprobs: true
      top_logprobs: 2
      logit_bias: { "50256": -100, "15": 5 }
      n: 1
      top_p: 0.9
      max_tokens: 128
      default_headers: { X-Team: blue, X-Trace: "a,b" }
      stop: ["\n\n", END]
      service_tier: flex
      store: false
"#;

fn all_params(stream: bool) -> Value {
    let mut body = json!({
        "model": "gpt-4o-2024-11-20",
        "stream": stream,
        "service_tier": "flex",
        "messages": [{"content": "hi", "role": "user"}],
        "frequency_penalty": -0.5,
        "logit_bias": {"50256": -100, "15": 5},
        "logprobs": true,
        "max_completion_tokens": 128,
        "n": 1,
        "presence_penalty": 0.5,
        "seed": 7,
        "stop": ["\n\n", "END"],
        "store": false,
        "temperature": 0.25,
        "top_logprobs": 2,
        "top_p": 0.9,
    });
    if stream {
        body["stream_options"] = json!({"include_usage": true});
    }
    body
}

fn ask(stream: bool) -> Value {
    let content = "Answer this question concisely: What is Python?";
    json!({
        "model": "gpt-4o",
        "stream": stream,
        "messages": [{"content": content, "role": "user"}],
        "temperature": 0.7,
    })
}

/// What a server of this file, called so, sends to the vendor.
fn sent(vendor: &Vendor, file: &str, (path, body): (&str, &str)) -> Exchange {
    let server = Windlass::serve(&[file], &[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())]);
    let mut client = server.client();
    let headers = [("content-type", "application/json"), ("traceparent", TRACEPARENT)];
    client.request("POST", path, &headers, body.as_bytes());
    vendor.next()
}

#[test]
fn the_request_is_what_langchain_sends() {
    let vendor = Vendor::start();
    for (path, stream) in [("/invoke", false), ("/stream", true)] {
        let exchange = sent(&vendor, ASK, (path, QUESTION));
        assert_eq!(exchange.json(), ask(stream));
        assert_eq!(exchange.head.line, "POST /v1/chat/completions HTTP/1.1");
        let header = |name| exchange.head.header(name);
        assert_eq!(header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        assert_eq!(header("content-type"), Some("application/json"));
        assert_eq!(header("traceparent"), Some(TRACEPARENT));
    }
}

#[test]
fn all_parameters_are_sent_as_langchain_sends_them() {
    let vendor = Vendor::start();
    let (_folder, file) = folder_with("all.yaml", ALL_PARAMS);
    for (path, stream) in [("/invoke", false), ("/stream", true)] {
        let exchange = sent(&vendor, &file, (path, r#"{"q":"hi"}"#));
        assert_eq!(exchange.json(), all_params(stream));
        let header = |name| exchange.head.header(name);
        assert_eq!(header("openai-organization"), Some("org-1"));
        assert_eq!((header("x-team"), header("x-trace")), (Some("blue"), Some("a,b")));
    }
}

#[test]
fn the_answer_comes_back() {
    let vendor = Vendor::start();
    let server = Windlass::serve(&[ASK], &[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())]);
    let mut client = server.client();
    client.post("/invoke", QUESTION);
    vendor.next().complete("A language.");
    let answer = client.answer();
    assert_eq!((answer.status, answer.json()), (200, json!({"answer": "A language."})));

    client.post("/stream", QUESTION);
    let mut exchange = vendor.next();
    exchange.begin_stream();
    exchange.token("A ");
    client.head();
    assert_eq!(client.line(), Some(json!({"chunk": "A "})), "it does not wait for the next piece");
    exchange.token("language.");
    assert_eq!(client.line(), Some(json!({"chunk": "language."})));
    exchange.end_stream();
    let end = client.line().unwrap();
    let usage = json!({
        "input_tokens": 11, "output_tokens": 7, "total_tokens": 18,
        "input_token_details": {}, "output_token_details": {},
    });
    assert_eq!(end["end"]["usage"], usage);
    assert_eq!(client.line(), None);
}

/// A failure before the first content is a status; after it, one terminal line.
#[test]
fn the_services_failures_are_told() {
    let vendor = Vendor::start();
    let (_folder, file) = folder_with(
        "once.yaml",
        "chains: { once: { input: { q: string }, prompt: '{q}', model: { openai: m, max_retries: 0 } } }",
    );
    let server = Windlass::serve(&[&file], &[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())]);
    for (path, status, expect) in [
        ("/invoke", "401 Unauthorized", (502, "upstream_auth")),
        ("/stream", "401 Unauthorized", (502, "upstream_auth")),
        ("/invoke", "429 Too Many Requests", (429, "upstream_rate_limited")),
        ("/stream", "400 Bad Request", (502, "upstream_rejected")),
        ("/invoke", "500 Internal Server Error", (502, "upstream_error")),
        ("/invoke", "200 OK", (502, "upstream_error")),
        ("/stream", "200 OK", (502, "upstream_invalid")),
    ] {
        let mut client = server.client();
        client.post(path, r#"{"q":"hi"}"#);
        vendor.next().answer(status, &json!({"error": {"message": format!("wrong: {KEY}")}}));
        let answer = client.answer();
        assert_eq!((answer.status, answer.code().as_str()), expect, "{path} {status}");
        assert!(!answer.text.contains(KEY) && !answer.text.contains("wrong"), "{answer:?}");
    }
    let ends: [(fn(Exchange), _); 2] =
        [(drop, "upstream_error"), (Exchange::stop_stream, "upstream_invalid")];
    for (end, code) in ends {
        let mut client = server.client();
        client.post("/stream", r#"{"q":"hi"}"#);
        let mut exchange = vendor.next();
        exchange.begin_stream();
        exchange.token("half");
        end(exchange);
        client.head();
        assert_eq!(client.line(), Some(json!({"chunk": "half"})));
        assert_eq!(client.line().unwrap()["error"]["code"], code);
        assert_eq!(client.line(), None);
    }
}
