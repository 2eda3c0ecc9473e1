//! Each timeout, against a server that goes silent at the right moment. The clock is stopped once the server has the
//! request, so that it jumps to the timeout when nothing else can happen.

use crate::{builder, calls, chat, hello, server::*};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::Instant;
use windlass_core::{Cx, Error, ModelErrorKind, Phase, Span};
use windlass_providers::openai::Timeouts;

/// Streams from a server until it fails; gives the failure and how long that took.
async fn stalled(answer: Answer, timeouts: Timeouts) -> (ModelErrorKind, String, Duration) {
    let mut server = Server::start([answer]).await;
    let cx = Cx::default();
    let mut stream = chat(builder(&server).max_retries(0).timeouts(timeouts)).stream(hello(), cx.clone());
    let last = async {
        let mut last = None;
        while let Some(item) = stream.next().await {
            last = Some(item);
        }
        last
    };
    let stopped = async {
        server.request().await;
        tokio::time::pause();
        Instant::now()
    };
    let (last, stopped) = tokio::join!(last, stopped);
    let elapsed = stopped.elapsed();
    assert_eq!(calls(&cx)[0].failure, Some("timeout"));
    match last {
        Some(Err(Error::Model(error))) => (error.kind, error.message.ours.clone(), elapsed),
        other => panic!("{other:?}"),
    }
}

fn nearly(elapsed: Duration, seconds: u64) -> bool {
    elapsed.abs_diff(Duration::from_secs(seconds)) < Duration::from_secs(1)
}

#[tokio::test]
async fn no_head() {
    let (kind, message, elapsed) = stalled(silence(), Timeouts::default()).await;
    assert_eq!(kind, ModelErrorKind::Timeout(Phase::FirstToken));
    assert_eq!(message, "no token within 1m");
    assert!(nearly(elapsed, 60), "{elapsed:?}");
}

#[tokio::test]
async fn no_first_token() {
    let (kind, _, elapsed) = stalled(sse([ROLE, ": still thinking\n\n"]).hang(), Timeouts::default()).await;
    assert_eq!(kind, ModelErrorKind::Timeout(Phase::FirstToken));
    assert!(nearly(elapsed, 60), "{elapsed:?}");
}

#[tokio::test]
async fn no_next_token() {
    let (kind, message, elapsed) = stalled(sse([ROLE, &word("a")]).hang(), Timeouts::default()).await;
    assert_eq!(kind, ModelErrorKind::Timeout(Phase::BetweenTokens));
    assert_eq!(message, "no further token within 30s");
    assert!(nearly(elapsed, 30), "{elapsed:?}");
}

#[tokio::test]
async fn not_all_in_time() {
    let timeouts = Timeouts { total: Span::seconds(5), ..Timeouts::default() };
    let (kind, message, elapsed) = stalled(sse([ROLE, &word("a")]).hang(), timeouts).await;
    assert_eq!(kind, ModelErrorKind::Timeout(Phase::Total));
    assert_eq!(message, "no whole answer within 5s");
    assert!(nearly(elapsed, 5), "{elapsed:?}");
}

#[tokio::test]
async fn an_answer_whose_body_never_ends() {
    let mut server = Server::start([sse(["{"]).hang()]).await;
    let model = chat(builder(&server).timeouts(Timeouts { total: Span::seconds(90), ..Timeouts::default() }));
    let stopped = async {
        server.request().await;
        tokio::time::pause();
    };
    let (answer, ()) = tokio::join!(model.generate(hello(), Cx::default()), stopped);
    let Err(Error::Model(error)) = answer else { panic!("{answer:?}") };
    assert_eq!(error.kind, ModelErrorKind::Timeout(Phase::Total));
    assert_eq!(server.waiting(), 0);
}
