//! Branches beside each other, and the tee that feeds them.

use crate::support::{Log, Probe, Source, all, full, pieces, until_error};
use futures_util::{FutureExt, StreamExt};
use std::{sync::Arc, time::Duration};
use windlass_core::{
    AiMessage, Cx, Error, Fut, IntoChain, JsonOutputParser, Out, Runnable, RunnableLambda, RunnableParallel,
    RunnablePassthrough, Val, Vars, vars,
};

fn of_key(pieces: &[Vars], key: &str) -> Vec<String> {
    let texts = pieces.iter().filter_map(|piece| piece.0.get(key));
    texts.map(|val| if let Val::Text(text) = val { text.clone() } else { panic!("{val:?}") }).collect()
}

#[tokio::test]
async fn invoke_gives_every_key_in_the_order_they_were_named() {
    let log = Log::default();
    let chain = RunnableParallel::<String>::new()
        .branch("slow", Source::of(&["x", "y", "z"]))
        .branch("quick", Probe::new("a", &log));
    let output = chain.into_chain().invoke("-".to_owned()).await.unwrap();
    assert_eq!(output, vars! { "slow" => "xyz", "quick" => "-a" });
    assert_eq!(output.0.keys().collect::<Vec<_>>(), ["slow", "quick"]);
}

#[tokio::test]
async fn a_failing_branch_lets_its_siblings_finish_and_the_first_key_wins() {
    let log = Log::default();
    let chain = RunnableParallel::<String>::new()
        .branch("slow", Source { fails: true, ..Source::of(&["x", "y"]) } | Probe::new("s", &log))
        .branch("bad", Probe::new("b", &log))
        .branch("good", Source::of(&["1", "2", "3"]) | Probe::new("g", &log));
    let error = chain.into_chain().invoke("bad".to_owned()).await.unwrap_err();
    assert_eq!(full(&error), "step `Source` failed: the source is dry");
    assert_eq!(log.take(), ["b(bad)", "g(123)"]);
}

#[tokio::test]
async fn streams_merge_by_key_and_keep_their_order_within_one() {
    let chain = RunnableParallel::<String>::new()
        .branch("a", Source::of(&["1", "2", "3"]))
        .branch("b", Source::of(&["x", "", "y"]))
        .into_chain();
    let pieces = all(chain.stream(String::new())).await;
    assert!(pieces.iter().all(|piece| piece.0.len() == 1));
    assert_eq!(of_key(&pieces, "a"), ["1", "2", "3"]);
    assert_eq!(of_key(&pieces, "b"), ["x", "", "y"]);
}

/// A step that always has a piece ready.
struct Eager;

impl Runnable for Eager {
    type In = String;
    type Out = String;

    fn invoke(self: Arc<Self>, text: String, _: Cx) -> Fut<String> {
        std::future::ready(Ok(text)).boxed()
    }

    fn stream(self: Arc<Self>, text: String, _: Cx) -> Out<String> {
        pieces(vec![text; 100])
    }
}

#[tokio::test]
async fn a_branch_that_is_always_ready_does_not_starve_another() {
    let chain = RunnableParallel::<String>::new().branch("a", Eager).branch("b", Eager).branch("c", Eager);
    let pieces = all(chain.into_chain().stream("x".to_owned())).await;
    let keys: Vec<_> = pieces.iter().flat_map(|piece| piece.0.keys()).collect();
    assert_eq!(keys.len(), 300);
    for round in keys.chunks(3) {
        assert_eq!(round, ["a", "b", "c"]);
    }
}

