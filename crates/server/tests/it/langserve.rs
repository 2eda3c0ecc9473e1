//! The LangServe dialect: what its clients send and read, and what it refuses.

use crate::{
    chains::{asked, directed, echo, failing, pieces, step},
    client::{Answer, Ask, With, get, next_piece, post, post_text, request},
    harness::{TestServer, ms, soon},
};
use http::Method;
use serde_json::{Value, json};
use windlass_core::{
    ConfigKey, ConfigSpec, Endpoint, Error, LangServeEndpoint, LangServeRoutes, Message, ModelError,
    ModelErrorKind, Val,
};

const RUN: &str = "0190a5b2-7c4e-7d3e-8a2b-1c2d3e4f5a6b";

/// LangServe's body for a question.
fn call(path: &str, question: &str) -> Ask {
    post(
        path,
        &json!({"input": {"question": question}, "config": {"tags": [], "recursion_limit": 25}, "kwargs": {}}),
    )
}

/// What stands in `detail`.
#[track_caller]
fn detail(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    let mut body = answer.json();
    assert!(body["message"].is_string(), "{body}");
    body["detail"].take()
}

/// Name and data of each event; every line ends with CRLF.
#[track_caller]
fn events(answer: &Answer) -> Vec<(String, Value)> {
    let text = answer.text();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let events = text.split_terminator("\r\n\r\n").filter(|event| !event.starts_with(':'));
    let parts = events.map(|event| {
        let (name, data) = event.split_once("\r\n").unwrap_or((event, "data: null"));
        let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        (name.strip_prefix("event: ").unwrap().to_string(), data)
    });
    parts.collect()
}

fn upstream(kind: ModelErrorKind) -> Error {
    let message = windlass_core::Words::default();
    let (vendor, model) = ("fake".into(), "fake".into());
    ModelError { vendor, model, kind, status: None, message, class: None, source: None }.into()
}

