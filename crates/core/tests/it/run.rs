//! A run as one ordered stream of events.

use crate::support::{Log, Probe, Source, full, model};
use futures_util::StreamExt;
use serde_json::json;
use windlass_core::{
    ChatPromptTemplate, Cx, DynChain, EventKind, IntoChain, JsonOutputParser, PromptValue, RunEvent, RunId,
    RunnableConfig, RunnableLambda, RunnableParallel, RunnablePassthrough, StrOutputParser, Val, Wants, run,
};

fn steps() -> Cx {
    Cx::builder().wants(Wants::Steps).build()
}

async fn events(chain: &DynChain, input: Val, cx: &Cx) -> Vec<RunEvent> {
    run(chain, input, cx).collect().await
}

/// Events in short: whose (`root` or the step's name), and what.
fn shown(events: &[RunEvent], root: RunId) -> Vec<String> {
    let mut names = vec![(root, "root".to_owned())];
    let mut lines = Vec::new();
    for event in events {
        if let EventKind::Start(start) = &event.kind
            && event.run != root
        {
            let tag = start.tag.as_ref().map(|tag| format!("@{tag}")).unwrap_or_default();
            names.push((event.run, format!("{}{tag}", start.name)));
        }
        let name = names.iter().rev().find(|(run, _)| *run == event.run).map_or("?", |(_, name)| name);
        lines.push(format!("{name} {}", what(&event.kind)));
    }
    lines
}

fn what(kind: &EventKind) -> String {
    match kind {
        EventKind::Start(_) => "start".into(),
        EventKind::Chunk(val) => format!("chunk {}", serde_json::to_value(val).unwrap()),
        EventKind::End { output: None, .. } => "end".into(),
        EventKind::End { output: Some(val), .. } => format!("end {}", serde_json::to_value(val).unwrap()),
        EventKind::Usage(usage) => format!("usage {}", usage.total_tokens),
        EventKind::Error(error) => format!("error {}", full(error)),
        EventKind::Custom { name, data } => format!("{name} {}", serde_json::to_value(data).unwrap()),
        EventKind::Upstream(call) => format!("upstream {}", call.model),
    }
}

fn terminals(events: &[RunEvent], root: RunId) -> usize {
    let ends = |event: &&RunEvent| {
        event.run == root
            && event.parent.is_none()
            && matches!(event.kind, EventKind::End { .. } | EventKind::Error(_))
    };
    events.iter().filter(ends).count()
}

#[tokio::test]
async fn a_plain_run_gives_chunks_usage_and_one_end() {
    let (model, _) = model(&["a", ""]);
    let chain = (ChatPromptTemplate::from_template("{q}").unwrap() | model | StrOutputParser).erase();
    let cx = Cx::default();
    let events = events(&chain, Val::from(json!({"q": "?"})), &cx).await;
    assert_eq!(
        shown(&events, cx.run()),
        ["root chunk \"a\"", "root chunk \"\"", "root usage 2", "root chunk \"\"", "root end"]
    );
    assert!(events.iter().all(|event| event.run == cx.run() && event.parent.is_none()));
}

#[tokio::test]
async fn steps_are_told_with_tags_parents_and_outputs() {
    let log = Log::default();
    let inner = Probe::new("b", &log) | Probe::new("c", &log);
    let chain = (Source::of(&["x", "y"]) | inner).erase();
    let cx = steps();
    let events = events(&chain, Val::from(""), &cx).await;
    assert_eq!(
        shown(&events, cx.run()),
        [
            "root start",
            "Source@seq:step:1 start",
            "Source@seq:step:1 chunk \"x\"",
            "Probe@seq:step:2 start",
            "Probe@seq:step:2 chunk \"xb\"",
            "Probe@seq:step:3 start",
            "Probe@seq:step:3 chunk \"xbc\"",
            "root chunk \"xbc\"",
            "Source@seq:step:1 chunk \"y\"",
            "Probe@seq:step:2 chunk \"yb\"",
            "Probe@seq:step:3 chunk \"ybc\"",
            "root chunk \"ybc\"",
            "Source@seq:step:1 end \"xy\"",
            "Probe@seq:step:2 end \"xbyb\"",
            "Probe@seq:step:3 end \"xbcybc\"",
            "root end \"xbcybc\"",
        ]
    );
    let inner = events.iter().filter(|event| event.run != cx.run());
    assert!(inner.clone().count() > 0);
    inner.for_each(|event| assert_eq!(event.parent, Some(cx.run())));
}

