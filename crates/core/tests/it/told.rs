//! What readers are told of steps: names, types, parents, and the order of things, as LangChain has them.

use crate::support::model;
use futures_util::StreamExt;
use serde_json::json;
use windlass_core::{
    ChatPromptTemplate, Cx, DynChain, Error, EventKind, Fut, IntoChain, RunEvent, RunId, RunInfo,
    RunnableBinding, RunnableConfig, RunnableLambda, RunnableParallel, RunnablePassthrough,
    RunnableWithFallbacks, StrOutputParser, Val, Wants, run,
};

async fn told(chain: &DynChain, input: serde_json::Value) -> Vec<RunEvent> {
    let cx = Cx::builder().wants(Wants::Steps).build();
    run(chain, Val::from(input), &cx).collect().await
}

fn json_of(val: Option<&Val>) -> String {
    val.map(|val| serde_json::to_string(val).unwrap()).unwrap_or_else(|| "-".into())
}

/// Each event in a line: how deep its run is, the run's type and name, and what happened.
fn lines(events: &[RunEvent]) -> Vec<String> {
    let mut runs: Vec<(RunId, usize, String)> = Vec::new();
    let mut lines = Vec::new();
    for event in events {
        let depth = event.parent.and_then(|parent| runs.iter().find(|(run, ..)| *run == parent));
        let depth: usize = depth.map_or(0, |(_, depth, _)| depth + 1);
        if let EventKind::Start(start) = &event.kind {
            let tags: Vec<_> = start.tags().collect();
            runs.push((event.run, depth, format!("{} {} {tags:?}", start.run_type.as_str(), start.name)));
        }
        let (_, depth, name) = runs.iter().find(|(run, ..)| *run == event.run).unwrap();
        let what = match &event.kind {
            EventKind::Start(start) => format!("start {}", json_of(start.input.as_ref())),
            EventKind::Chunk(piece) => format!("chunk {}", json_of(Some(piece))),
            EventKind::End { output, input } => {
                format!("end {} of {}", json_of(output.as_ref()), json_of(input.as_ref()))
            }
            EventKind::Error(_) => "error".into(),
            _ => continue,
        };
        lines.push(format!("{depth} {name}: {what}"));
    }
    lines
}

#[track_caller]
fn check(events: &[RunEvent], expected: &[&str]) {
    let lines: Vec<_> = lines(events).into_iter().map(|line| line.replace('\'', "\"")).collect();
    assert_eq!(lines, expected, "{lines:#?}");
}

/// The lines without the values of messages.
fn outline(events: &[RunEvent]) -> Vec<String> {
    let cut = |line: String| match line.split_once(": ") {
        Some((who, what)) => format!("{who}: {}", what.split(' ').next().unwrap_or_default()),
        None => line,
    };
    lines(events).into_iter().map(cut).collect()
}

fn tool(fails: bool) -> windlass_core::Chain<Val, Val> {
    RunnableLambda::quick(
        move |input: Val| {
            if fails { Err(Error::raised("t", "ValueError", "no")) } else { Ok(input) }
        },
    )
    .into_chain()
    .told_as(RunInfo::tool("t"))
}

#[tokio::test]
async fn prompts_end_before_models_start_and_parsers_start_with_the_first_piece() {
    let (model, _) = model(&["a", "b"]);
    let chain = (ChatPromptTemplate::from_template("{q}").unwrap() | model | StrOutputParser).erase();
    assert_eq!(
        outline(&told(&chain, json!({"q": "?"})).await),
        [
            "0 chain RunnableSequence []: start",
            "1 prompt ChatPromptTemplate [\"seq:step:1\"]: start",
            "1 prompt ChatPromptTemplate [\"seq:step:1\"]: end",
            "1 chat_model FakeModel [\"seq:step:2\"]: start",
            "1 chat_model FakeModel [\"seq:step:2\"]: chunk",
            "1 parser StrOutputParser [\"seq:step:3\"]: start",
            "1 parser StrOutputParser [\"seq:step:3\"]: chunk",
            "0 chain RunnableSequence []: chunk",
            "1 chat_model FakeModel [\"seq:step:2\"]: chunk",
            "1 parser StrOutputParser [\"seq:step:3\"]: chunk",
            "0 chain RunnableSequence []: chunk",
            "1 chat_model FakeModel [\"seq:step:2\"]: chunk",
            "1 parser StrOutputParser [\"seq:step:3\"]: chunk",
            "0 chain RunnableSequence []: chunk",
            "1 chat_model FakeModel [\"seq:step:2\"]: end",
            "1 parser StrOutputParser [\"seq:step:3\"]: end",
            "0 chain RunnableSequence []: end",
        ]
    );
}