#[tokio::test]
async fn invoke_wraps_the_output_and_names_the_run() {
    let server = TestServer::of([echo("team/ask")]).await;
    for path in ["/langserve/team/ask/invoke", "/langserve/invoke", "/langserve/team/ask/invoke/"] {
        let answer = server.send(call(path, "a b").with("x-run-id", RUN)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("x-run-id"), RUN);
        let metadata = format!(r#"{{"run_id":"{RUN}","feedback_tokens":[]}}"#);
        assert_eq!(answer.text(), format!(r#"{{"output":"a b","metadata":{metadata}}}"#));
    }
}

#[tokio::test]
async fn bodies_need_no_content_type_and_may_hold_what_is_no_number() {
    let chain = step(|input, _| pieces([input]));
    let server = TestServer::of([Endpoint::builder("any", chain).build().unwrap()]).await;
    let body = r#"{"input": [NaN, -Infinity, 1.5], "unknown": 1}"#;
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let answer = server.send(post_text("/langserve/any/invoke", content_type, body)).await;
        assert_eq!(answer.json()["output"], json!([null, null, 1.5]));
    }
    let deep = format!(r#"{{"input": {}NaN{}}}"#, "[".repeat(5000), "]".repeat(5000));
    let answer = server.send(post_text("/langserve/any/invoke", "text/plain", deep)).await;
    assert_eq!(detail(&answer, 422), json!(["Invalid JSON body"]));
    let null = server.send(post("/langserve/any/invoke", &json!({"input": null, "config": null}))).await;
    assert_eq!(null.json()["output"], Value::Null);
}

#[tokio::test]
async fn pages_of_other_sites_cannot_use_that() {
    let server = TestServer::of([echo("ask")]).await;
    for path in ["/langserve/ask/invoke", "/langserve/ask/batch", "/langserve/ask/stream"] {
        let simple = || post_text(path, "text/plain", r#"{"input": {"question": "a"}, "inputs": []}"#);
        let modern = server.send(simple().with("sec-fetch-site", "cross-site")).await;
        assert_eq!(modern.status, 403, "{path}");
        let old = server.send(simple().with("origin", "https://evil.example")).await;
        assert_eq!(old.status, 403, "{path}");
        assert_eq!(server.send(simple()).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_stream_is_events_each_in_a_write_of_its_own() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::of([endpoint]).await;
    let response = server
        .open(call("/langserve/ask/stream", "a").with("x-run-id", RUN).with("accept", "image/png"))
        .await;
    assert_eq!(response.status(), 200);
    let header = |name| response.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "text/event-stream; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-accel-buffering"), "no");
    assert_eq!(header("x-run-id"), RUN);
    let mut body = response.into_body();
    let run = desk.next().await;
    for piece in ["a", "", "b\u{2028}"] {
        run.say(piece);
    }
    drop(run);
    let metadata = format!("event: metadata\r\ndata: {{\"run_id\":\"{RUN}\"}}\r\n\r\n");
    assert_eq!(next_piece(&mut body).await, metadata);
    for data in [r#""a""#, r#""""#, r#""b\u2028""#] {
        assert_eq!(next_piece(&mut body).await, format!("event: data\r\ndata: {data}\r\n\r\n"));
    }
    assert_eq!(next_piece(&mut body).await, "event: end\r\n\r\n");
    assert_eq!(Answer::of(http::Response::new(body)).await.text(), "");
}

#[tokio::test]
async fn a_stream_without_pieces_is_only_its_end() {
    let chain = step(|_, _| pieces(Vec::<Val>::new()));
    let server = TestServer::of([asked("none", chain).build().unwrap()]).await;
    let answer = server.send(call("/langserve/none/stream", "a")).await;
    assert_eq!(answer.text(), "event: end\r\n\r\n");
}

#[tokio::test]
async fn silence_is_broken_by_comments() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::with([endpoint], |settings| settings.timeouts.keep_alive = ms(5)).await;
    let mut body = server.open(call("/langserve/ask/stream", "a")).await.into_body();
    let _run = desk.next().await;
    assert_eq!(next_piece(&mut body).await, ": ping\r\n\r\n");
}

#[tokio::test]
async fn failures_of_runs_tell_the_truth_and_nothing_more() {
    let limited = ModelErrorKind::RateLimited { retry_after: None };
    let cases = [
        (Error::BufferLimit { limit: 1 }, 500, "Internal Server Error"),
        (upstream(limited), 429, "the model's service limits the rate; try again later"),
        (upstream(ModelErrorKind::Server), 502, "the model's service failed"),
        (upstream(ModelErrorKind::ContextTooLong), 422, "the input does not fit the model's context window"),
    ];
    for (error, status, message) in cases {
        let server =
            TestServer::of([failing("now", "", error.clone()), failing("late", "some", error)]).await;
        for path in ["/langserve/now/invoke", "/langserve/late/invoke"] {
            let answer = server.send(call(path, "a")).await;
            assert_eq!(detail(&answer, status), message);
            assert_eq!(answer.headers.contains_key("retry-after"), status == 429);
        }
        let batch = server.send(post("/langserve/now/batch", &json!({"inputs": [{"question": "a"}]}))).await;
        assert_eq!(detail(&batch, status), message);
        let failed = ("error".to_string(), json!({"status_code": status, "message": message}));
        let now = server.send(call("/langserve/now/stream", "a")).await;
        assert_eq!((now.status.as_u16(), events(&now)), (200, vec![failed.clone()]));
        let late = events(&server.send(call("/langserve/late/stream", "a")).await);
        assert_eq!(
            late.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["metadata", "data", "error"]
        );
        assert_eq!(late[2], failed);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_before_its_run() {
    let server = TestServer::of([echo("ask")]).await;
    for path in [
        "/langserve/ask/invoke",
        "/langserve/ask/stream",
        "/langserve/ask/stream_log",
        "/langserve/ask/stream_events",
    ] {
        for text in ["", "{", "{\"input\": \u{feff}}"] {
            let answer = server.send(post_text(path, "application/json", text)).await;
            assert_eq!(detail(&answer, 422), json!(["Invalid JSON body"]));
        }
        let list = server.send(post(path, &json!([]))).await.json();
        assert!(list["message"].as_str().unwrap().starts_with("Input should be"), "{list}");
        let missing = server.send(post(path, &json!({"config": {}}))).await;
        let expect = json!([{
            "type": "missing", "loc": ["input"], "msg": "Field required", "input": {"config": {}},
            "url": "https://errors.pydantic.dev/2.14/v/missing",
        }]);
        assert_eq!(detail(&missing, 422), expect);
        let variable = server.send(post(path, &json!({"input": {}}))).await;
        assert_eq!(detail(&variable, 422)[0]["loc"], json!(["question"]));
        let list = server.send(post(path, &json!([1, 2]))).await;
        assert_eq!(detail(&list, 422)[0]["type"], "model_type");
        assert_eq!(detail(&list, 422)[0]["url"], "https://errors.pydantic.dev/2.14/v/model_type");
        let config = server.send(post(path, &json!({"input": {"question": "a"}, "config": "x"}))).await;
        assert_eq!(detail(&config, 422)[0]["loc"], json!(["config"]));
    }
}

#[tokio::test]
async fn a_batch_gives_outputs_and_run_ids_in_order() {
    let server = TestServer::of([echo("ask")]).await;
    let batch = async |body: Value| server.send(post("/langserve/ask/batch", &body)).await;
    let answer =
        batch(json!({"inputs": [{"question": "a"}, {"question": "b"}], "config": [{}, {}], "kwargs": []}))
            .await;
    let body = answer.json();
    assert_eq!(body["output"], json!(["a", "b"]));
    let ids = body["metadata"]["run_ids"].as_array().unwrap();
    assert_ne!(ids[0], ids[1]);
    for (response, id) in body["metadata"]["responses"].as_array().unwrap().iter().zip(ids) {
        assert_eq!(*response, json!({"run_id": id, "feedback_tokens": []}));
    }
    let empty = batch(json!({"inputs": [], "config": []})).await;
    assert_eq!(empty.text(), r#"{"output":[],"metadata":{"responses":[],"run_ids":[]}}"#);
}

#[tokio::test]
async fn one_config_is_for_all_of_a_batch_but_names_the_first_run_alone() {
    let chain = step(|_, cx| pieces([Val::from(json!(cx.config().tags))]));
    let schema = json!({"type": "object", "properties": {"question": {"type": "string"}}});
    let config_keys = vec![ConfigKey::Tags, ConfigKey::RunId];
    let routes = LangServeRoutes { config_keys, ..LangServeRoutes::default() };
    let endpoint = Endpoint::builder("ask", chain).input_schema(schema).langserve(routes).build().unwrap();
    let server = TestServer::of([endpoint]).await;
    let inputs = json!([{"question": "a"}, {"question": "b"}]);
    for key in ["run_id", "runId"] {
        let body = json!({"inputs": inputs, "config": {"tags": ["t"], key: RUN}});
        let mut answer = server.send(post("/langserve/ask/batch", &body)).await.json();
        assert_eq!(answer["output"].take(), json!([["t"], ["t"]]));
        let ids = &answer["metadata"]["run_ids"];
        assert_eq!(ids[0], RUN, "{key}");
        assert_ne!(ids[1], RUN, "{key}");
    }
    let wrong = json!({"inputs": inputs, "config": {"tags": "t"}});
    let problems = detail(&server.send(post("/langserve/ask/batch", &wrong)).await, 422);
    assert_eq!((problems.as_array().unwrap().len(), &problems[0]["loc"]), (1, &json!(["tags"])));
}

#[tokio::test]
async fn a_batch_with_anything_wrong_in_it_runs_nothing() {
    let server = TestServer::with([echo("ask")], |settings| settings.limits.batch_inputs = 3).await;
    let refused = async |body: Value| {
        let answer = server.send(post("/langserve/ask/batch", &body)).await;
        detail(&answer, 422)
    };
    let two = json!([{"question": "a"}, {"question": 1}]);
    assert_eq!(refused(json!({"inputs": two})).await[0]["loc"], json!(["inputs", 1, "question"]));
    assert_eq!(refused(json!({"inputs": {}})).await[0]["type"], "list_type");
    assert_eq!(refused(json!({"input": []})).await[0]["loc"], json!(["inputs"]));
    assert_eq!(
        refused(json!({"inputs": two, "config": [{}]})).await,
        "Number of configs (1) must match number of inputs (2)"
    );
    assert_eq!(
        refused(json!({"inputs": [], "config": null})).await,
        "Value for 'config' key must be a dict or list if provided"
    );
    let locs = |problems: &Value| {
        problems.as_array().unwrap().iter().map(|one| one["loc"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        locs(&refused(json!({"inputs": [], "config": "x"})).await),
        [json!(["config", "dict[str,any]"]), json!(["config", "list[dict[str,any]]"])]
    );
    assert_eq!(refused(json!({"inputs": [1, 2, 3, 4]})).await, "a batch has at most 3 inputs, not 4");
}

#[tokio::test]
async fn messages_come_with_all_their_fields() {
    let chain = step(|_, _| pieces([Message::human("hi")]));
    let server = TestServer::of([Endpoint::builder("chat", chain).build().unwrap()]).await;
    let expect = r#"{"content":"hi","additional_kwargs":{},"response_metadata":{},"type":"human","name":null,"id":null}"#;
    let whole = server.send(post("/langserve/chat/invoke", &json!({"input": 1}))).await;
    assert!(whole.text().starts_with(&format!(r#"{{"output":{expect},"#)), "{}", whole.text());
    let piece = server.send(post("/langserve/chat/stream", &json!({"input": 1}))).await;
    assert!(piece.text().contains(&format!("data: {expect}\r\n")), "{}", piece.text());
}

#[tokio::test]
async fn unknown_paths_methods_and_langsmiths_routes_are_answered_in_langserves_form() {
    let server = TestServer::of([echo("ask"), echo("other")]).await;
    assert_eq!(detail(&server.send(call("/langserve/nope/invoke", "a")).await, 404), "Not Found");
    let get_invoke = server.get("/langserve/ask/invoke").await;
    assert_eq!(detail(&get_invoke, 405), "Method Not Allowed");
    assert_eq!(get_invoke.header("allow"), "POST");
    for (method, path) in [
        (Method::POST, "/langserve/ask/feedback"),
        (Method::POST, "/langserve/ask/token_feedback"),
        (Method::PUT, "/langserve/ask/public_trace_link"),
    ] {
        let answer = server.send(request(method, path)).await;
        assert!(detail(&answer, 404).as_str().unwrap().contains("LangSmith"));
    }
    for path in ["/langserve/ask/feedback", "/langserve/ask/public_trace_link"] {
        assert_eq!(server.send(request(Method::HEAD, path)).await.status, 404);
    }
}

#[tokio::test]
async fn events_and_log_tell_of_the_run_under_its_path() {
    let server = TestServer::of([echo("team/ask")]).await;
    let told =
        events(&server.send(call("/langserve/team/ask/stream_events", "a b").with("x-run-id", RUN)).await);
    let kinds: Vec<_> =
        told.iter().map(|(name, data)| (name.as_str(), data["event"].as_str().unwrap_or_default())).collect();
    let expect = [
        ("data", "on_chain_start"),
        ("data", "on_chain_stream"),
        ("data", "on_chain_stream"),
        ("data", "on_chain_end"),
        ("end", ""),
    ];
    assert_eq!(kinds, expect);
    let start = json!({
        "event": "on_chain_start", "name": "/langserve/team/ask", "run_id": RUN, "tags": [], "metadata": {}, "parent_ids": [],
        "data": {"input": {"question": "a b"}},
    });
    assert_eq!(told[0].1, start);
    let log = events(&server.send(call("/langserve/team/ask/stream_log", "a b")).await);
    let root = &log[0].1["ops"][0];
    assert_eq!(
        (&root["op"], &root["path"], &root["value"]["name"]),
        (&json!("replace"), &json!(""), &json!("/langserve/team/ask"))
    );
    assert_eq!(log.last().unwrap(), &("end".to_string(), Value::Null));
}

#[tokio::test]
async fn the_filters_of_events_are_lists() {
    let server = TestServer::of([echo("ask")]).await;
    for path in ["/langserve/ask/stream_events", "/langserve/ask/stream_log"] {
        let send = async |key: &str, value: Value| {
            server.send(post(path, &json!({"input": {"question": "a"}, key: value, "diff": true}))).await
        };
        let text = json!([{
            "type": "sequence_str", "loc": ["include_names"], "msg": "'str' instances are not allowed as a Sequence value",
            "input": "x", "ctx": {"type_name": "str"},
        }]);
        assert_eq!(detail(&send("include_names", json!("x")).await, 422), text);
        let item = detail(&send("exclude_tags", json!(["a", 1])).await, 422);
        assert_eq!((&item[0]["type"], &item[0]["loc"]), (&json!("string_type"), &json!(["exclude_tags", 1])));
        assert_eq!(detail(&send("include_types", json!(1)).await, 422)[0]["type"], "is_instance_of");
        assert_eq!(send("include_types", Value::Null).await.status, 200);
    }
    let only = json!({"input": {"question": "a"}, "include_names": ["nobody"]});
    let answer = server.send(post("/langserve/ask/stream_events", &only)).await;
    assert_eq!(answer.text(), "event: end\r\n\r\n");
}

#[tokio::test]
async fn runs_that_are_not_to_be_told_of_only_end() {
    let told = async |name: &str| {
        let names = Some(vec![name.to_string()]);
        let routes = LangServeRoutes { stream_log_name_allow_list: names, ..LangServeRoutes::default() };
        let chain = step(|_, _| pieces(["a"]));
        let server = TestServer::of([asked("ask", chain).langserve(routes).build().unwrap()]).await;
        let (log, events) = ("/langserve/ask/stream_log", "/langserve/ask/stream_events");
        let (log, events) = (server.send(call(log, "a")).await, server.send(call(events, "a")).await);
        (log.text().matches("event: data").count(), events.text().matches("event: data").count())
    };
    assert_eq!(told("/langserve/other").await, (0, 0));
    assert_eq!(told("/langserve/ask").await, (2, 3));
}

#[tokio::test]
async fn every_route_that_is_described_is_served() {
    let server = TestServer::of([echo("team/ask")]).await;
    let document = server.get("/openapi.json").await.json();
    let paths =
        document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/langserve"));
    let mut described = 0;
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = server.send(request(method, path)).await;
            let status = answer.status.as_u16();
            assert!(status == 200 || status == 422, "{path}: {status}");
            assert!(operation["responses"][status.to_string()].is_object(), "{path}: {status}");
            described += 1;
        }
    }
    assert_eq!(described, 16);
}

#[tokio::test]
async fn endpoints_can_be_left_out() {
    let routes =
        LangServeRoutes { enabled_endpoints: vec![LangServeEndpoint::Invoke], ..LangServeRoutes::default() };
    let chain = step(|_, _| pieces(["a"]));
    let server = TestServer::of([asked("ask", chain).langserve(routes).build().unwrap()]).await;
    assert_eq!(server.send(call("/langserve/ask/invoke", "a")).await.status, 200);
    for path in ["/langserve/ask/stream", "/langserve/ask/c/N4XyA/invoke"] {
        assert_eq!(detail(&server.send(call(path, "a")).await, 404), "Not Found", "{path}");
    }
}

#[tokio::test]
async fn a_config_hash_stands_in_the_path() {
    let server = TestServer::of([echo("ask")]).await;
    assert_eq!(server.send(call("/langserve/ask/c/N4XyA/invoke", "a")).await.json()["output"], "a");
    assert_eq!(server.get("/langserve/ask/c/N4XyA/input_schema").await.status, 200);
    // Nonsense, and the hash of a list.
    for hash in ["AAAA", "NoRgukA"] {
        for ask in [
            call(&format!("/langserve/ask/c/{hash}/invoke"), "a"),
            get(&format!("/langserve/ask/c/{hash}/input_schema")),
        ] {
            assert_eq!(detail(&server.send(ask).await, 400), "Invalid config hash");
        }
    }
}

#[tokio::test]
async fn what_a_hash_configures_reaches_the_run() {
    let chain = step(|_, cx| pieces([Val::from(json!(cx.config().configurable))]));
    let text = json!({"type": "string"});
    let schema = json!({"type": "object", "properties": {"question": {"type": "string"}}});
    let endpoint = Endpoint::builder("ask", chain)
        .input_schema(schema.clone())
        .configurable(ConfigSpec::new("llm", text.clone()).default(json!("fakeA")))
        .configurable(ConfigSpec::new("voice", text))
        .build()
        .unwrap();
    let server = TestServer::of([endpoint]).await;
    // {"configurable":{"llm":"fakeB"}}
    let hash = "N4Igxg9gdgZglgcwK4CcCGAjANgUxALlCywFsCQY0BrHAIRAF8Gg";
    let output = async |path: String, config: Value| {
        let body = json!({"input": {"question": "a"}, "config": config});
        server.send(post(&path, &body)).await.json()["output"].take()
    };
    let hashed = format!("/langserve/ask/c/{hash}/invoke");
    assert_eq!(output(hashed.clone(), json!({"configurable": {}})).await, json!({"llm": "fakeB"}));
    let body = json!({"configurable": {"voice": "dry", "other": 1}});
    assert_eq!(output(hashed, body).await, json!({"llm": "fakeB", "voice": "dry"}));
    assert_eq!(output("/langserve/ask/invoke".into(), json!({})).await, json!({"llm": "fakeA"}));
    assert_eq!(server.get("/langserve/ask/input_schema").await.json(), schema);
    let config = server.get(&format!("/langserve/ask/c/{hash}/config_schema")).await.json();
    assert_eq!(config["$defs"]["Configurable"]["properties"]["llm"]["default"], "fakeA");
}

#[tokio::test]
async fn the_schema_of_an_output_is_that_of_the_bare_one() {
    let server = TestServer::of([echo("ask")]).await;
    assert_eq!(server.get("/langserve/ask/output_schema").await.json(), json!({"type": "string"}));
}

#[tokio::test]
async fn it_stands_at_the_root_when_the_native_dialect_moves() {
    let server = TestServer::with([echo("a/b")], |settings| {
        assert!(settings.dialects.set("native", windlass_server::Mount::At("/native".into())));
        assert!(settings.dialects.set("langserve", windlass_server::Mount::At("/".into())));
    })
    .await;
    for path in ["/a/b/invoke", "/invoke"] {
        assert_eq!(server.send(call(path, "x")).await.json()["output"], "x", "{path}");
    }
    assert_eq!(detail(&server.get("/").await, 404), "Not Found");
}

#[tokio::test]
async fn who_asks_for_what_is_not_there_hears_which_chains_are() {
    let routes = LangServeRoutes { enabled_endpoints: vec![LangServeEndpoint::Invoke], ..Default::default() };
    let chain = step(|_, _| pieces(["a"]));
    let part = Endpoint::builder("part", chain).langserve(routes).build().unwrap();
    let server = TestServer::of([echo("team/ask"), part]).await;
    let message = async |path: &str| server.send(call(path, "a")).await.json()["message"].take();
    let there = "there is `team/ask`, `part`";
    assert_eq!(message("/langserve/none/invoke").await, format!("there is no chain `none`; {there}"));
    let nothing = "nothing is at this path; `/docs` shows what there is";
    assert_eq!(message("/langserve/part/batch").await, nothing);
    assert_eq!(
        message("/langserve/invoke").await,
        "this server has several chains; call /langserve/<chain>/invoke with one of `team/ask`, `part`"
    );
    let server = TestServer::with([echo("ask")], |settings| {
        assert!(settings.dialects.set("native", windlass_server::Mount::Off(false)));
        assert!(settings.dialects.set("langserve", windlass_server::Mount::At("/".into())));
    })
    .await;
    assert_eq!(server.get("/ask").await.json()["message"], nothing);
    assert_eq!(server.get("/").await.json()["message"], nothing);
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_run() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::of([endpoint]).await;
    let body = r#"{"input":{"question":"a"},"inputs":[{"question":"a"}]}"#;
    for path in ["invoke", "batch", "stream", "stream_log", "stream_events"] {
        let mut raw = server.raw().await;
        raw.post(&format!("/langserve/ask/{path}"), body).await;
        let run = desk.next().await;
        assert!(!run.is_dropped());
        drop(raw);
        run.dropped().await;
        soon("the place is free", server.idle()).await;
    }
}
