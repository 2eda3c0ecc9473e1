//! Steps that pick, route, branch, bind and map, as LangChain's do.

use crate::support::{kwargs, model};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use windlass_core::{
    Chain, Cx, DynChain, Exception, IntoChain, ItemGetter, OnError, RouterRunnable, RunnableBinding,
    RunnableBranch, RunnableConfig, RunnableEach, RunnableLambda, RunnableParallel, RunnablePassthrough,
    RunnablePick, Val,
};

fn upper() -> Chain<Val, Val> {
    RunnableLambda::quick(|text: String| Ok(Val::Text(text.to_uppercase())))
        .into_chain()
        .erase()
        .chain()
        .clone()
}

fn same() -> Chain<Val, Val> {
    RunnablePassthrough::<Val>::new().into_chain()
}

/// The output as JSON, or the exception.
fn shown(result: Result<Val, windlass_core::Error>) -> Value {
    result.map(Value::from).unwrap_or_else(|error| {
        let exception = Exception::of(&error);
        json!(format!("{}: {}", exception.class(), exception.text))
    })
}

async fn check(chain: impl IntoChain<In = Val, Out = Val>, input: Value, expect: Value) {
    assert_eq!(shown(chain.into_chain().invoke(Val::from(input)).await), expect);
}

#[tokio::test]
async fn picks_one_key_or_some() {
    check(RunnablePick::one("a"), json!({"a": 1, "b": 2}), json!(1)).await;
    check(RunnablePick::one("x"), json!({"a": 1}), Value::Null).await;
    check(RunnablePick::some(["b", "x", "a"]), json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1})).await;
    check(RunnablePick::some(["x"]), json!({"a": 1}), Value::Null).await;
    let message = "ValueError: The input to RunnablePassthrough.assign() must be a dict.";
    check(RunnablePick::one("a"), json!("text"), json!(message)).await;
}

/// What a stream of the chain ends with.
async fn last_of(chain: impl IntoChain<In = Val, Out = Val>, pieces: Vec<Val>) -> Value {
    let pieces = stream::iter(pieces).map(Ok).boxed();
    let mut out: Vec<_> = chain.into_chain().transform_in(pieces, Cx::default()).collect().await;
    out.pop().map_or(Value::Null, shown)
}

#[tokio::test]
async fn a_step_without_arguments_refuses_bound_ones() {
    let bound = |chain: Chain<Val, Val>| RunnableBinding::new(chain).kwargs(kwargs("stop", "x"));
    let parallel = || RunnableParallel::<Val>::new().branch("a", same()).into_chain().erase().chain().clone();
    let message =
        |method: &str| json!(format!("TypeError: {method}() got an unexpected keyword argument 'stop'"));
    check(bound(RunnablePick::one("a").into_chain()), json!({"a": 1}), message("RunnablePick._pick")).await;
    let pieces = || vec![Val::from(json!({"a": 1}))];
    let streamed = last_of(bound(RunnablePick::one("a").into_chain()), pieces()).await;
    assert_eq!(streamed, message("RunnablePick._transform"));
    check(bound(parallel()), json!(1), json!({"a": 1})).await;
    assert_eq!(last_of(bound(parallel()), pieces()).await, message("RunnableParallel._transform"));
}

#[tokio::test]
async fn a_getter_to_which_nothing_streams_is_an_error() {
    let message =
        "UnboundLocalError: cannot access local variable 'final' where it is not associated with a value";
    assert_eq!(last_of(ItemGetter::one("a"), Vec::new()).await, json!(message));
    assert_eq!(last_of(ItemGetter::one(0), vec!["a".into(), "b".into()]).await, json!("a"));
}

#[tokio::test]
async fn a_pick_streams_what_is_there_and_not_null() {
    let pieces =
        [json!({"a": "x"}), json!({"b": "y"}), json!({"a": null}), json!({"a": ""}), json!({"a": false})];
    let pieces = stream::iter(pieces).map(|piece| Ok(Val::from(piece))).boxed();
    let picked = RunnablePick::<Val>::one("a").into_chain().transform_in(pieces, Cx::default());
    let picked: Vec<_> = picked.map_ok(Value::from).try_collect().await.unwrap();
    assert_eq!(picked, [json!("x"), json!(""), json!(false)]);
}

#[tokio::test]
async fn a_branch_runs_on_the_first_truth() {
    let branch = || {
        RunnableBranch::new(ItemGetter::one("default"))
            .branch(ItemGetter::one("first"), RunnableLambda::quick(|_: Val| Ok(Val::from("one"))))
            .branch(ItemGetter::one("second"), RunnableLambda::quick(|_: Val| Ok(Val::from("two"))))
    };
    let input = |first: Value, second: Value| json!({"first": first, "second": second, "default": "none"});
    for truth in [json!("0"), json!([0]), json!({"k": null}), json!(0.1), json!(true)] {
        check(branch(), input(truth.clone(), json!(1)), json!("one")).await;
        check(branch(), input(json!(0), truth), json!("two")).await;
    }
    for falsehood in [json!(""), json!(0), json!(0.0), json!([]), json!({}), Value::Null, json!(false)] {
        check(branch(), input(falsehood, json!("")), json!("none")).await;
    }
    check(branch(), json!({"first": 1}), json!("one")).await;
    check(branch(), json!({"first": 0}), json!("KeyError: 'second'")).await;
}

