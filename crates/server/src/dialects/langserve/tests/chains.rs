//! The chains of the recordings, with the same fake models.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_core::{
    AiMessage, Chain, ChatModel, ChatPromptTemplate, Chunk, Cx, DynChain, Error, Fut, IntoChain, Message,
    ModelIdentity, ModelStep, Out, Part, PromptValue, Role, RunInfo, RunnableLambda, RunnableParallel,
    RunnableWithFallbacks, StrOutputParser, Telling, ToolMessage, Val,
};

/// A model that says these pieces, and then nothing more, or fails.
struct Fake {
    identity: ModelIdentity,
    class: &'static str,
    pieces: Vec<AiMessage>,
    fails: bool,
}

impl Fake {
    fn says(class: &'static str, pieces: Vec<AiMessage>) -> Self {
        let identity = ModelIdentity { vendor: "fake".into(), model: "fake".into() };
        Fake { identity, class, pieces, fails: false }
    }
}

/// A model that says this letter by letter, as `FakeListChatModel` does.
pub(super) fn spells(text: &str) -> ModelStep {
    let mut pieces: Vec<_> = text.chars().map(|char| piece(json!({"content": char}))).collect();
    pieces.last_mut().unwrap().part = Part::Last;
    ModelStep::new(Fake::says("FakeListChatModel", pieces))
}

fn piece(fields: Value) -> AiMessage {
    AiMessage { part: Part::Piece, ..serde_json::from_value(fields).unwrap() }
}

impl ChatModel for Fake {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn run_info(&self) -> RunInfo {
        RunInfo::chat_model(self.class).with("lc_versions", json!({"langchain-core": "1.7.2"}))
    }

    fn generate(self: Arc<Self>, _: Vec<Message>, _: Cx) -> Fut<AiMessage> {
        Box::pin(async { Err(Error::step("Fake", "only streams")) })
    }

    fn stream(self: Arc<Self>, _: Vec<Message>, _: Cx) -> Out<AiMessage> {
        let failure = self.fails.then(|| Err(Error::raised("Fake", "RuntimeError", "upstream died")));
        stream::iter(self.pieces.clone().into_iter().map(Ok).chain(failure)).boxed()
    }
}

fn prompt() -> ChatPromptTemplate {
    let messages = [(Role::System, "You are funny."), (Role::Human, "tell me a joke about {topic}")];
    ChatPromptTemplate::from_messages(messages).unwrap()
}

pub(super) fn tool(
    name: &'static str,
    function: impl Fn(Val) -> windlass_core::Result<Val> + Send + Sync + 'static,
) -> Chain<Val, Val> {
    RunnableLambda::quick(function).into_chain().told_as(RunInfo::tool(name))
}

pub(super) fn jokes() -> DynChain {
    (prompt() | spells("A short joke.") | StrOutputParser).erase()
}

pub(super) fn model_fails() -> DynChain {
    let model = Fake { fails: true, ..Fake::says("ToolStreamErr", vec![piece(json!({"content": "par"}))]) };
    (prompt() | ModelStep::new(model) | StrOutputParser).erase()
}

pub(super) fn nested_tool_call() -> DynChain {
    let good = tool("good", |_| {
        let message = ToolMessage {
            content: "42".into(),
            tool_call_id: "call_7".into(),
            name: Some("good".into()),
            ..Default::default()
        };
        Ok(Val::from(Message::Tool(message)))
    });
    let calls = RunnableLambda::with_cx(move |number: Val, cx: Cx| {
        let good = good.clone();
        async move { good.invoke_in(Val::Dict([("a".into(), number)].into_iter().collect()), cx.child()).await }
    });
    calls.into_chain().erase()
}

pub(super) fn recovers() -> DynChain {
    let bad = tool("bad", |_| Err(Error::raised("bad", "ValueError", "a secret")));
    let rest = RunnableLambda::quick(|_: Val| Ok(Val::from("recovered")));
    RunnableWithFallbacks::new(bad).fallback(rest).into_chain().erase()
}

pub(super) fn tool_stream() -> DynChain {
    let call = |fields: Value| piece(json!({"content": "", "tool_call_chunks": [fields]}));
    let last = json!({"content": "", "response_metadata": {"finish_reason": "tool_calls", "model_name": "m"}, "usage_metadata": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}});
    let pieces = vec![
        call(json!({"name": "get_weather", "args": "", "id": "call_9", "index": 0})),
        call(json!({"args": "{\"city\": ", "index": 0})),
        call(json!({"args": "\"Paris\"}", "index": 0})),
        AiMessage { part: Part::Last, ..piece(last) },
    ];
    ModelStep::new(Fake::says("ToolStream", pieces)).into_chain().erase()
}

pub(super) fn retriever() -> DynChain {
    let documents = |query: Val| {
        let about = format!("about {}", String::from_val(query)?);
        Ok(Val::from(json!([
            {"id": null, "metadata": {"source": "a.txt", "n": 1}, "page_content": about, "type": "Document"},
            {"id": "doc-2", "metadata": {}, "page_content": "second", "type": "Document"},
        ])))
    };
    RunnableLambda::quick(documents).into_chain().told_as(RunInfo::retriever("Retr")).erase()
}

pub(super) fn completes() -> DynChain {
    let info = RunInfo::llm("FakeStreamingListLLM").telling(Telling::Whole);
    let info = info.with("lc_versions", json!({"langchain-core": "1.7.2"}));
    RunnableLambda::quick(|_: Val| Ok(Val::from("ab c"))).into_chain().told_as(info).erase()
}

pub(super) fn says_something() -> DynChain {
    let says = RunnableLambda::with_cx(|text: Val, cx: Cx| async move {
        cx.custom("progress", Val::from(json!({"pct": 50})));
        Ok(text)
    });
    says.into_chain().erase()
}

pub(super) fn two_models() -> DynChain {
    let both = RunnableParallel::<PromptValue>::new().branch("a", spells("AA")).branch("b", spells("BB"));
    (prompt() | both).erase()
}

pub(super) fn shows_config() -> DynChain {
    let shows = RunnableLambda::with_cx(|_: Val, cx: Cx| async move {
        let config = cx.config();
        Ok(Val::from(json!({
            "tags": config.tags, "metadata": config.metadata, "recursion_limit": 25, "configurable": {},
        })))
    });
    shows.into_chain().erase()
}
