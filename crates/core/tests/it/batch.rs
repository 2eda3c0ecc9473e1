//! Batches run step by step with a barrier between steps.

use crate::support::{Log, Probe, full};
use serde_json::json;
use windlass_core::{
    Chain, Cx, IntoChain, OnError, Result, RouterRunnable, RunnableLambda, RunnablePassthrough, Val,
};

fn items(texts: &[&str]) -> Vec<(String, Cx)> {
    texts.iter().map(|text| (text.to_string(), Cx::default())).collect()
}

fn chain(log: &Log) -> Chain<String, String> {
    Probe::new("a", log) | Probe::new("b", log) | Probe::new("c", log)
}

fn shown(results: &[Result<String>]) -> Vec<String> {
    results
        .iter()
        .map(|result| result.as_ref().map_or_else(|error| format!("! {}", full(error)), Clone::clone))
        .collect()
}

#[tokio::test]
async fn every_input_passes_a_step_before_any_enters_the_next() {
    let log = Log::default();
    let outputs = chain(&log).batch_in(items(&["1", "2"]), OnError::Fail).await.unwrap();
    assert_eq!(shown(&outputs), ["1abc", "2abc"]);
    assert_eq!(log.take(), ["a(1)", "a(2)", "b(1a)", "b(2a)", "c(1ab)", "c(2ab)"]);
}

#[tokio::test]
async fn a_failed_input_leaves_the_batch_and_its_error_is_put_back() {
    let log = Log::default();
    let turns_bad = RunnableLambda::quick(|text: String| Ok(text.replace("2ab", "bad")));
    let chain = Probe::new("a", &log) | Probe::new("b", &log) | turns_bad | Probe::new("c", &log);
    let outputs = chain.batch_in(items(&["bad", "1", "2", "3"]), OnError::Collect).await.unwrap();
    assert_eq!(
        shown(&outputs),
        ["! step `a` failed: bad text", "1abc", "! step `c` failed: bad text", "3abc"]
    );
    let seen = log.take();
    assert!(!seen.iter().any(|line| line.starts_with("b(bad")), "{seen:?}");
}

#[tokio::test]
async fn an_error_fails_the_batch_before_the_next_step() {
    let log = Log::default();
    let error = chain(&log).batch_in(items(&["1", "bad"]), OnError::Fail).await.unwrap_err();
    assert_eq!(full(&error), "step `a` failed: bad text");
    assert_eq!(log.take(), ["a(1)", "a(bad)"]);
}

#[tokio::test]
async fn an_erased_batch_keeps_the_places_of_what_does_not_fit() {
    let log = Log::default();
    let chain = chain(&log).erase();
    let inputs = vec![(7.into(), Cx::default()), ("1".into(), Cx::default())];
    let outputs = chain.chain().batch_in(inputs, OnError::Collect).await.unwrap();
    assert!(outputs[0].is_err());
    assert_eq!(outputs[1].as_ref().unwrap(), &"1abc".into());
}

#[tokio::test]
async fn an_empty_batch_gives_an_empty_batch() {
    let chain = RunnableLambda::quick(|text: String| Ok(text)).into_chain();
    assert!(chain.batch_in(Vec::new(), OnError::Fail).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_that_a_step_of_a_sequence_refuses_fails_at_every_place() {
    let router = || RouterRunnable::<Val, Val>::new().route("a", RunnablePassthrough::new());
    let inputs = || {
        let keys = ["a", "x"].map(|key| Val::from(json!({"key": key, "input": 1})));
        keys.map(|input| (input, Cx::default())).to_vec()
    };
    let refused = router().into_chain().batch_in(inputs(), OnError::Collect).await.unwrap_err();
    let sequence = router() | RunnablePassthrough::<Val>::new();
    let outputs = sequence.batch_in(inputs(), OnError::Collect).await.unwrap();
    let errors: Vec<_> = outputs.into_iter().map(|output| full(&output.unwrap_err())).collect();
    assert_eq!(errors, [full(&refused), full(&refused)]);
    let sequence = RunnablePassthrough::<Val>::new() | router();
    assert_eq!(sequence.batch_in(inputs(), OnError::Collect).await.unwrap().len(), 2);
    assert!(sequence.batch_in(inputs(), OnError::Fail).await.is_err());
}
