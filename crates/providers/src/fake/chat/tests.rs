//! The fake model's words, times and failures.

use super::*;
use crate::fake::{Fail, FailKind};
use futures_util::TryStreamExt;
use std::time::Duration;
use windlass_core::EventKind;

fn milliseconds(count: u64) -> Option<Span> {
    Some(Span(Duration::from_millis(count)))
}

async fn pieces(params: FakeParams, cx: &Cx) -> Vec<Result<AiMessage>> {
    let model = crate::Fake::model_with(params);
    model.stream(vec![Message::system("Be kind."), Message::human("Why is it?")], cx.clone()).collect().await
}

fn calls(cx: &Cx) -> Vec<windlass_core::UpstreamCall> {
    std::iter::from_fn(|| cx.next_event())
        .filter_map(|event| match event.kind {
            EventKind::Upstream(call) => Some(call),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn says_what_it_was_asked_word_by_word() {
    let cx = Cx::default();
    let pieces = pieces(FakeParams::default(), &cx).await;
    let words: Vec<_> = pieces.iter().map(|piece| piece.as_ref().unwrap().content.to_text()).collect();
    assert_eq!(words, ["You ", "asked: ", "Why ", "is ", "it?"]);
    let usage = pieces[4].as_ref().unwrap().usage.clone().unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (5, 5, 10));
    assert!(pieces[..4].iter().all(|piece| piece.as_ref().unwrap().usage.is_none()));
    assert_eq!(calls(&cx).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn takes_its_time() {
    let cx = Cx::default();
    let started = tokio::time::Instant::now();
    let params = FakeParams {
        latency: milliseconds(200),
        gap: milliseconds(10),
        tokens: Some(4),
        ..FakeParams::default()
    };
    assert_eq!(pieces(params, &cx).await.len(), 4);
    assert_eq!(started.elapsed(), Duration::from_millis(230));
    let call = calls(&cx).remove(0);
    assert_eq!((call.failure, call.head), (None, Duration::from_millis(200)));
    assert_eq!(call.waited, Duration::from_millis(230));
}

#[tokio::test]
async fn fails_when_it_is_told_to() {
    let cx = Cx::default();
    let fail = Some(Fail { kind: FailKind::Server, after: 2 });
    let pieces = pieces(FakeParams { fail, ..FakeParams::default() }, &cx).await;
    assert_eq!(pieces.len(), 3);
    assert_eq!(pieces[2].as_ref().unwrap_err().to_string(), "fake (fake): the fake model was told to fail");
    assert_eq!(calls(&cx)[0].failure, Some("server"));
}

#[tokio::test]
async fn a_dropped_stream_is_reported_as_cancelled() {
    let cx = Cx::default();
    let mut stream = crate::Fake::model().stream(vec![Message::human("Why?")], cx.clone());
    stream.try_next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(calls(&cx)[0].failure, Some("cancelled"));
}