#[tokio::test]
async fn what_runs_inside_a_function_is_inside_its_run() {
    let inner = tool(false);
    let calls = RunnableLambda::with_cx(move |number: Val, cx: Cx| -> Fut<Val> {
        let inner = inner.clone();
        Box::pin(async move { inner.invoke_in(number, cx.child()).await })
    });
    let chain = calls.named("calls").into_chain().erase();
    check(
        &told(&chain, json!(21)).await,
        &[
            "0 chain calls []: start 21",
            "1 tool t []: start 21",
            "1 tool t []: end 21 of -",
            "0 chain calls []: chunk 21",
            "0 chain calls []: end 21 of -",
        ],
    );
}

#[tokio::test]
async fn a_fallback_is_told_after_the_error_and_inside_the_step() {
    let rest = RunnableLambda::quick(|_: Val| Ok(Val::from("recovered")));
    let chain = RunnableWithFallbacks::new(tool(true)).fallback(rest) | RunnablePassthrough::<Val>::new();
    check(
        &told(&chain.erase(), json!({"a": 1})).await,
        &[
            "0 chain RunnableSequence []: start {\"a\":1}",
            "1 chain RunnableWithFallbacks [\"seq:step:1\"]: start {\"a\":1}",
            "2 tool t []: start {\"a\":1}",
            "2 tool t []: error",
            "2 chain RunnableLambda []: start -",
            "2 chain RunnableLambda []: chunk \"recovered\"",
            "1 chain RunnablePassthrough [\"seq:step:2\"]: start -",
            "1 chain RunnablePassthrough [\"seq:step:2\"]: chunk \"recovered\"",
            "0 chain RunnableSequence []: chunk \"recovered\"",
            "2 chain RunnableLambda []: end \"recovered\" of {\"a\":1}",
            "1 chain RunnableWithFallbacks [\"seq:step:1\"]: end \"recovered\" of -",
            "1 chain RunnablePassthrough [\"seq:step:2\"]: end \"recovered\" of \"recovered\"",
            "0 chain RunnableSequence []: end \"recovered\" of -",
        ],
    );
}

#[tokio::test]
async fn names_say_keys_and_a_step_says_its_whole_input_at_its_end() {
    let mapper = RunnableParallel::<Val>::new().branch("b", RunnablePassthrough::<Val>::new());
    let chain = RunnablePassthrough::assign(mapper).into_chain().erase();
    check(
        &told(&chain, json!({"a": 1})).await,
        &[
            "0 chain RunnableAssign<b> []: start {\"a\":1}",
            "1 chain RunnableParallel<b> []: start -",
            "2 chain RunnablePassthrough [\"map:key:b\"]: start -",
            "2 chain RunnablePassthrough [\"map:key:b\"]: chunk {\"a\":1}",
            "1 chain RunnableParallel<b> []: chunk {\"b\":{\"a\":1}}",
            "0 chain RunnableAssign<b> []: chunk {\"a\":1}",
            "0 chain RunnableAssign<b> []: chunk {\"b\":{\"a\":1}}",
            "2 chain RunnablePassthrough [\"map:key:b\"]: end {\"a\":1} of {\"a\":1}",
            "1 chain RunnableParallel<b> []: end {\"b\":{\"a\":1}} of {\"a\":1}",
            "0 chain RunnableAssign<b> []: end {\"a\":1,\"b\":{\"a\":1}} of -",
        ],
    );
}

