//! `RunnableWithFallbacks`: what is tried, and which error is the last word.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use windlass_core::{
    Chain, Cx, Error, Exception, Fut, IntoChain, OnError, Out, Runnable, RunnableWithFallbacks, Val,
};

/// A step that gives these pieces, then fails if it is told to, and notes its inputs.
#[derive(Clone)]
struct Told {
    pieces: Vec<&'static str>,
    fails: Option<(&'static str, &'static str)>,
    seen: Arc<Mutex<Vec<Value>>>,
}

fn gives(pieces: &[&'static str]) -> Told {
    Told { pieces: pieces.into(), fails: None, seen: Arc::default() }
}

fn fails(class: &'static str, text: &'static str) -> Told {
    Told { fails: Some((class, text)), ..gives(&[]) }
}

impl Told {
    fn after(mut self, pieces: &[&'static str]) -> Told {
        self.pieces = pieces.into();
        self
    }

    fn error(&self) -> Option<Error> {
        self.fails.map(|(class, text)| Error::raised("told", class, text))
    }
}

impl Runnable for Told {
    type In = Val;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: Val, _: Cx) -> Fut<Val> {
        self.seen.lock().unwrap().push(input.into());
        let result = self.error().map_or_else(|| Ok(Val::Text(self.pieces.concat())), Err);
        Box::pin(std::future::ready(result))
    }

    fn stream(self: Arc<Self>, input: Val, _: Cx) -> Out<Val> {
        self.seen.lock().unwrap().push(input.into());
        let pieces: Vec<_> = self.pieces.iter().map(|piece| Ok(Val::from(*piece))).collect();
        stream::iter(pieces.into_iter().chain(self.error().map(Err)).collect::<Vec<_>>()).boxed()
    }
}

fn shown(result: Result<Val, Error>) -> Value {
    result.map(Value::from).unwrap_or_else(|error| {
        let exception = Exception::of(&error);
        json!(format!("{}: {}", exception.class(), exception.text))
    })
}

fn chain(steps: &[Told]) -> RunnableWithFallbacks<Val, Val> {
    steps[1..]
        .iter()
        .fold(RunnableWithFallbacks::new(steps[0].clone()), |chain, step| chain.fallback(step.clone()))
}

async fn invoked(chain: RunnableWithFallbacks<Val, Val>, input: Value) -> Value {
    shown(chain.into_chain().invoke(Val::from(input)).await)
}

async fn streamed(chain: RunnableWithFallbacks<Val, Val>) -> Vec<Value> {
    chain.into_chain().stream(Val::Null).map(shown).collect().await
}

#[tokio::test]
async fn the_first_that_works_answers_and_the_first_error_stands_if_none_does() {
    let (bad, worse) = (fails("ValueError", "bad"), fails("KeyError", "worse"));
    assert_eq!(invoked(chain(&[gives(&["a"]), bad.clone()]), json!(1)).await, json!("a"));
    assert_eq!(invoked(chain(&[bad.clone(), worse.clone(), gives(&["c"])]), json!(1)).await, json!("c"));
    assert_eq!(invoked(chain(&[bad.clone(), worse.clone()]), json!(1)).await, json!("ValueError: bad"));
    let only_keys = |steps: &[Told]| chain(steps).handling(["LookupError"]);
    assert_eq!(invoked(only_keys(&[bad.clone(), gives(&["b"])]), json!(1)).await, json!("ValueError: bad"));
    assert_eq!(invoked(only_keys(&[worse.clone(), gives(&["b"])]), json!(1)).await, json!("b"));
    assert_eq!(invoked(only_keys(&[worse, bad]), json!(1)).await, json!("ValueError: bad"));
}

#[tokio::test]
async fn a_stream_falls_back_until_its_first_piece() {
    let bad = fails("ValueError", "bad");
    assert_eq!(streamed(chain(&[bad.clone(), gives(&["a", "b"])])).await, [json!("a"), json!("b")]);
    let late = bad.clone().after(&[""]);
    assert_eq!(streamed(chain(&[late, gives(&["b"])])).await, [json!(""), json!("ValueError: bad")]);
    assert_eq!(streamed(chain(&[gives(&[]), gives(&["b"])])).await, [json!("b")]);
    let nothing = json!("RuntimeError: generator raised StopIteration");
    assert_eq!(streamed(chain(&[gives(&[])])).await, [nothing]);
    assert_eq!(streamed(chain(&[bad, fails("KeyError", "worse")])).await, [json!("ValueError: bad")]);
}

#[tokio::test]
async fn a_fallback_sees_the_last_error_under_the_key() {
    let (first, second, third) = (fails("ValueError", "bad"), fails("KeyError", "worse"), gives(&["c"]));
    let keyed = chain(&[first.clone(), second.clone(), third.clone()]).exception_key("error");
    assert_eq!(invoked(keyed, json!({"q": 1})).await, json!("c"));
    let seen = |step: &Told| step.seen.lock().unwrap().clone();
    assert_eq!(seen(&first), [json!({"q": 1})]);
    assert_eq!(seen(&second), [json!({"q": 1, "error": "bad"})]);
    assert_eq!(seen(&third), [json!({"q": 1, "error": "worse"})]);
    let keyed = chain(&[gives(&["a"])]).exception_key("error");
    let refused = "ValueError: If 'exception_key' is specified then input must be a dictionary.However found a type \
                   of <class 'str'> for input";
    assert_eq!(invoked(keyed, json!("text")).await, json!(refused));
}

async fn batched(chain: Chain<Val, Val>, inputs: &[Value], on_error: OnError) -> Vec<Value> {
    let items = inputs.iter().map(|input| (Val::from(input.clone()), Cx::default())).collect();
    match chain.batch_in(items, on_error).await {
        Ok(outputs) => outputs.into_iter().map(shown).collect(),
        Err(error) => vec![shown(Err(error))],
    }
}

#[tokio::test]
async fn in_a_batch_only_what_failed_falls_back_and_the_last_error_stands() {
    let picky = windlass_core::RunnableLambda::quick(|val: Val| match val {
        Val::Text(_) => Err(Error::raised("picky", "ValueError", "no text")),
        Val::Null => Err(Error::raised("picky", "TypeError", "nothing")),
        other => Ok(other),
    });
    let picky = picky.into_chain();
    let fallback = gives(&["fallback"]);
    let chain = RunnableWithFallbacks::new(picky.clone()).fallback(fallback.clone()).handling(["ValueError"]);
    let chain = chain.into_chain();
    let inputs = [json!(1), json!("a"), json!(null), json!(2)];
    let expect = [json!(1), json!("fallback"), json!("TypeError: nothing"), json!(2)];
    assert_eq!(batched(chain.clone(), &inputs, OnError::Collect).await, expect);
    assert_eq!(*fallback.seen.lock().unwrap(), [json!("a")]);
    assert_eq!(batched(chain, &inputs, OnError::Fail).await, [json!("TypeError: nothing")]);
    let all_fail = RunnableWithFallbacks::new(picky).fallback(fails("KeyError", "last")).into_chain();
    assert_eq!(batched(all_fail, &inputs[1..3], OnError::Fail).await, [json!("KeyError: last")]);
}
