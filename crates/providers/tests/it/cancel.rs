//! What is dropped is dropped at once: the service sees the connection close, each time.

use crate::{calls, hello, model, server::*};
use futures_util::StreamExt;
use std::{future::Future, pin::pin, time::Duration};
use windlass_core::{Cx, UpstreamCall};

const TIMES: usize = 20;
/// The goal is 100 ms; a busy machine gets more.
const AT_ONCE: Duration = Duration::from_secs(2);

async fn closed(server: &mut Server) {
    tokio::time::timeout(AT_ONCE, server.client_gone()).await.expect("the connection stays open");
}

/// Polls the future until the server has the request, then drops it.
async fn drop_after_request<F: Future>(server: &mut Server, future: F) {
    let mut future = pin!(future);
    tokio::select! {
        _ = &mut future => panic!("nothing was answered"),
        _ = server.request() => {}
    }
}

fn cancelled(cx: &Cx) -> UpstreamCall {
    let mut calls = calls(cx);
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].failure, calls[0].attempts), (Some("cancelled"), 1));
    calls.remove(0)
}

#[tokio::test]
async fn before_the_head() {
    let mut server = Server::start([silence()]).await;
    let model = model(&server);
    for _ in 0..TIMES {
        let cx = Cx::default();
        let mut stream = model.clone().stream(hello(), cx.clone());
        drop_after_request(&mut server, stream.next()).await;
        drop(stream);
        closed(&mut server).await;
        cancelled(&cx);
    }
}

#[tokio::test]
async fn before_the_first_token() {
    let mut server = Server::start([sse([ROLE]).hang()]).await;
    let model = model(&server);
    for _ in 0..TIMES {
        let cx = Cx::default();
        let mut stream = model.clone().stream(hello(), cx.clone());
        stream.next().await.unwrap().unwrap();
        drop_after_request(&mut server, stream.next()).await;
        drop(stream);
        closed(&mut server).await;
        cancelled(&cx);
    }
}

#[tokio::test]
async fn in_mid_stream() {
    let mut server = Server::start([sse([ROLE, &word("a"), &word("b")]).hang()]).await;
    let model = model(&server);
    for _ in 0..TIMES {
        let cx = Cx::default();
        let mut stream = model.clone().stream(hello(), cx.clone());
        for _ in 0..3 {
            stream.next().await.unwrap().unwrap();
        }
        drop(stream);
        closed(&mut server).await;
        cancelled(&cx);
    }
}

#[tokio::test]
async fn without_a_stream() {
    let mut server = Server::start([silence(), sse(["{"]).hang()]).await;
    let model = model(&server);
    for _ in 0..TIMES {
        let cx = Cx::default();
        drop_after_request(&mut server, model.clone().generate(hello(), cx.clone())).await;
        closed(&mut server).await;
        cancelled(&cx);
    }
}
