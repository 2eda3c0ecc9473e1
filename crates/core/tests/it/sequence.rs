//! `a | b | c`: what each step sees, and when.

use crate::support::{Log, Probe, Source, all, full, kwargs, pieces, until_error};
use futures_util::{FutureExt, StreamExt};
use windlass_core::{AiMessage, Cx, Error, IntoChain, Out, RunnableLambda, RunnablePassthrough, Val, gather};

#[tokio::test]
async fn invoke_runs_step_by_step() {
    let log = Log::default();
    let chain = Probe::new("a", &log) | Probe::new("b", &log) | Probe::new("c", &log);
    assert_eq!(chain.invoke("-".to_owned()).await.unwrap(), "-abc");
    assert_eq!(log.take(), ["a(-)", "b(-a)", "c(-ab)"]);
}

#[tokio::test]
async fn the_first_error_ends_an_invoke() {
    let log = Log::default();
    let chain = Probe::new("a", &log) | Probe::new("b", &log);
    let error = chain.invoke("bad".to_owned()).await.unwrap_err();
    assert_eq!(full(&error), "step `a` failed: bad text");
    assert_eq!(log.take(), ["a(bad)"]);
}

#[tokio::test]
async fn pieces_go_through_one_by_one_and_empty_ones_are_kept() {
    let log = Log::default();
    let chain = Source::of(&["x", "", "y"]) | Probe::new("a", &log) | RunnablePassthrough::<String>::new();
    assert_eq!(all(chain.stream(String::new())).await, ["xa", "a", "ya"]);
    assert_eq!(log.take(), ["a(x)", "a()", "a(y)"]);
}

#[tokio::test]
async fn a_step_without_transform_gathers_and_gives_one_piece() {
    let shout = RunnableLambda::quick(|text: String| Ok(text.to_uppercase()));
    let chain = Source::of(&["x", "", "y"]) | shout;
    assert_eq!(all(chain.stream(String::new())).await, ["XY"]);
}

#[tokio::test]
async fn a_chain_transforms_an_input_that_comes_in_pieces() {
    let log = Log::default();
    let chain = Probe::new("a", &log) | Probe::new("b", &log);
    let input = pieces(["x", "y"].map(String::from));
    assert_eq!(all(chain.transform_in(input, Cx::default())).await, ["xab", "yab"]);
}

#[tokio::test]
async fn nothing_comes_out_of_nothing() {
    let chain = RunnablePassthrough::<String>::new() | RunnableLambda::quick(|text: String| Ok(text + "!"));
    assert_eq!(all(chain.transform_in(pieces([]), Cx::default())).await, [""; 0]);
}

#[tokio::test]
async fn an_error_comes_after_the_pieces_before_it() {
    let log = Log::default();
    let chain = Source::of(&["x", "bad", "y"]) | Probe::new("a", &log);
    let mut pieces = chain.stream(String::new());
    assert_eq!(pieces.next().await.unwrap().unwrap(), "xa");
    assert!(pieces.next().await.unwrap().is_err());
}

#[tokio::test]
async fn an_error_above_a_gathering_step_reaches_the_reader() {
    let source = Source { fails: true, ..Source::of(&["x"]) };
    let chain = source | RunnableLambda::quick(|text: String| Ok(text));
    let (before, error) = until_error(chain.stream(String::new())).await;
    assert_eq!(before, [""; 0]);
    assert_eq!(full(&error), "step `Source` failed: the source is dry");
}

#[tokio::test]
async fn only_the_first_step_gets_kwargs() {
    let log = Log::default();
    let pair = || Probe::new("a", &log) | Probe::new("b", &log);
    let nested = pair() | pair();
    let cx = || Cx::default().with_kwargs(kwargs("stop", "x"));
    nested.invoke_in("-".to_owned(), cx()).await.unwrap();
    assert_eq!(log.take(), ["a(-) {\"stop\":\"x\"}", "b(-a)", "a(-ab)", "b(-aba)"]);
    all(nested.stream_in("-".to_owned(), cx())).await;
    let seen = log.take();
    assert_eq!(seen.len(), 4);
    assert!(seen[1..].iter().all(|line| !line.contains("stop")), "{seen:?}");
}

#[tokio::test]
async fn a_gather_is_bounded() {
    let chain = Source::of(&["12345", "67890"]) | RunnableLambda::quick(|text: String| Ok(text));
    let cx = Cx::builder().buffer_limit(8).build();
    let (_, error) = until_error(chain.stream_in(String::new(), cx.clone())).await;
    assert!(matches!(error, Error::BufferLimit { limit: 8 }), "{error:?}");
    assert!(cx.buffer().charge(8).is_ok(), "what was held is given back");
}

/// What is bounded is what is held, not what the pieces were before they were put together.
#[tokio::test]
async fn a_gather_of_many_short_pieces_pays_for_their_text() {
    const COUNT: usize = 200_000;
    const LIMIT: usize = 1 << 20;
    fn many<T: Send + 'static>(piece: impl Fn() -> T + Send + 'static) -> Out<T> {
        futures_util::stream::iter((0..COUNT).map(move |_| Ok(piece()))).boxed()
    }
    let cx = || Cx::builder().buffer_limit(LIMIT).build();
    let text = gather(many(|| "word".to_owned()), cx()).await.unwrap().unwrap();
    assert_eq!(text.len(), 4 * COUNT);
    let message = gather(many(|| AiMessage::text("word")), cx()).await.unwrap().unwrap();
    assert_eq!(message.content.to_text().len(), 4 * COUNT);
    gather(many(|| Val::from("word")), cx()).await.unwrap();
    gather(many(|| Val::from(AiMessage::text("word"))), cx()).await.unwrap();
    gather(many(|| windlass_core::vars! { "k" => "word" }), cx()).await.unwrap();
    let error = gather(many(|| "a longer word".to_owned()), cx()).await.unwrap_err();
    assert!(matches!(error, Error::BufferLimit { limit: LIMIT }), "{error:?}");
}

#[tokio::test]
async fn dropping_the_stream_stops_the_work_above() {
    let source = Source { never_ends: true, ..Source::of(&["x"]) };
    let dropped = source.clone();
    let chain = source | RunnablePassthrough::<String>::new();
    let mut pieces = chain.stream(String::new());
    assert_eq!(pieces.next().await.unwrap().unwrap(), "x");
    assert!(!dropped.was_dropped());
    drop(pieces);
    assert!(dropped.was_dropped());
}

#[tokio::test]
async fn dropping_the_future_stops_the_work_too() {
    let source = Source { never_ends: true, ..Source::default() };
    let dropped = source.clone();
    let chain = source | RunnableLambda::quick(|text: String| Ok(text));
    let mut future = chain.invoke(String::new());
    assert!((&mut future).now_or_never().is_none());
    drop(future);
    assert!(dropped.was_dropped());
}

#[tokio::test]
async fn a_passthrough_gives_what_it_gets() {
    let chain = RunnablePassthrough::<Val>::new().into_chain();
    assert_eq!(chain.invoke(Val::from("x")).await.unwrap(), Val::from("x"));
    let input = pieces([Val::Null, Val::from("a"), Val::from("")]);
    assert_eq!(
        all(chain.transform_in(input, Cx::default())).await,
        [Val::Null, Val::from("a"), Val::from("")]
    );
}