#[tokio::test]
async fn branches_start_together() {
    let gate = Arc::new(tokio::sync::Barrier::new(3));
    let waits = || {
        let gate = gate.clone();
        RunnableLambda::future(move |text: String| {
            let gate = gate.clone();
            async move {
                gate.wait().await;
                Ok(text)
            }
        })
    };
    let chain =
        RunnableParallel::<String>::new().branch("a", waits()).branch("b", waits()).branch("c", waits());
    let chain = chain.into_chain();
    let patience = Duration::from_secs(5);
    tokio::time::timeout(patience, chain.invoke("x".to_owned())).await.unwrap().unwrap();
    assert_eq!(tokio::time::timeout(patience, all(chain.stream("x".to_owned()))).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_error_of_a_branch_ends_the_stream_and_drops_the_others() {
    let endless = Source { never_ends: true, ..Source::of(&["x"]) };
    let chain = RunnableParallel::<String>::new()
        .branch("a", endless.clone())
        .branch("b", Source { fails: true, ..Source::of(&["1", "2"]) });
    let (before, _) = until_error(chain.into_chain().stream(String::new())).await;
    assert_eq!(of_key(&before, "b"), ["1", "2"]);
    assert!(endless.was_dropped());
}

#[tokio::test]
async fn a_branch_that_gathers_does_not_hold_up_one_that_streams() {
    let gathers = RunnableLambda::quick(|text: String| Ok(text.to_uppercase()));
    let parallel = RunnableParallel::<String>::new()
        .branch("whole", gathers)
        .branch("pieces", RunnablePassthrough::<String>::new());
    let chain = Source { never_ends: true, ..Source::of(&["x", "y"]) } | parallel;
    let first: Vec<_> = chain.stream(String::new()).take(2).map(Result::unwrap).collect().await;
    assert_eq!(of_key(&first, "pieces"), ["x", "y"]);
}

#[tokio::test]
async fn every_branch_gets_every_piece() {
    let gathers = RunnableLambda::quick(|text: String| Ok(text.to_uppercase()));
    let parallel = RunnableParallel::<String>::new()
        .branch("whole", gathers)
        .branch("pieces", RunnablePassthrough::<String>::new());
    let chain = Source::of(&["x", "", "y"]) | parallel;
    let pieces = all(chain.stream(String::new())).await;
    assert_eq!(of_key(&pieces, "whole"), ["XY"]);
    assert_eq!(of_key(&pieces, "pieces"), ["x", "", "y"]);
}

#[tokio::test]
async fn an_error_above_the_tee_reaches_every_reader_once() {
    let parallel = RunnableParallel::<String>::new()
        .branch("a", RunnablePassthrough::<String>::new())
        .branch("b", RunnablePassthrough::<String>::new());
    let chain = Source { fails: true, ..Source::of(&["x"]) } | parallel;
    let (before, error) = until_error(chain.stream(String::new())).await;
    assert_eq!(before.len(), 2);
    assert_eq!(full(&error), "step `Source` failed: the source is dry");
}

/// A step that takes one piece of its input and then waits for ever.
struct Stuck;

impl Runnable for Stuck {
    type In = String;
    type Out = String;

    fn invoke(self: Arc<Self>, text: String, _: Cx) -> Fut<String> {
        std::future::ready(Ok(text)).boxed()
    }

    fn transform(self: Arc<Self>, mut pieces: Out<String>, _: Cx) -> Out<String> {
        futures_util::stream::once(async move {
            pieces.next().await;
            std::future::pending::<()>().await;
            drop(pieces);
            Ok(String::new())
        })
        .boxed()
    }
}

#[tokio::test]
async fn what_a_slow_reader_has_not_read_is_bounded() {
    let parallel = RunnableParallel::<String>::new()
        .branch("stuck", Stuck)
        .branch("quick", RunnablePassthrough::<String>::new());
    let chain = Eager.into_chain() | parallel;
    let cx = Cx::builder().buffer_limit(10).build();
    let (before, error) = until_error(chain.stream_in("x".to_owned(), cx.clone())).await;
    assert!(matches!(error, Error::BufferLimit { limit: 10 }), "{error:?}");
    assert!((10..20).contains(&before.len()), "{}", before.len());
    assert!(cx.buffer().charge(10).is_ok(), "what was held is given back");
}

#[tokio::test]
async fn a_parallel_without_branches_gives_an_empty_object() {
    let chain = RunnableParallel::<String>::new().into_chain();
    assert_eq!(chain.invoke(String::new()).await.unwrap(), vars! {});
    assert!(all(chain.stream(String::new())).await.is_empty());
}

#[tokio::test]
async fn snapshots_under_a_key_agree_with_invoke() {
    let chain = RunnableParallel::<AiMessage>::new().branch("json", JsonOutputParser).into_chain();
    let input = pieces(["[\"a", "b\", 1", "2]"].map(AiMessage::text));
    let json = Val::from(serde_json::json!(["ab", 12]));
    assert_eq!(all(chain.transform_in(input, Cx::default())).await, [vars! { "json" => json }]);
}

#[tokio::test]
async fn steps_that_double_their_input_come_to_an_end() {
    let same = || RunnablePassthrough::<Val>::new();
    let twice =
        || RunnableParallel::<Val>::new().branch("a", same()).branch("b", same()).into_chain().erase();
    let chain = (0..40).fold(twice(), |chain, _| chain.pipe(twice()));
    let error = chain.invoke(Val::from("x"), &Cx::default()).await.unwrap_err();
    assert!(matches!(error, Error::BufferLimit { .. }));
}
