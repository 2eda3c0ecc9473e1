//! The AI SDK dialect: what goes in, what comes out, and what people read when it fails.

use crate::{
    chains::{asked, directed, echo, failing, pieces, step, tokens},
    client::{Answer, Ask, With, next_piece, post, request},
    harness::{TestServer, ms},
};
use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};
use windlass_core::{
    AiMessage, Endpoint, Error, ModelError, ModelErrorKind, ToolCallChunk, Val, messages_schema,
};

const RUN: &str = "0190a5b2-0000-7000-8000-000000000001";

fn user(text: &str) -> Value {
    json!({"id": "m1", "role": "user", "parts": [{"type": "text", "text": text}]})
}

fn chat(path: &str, messages: &Value) -> Ask {
    let body = json!({"id": "c1", "messages": messages, "trigger": "submit-message", "mine": 1});
    post(path, &body).with("x-run-id", RUN)
}

/// The parts of a stream that ended as streams end.
fn parts(answer: &Answer) -> Vec<Value> {
    let text = answer.text();
    let events = text.strip_suffix("data: [DONE]\n\n").unwrap_or_else(|| panic!("not done: {text}"));
    let data = events.split_terminator("\n\n").filter_map(|event| event.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// The parts of what a chain says that gives these pieces.
async fn said(endpoint: Endpoint) -> Vec<Value> {
    let server = TestServer::of([endpoint]).await;
    parts(&server.send(chat("/ui/ask/chat", &json!([user("a")]))).await)
}

fn started(id: &str) -> [Value; 2] {
    [json!({"type": "start", "messageId": id}), json!({"type": "start-step"})]
}

fn text(id: &str, deltas: &[&str]) -> Vec<Value> {
    let delta = |delta| json!({"type": "text-delta", "id": id, "delta": delta});
    let start = json!({"type": "text-start", "id": id});
    let end = json!({"type": "text-end", "id": id});
    std::iter::once(start).chain(deltas.iter().map(delta)).chain([end]).collect()
}

fn finished(metadata: &Value) -> [Value; 2] {
    [json!({"type": "finish-step"}), json!({"type": "finish", "messageMetadata": metadata})]
}

fn stopped() -> Value {
    json!({"runId": RUN, "finishReason": "stop"})
}

#[tokio::test]
async fn an_answer_is_a_stream_of_parts() {
    let chain = step(|input, cx| {
        cx.emit(tokens());
        let question = crate::chains::question(input);
        pieces(["You said ".to_string(), String::new(), question])
    });
    let server = TestServer::of([asked("ask", chain).build().unwrap()]).await;
    let answer = server.send(chat("/ui/ask/chat", &json!([user("no"), user("a\u{2028}b")]))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("x-vercel-ai-ui-message-stream"), "v1");
    assert_eq!(answer.header("x-accel-buffering"), "no");
    assert!(!answer.text().contains(['\r', '\u{2028}']));
    let usage = json!({"inputTokens": 7, "outputTokens": 2, "totalTokens": 9});
    let metadata = json!({"runId": RUN, "finishReason": "stop", "usage": usage});
    let expect =
        [&started(RUN)[..], &text("text-1", &["You said ", "a\u{2028}b"]), &finished(&metadata)].concat();
    assert_eq!(parts(&answer), expect);
}

#[tokio::test]
async fn one_message_is_enough_and_an_answer_goes_on_with_the_assistants_own() {
    let server = TestServer::of([echo("ask")]).await;
    let alone = server.send(post("/ui/ask/chat", &json!({"id": "c1", "message": user("a b")}))).await;
    assert_eq!(parts(&alone)[3]["delta"], "a ");
    let answered = json!({"id": "m2", "role": "assistant", "parts": [
        {"type": "step-start"},
        {"type": "tool-weather", "toolCallId": "t1", "state": "output-available", "input": {}, "output": 1},
    ]});
    let answer = server.send(chat("/ui/ask/chat", &json!([user("a"), answered]))).await;
    assert_eq!(parts(&answer)[..2], started("m2"));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_a_sentence() {
    let server = TestServer::of([echo("ask")]).await;
    let check = async |ask: Ask, status: u16, sentence: &str| {
        let answer = server.send(ask.with("x-run-id", RUN)).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (status, sentence));
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.header("x-run-id"), RUN);
    };
    let asked = |body: Value| post("/ui/ask/chat", &body);
    check(asked(json!([])), 422, "The body should be an object.").await;
    check(asked(json!({"messages": 1})), 422, "`messages` should be a list.").await;
    for none in [json!({}), json!({"messages": []}), json!({"messages": [{"role": "system", "parts": []}]})] {
        check(asked(none), 422, "There is no message of a user in `messages`.").await;
    }
    let message = |message: Value| asked(json!({"messages": [user("a"), message]}));
    check(message(json!(1)), 422, "`messages[1]` should be an object.").await;
    let role = "`messages[1].role` should be `system`, `user`, `assistant` or `tool`.";
    check(message(json!({"role": "data", "parts": []})), 422, role).await;
    check(message(json!({"role": "user"})), 422, "`messages[1].parts` should be a list.").await;
    let part = |part: Value| message(json!({"role": "user", "parts": [part]}));
    check(part(json!("a")), 422, "`messages[1].parts[0]` should be an object.").await;
    check(part(json!({"type": "text"})), 422, "`messages[1].parts[0].text` should be text.").await;
    check(request(Method::GET, "/ui/ask/chat"), 405, "`/ui/ask/chat` takes POST, not GET.").await;
    let nothing = "There is no chain `nobody`; there is `ask`.";
    check(request(Method::POST, "/ui/nobody/chat"), 404, nothing).await;
}

#[tokio::test]
async fn a_failure_before_the_first_word_is_a_status_and_one_after_it_a_part() {
    let limited = || {
        let retry_after = Some(std::time::Duration::from_secs(7));
        Error::Model(Box::new(ModelError {
            vendor: "fake".into(),
            model: "m".into(),
            kind: ModelErrorKind::RateLimited { retry_after },
            status: None,
            message: "private".into(),
            class: None,
            source: None,
        }))
    };
    let server = TestServer::of([failing("early", "", limited()), failing("late", "a", limited())]).await;
    let early = server.send(chat("/ui/early/chat", &json!([user("a")]))).await;
    assert_eq!((early.status.as_u16(), early.header("retry-after")), (429, "7"));
    let sentence = "The model's service limits the rate; try again later.";
    assert_eq!((early.text().as_str(), early.header("x-run-id")), (sentence, RUN));
    let late = server.send(chat("/ui/late/chat", &json!([user("a")]))).await;
    assert_eq!(late.status, 200);
    let parts = parts(&late);
    assert_eq!(parts.last().unwrap(), &json!({"type": "error", "errorText": sentence}));
    assert!(!parts.iter().any(|part| part["type"] == "finish"));
}

#[tokio::test]
async fn a_chain_of_messages_gets_all_and_one_that_takes_no_conversation_says_so() {
    let schema = |properties: Value| json!({"type": "object", "properties": properties});
    let echo = || step(|input, _| pieces([Value::from(input).to_string()]));
    let messages = schema(json!({"history": messages_schema()}));
    let messages = Endpoint::builder("messages", echo()).input_schema(messages).build().unwrap();
    let text = json!({"type": "string"});
    let two = Endpoint::builder("two", echo()).input_schema(schema(json!({"a": text, "b": text})));
    let server = TestServer::of([messages, two.build().unwrap()]).await;
    let system = json!({"role": "system", "parts": [{"type": "text", "text": "Be brief."}]});
    let fed = server.send(chat("/ui/messages/chat", &json!([system, user("a")]))).await;
    let fed: Value = serde_json::from_str(parts(&fed)[3]["delta"].as_str().unwrap()).unwrap();
    let expect = [("system", "Be brief."), ("human", "a")];
    let expect = expect.map(|(kind, content)| json!({"type": kind, "content": content}));
    assert_eq!(fed, json!({"history": expect}));
    let unfed = server.send(chat("/ui/two/chat", &json!([user("a")]))).await;
    assert_eq!(unfed.status, 404);
    let text = unfed.text();
    assert!(text.starts_with("No conversation can be sent to the chain `two`: its input has"), "{text}");
    let paths = server.get("/openapi.json").await.json()["paths"].clone();
    assert!(paths.get("/ui/messages/chat").is_some() && paths.get("/ui/two/chat").is_none());
}

#[tokio::test]
async fn nothing_runs_that_could_be_gone_on_with() {
    let server = TestServer::of([echo("ask"), echo("team/ask")]).await;
    for path in ["/ui/ask/chat/c1/stream", "/ui/team/ask/chat/a%2Fb/stream"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0), "{path}");
        let head = server.send(request(Method::HEAD, path)).await;
        assert_eq!((head.status.as_u16(), head.header("content-length")), (204, ""), "{path}");
    }
}

