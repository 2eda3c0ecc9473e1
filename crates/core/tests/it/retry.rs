//! `RunnableRetry`: how often, for what, and with which waits.

use serde_json::{Value, json};
use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
};
use tokio::time::{Instant, timeout};
use windlass_core::{
    Chain, Cx, Error, Exception, ExponentialJitter, IntoChain, OnError, RunnableLambda, RunnableRetry, Val,
};

/// Fails so often, then gives its input.
fn fails(times: u32, class: &'static str) -> (Chain<Val, Val>, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let count = calls.clone();
    let step = RunnableLambda::quick(move |input: Val| {
        let call = count.fetch_add(1, SeqCst);
        if call < times { Err(Error::raised("flaky", class, format!("call {call}"))) } else { Ok(input) }
    });
    (step.into_chain(), calls)
}

fn attempts(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

#[tokio::test(start_paused = true)]
async fn waits_grow_and_the_last_error_stands() {
    let (step, calls) = fails(2, "ValueError");
    let began = Instant::now();
    let exact = Some(ExponentialJitter { jitter: 0.0, ..Default::default() });
    assert_eq!(
        RunnableRetry::new(step).wait(exact).into_chain().invoke(Val::from(7)).await.unwrap(),
        Val::from(7)
    );
    assert_eq!((calls.load(SeqCst), began.elapsed().as_secs()), (3, 1 + 2));
    let (step, calls) = fails(9, "ValueError");
    let error =
        RunnableRetry::new(step).attempts(attempts(2)).into_chain().invoke(Val::Null).await.unwrap_err();
    assert_eq!((Exception::of(&error).text.as_str(), calls.load(SeqCst)), ("call 1", 2));
}

#[tokio::test(start_paused = true)]
async fn other_exceptions_and_streams_are_not_retried() {
    let (step, calls) = fails(1, "KeyError");
    let retry = RunnableRetry::new(step).retrying(["ValueError"]).into_chain();
    assert!(retry.invoke(Val::Null).await.is_err());
    assert_eq!(calls.load(SeqCst), 1);
    let (step, calls) = fails(1, "ValueError");
    let pieces: Vec<_> =
        futures_util::StreamExt::collect(RunnableRetry::new(step).into_chain().stream(Val::Null)).await;
    assert!(pieces.len() == 1 && pieces[0].is_err() && calls.load(SeqCst) == 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_retries_what_failed_and_keeps_every_place() {
    let calls = Arc::new(AtomicU32::new(0));
    let count = calls.clone();
    let step = RunnableLambda::quick(move |input: Val| {
        count.fetch_add(1, SeqCst);
        if input == Val::from("bad") { Err(Error::raised("picky", "ValueError", "bad")) } else { Ok(input) }
    });
    let retry = RunnableRetry::new(step).wait(None).into_chain();
    let items = ["a", "bad", "b"].map(|input| (Val::from(input), Cx::default())).into();
    let outputs = retry.batch_in(items, OnError::Collect).await.unwrap();
    let shown: Vec<_> =
        outputs.into_iter().map(|output| output.map_or(json!("error"), Value::from)).collect();
    assert_eq!((shown, calls.load(SeqCst)), (vec![json!("a"), json!("error"), json!("b")], 3 + 1 + 1));
}

#[tokio::test]
async fn retries_without_waits_can_be_stopped() {
    let (step, _) = fails(u32::MAX, "ValueError");
    let endless = RunnableRetry::new(step).attempts(attempts(u32::MAX)).wait(None).into_chain();
    let limit = std::time::Duration::from_millis(1);
    assert!(timeout(limit, endless.invoke(Val::from(7))).await.is_err());
    let items = vec![(Val::from(7), Cx::default())];
    assert!(timeout(limit, endless.batch_in(items, OnError::Fail)).await.is_err());
}
