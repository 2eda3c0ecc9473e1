//! A check that does not end, or ends in a panic, fails alone.

use crate::replay::{Replay, case, run, verdict};
use futures_util::future::{BoxFuture, pending};
use serde_json::value::RawValue;
use std::time::Duration;
use windlass_conformance::{Engine, EngineError, LoadOptions, Loader, Reason, Settings, Streamed};

#[derive(Clone, Copy)]
enum Bad {
    NeverEnds,
    Panics,
    SaysNoJson,
}

impl Loader for Bad {
    fn load(&self, _chain: &str, _options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        Ok(Box::new(*self))
    }

    fn convert(&self, _chain: &str, _: &LoadOptions) -> Result<String, Vec<Reason>> {
        Err(vec![Reason { path: "$".into(), message: "no".into() }])
    }

    fn load_yaml(&self, _yaml: &str, _options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        panic!("there is nothing to load")
    }
}

impl Engine for Bad {
    fn invoke<'a>(
        &'a self,
        _input: &'a RawValue,
        _config: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<String, EngineError>> {
        match self {
            Bad::NeverEnds => Box::pin(pending()),
            Bad::Panics => panic!("as it has to"),
            Bad::SaysNoJson => Box::pin(async { Ok("nope".into()) }),
        }
    }

    fn stream<'a>(&'a self, _input: &'a RawValue, _config: Option<&'a RawValue>) -> BoxFuture<'a, Streamed> {
        Box::pin(pending())
    }

    fn batch<'a>(
        &'a self,
        _inputs: &'a [Box<RawValue>],
        _config: Option<&'a RawValue>,
        _return_exceptions: bool,
    ) -> BoxFuture<'a, Result<Vec<Result<String, EngineError>>, EngineError>> {
        Box::pin(pending())
    }
}

async fn check(bad: Bad, converted: bool, path: &str) {
    let settings = Settings { converted, time_limit: Duration::from_millis(50), ..Settings::default() };
    let difference = verdict(bad, &case("passthrough-only"), "invoke-1", settings).await;
    assert_eq!(difference.unwrap().path, path);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_engines_fail() {
    check(Bad::NeverEnds, false, "time").await;
    check(Bad::Panics, false, "engine").await;
    check(Bad::SaysNoJson, false, "$").await;
    check(Bad::Panics, true, "load").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn converted_chains_are_loaded_from_what_they_were_converted_to() {
    let case = case("basic-chat-str");
    let settings = Settings { converted: true, ..Settings::default() };
    let replay = Replay::of(run(&case, "invoke-1"));
    assert_eq!(verdict(replay, &case, "invoke-1", settings).await, None);
}
