//! Functions as steps, and the pool that those which compute run in.

use crate::support::{Threads, full};
use std::{
    sync::{Arc, mpsc},
    time::Duration,
};
use windlass_core::{Cx, Error, IntoChain, Runnable, RunnableLambda};

fn pooled() -> Cx {
    Cx::builder().pool(Arc::new(Threads)).build()
}

#[tokio::test]
async fn a_function_that_computes_runs_in_the_pool() {
    let name = |_: String| Ok(std::thread::current().name().unwrap_or_default().to_owned());
    let heavy = RunnableLambda::new(name).into_chain();
    assert_eq!(heavy.invoke_in(String::new(), pooled()).await.unwrap(), "pool");
    let quick = RunnableLambda::quick(name).into_chain();
    assert_ne!(quick.invoke_in(String::new(), pooled()).await.unwrap(), "pool");
}

#[tokio::test]
async fn a_panic_is_the_failure_of_the_step_by_its_name() {
    fn dies(_: String) -> windlass_core::Result<String> {
        panic!("out of luck")
    }
    let chain = RunnableLambda::new(dies).named("dice").into_chain();
    let error = chain.invoke_in(String::new(), pooled()).await.unwrap_err();
    assert!(matches!(error, Error::Step(_)));
    assert_eq!(full(&error), "step `dice` failed: panicked: out of luck");
    let error = chain.invoke(String::new()).await.unwrap_err();
    assert_eq!(full(&error), "step `dice` failed: panicked: out of luck");
}

#[tokio::test]
async fn an_error_of_the_function_stays_its_own() {
    let chain = RunnableLambda::new(|_: String| Err::<String, _>(Error::step("inner", "no"))).named("outer");
    let error = chain.into_chain().invoke_in(String::new(), pooled()).await.unwrap_err();
    assert_eq!(full(&error), "step `inner` failed: no");
}

#[tokio::test(flavor = "current_thread")]
async fn a_run_that_computes_does_not_stall_another() {
    let (let_go, held) = mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let heavy = RunnableLambda::new(move |text: String| {
        held.lock()
            .unwrap()
            .recv_timeout(Duration::from_secs(5))
            .map_err(|error| Error::step("heavy", error))?;
        Ok(text)
    });
    let heavy = heavy.into_chain();
    let other = RunnableLambda::future(async |text: String| {
        tokio::task::yield_now().await;
        Ok(text)
    });
    let both = async {
        let (heavy, ()) = tokio::join!(heavy.invoke_in("heavy".to_owned(), pooled()), async {
            other.into_chain().invoke("light".to_owned()).await.unwrap();
            let_go.send(()).unwrap();
        });
        heavy
    };
    assert_eq!(both.await.unwrap(), "heavy");
}

#[test]
fn a_name_is_shown() {
    let step = RunnableLambda::quick(|text: String| Ok(text)).named("trim");
    assert_eq!(step.describe(&windlass_core::Shape::of(windlass_core::Kind::TEXT)).name, "trim");
}
