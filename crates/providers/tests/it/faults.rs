//! The fault matrix, as far as it concerns the upstream.

use crate::{builder, calls, chat, hello, server::*};
use futures_util::{StreamExt, TryStreamExt};
use std::time::Duration;
use windlass_core::{Cx, Error, ModelErrorKind, Phase, Span};
use windlass_providers::openai::{OpenAiBuilder, Timeouts};

/// What came before the failure, and its class.
async fn streamed(builder: OpenAiBuilder) -> (Vec<String>, Option<ModelErrorKind>) {
    let cx = Cx::default();
    let all: Vec<_> = chat(builder).stream(hello(), cx.clone()).collect().await;
    let reported = calls(&cx);
    assert_eq!(reported.len(), 1, "one call, one report");
    let (mut texts, mut failure) = (Vec::new(), None);
    for item in all {
        match item {
            Ok(chunk) => texts.push(chunk.content.into_text()),
            Err(error) => failure = Some(kind(error)),
        }
    }
    assert_eq!(failure.is_some(), reported[0].failure.is_some());
    (texts, failure)
}

fn kind(error: Error) -> ModelErrorKind {
    assert!(!format!("{error} {error:?}").contains("sk-test"));
    match error {
        Error::Model(error) => error.kind,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn same(
    (seen, failure): (Vec<String>, Option<ModelErrorKind>),
    texts: &[&str],
    kind: Option<ModelErrorKind>,
) {
    assert_eq!((seen, failure), (texts.iter().map(ToString::to_string).collect(), kind));
}

async fn check(answer: Answer, texts: &[&str], kind: Option<ModelErrorKind>) {
    let server = Server::start([answer]).await;
    same(streamed(builder(&server).max_retries(0)).await, texts, kind);
}

#[tokio::test]
async fn streams_that_break() {
    let (protocol, unavailable) = (Some(ModelErrorKind::Protocol), Some(ModelErrorKind::Unavailable));
    let server = Some(ModelErrorKind::Server);
    check(sse([ROLE, &word("a"), FINISH]), &["", "a", "", ""], None).await;
    check(sse([ROLE, &word("a")]), &["", "a"], protocol).await;
    check(sse([ROLE, &word("a"), FINISH, DONE]).cut(), &["", "a", "", ""], None).await;
    check(sse([ROLE, &word("a"), FINISH]).cut(), &["", "a", ""], unavailable).await;
    check(sse([ROLE, &word("a"), "data: {\"cho"]).cut(), &["", "a"], unavailable).await;
    check(sse([ROLE, &word("a")]).reset(), &["", "a"], unavailable).await;
    check(sse([ROLE]).cut(), &[""], unavailable).await;
    check(sse([]), &[], protocol).await;
    check(sse([ROLE, "data: {\"error\":{\"message\":\"down\"}}\n\n"]), &[""], server).await;
    check(sse([ROLE, "event: error\ndata: {\"error\":{}}\n\n"]), &["", ""], protocol).await;
    check(sse([ROLE, "data: {oops\n\n", DONE]), &[""], protocol).await;
}

#[tokio::test]
async fn a_character_may_be_cut_between_reads_but_not_by_the_end() {
    let whole = word("日本");
    check(sse([&whole, FINISH, DONE]).byte_by_byte(), &["日本", "", ""], None).await;
    let lossy = [b"data: \"\xe6\n\n".to_vec()].concat();
    let head = "content-type: text/event-stream\r\n";
    check(with_headers(200, head, &lossy), &[], Some(ModelErrorKind::Protocol)).await;
}

#[tokio::test]
async fn answers_that_are_no_streams() {
    let protocol = Some(ModelErrorKind::Protocol);
    check(plain(200, "text/html", "<html>hi</html>"), &[], protocol).await;
    check(json(200, ANSWER), &[], protocol).await;
    check(json(401, "{}"), &[], Some(ModelErrorKind::Authentication)).await;
    check(with_headers(302, "location: http://127.0.0.1:9/\r\n", b""), &[], protocol).await;
}

#[tokio::test]
async fn too_much_is_refused() {
    let huge = format!("data: {}\n\n", "x".repeat(10 << 20));
    check(sse([ROLE, &huge]), &[""], Some(ModelErrorKind::Protocol)).await;
    let server = Server::start([json(200, &format!("\"{}\"", "x".repeat(17 << 20)))]).await;
    let error = chat(builder(&server)).generate(hello(), Cx::default()).await.unwrap_err();
    assert!(error.to_string().contains("larger than 16777216 bytes"), "{error}");
}

#[tokio::test]
async fn a_packed_body_is_refused_however_small() {
    let bomb = include_bytes!("../fixtures/bomb.gz");
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let mut server =
        Server::start([with_headers(200, headers, bomb), with_headers(500, headers, bomb)]).await;
    let model = chat(builder(&server).max_retries(0));
    let error = model.clone().generate(hello(), Cx::default()).await.unwrap_err();
    assert!(error.to_string().contains("packed"), "{error}");
    assert_eq!(server.request().await.header("accept-encoding"), None);
    assert_eq!(kind(model.generate(hello(), Cx::default()).await.unwrap_err()), ModelErrorKind::Server);
}

#[tokio::test]
async fn servers_that_are_not_there() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let base = windlass_providers::OpenAi::model("m").api_key("sk-test").max_retries(0);
    let unavailable = Some(ModelErrorKind::Unavailable);
    same(streamed(base.clone().base_url(format!("http://{nobody}/v1"))).await, &[], unavailable);
    // It waits for the rest of what is a greeting in TLS: no connection comes about.
    let clear_text = Server::start([json(200, ANSWER)]).await;
    let url = clear_text.url().replace("http:", "https:");
    let connect = Some(Span(Duration::from_millis(50)));
    let impatient = base.base_url(url).timeouts(Timeouts { connect, ..Timeouts::default() });
    same(streamed(impatient).await, &[], Some(ModelErrorKind::Timeout(Phase::Connect)));
}

/// Whatever way a service repeats the key and the prompt, neither the line nor the debug form of the error does.
#[tokio::test]
async fn what_the_service_said_stays_out_of_the_log() {
    let quoting = r#"{"error":{"message":"bad key sk-test for `My name is Ann`"}}"#;
    let event = format!("data: {quoting}\n\n");
    let answers = [
        json(200, quoting),
        json(400, quoting),
        json(200, r#"{"choices":"My name is Ann"}"#),
        plain(500, "text/plain", "sk-test: My name is Ann"),
        sse([ROLE, &event]),
        sse([ROLE, "event: error\ndata: sk-test: My name is Ann\n\n"]),
        sse([ROLE, "data: {\"choices\":\"My name is Ann\"}\n\n"]),
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        let server = Server::start([answer]).await;
        let model = chat(builder(&server).max_retries(0));
        let error = match index {
            0..4 => model.generate(hello(), Cx::default()).await.unwrap_err(),
            _ => model.stream(hello(), Cx::default()).try_collect::<Vec<_>>().await.unwrap_err(),
        };
        let lines = format!("{error} {error:?}");
        assert!(!lines.contains("Ann") && !lines.contains("sk-test"), "{index}: {lines}");
        let Error::Model(error) = error else { panic!("{error}") };
        let said = error.message.said.unwrap_or_default();
        assert!(!said.contains("sk-test"), "{index}: {said}");
    }
}