#[tokio::test]
async fn branches_are_told_by_key_and_are_inside_their_step() {
    let parallel = RunnableParallel::<String>::new()
        .branch("a", Source::of(&["1"]))
        .branch("b", RunnablePassthrough::<String>::new());
    let chain = (RunnablePassthrough::<String>::new() | parallel).erase();
    let cx = steps();
    let events = events(&chain, Val::from("in"), &cx).await;
    let start_of = |tag: &str| {
        let mut starts = events.iter().filter(|event| match &event.kind {
            EventKind::Start(start) => start.tag.as_deref() == Some(tag),
            _ => false,
        });
        let first = starts.next().unwrap_or_else(|| panic!("no {tag} in {:#?}", shown(&events, cx.run())));
        assert!(starts.next().is_none());
        first.clone()
    };
    let parallel = start_of("seq:step:2");
    assert_eq!(parallel.parent, Some(cx.run()));
    for key in ["map:key:a", "map:key:b"] {
        let branch = start_of(key);
        assert_eq!(branch.parent, Some(parallel.run));
        let ends = events.iter().filter(|event| event.run == branch.run);
        assert_eq!(ends.filter(|event| matches!(event.kind, EventKind::End { .. })).count(), 1);
    }
    assert_eq!(terminals(&events, cx.run()), 1);
}

#[tokio::test]
async fn usage_belongs_to_the_models_own_run() {
    let (model, _) = model(&["a"]);
    let chain = (ChatPromptTemplate::from_template("{q}").unwrap() | model | StrOutputParser).erase();
    let cx = steps();
    let events = events(&chain, Val::from(json!({"q": "?"})), &cx).await;
    let usage: Vec<_> =
        shown(&events, cx.run()).into_iter().filter(|line| line.contains(" usage ")).collect();
    assert_eq!(usage, ["FakeModel@seq:step:2 usage 1"]);
}

#[tokio::test]
async fn an_error_is_told_of_the_step_and_once_of_the_run() {
    let log = Log::default();
    let chain = (Source { fails: true, ..Source::of(&["x"]) } | Probe::new("a", &log)).erase();
    for cx in [Cx::default(), steps()] {
        let events = events(&chain, Val::from(""), &cx).await;
        assert_eq!(terminals(&events, cx.run()), 1);
        let last = shown(&events, cx.run()).pop().unwrap();
        assert_eq!(last, "root error step `Source` failed: the source is dry");
    }
}

#[tokio::test]
async fn a_panic_in_a_step_is_the_runs_error() {
    let log = Log::default();
    let chain = (Source { panics: true, ..Source::of(&["x"]) } | Probe::new("a", &log)).erase();
    for cx in [Cx::default(), steps()] {
        let events = events(&chain, Val::from(""), &cx).await;
        assert_eq!(terminals(&events, cx.run()), 1);
        let last = shown(&events, cx.run()).pop().unwrap();
        assert_eq!(last, "root error step `chain` failed: panicked: the source is dry");
    }
    let error = chain.invoke(Val::from(""), &Cx::default()).await.unwrap_err();
    assert_eq!(full(&error), "step `chain` failed: panicked: the source is dry");
}

/// A step that panics before it gives a stream or a future.
struct Rash;

impl windlass_core::Runnable for Rash {
    type In = String;
    type Out = String;

    fn invoke(self: std::sync::Arc<Self>, _: String, _: Cx) -> windlass_core::Fut<String> {
        panic!("too soon")
    }
}

#[tokio::test]
async fn a_panic_before_the_first_poll_is_the_runs_error_too() {
    let chain = Rash.into_chain().erase();
    let cx = Cx::default();
    let events = events(&chain, Val::from(""), &cx).await;
    assert_eq!(shown(&events, cx.run()), ["root error step `chain` failed: panicked: too soon"]);
    let error = chain.invoke(Val::from(""), &cx).await.unwrap_err();
    assert_eq!(full(&error), "step `chain` failed: panicked: too soon");
}

