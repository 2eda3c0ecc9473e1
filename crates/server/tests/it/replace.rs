//! Chains replaced while the server runs: all at once, or not at all.

use crate::{
    chains::{directed, echo},
    client::{Answer, ask, next_piece},
    harness::TestServer,
};
use serde_json::json;

#[tokio::test]
async fn a_running_stream_keeps_its_chain_and_new_requests_get_the_new_ones() {
    let (endpoint, mut desk) = directed("old");
    let server = TestServer::of([endpoint]).await;
    let mut kept = server.connect().await;
    assert_eq!(kept.send(crate::client::get("/old")).await.status, 200);
    let (mut response, run) = tokio::join!(server.open(ask("/old/stream", "a")), async {
        let run = desk.next().await;
        run.say("before");
        run
    });
    next_piece(response.body_mut()).await;
    server.server.replace(vec![echo("new"), echo("newer")]).unwrap();
    assert_eq!(server.server.chains(), ["new", "newer"]);

    let gone = kept.send(ask("/old/invoke", "a")).await;
    assert_eq!(gone.failure(), (404, "chain_not_found".into()));
    assert_eq!(kept.send(ask("/new/invoke", "a")).await.json(), json!({"answer": "a"}));
    assert_eq!(server.get("/").await.json()["chains"][1]["name"], "newer");
    let paths = server.get("/openapi.json").await.json()["paths"].clone();
    assert!(paths.get("/new/invoke").is_some() && paths.get("/old/invoke").is_none());

    run.say("after");
    drop(run);
    let lines = Answer::of(response).await.lines();
    assert_eq!(lines[0], json!({"chunk": "after"}));
    assert!(lines[1].get("end").is_some());
}

#[tokio::test]
async fn chains_that_cannot_stand_together_replace_nothing() {
    let server = TestServer::of([echo("ask")]).await;
    let error = server.server.replace(vec![echo("two"), echo("two")]).unwrap_err();
    assert!(error.to_string().contains("`two`"));
    assert_eq!(server.server.chains(), ["ask"]);
    assert_eq!(server.send(ask("/invoke", "a")).await.status, 200);
}