#[tokio::test]
async fn who_leaves_ends_the_run() {
    let (endpoint, mut desk) = directed("ask");
    let server = TestServer::with([endpoint], |settings| settings.timeouts.keep_alive = ms(20)).await;
    let asking = server.open(chat("/ui/ask/chat", &json!([user("a")])));
    let (mut response, run) = tokio::join!(asking, async {
        let run = desk.next().await;
        run.say("first");
        run
    });
    assert!(next_piece(response.body_mut()).await.contains("\"delta\":\"first\"}\n\n"));
    assert_eq!(next_piece(response.body_mut()).await, ": keep-alive\n\n");
    drop(response);
    run.dropped().await;
    server.idle().await;
}

fn message(json: Value) -> Val {
    Val::from(serde_json::from_value::<AiMessage>(json).unwrap())
}

#[tokio::test]
async fn reasoning_stands_beside_text() {
    let chain = step(|_, _| {
        pieces([
            message(json!({"content": [{"type": "thinking", "thinking": "hm"}]})),
            message(json!({"content": [{"type": "reasoning", "reasoning": "ah"}]})),
            message(json!({"content": [{"type": "text", "text": "a"}, {"type": "image_url"}]})),
            message(json!({"content": "b", "response_metadata": {"finish_reason": "length"}})),
        ])
    });
    let delta = |delta| json!({"type": "reasoning-delta", "id": "reasoning-1", "delta": delta});
    let reasoning = [
        json!({"type": "reasoning-start", "id": "reasoning-1"}),
        delta("hm"),
        delta("ah"),
        json!({"type": "reasoning-end", "id": "reasoning-1"}),
    ];
    let mut finish = finished(&json!({"runId": RUN, "finishReason": "length"}));
    finish[1]["finishReason"] = "length".into();
    let expect = [&started(RUN)[..], &reasoning, &text("text-2", &["a", "b"]), &finish].concat();
    assert_eq!(said(asked("ask", chain).build().unwrap()).await, expect);
}