#[tokio::test]
async fn nothing_runs_before_the_first_poll_and_a_drop_stops_the_work() {
    let (model, seen) = model(&["a"]);
    let ask = RunnableLambda::quick(|text: String| Ok(PromptValue::Text(text)));
    drop(run(&(ask | model).erase(), Val::from("?"), &Cx::default()));
    assert!(seen.take().is_empty());

    let source = Source { never_ends: true, ..Source::of(&["x"]) };
    let mut events = run(&source.clone().into_chain().erase(), Val::from(""), &Cx::default());
    assert!(matches!(events.next().await.unwrap().kind, EventKind::Chunk(_)));
    assert!(!source.was_dropped());
    drop(events);
    assert!(source.was_dropped());
}

#[tokio::test]
async fn a_wrong_input_is_one_error() {
    let chain = ChatPromptTemplate::from_template("{q}").unwrap().into_chain().erase();
    let cx = Cx::default();
    let events = events(&chain, Val::from("text"), &cx).await;
    assert_eq!(events.len(), 1);
    assert_eq!(terminals(&events, cx.run()), 1);
}

#[tokio::test]
async fn a_steps_own_events_come_in_order() {
    struct Says;
    impl windlass_core::Runnable for Says {
        type In = String;
        type Out = String;
        fn invoke(self: std::sync::Arc<Self>, text: String, cx: Cx) -> windlass_core::Fut<String> {
            cx.custom("progress", Val::from(1));
            Box::pin(async move {
                tokio::task::yield_now().await;
                cx.custom("progress", Val::from(2));
                Ok(text)
            })
        }
    }
    let cx = Cx::default();
    let events = events(&Says.into_chain().erase(), Val::from("x"), &cx).await;
    assert_eq!(
        shown(&events, cx.run()),
        ["root progress 1", "root progress 2", "root chunk \"x\"", "root end"]
    );
}

#[tokio::test]
async fn the_output_of_a_step_with_snapshots_is_the_last() {
    let chain = JsonOutputParser.into_chain() | RunnablePassthrough::<Val>::new();
    let cx = steps();
    let input = crate::support::pieces(["[1", ", 2]"].map(windlass_core::AiMessage::text));
    let pieces = crate::support::all(chain.transform_in(input, cx.clone())).await;
    assert_eq!(pieces.len(), 2);
    let events: Vec<_> = std::iter::from_fn(|| cx.next_event()).collect();
    assert_eq!(
        shown(&events, cx.run()).into_iter().filter(|line| line.contains(" end")).collect::<Vec<_>>(),
        [
            "JsonOutputParser@seq:step:1 end [1,2]",
            "RunnablePassthrough@seq:step:2 end [1,2]",
            "root end [1,2]"
        ]
    );
}

#[tokio::test]
async fn the_run_name_is_the_outermost_runs_alone() {
    let config =
        RunnableConfig { run_name: Some("mine".into()), tags: vec!["t".into()], ..Default::default() };
    let cx = Cx::builder().wants(Wants::Steps).config(config).build();
    let chain = (Source::of(&["x"]) | StrFrom).erase();
    for event in events(&chain, Val::from(""), &cx).await {
        if let EventKind::Start(start) = event.kind {
            assert_eq!(start.name == "mine", event.run == cx.run());
            assert_eq!(start.config.run_name.is_some(), event.run == cx.run());
            assert_eq!(start.config.tags, ["t"]);
        }
    }
}

/// A step of the user's on the right of a `|`.
struct StrFrom;

impl windlass_core::Runnable for StrFrom {
    type In = String;
    type Out = String;

    fn invoke(self: std::sync::Arc<Self>, text: String, _: Cx) -> windlass_core::Fut<String> {
        Box::pin(async { Ok(text) })
    }
}

#[test]
fn a_child_is_a_run_of_its_own_only_where_steps_are_told() {
    let plain = Cx::default();
    assert_eq!(plain.child().run(), plain.run());
    let traced = steps();
    assert_ne!(traced.child().run(), traced.run());
    assert_ne!(traced.child().run(), traced.child().run());
    let cx = traced.with_kwargs(crate::support::kwargs("stop", "x"));
    assert!(cx.kwargs().is_some());
    assert!(cx.child().kwargs().is_none());
}