#[tokio::test]
async fn a_binding_is_no_run_but_its_configuration_is_told() {
    let config = RunnableConfig {
        tags: vec!["t".into()],
        metadata: json!({"m": 1}).as_object().unwrap().clone(),
        run_name: Some("mine".into()),
        ..Default::default()
    };
    let bound = RunnableBinding::new(tool(false)).config(config);
    let events = told(&(RunnablePassthrough::<Val>::new() | bound).erase(), json!(1)).await;
    let lines = outline(&events);
    assert!(lines.contains(&"1 tool mine [\"seq:step:2\", \"t\"]: start".to_owned()), "{lines:#?}");
    let metadata = events.iter().find_map(|event| match &event.kind {
        EventKind::Start(start) if start.name == "mine" => Some(start.all_metadata().count()),
        _ => None,
    });
    assert_eq!(metadata, Some(1));
}

#[tokio::test]
async fn a_step_after_one_that_fails_at_once_is_not_told_of() {
    let chain = (tool(true) | RunnablePassthrough::<Val>::new()).erase();
    check(
        &told(&chain, json!(1)).await,
        &[
            "0 chain RunnableSequence []: start 1",
            "1 tool t [\"seq:step:1\"]: start 1",
            "1 tool t [\"seq:step:1\"]: error",
            "0 chain RunnableSequence []: error",
        ],
    );
}

#[tokio::test]
async fn a_message_without_an_id_has_its_runs() {
    let (model, _) = model(&["a"]);
    let chain = model.into_chain();
    let events = told(&chain.clone().erase(), json!("?")).await;
    let id = events.iter().find_map(|event| match &event.kind {
        EventKind::Chunk(Val::Message(message)) => Some(serde_json::to_value(message).unwrap()["id"].clone()),
        _ => None,
    });
    assert_eq!(id, Some(json!(format!("lc_run--{}", events[0].run))));
    let whole = chain.invoke(windlass_core::PromptValue::Text("?".into())).await.unwrap();
    assert!(whole.id.unwrap().ends_with("-0"));
}

#[tokio::test]
async fn where_the_chain_is_a_model_messages_have_the_runs_id_also_if_no_steps_are_told() {
    let id_of = |val: &Val| match val {
        Val::Message(message) => serde_json::to_value(message).unwrap()["id"].clone(),
        _ => json!(null),
    };
    let (model, _) = model(&["a"]);
    let alone = model.clone().into_chain().erase();
    let cx = Cx::default();
    let whole = alone.invoke(Val::from("?"), &cx).await.unwrap();
    assert_eq!(id_of(&whole), json!(format!("lc_run--{}-0", cx.run())));
    let events: Vec<_> = run(&alone, Val::from("?"), &cx).collect().await;
    let id = events.iter().find_map(|event| match &event.kind {
        EventKind::Chunk(piece) => Some(id_of(piece)),
        _ => None,
    });
    assert_eq!(id, Some(json!(format!("lc_run--{}", cx.run()))));
    let inside = (ChatPromptTemplate::from_template("{q}").unwrap() | model).erase();
    let whole = inside.invoke(Val::from(json!({"q": "?"})), &cx).await.unwrap();
    assert_ne!(id_of(&whole), json!(format!("lc_run--{}-0", cx.run())));
}

/// Who tells the whole of a step at its end holds it until then.
#[tokio::test]
async fn what_is_kept_for_the_ends_of_steps_is_bounded() {
    let words = |count: usize| {
        let (model, _) = model(&vec!["a word "; count]);
        (ChatPromptTemplate::from_template("{q}").unwrap() | model | StrOutputParser).erase()
    };
    let last = async |wants, count| {
        let cx = Cx::builder().wants(wants).buffer_limit(10_000).build();
        let events: Vec<_> = run(&words(count), Val::from(json!({"q": "?"})), &cx).collect().await;
        assert!(cx.buffer().charge(10_000).is_ok(), "what was held is given back");
        events.into_iter().next_back().unwrap().kind
    };
    assert!(matches!(last(Wants::Steps, 10).await, EventKind::End { .. }));
    assert!(matches!(last(Wants::Steps, 10_000).await, EventKind::Error(Error::BufferLimit { .. })));
    assert!(matches!(last(Wants::Chunks, 10_000).await, EventKind::End { .. }));
}
