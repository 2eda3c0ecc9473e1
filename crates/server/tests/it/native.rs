//! The native dialect: invoke, stream, batch, cards, the index, and what every route does alike.

use crate::{
    chains::{asked, counted, echo, failing, pieces, replacing, step, tokens},
    client::{With, ask, get, post, request},
    harness::TestServer,
};
use http::Method;
use serde_json::{Value, json};
use windlass_core::{IntoChain, RunnableLambda, Val};

const RUN: &str = "0190a5b2-7c4e-7d3e-8a2b-1c2d3e4f5a6b";

#[tokio::test]
async fn the_smallest_deployment_answers_exactly_as_the_contract_says() {
    let server = TestServer::of([echo("ask")]).await;
    let answer = server.send(ask("/invoke", "What is Python?")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text(), r#"{"answer":"What is Python?"}"#);

    let answer = server.send(ask("/stream", "What is Python?").with("x-run-id", RUN)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let lines = [r#"{"chunk":"What "}"#, r#"{"chunk":"is "}"#, r#"{"chunk":"Python?"}"#];
    assert_eq!(answer.text(), format!("{}\n{{\"end\":{{\"run_id\":\"{RUN}\"}}}}\n", lines.join("\n")));
}

#[tokio::test]
async fn a_stream_is_sse_where_the_client_prefers_it() {
    let server = TestServer::of([echo("ask")]).await;
    let answer = server
        .send(ask("/ask/stream", "a b").with("accept", "text/event-stream").with("x-run-id", RUN))
        .await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "no-cache, no-transform");
    let events = [
        r#"{"chunk":"a "}"#.to_string(),
        r#"{"chunk":"b"}"#.into(),
        format!("{{\"end\":{{\"run_id\":\"{RUN}\"}}}}"),
    ];
    assert_eq!(answer.text(), events.map(|event| format!("data: {event}\n\n")).concat());
    // `curl --json` says that it accepts `application/json`.
    for accept in ["*/*", "application/json", "application/x-ndjson, text/event-stream;q=0.5"] {
        let lines = server.send(ask("/ask/stream", "a b").with("accept", accept)).await;
        assert_eq!(lines.header("content-type"), "application/x-ndjson", "{accept}");
    }
}

#[tokio::test]
async fn the_query_chooses_what_the_end_carries() {
    let server = TestServer::of([echo("ask"), failing("fail", "so far", overflow())]).await;
    let bare = server.send(ask("/ask/stream?end=false", "a b")).await;
    assert_eq!(bare.lines(), [json!({"chunk": "a "}), json!({"chunk": "b"})]);
    let whole = server.send(ask("/ask/stream?final=true", "a b")).await;
    assert_eq!(whole.lines()[2]["end"]["output"], json!({"answer": "a b"}));
    let failed = server.send(ask("/fail/stream?end=false", "a")).await;
    assert_eq!(failed.lines()[1]["error"]["code"], "step_failed");
    let wrong = server.send(ask("/ask/stream?end=perhaps", "a")).await;
    assert_eq!(wrong.failure(), (422, "invalid_input".into()));
    assert_eq!(wrong.json()["detail"][0]["loc"], json!(["query", "end"]));
}

fn overflow() -> windlass_core::Error {
    windlass_core::Error::BufferLimit { limit: 1 }
}

#[tokio::test]
async fn the_final_output_of_replacing_pieces_is_the_last_one() {
    let chain = replacing(|_, _| pieces(["d", "dr", "dra"]));
    let server = TestServer::of([asked("ask", chain).build().unwrap()]).await;
    let answer = server.send(ask("/stream?final=true", "a")).await;
    assert_eq!(answer.lines()[3]["end"]["output"], json!({"answer": "dra"}));
    assert_eq!(server.get("/ask").await.json()["x-stream-merge"], "replace");
}

#[tokio::test]
async fn empty_text_is_left_out_and_other_values_are_not() {
    let texts = asked("texts", step(|_, _| pieces(["", "a", "", "b", ""]))).build().unwrap();
    let values =
        asked("values", step(|_, _| pieces([Val::Null, Val::from(0), Val::List(vec![])]))).build().unwrap();
    let nothing = asked("nothing", step(|_, _| pieces([""; 3]))).build().unwrap();
    let server = TestServer::of([texts, values, nothing]).await;
    let chunks = async |name: &str| {
        let answer = server.send(ask(&format!("/{name}/stream?end=false"), "a")).await;
        assert_eq!(answer.status, 200);
        answer.lines().into_iter().map(|line| line["chunk"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(chunks("texts").await, ["a", "b"]);
    assert_eq!(chunks("values").await, [json!(null), json!(0), json!([])]);
    assert_eq!(chunks("nothing").await, [json!(null); 0]);
}

#[tokio::test]
async fn steps_are_told_of_when_asked_for() {
    let shout = RunnableLambda::quick(|text: String| Ok(text.to_uppercase())).named("shout");
    let chain =
        RunnableLambda::quick(|vars: windlass_core::Vars| Ok(crate::chains::question(Val::Dict(vars.0))))
            .named("pick");
    let endpoint = asked("ask", (chain.into_chain() | shout).erase()).build().unwrap();
    let server = TestServer::of([endpoint]).await;
    let answer = server.send(ask("/stream?events=true", "why").with("x-run-id", RUN)).await;
    let lines = answer.lines();
    let steps: Vec<_> =
        lines.iter().map(|line| &line["event"]).filter(|event| event["parent_id"] == RUN).collect();
    for name in ["pick", "shout"] {
        let start = steps.iter().find(|event| event["name"] == name).unwrap();
        let own = steps.iter().filter(|event| event["run_id"] == start["run_id"]);
        assert_eq!(own.map(|event| &event["type"]).collect::<Vec<_>>(), ["start", "chunk", "end"]);
        assert_ne!(start["run_id"], RUN);
    }
    assert_eq!(steps.len(), 6);
    let chunks: Vec<_> = lines.iter().filter_map(|line| line.get("chunk")).collect();
    assert_eq!(chunks, ["WHY"]);
    assert_eq!(lines[lines.len() - 1]["end"]["run_id"], RUN);
    let quiet = server.send(ask("/stream", "why")).await;
    assert_eq!(quiet.lines().len(), 2);
}

#[tokio::test]
async fn what_a_step_says_of_its_own_is_told_only_when_asked_for() {
    let chain = step(|_, cx| {
        cx.custom("found", Val::from("private"));
        pieces(["a"])
    });
    let server = TestServer::of([asked("ask", chain).build().unwrap()]).await;
    let told = server.send(ask("/stream?events=true", "why")).await;
    let custom = told.lines().into_iter().find(|line| line["event"]["type"] == "custom").unwrap();
    assert_eq!((&custom["event"]["name"], &custom["event"]["data"]), (&json!("found"), &json!("private")));
    for path in ["/stream", "/stream?events=false", "/invoke"] {
        let quiet = server.send(ask(path, "why")).await.text();
        assert!(!quiet.contains("event") && !quiet.contains("private"), "{path}: {quiet}");
    }
    let batch = server.send(post("/batch", &json!({"inputs": [{"question": "why"}]}))).await;
    assert_eq!(batch.json(), json!({"results": [{"output": {"answer": "a"}}]}));
}

#[tokio::test]
async fn the_end_tells_the_tokens() {
    let chain = step(|_, cx| {
        cx.emit(tokens());
        pieces(["a"])
    });
    let server = TestServer::of([asked("ask", chain).build().unwrap()]).await;
    let answer = server.send(ask("/stream", "why")).await;
    let usage = &answer.lines()[1]["end"]["usage"];
    assert_eq!(*usage, json!({"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}));
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_one_failure_leaves_the_others_standing() {
    let chain = step(|input, _| match crate::chains::question(input).as_str() {
        "bad" => Box::pin(futures_util::stream::iter([Err(overflow())])),
        good => pieces([good]),
    });
    let server = TestServer::of([asked("ask", chain).build().unwrap()]).await;
    let inputs = ["a", "bad", "c"].map(|question| json!({"question": question}));
    let answer = server.send(post("/batch", &json!({"inputs": inputs}))).await;
    assert_eq!(answer.status, 200);
    let results = answer.json()["results"].clone();
    assert_eq!(results[0], json!({"output": {"answer": "a"}}));
    assert_eq!(results[1]["error"]["code"], "step_failed");
    assert_ne!(results[1]["error"]["run_id"].as_str().unwrap(), answer.header("x-run-id"));
    assert_eq!(results[2], json!({"output": {"answer": "c"}}));
    assert_eq!(server.send(post("/batch", &json!({"inputs": []}))).await.json(), json!({"results": []}));
}

#[tokio::test]
async fn what_is_wrong_with_a_batch_is_said_with_its_place_and_nothing_runs() {
    let (endpoint, runs) = counted("ask");
    let server = TestServer::of([endpoint]).await;
    let check = async |body: Value, kind: &str, loc: Value| {
        let answer = server.send(post("/batch", &body)).await;
        assert_eq!(answer.failure(), (422, "invalid_input".into()), "{body}");
        let detail = &answer.json()["detail"][0];
        assert_eq!((&detail["type"], &detail["loc"]), (&json!(kind), &loc));
    };
    let good = json!({"question": "a"});
    check(json!({"inputs": [good, {}]}), "missing", json!(["body", "inputs", 1, "question"])).await;
    check(
        json!({"inputs": [good, {"question": 1}]}),
        "string_type",
        json!(["body", "inputs", 1, "question"]),
    )
    .await;
    check(json!({"inputs": vec![&good; 257]}), "too_long", json!(["body", "inputs"])).await;
    check(json!({"inputs": good}), "list_type", json!(["body", "inputs"])).await;
    check(json!({"inputs": [], "config": {}}), "extra_forbidden", json!(["body", "config"])).await;
    check(json!({}), "missing", json!(["body", "inputs"])).await;
    check(json!([]), "dict_type", json!(["body"])).await;
    assert_eq!(runs.get(), 0);
    assert_eq!(server.send(post("/batch", &json!({"inputs": vec![good; 256]}))).await.status, 200);
    assert_eq!(runs.get(), 256);
}

#[tokio::test]
async fn a_card_says_what_a_chain_is() {
    let (builder, example) = (asked("team/ask", step(|_, _| pieces(["a"]))), json!({"question": "Why?"}));
    let endpoint =
        builder.description("Answers <questions>.").examples(vec![example.clone()]).build().unwrap();
    let server = TestServer::of([endpoint]).await;
    let card = server.get("/team/ask").await.json();
    assert_eq!((&card["name"], &card["description"]), (&json!("team/ask"), &json!("Answers <questions>.")));
    assert_eq!(card["input_schema"]["required"], json!(["question"]));
    assert_eq!(card["input_schema"]["additionalProperties"], false);
    assert_eq!(card["output_schema"]["required"], json!(["answer"]));
    assert_eq!(card["x-stream-merge"], "append");
    assert_eq!(card["examples"], json!([example]));
    assert_eq!(card["links"]["invoke"], "/team/ask/invoke");
    assert!(card["mermaid"].as_str().unwrap().starts_with("flowchart TD\n"));
}

#[tokio::test]
async fn the_index_is_a_page_for_browsers_and_json_for_others() {
    let endpoint =
        asked("ask", step(|_, _| pieces(["a"]))).description("Answers <b>questions</b>.").build().unwrap();
    let server = TestServer::of([endpoint, echo("other")]).await;
    let json = server.get("/").await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(
        json.json()["chains"][0],
        json!({"name": "ask", "description": "Answers <b>questions</b>.", "card": "/ask"})
    );
    assert_eq!(json.json()["links"], json!({"docs": "/docs", "openapi": "/openapi.json"}));
    let page = server.send(get("/").with("accept", "text/html,application/xhtml+xml,*/*;q=0.8")).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("vary"), "accept");
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(page.text().contains("&lt;b&gt;questions") && !page.text().contains("<b>"));
    assert!(
        page.text().contains("/other/invoke") && !page.text().contains("$HOST"),
        "the command can be pasted"
    );
}

#[tokio::test]
async fn a_path_without_its_chain_names_those_there_are() {
    let server = TestServer::of([echo("ask"), echo("team/tell")]).await;
    for path in ["/invoke", "/stream", "/batch", "/nobody/invoke", "/team/nobody/stream"] {
        let answer = server.send(ask(path, "a")).await;
        assert_eq!(answer.failure(), (404, "chain_not_found".into()), "{path}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains("`ask`") && detail.contains("`team/tell`"), "{detail}");
    }
    assert_eq!(server.get("/nobody").await.failure(), (404, "chain_not_found".into()));
    assert_eq!(server.get("/nobody/is/here").await.failure(), (404, "not_found".into()));
    assert_eq!(server.send(ask("/team/tell/invoke", "a b")).await.json(), json!({"answer": "a b"}));
}

#[tokio::test]
async fn methods_and_paths_are_taken_as_http_says() {
    let server = TestServer::of([echo("ask")]).await;
    for (method, path, allow) in [
        (Method::GET, "/invoke", "POST"),
        (Method::PUT, "/ask/stream", "POST"),
        (Method::DELETE, "/ask", "GET, HEAD"),
        (Method::OPTIONS, "/ask/invoke", "POST"),
        (Method::POST, "/health", "GET, HEAD"),
    ] {
        let answer = server.send(request(method, path)).await;
        assert_eq!(answer.failure(), (405, "method_not_allowed".into()), "{path}");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
    let whole = server.get("/ask").await;
    let head = server.send(request(Method::HEAD, "/ask")).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
    assert_eq!(server.send(ask("/ask/invoke/", "a")).await.status, 200);
    assert_eq!(server.get("/health/").await.json(), json!({"status": "ok"}));
}

#[tokio::test]
async fn what_the_client_does_not_accept_is_not_sent() {
    let (endpoint, runs) = counted("ask");
    let server = TestServer::of([endpoint]).await;
    for (path, accept) in
        [("/invoke", "text/html"), ("/stream", "text/html"), ("/batch", "application/json;q=0")]
    {
        let answer = server.send(ask(path, "a").with("accept", accept)).await;
        assert_eq!(answer.failure(), (406, "not_acceptable".into()), "{path}");
    }
    assert_eq!(runs.get(), 0);
}

#[tokio::test]
async fn every_answer_names_its_run() {
    let server = TestServer::of([echo("ask")]).await;
    assert_eq!(server.send(ask("/invoke", "a").with("x-run-id", RUN)).await.header("x-run-id"), RUN);
    let missing = server.send(post("/invoke", &json!({})).with("x-run-id", RUN)).await;
    assert_eq!((missing.header("x-run-id"), &missing.json()["error"]["run_id"]), (RUN, &json!(RUN)));
    let mut made = Vec::new();
    for name in ["", "1; drop", "0190a5b2"] {
        let answer = server.send(ask("/invoke", "a").with("x-run-id", name)).await;
        made.push(answer.header("x-run-id").parse::<uuid::Uuid>().unwrap());
    }
    made.dedup();
    assert_eq!(made.len(), 3);
}

#[tokio::test]
async fn the_base_path_may_be_there_or_not() {
    let server = TestServer::with([echo("ask")], |settings| settings.base_path = Some("/ai/".into())).await;
    for path in ["/invoke", "/ai/invoke", "/ai/ask/invoke/"] {
        assert_eq!(server.send(ask(path, "a")).await.status, 200, "{path}");
    }
    for path in ["/ai", "/ai/", "/"] {
        assert_eq!(server.get(path).await.json()["chains"][0]["card"], "/ai/ask", "{path}");
    }
    assert_eq!(server.send(ask("/aix/invoke", "a")).await.status, 404);
    assert_eq!(server.get("/ai/ask").await.json()["links"]["docs"], "/ai/docs");
}

#[test]
fn a_base_path_that_hides_a_route_is_found_at_the_start() {
    for base in ["/team", "/team/ask/", "/docs", "/health"] {
        let settings = windlass_server::Settings { base_path: Some(base.into()), ..Default::default() };
        let error = windlass_server::Server::new(vec![echo("team/ask")], settings).unwrap_err().to_string();
        assert!(error.contains("hides the route"), "{base}: {error}");
    }
}

#[tokio::test]
async fn the_native_dialect_can_be_moved_or_switched_off() {
    let moved = |mount| {
        move |settings: &mut windlass_server::Settings| assert!(settings.dialects.set("native", mount))
    };
    let server = TestServer::with([echo("ask")], moved(windlass_server::Mount::At("/native".into()))).await;
    assert_eq!(server.send(ask("/native/invoke", "a")).await.status, 200);
    assert_eq!(server.send(ask("/invoke", "a")).await.status, 404);
    assert_eq!(server.get("/native/ask").await.json()["links"]["stream"], "/native/ask/stream");
    assert_eq!(server.get("/native").await.status, 200);
    let server = TestServer::with([echo("ask")], moved(windlass_server::Mount::Off(false))).await;
    assert_eq!(server.send(ask("/ask/invoke", "a")).await.status, 404);
    assert_eq!(server.get("/health").await.status, 200);
}