#[tokio::test]
async fn calls_that_the_chain_does_not_run_are_the_clients() {
    let piece = |index, id: Option<&str>, args: &str| {
        let (id, name) = (id.map(Into::into), id.map(|_| "weather".into()));
        let chunk = ToolCallChunk { index: Some(index), id, name, args: Some(args.into()) };
        Val::from(AiMessage { tool_call_chunks: vec![chunk], ..AiMessage::default() })
    };
    let chain = step(move |_, _| {
        pieces([piece(0, Some("t1"), "{\"city\":"), piece(1, Some("t2"), "[1]"), piece(0, None, "\"Bonn\"}")])
    });
    let mut finish = finished(&json!({"runId": RUN, "finishReason": "tool-calls"}));
    finish[1]["finishReason"] = "tool-calls".into();
    let calls = [
        json!({"type": "tool-input-start", "toolCallId": "t1", "toolName": "weather"}),
        json!({"type": "tool-input-available", "toolCallId": "t1", "toolName": "weather", "input": {"city": "Bonn"}}),
        json!({"type": "tool-input-error", "toolCallId": "t2", "toolName": "weather", "input": "[1]",
            "errorText": "The arguments of this call are not a JSON object."}),
    ];
    let expect = [&started(RUN)[..], &calls, &finish].concat();
    assert_eq!(said(asked("ask", chain).build().unwrap()).await, expect);
}

#[tokio::test]
async fn of_an_object_the_only_text_is_shown_and_else_its_json_at_the_end() {
    let dict = |json: Value| match Val::from(json) {
        Val::Dict(dict) => Val::AddDict(dict),
        other => other,
    };
    let adding = |values: &[Value]| {
        let values = values.to_vec();
        step(move |_, _| pieces(values.iter().cloned().map(dict).collect::<Vec<_>>()))
    };
    let check = async |chain, output: Value, shown: &[&str]| {
        let input = json!({"type": "object", "properties": {"question": {"type": "string"}}});
        let endpoint = Endpoint::builder("ask", chain).input_schema(input).output_schema(output);
        let expect = [&started(RUN)[..], &text("text-1", shown), &finished(&stopped())].concat();
        assert_eq!(said(endpoint.build().unwrap()).await, expect);
    };
    let (string, any) = (json!({"type": "string"}), json!({}));
    let sourced = json!({"properties": {"answer": string, "context": {"type": "array"}}});
    check(
        adding(&[json!({"context": [1]}), json!({"answer": "a"}), json!({"answer": "b"})]),
        sourced,
        &["a", "b"],
    )
    .await;
    let two = json!({"properties": {"joke": string, "poem": string}});
    let pieces_of_two = [json!({"joke": "a"}), json!({"poem": "b"}), json!({"joke": "c"})];
    check(adding(&pieces_of_two), two, &[r#"{"joke":"ac","poem":"b"}"#]).await;
    check(adding(&[json!({"text": "a"}), json!({"text": "b"})]), any.clone(), &["ab"]).await;
    check(adding(&[json!(1), json!(2)]), any.clone(), &["3"]).await;
    check(crate::chains::replacing(|_, _| pieces(["a", "ab", "abc"])), any, &["abc"]).await;
    let nothing = asked("ask", step(|_, _| futures_util::stream::empty().boxed())).build().unwrap();
    assert_eq!(said(nothing).await, [&started(RUN)[..], &finished(&stopped())].concat());
}
