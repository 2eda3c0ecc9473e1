//! `RunnablePassthrough::assign`: the input's keys first, then the mapper's.

use crate::support::{Source, all, pieces};
use std::{sync::Arc, time::Duration};
use windlass_core::{
    Chain, Chunk, Cx, Exception, IntoChain, Merge, RunnableLambda, RunnableParallel, RunnablePassthrough,
    Val, Vars, vars,
};

fn counts() -> impl windlass_core::Runnable<In = Vars, Out = String> {
    RunnableLambda::quick(|vars: Vars| Ok(vars.0.len().to_string()))
}

fn chain() -> Chain<Vars, Vars> {
    RunnablePassthrough::assign(RunnableParallel::<Vars>::new().branch("n", counts())).into_chain()
}

#[tokio::test]
async fn invoke_adds_the_mappers_keys_and_they_win() {
    assert_eq!(chain().invoke(vars! { "a" => "x" }).await.unwrap(), vars! { "a" => "x", "n" => "1" });
    assert_eq!(
        chain().invoke(vars! { "n" => "old", "a" => "x" }).await.unwrap(),
        vars! { "n" => "2", "a" => "x" }
    );
}

#[tokio::test]
async fn what_is_passed_on_comes_first() {
    let input = pieces([vars! { "a" => "x" }, vars! { "n" => "old" }, vars! { "a" => "y", "n" => "old" }]);
    assert_eq!(
        all(chain().transform_in(input, Cx::default())).await,
        [vars! { "a" => "x" }, vars! { "a" => "y" }, vars! { "n" => "2" }]
    );
    assert_eq!(chain().merge(), Merge::ByKey);
}

#[tokio::test]
async fn a_streaming_mapper_streams() {
    let text = RunnableLambda::quick(|_: Vars| Ok(String::new()));
    let mapper = RunnableParallel::<Vars>::new().branch("s", text | Source::of(&["1", "", "2"]));
    let chain = RunnablePassthrough::assign(mapper).into_chain();
    let pieces = all(chain.stream(vars! { "a" => "x" })).await;
    assert_eq!(
        pieces,
        [vars! { "a" => "x" }, vars! { "s" => "1" }, vars! { "s" => "" }, vars! { "s" => "2" }]
    );
}

#[tokio::test]
async fn the_mapper_starts_before_the_input_has_ended() {
    let gate = Arc::new(tokio::sync::Notify::new());
    let opened = gate.clone();
    let opens = RunnableLambda::quick(move |text: String| {
        opened.notify_one();
        Ok(text)
    });
    struct Opens;
    impl windlass_core::Runnable for Opens {
        type In = Val;
        type Out = Val;
        fn invoke(self: Arc<Self>, input: Val, _: Cx) -> windlass_core::Fut<Val> {
            Box::pin(std::future::ready(Ok(input)))
        }
        fn transform(self: Arc<Self>, input: windlass_core::Out<Val>, _: Cx) -> windlass_core::Out<Val> {
            drop(input);
            pieces([Val::from("started")])
        }
    }
    let as_text = RunnableLambda::quick(|val: Val| String::from_val(val));
    let mapper = RunnableParallel::<Val>::new().branch("m", Opens.into_chain() | as_text | opens);
    let chain = RunnablePassthrough::assign(mapper).into_chain();
    let input = futures_util::stream::once(async move {
        gate.notified().await;
        Ok(vars! { "a" => "x" }.into_val())
    });
    let output = all(chain.transform_in(Box::pin(input), Cx::default()));
    let output = tokio::time::timeout(Duration::from_secs(5), output).await.unwrap();
    assert_eq!(output, [vars! { "a" => "x" }, vars! { "m" => "started" }]);
}

#[tokio::test]
async fn an_input_that_is_no_object_is_an_error() {
    let length = RunnableLambda::quick(|_: Val| Ok(String::new()));
    let mapper = || RunnableParallel::<Val>::new().branch("n", length.named("length"));
    let chain = RunnablePassthrough::assign(mapper()).into_chain();
    let expect = "The input to RunnablePassthrough.assign() must be a dict.";
    let error = chain.invoke(Val::from("x")).await.unwrap_err();
    assert_eq!(Exception::of(&error).text, expect);
    let (before, error) = crate::support::until_error(chain.stream(Val::from("x"))).await;
    assert_eq!((before.len(), Exception::of(&error).text.as_str()), (0, expect));
}
