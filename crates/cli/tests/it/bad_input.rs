//! Bad input: each kind has its status and code, and nothing of it reaches the model's service.

use crate::{
    ASK, QUESTION,
    http::{Answer, Client},
    program::Windlass,
    vendor::{KEY, Vendor},
};
use serde_json::json;

const JSON: (&str, &str) = ("content-type", "application/json");

/// A server, and the vendor that must not hear of anything.
struct Guarded {
    server: Windlass,
    vendor: Vendor,
}

impl Guarded {
    fn start(args: &[&str]) -> Self {
        let vendor = Vendor::start();
        let variables = [("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &vendor.url())];
        Guarded { server: Windlass::serve(&[args, &[ASK]].concat(), &variables), vendor }
    }

    #[track_caller]
    fn refused(&self, request: (&str, &str), headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut client = self.server.client();
        client.request(request.0, request.1, headers, body);
        client.answer()
    }

    /// The server ends, so that nothing can be on its way any more.
    #[track_caller]
    fn nothing_was_sent(mut self) {
        self.server.signal("TERM");
        assert_eq!(self.server.exit_code(), Some(0));
        assert_eq!(self.vendor.connections(), 0);
    }
}

#[track_caller]
fn assert_is(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text);
    let error = &answer.json()["error"];
    assert_eq!(error["run_id"].as_str(), answer.head.header("x-run-id"));
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
}

#[test]
fn fields_that_do_not_fit() {
    let guarded = Guarded::start(&[]);
    for (body, kind, place) in [
        ("{}", "missing", "question"),
        (r#"{"question":7}"#, "string_type", "question"),
        (r#"{"question":null}"#, "string_type", "question"),
        (r#"{"question":"?","verbose":true}"#, "extra_forbidden", "verbose"),
    ] {
        for path in ["/invoke", "/stream", "/ask/invoke", "/ask/stream"] {
            let answer = guarded.refused(("POST", path), &[JSON], body.as_bytes());
            assert_is(&answer, 422, "invalid_input");
            let problem = &answer.json()["detail"][0];
            assert_eq!((&problem["type"], &problem["loc"]), (&json!(kind), &json!(["body", place])));
            assert!(problem["msg"].is_string() && problem.get("input").is_some(), "{problem}");
        }
    }
    for body in ["[]", "7", "null", "\"What is Python?\""] {
        assert_is(&guarded.refused(("POST", "/invoke"), &[JSON], body.as_bytes()), 422, "invalid_input");
    }
    guarded.nothing_was_sent();
}

#[test]
fn bodies_that_are_no_json() {
    let guarded = Guarded::start(&[]);
    let deep = [br#"{"question":"#.as_slice(), &[b'['; 10_000]].concat();
    let deep_and_closed = [deep.as_slice(), &[b']'; 10_000], b"}"].concat();
    for body in [
        b"".as_slice(),
        b"{",
        br#"{"question":"What"#,
        br#"{"question":"What"} {}"#,
        br#"{'question':'What'}"#,
        b"{\"question\":\"\xff\xfe\"}",
        b"{\"question\":\"\\ud800\"}",
        &deep,
        &deep_and_closed,
    ] {
        for path in ["/invoke", "/stream", "/batch"] {
            let answer = guarded.refused(("POST", path), &[JSON], body);
            assert_is(&answer, 422, "invalid_json");
        }
    }
    guarded.nothing_was_sent();
}

#[test]
fn bodies_that_are_too_large() {
    let guarded = Guarded::start(&[]);
    let large = format!(r#"{{"question":"{}"}}"#, "x".repeat(2 << 20));
    for path in ["/invoke", "/stream"] {
        assert_is(&guarded.refused(("POST", path), &[JSON], large.as_bytes()), 413, "body_too_large");
        let mut endless = guarded.server.client();
        begin_chunked(&mut endless, path);
        let part = [format!("{:x}\r\n", 64 << 10).as_bytes(), &[b' '; 64 << 10], b"\r\n"].concat();
        // One byte over the limit is enough, and nobody reads the rest.
        assert!((0..17).all(|_| endless.write(&part)), "{path}");
        assert_is(&endless.answer(), 413, "body_too_large");
        endless.until_closed();
    }
    guarded.nothing_was_sent();
}

fn begin_chunked(client: &mut Client, path: &str) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    assert!(client.write(head.as_bytes()));
}

#[test]
fn heads_that_are_too_slow() {
    let guarded = Guarded::start(&["--set", "timeouts.head=200ms"]);
    let mut silent = guarded.server.client();
    assert_eq!(silent.until_closed(), "");
    let mut half_a_head = guarded.server.client();
    half_a_head.write(b"POST /invoke HTTP/1.1\r\nhost: here\r\ncontent-");
    half_a_head.until_closed();
    guarded.nothing_was_sent();
}

#[test]
fn bodies_that_are_too_slow() {
    let guarded = Guarded::start(&["--set", "timeouts.body=200ms"]);
    for path in ["/invoke", "/stream"] {
        let mut half_a_body = guarded.server.client();
        let head = format!("POST {path} HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n");
        half_a_body.write(format!("{head}content-length: 30\r\n\r\n{{").as_bytes());
        assert_is(&half_a_body.answer(), 408, "request_timeout");
        half_a_body.until_closed();
        let mut unending = guarded.server.client();
        begin_chunked(&mut unending, path);
        unending.write(b"1\r\n{\r\n");
        assert_is(&unending.answer(), 408, "request_timeout");
        unending.until_closed();
    }
    guarded.nothing_was_sent();
}

#[test]
fn requests_of_the_wrong_kind() {
    let guarded = Guarded::start(&[]);
    let question = QUESTION.as_bytes();
    for path in ["/invoke", "/stream", "/batch"] {
        let post = ("POST", path);
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let answer = guarded.refused(post, &[("content-type", content_type)], question);
            assert_is(&answer, 415, "unsupported_media_type");
            assert!(answer.text.contains("Content-Type: application/json"), "{answer:?}");
        }
        assert_is(&guarded.refused(post, &[], question), 415, "unsupported_media_type");
        let packed = [JSON, ("content-encoding", "gzip")];
        assert_is(&guarded.refused(post, &packed, question), 415, "unsupported_media_type");
        let image = [JSON, ("accept", "image/png")];
        assert_is(&guarded.refused(post, &image, question), 406, "not_acceptable");
        for page in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            assert_is(&guarded.refused(post, &[JSON, page], question), 403, "forbidden");
        }
        for method in ["GET", "PUT", "DELETE"] {
            let answer = guarded.refused((method, path), &[], b"");
            assert_is(&answer, 405, "method_not_allowed");
            assert_eq!(answer.head.header("allow"), Some("POST"));
        }
    }
    for path in ["/none/invoke", "/none/stream", "/none/batch", "/none"] {
        let method = if path == "/none" { "GET" } else { "POST" };
        let answer = guarded.refused((method, path), &[JSON], question);
        assert_is(&answer, 404, "chain_not_found");
        assert!(answer.text.contains("there is no chain `none`; there is `ask`"), "{answer:?}");
    }
    guarded.nothing_was_sent();
}

/// What is no HTTP at all is answered by the HTTP library, and closed.
#[test]
fn bytes_that_are_no_http() {
    let guarded = Guarded::start(&[]);
    let twice = "POST /invoke HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}";
    let huge = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    for bytes in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", twice, &huge] {
        let mut client = guarded.server.client();
        client.write(bytes.as_bytes());
        let answer = client.until_closed();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(guarded.server.get("/health").status, 200);
    guarded.nothing_was_sent();
}
