//! When a request is sent again, and that it is the same one.

use crate::{builder, calls, chat, hello, model, server::*};
use futures_util::{StreamExt, TryStreamExt};
use std::time::Duration;
use windlass_core::{Cx, Error, ModelErrorKind};

const SOON: &str = "retry-after-ms: 1\r\n";

#[tokio::test]
async fn success_on_the_third_try() {
    let answers = [with_headers(429, SOON, b"{}"), with_headers(503, SOON, b"{}"), json(200, ANSWER)];
    let mut server = Server::start(answers).await;
    let cx = Cx::default();
    model(&server).generate(hello(), cx.clone()).await.unwrap();
    let bodies =
        [server.request().await, server.request().await, server.request().await].map(|seen| seen.body);
    assert!(bodies[0] == bodies[1] && bodies[1] == bodies[2]);
    assert_eq!(calls(&cx)[0].attempts, 3);
}

#[tokio::test]
async fn retries_run_out() {
    let server =
        Server::start([with_headers(429, "retry-after: 0.001\r\n", br#"{"error":{"message":"slow down"}}"#)]);
    let server = server.await;
    let cx = Cx::default();
    let error = model(&server).generate(hello(), cx.clone()).await.unwrap_err();
    let Error::Model(error) = error else { panic!("{error}") };
    let retry_after = Some(Duration::from_millis(1));
    assert_eq!(error.kind, ModelErrorKind::RateLimited { retry_after });
    assert_eq!(
        (error.message.said.as_deref(), error.status),
        (Some("Error code: 429 - slow down"), Some(429))
    );
    assert_eq!((server.waiting(), calls(&cx)[0].attempts), (3, 3));
}

#[tokio::test]
async fn what_cannot_pass_is_not_sent_again() {
    for (status, headers) in
        [(401, ""), (400, ""), (500, "x-should-retry: false\r\n"), (429, "retry-after: 3600\r\n")]
    {
        let server = Server::start([with_headers(status, headers, b"{}")]).await;
        model(&server).generate(hello(), Cx::default()).await.unwrap_err();
        assert_eq!(server.waiting(), 1, "{status} {headers}");
    }
}

#[tokio::test]
async fn a_stream_is_asked_for_again_until_its_head_is_there() {
    let frames = [ROLE, &word("a"), FINISH, DONE];
    let server = Server::start([with_headers(503, SOON, b""), sse(frames)]).await;
    let chunks: Vec<_> = model(&server).stream(hello(), Cx::default()).try_collect().await.unwrap();
    assert_eq!(chunks.len(), 4);
    let broken = Server::start([sse([]).cut(), sse(frames)]).await;
    let chunks: Vec<_> = model(&broken).stream(hello(), Cx::default()).collect().await;
    assert!(chunks.len() == 1 && chunks[0].is_err());
    assert_eq!(broken.waiting(), 1);
}

#[tokio::test(start_paused = true)]
async fn broken_connections_are_tried_again_after_a_while() {
    let server = Server::start([sse([]).reset(), json(200, ANSWER)]).await;
    let started = tokio::time::Instant::now();
    let model = chat(builder(&server));
    model.generate(hello(), Cx::default()).await.unwrap();
    assert_eq!(server.waiting(), 2);
    assert!(started.elapsed() >= Duration::from_millis(375));
}