#[tokio::test]
async fn a_branch_streams_what_it_chose() {
    let (model, seen) = model(&["a", "b"]);
    let model = model.into_chain().erase().chain().clone();
    let branch =
        RunnableBranch::new(same()).branch(RunnableLambda::quick(|_: Val| Ok(Val::Bool(true))), model);
    let pieces: Vec<Val> = branch.into_chain().stream(Val::from("ask")).try_collect().await.unwrap();
    assert_eq!((pieces.len(), seen.take().len()), (3, 1));
}

#[tokio::test]
async fn a_router_goes_where_the_input_says() {
    let router = || RouterRunnable::new().route("up", upper()).route("same", same());
    check(router(), json!({"key": "up", "input": "a"}), json!("A")).await;
    check(
        router(),
        json!({"key": "x", "input": 1}),
        json!("ValueError: No runnable associated with key 'x'"),
    )
    .await;
    check(router(), json!({"input": 1}), json!("KeyError: 'key'")).await;
    check(router(), json!("a"), json!("TypeError: string indices must be integers, not 'str'")).await;
    check(router(), json!([1]), json!("TypeError: list indices must be integers or slices, not str")).await;
    check(router(), json!(1), json!("TypeError: 'int' object is not subscriptable")).await;
    let batch = |inputs: Value| {
        let items = inputs.as_array().unwrap().iter().map(|input| (Val::from(input.clone()), Cx::default()));
        router().into_chain().batch_in(items.collect(), OnError::Fail)
    };
    let up = json!({"key": "up", "input": "a"});
    let outputs = batch(json!([up, {"key": "same", "input": 1}])).await.unwrap();
    assert_eq!(outputs.into_iter().map(shown).collect::<Vec<_>>(), [json!("A"), json!(1)]);
    let error = batch(json!([up, {"key": "x", "input": 1}])).await.map(|_| Val::Null);
    assert_eq!(shown(error), json!("ValueError: One or more keys do not have a corresponding runnable"));
}

#[tokio::test]
async fn each_runs_on_every_item_and_streams_the_list_at_once() {
    let each = || RunnableEach::new(upper());
    check(each(), json!(["a", "b"]), json!(["A", "B"])).await;
    check(each(), json!([]), json!([])).await;
    check(each(), json!(5), json!("TypeError: 'int' object is not iterable")).await;
    let pieces: Vec<_> =
        each().into_chain().stream(Val::from(json!(["a", "b"]))).try_collect().await.unwrap();
    assert_eq!(pieces.into_iter().map(Value::from).collect::<Vec<_>>(), [json!(["A", "B"])]);
}

/// Gives what was bound to it.
fn bound() -> Chain<Val, Val> {
    let show = |_: Val, cx: Cx| {
        let config = cx.config();
        let kwargs = cx.kwargs().cloned();
        let shown = json!({"kwargs": kwargs, "tags": config.tags, "configurable": config.configurable});
        Box::pin(std::future::ready(Ok(Val::from(shown)))) as windlass_core::Fut<Val>
    };
    crate::support::Seeing(show).into_chain()
}

#[tokio::test]
async fn a_binding_adds_what_the_call_does_not_bring_itself() {
    let map = |json: Value| json.as_object().unwrap().clone();
    let config = |json: Value| RunnableConfig::from_json(map(json)).unwrap();
    let inner = RunnableBinding::new(bound())
        .kwargs(map(json!({"stop": ["a"], "n": 1})))
        .config(config(json!({"tags": ["x"], "configurable": {"a": 1, "b": 1}})));
    let outer = RunnableBinding::new(inner).kwargs(map(json!({"n": 2}))).config(config(json!({"b": 2})));
    check(
        outer,
        json!(null),
        json!({"kwargs": {"stop": ["a"], "n": 2}, "tags": ["x"], "configurable": {"a": 1, "b": 2}}),
    )
    .await;
}

#[tokio::test]
async fn only_the_first_step_of_a_bound_sequence_sees_the_arguments() {
    let kwargs = json!({"stop": ["a"]}).as_object().unwrap().clone();
    let show = |first: Chain<Val, Val>, second: Chain<Val, Val>| {
        RunnableBinding::new(DynChain::new(first | second).chain().clone()).kwargs(kwargs.clone())
    };
    let bare = json!({"kwargs": null, "tags": [], "configurable": {}});
    check(show(same(), bound()), json!(1), bare.clone()).await;
    let mut seen = bare;
    seen["kwargs"] = json!({"stop": ["a"]});
    check(show(bound(), same()), json!(1), seen).await;
}

#[tokio::test]
async fn only_the_pieces_of_an_object_add_up() {
    let chain = RunnableParallel::<Val>::new().branch("a", same()).into_chain().erase().chain().clone();
    let whole = chain.invoke(Val::from(1)).await.unwrap();
    assert!(matches!(whole, Val::Dict(_)), "{whole:?}");
    let mut pieces = chain.stream(Val::from(1));
    let piece = pieces.next().await.unwrap().unwrap();
    assert!(matches!(piece, Val::AddDict(_)), "{piece:?}");
}
