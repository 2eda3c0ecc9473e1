//! A model, steps and a pool that can be watched.

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::{Map, Value};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};
use windlass_core::{
    AiMessage, ChatModel, Chunk, Cx, Error, Fut, Message, ModelIdentity, ModelStep, Out, Pool, Result,
    Runnable, Usage, Val,
};

/// A model that says what it was told to say.
pub(crate) struct FakeModel {
    identity: ModelIdentity,
    pieces: Vec<AiMessage>,
    seen: Seen,
}

/// What a model was asked.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<Vec<Message>>>>);

impl Seen {
    pub(crate) fn take(&self) -> Vec<Vec<Message>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A model that answers with these pieces, then counts a token each, and remembers what it was asked.
pub(crate) fn model(pieces: &[&str]) -> (ModelStep, Seen) {
    let seen = Seen::default();
    let mut pieces: Vec<_> = pieces.iter().copied().map(AiMessage::text).collect();
    let tokens = pieces.len() as u64;
    let usage = Some(Usage { output_tokens: tokens, total_tokens: tokens, ..Usage::default() });
    pieces.push(AiMessage { usage, ..AiMessage::default() });
    let identity = ModelIdentity { vendor: "fake".into(), model: "parrot".into() };
    (ModelStep::new(FakeModel { identity, pieces, seen: seen.clone() }), seen)
}

impl ChatModel for FakeModel {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, _: Cx) -> Fut<AiMessage> {
        self.seen.0.lock().unwrap().push(messages);
        let mut whole = AiMessage::default();
        self.pieces.iter().cloned().for_each(|piece| whole.merge(piece));
        async move { Ok(whole) }.boxed()
    }

    fn stream(self: Arc<Self>, messages: Vec<Message>, _: Cx) -> Out<AiMessage> {
        self.seen.0.lock().unwrap().push(messages);
        stream::iter(self.pieces.clone()).map(Ok).boxed()
    }
}

/// Lines that steps write in the order they run.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A step that adds its name to the text, piece by piece, logs what it sees, and fails on `bad`.
pub(crate) struct Probe {
    name: &'static str,
    log: Log,
}

impl Probe {
    pub(crate) fn new(name: &'static str, log: &Log) -> Self {
        Probe { name, log: log.clone() }
    }

    fn see(&self, text: &str, cx: &Cx) -> Result<String> {
        let kwargs =
            cx.kwargs().map(|kwargs| format!(" {}", Value::Object(kwargs.clone()))).unwrap_or_default();
        self.log.add(format!("{}({text}){kwargs}", self.name));
        if text.contains("bad") {
            Err(Error::step(self.name, "bad text"))
        } else {
            Ok(text.to_owned() + self.name)
        }
    }
}

impl Runnable for Probe {
    type In = String;
    type Out = String;

    fn invoke(self: Arc<Self>, text: String, cx: Cx) -> Fut<String> {
        async move {
            tokio::task::yield_now().await;
            self.see(&text, &cx)
        }
        .boxed()
    }

    fn transform(self: Arc<Self>, pieces: Out<String>, cx: Cx) -> Out<String> {
        pieces.map(move |piece| piece.and_then(|piece| self.see(&piece, &cx))).boxed()
    }
}

windlass_core::impl_pipe!(Probe, Source);

/// A step that gives these pieces; between them it lets others run. It notes when its stream is dropped.
#[derive(Clone, Default)]
pub(crate) struct Source {
    pub(crate) pieces: Vec<&'static str>,
    pub(crate) fails: bool,
    pub(crate) panics: bool,
    pub(crate) never_ends: bool,
    pub(crate) dropped: Arc<AtomicBool>,
}

struct Noted(Arc<AtomicBool>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

impl Source {
    pub(crate) fn of(pieces: &[&'static str]) -> Self {
        Source { pieces: pieces.to_vec(), ..Source::default() }
    }

    pub(crate) fn was_dropped(&self) -> bool {
        self.dropped.load(SeqCst)
    }
}

impl Runnable for Source {
    type In = String;
    type Out = String;

    fn invoke(self: Arc<Self>, text: String, cx: Cx) -> Fut<String> {
        async move {
            let mut pieces = self.stream(text, cx);
            let mut whole = String::new();
            while let Some(piece) = pieces.next().await {
                whole += &piece?;
            }
            Ok(whole)
        }
        .boxed()
    }

    fn stream(self: Arc<Self>, _: String, _: Cx) -> Out<String> {
        let noted = Noted(self.dropped.clone());
        let (fails, panics, never_ends) = (self.fails, self.panics, self.never_ends);
        let pieces = stream::iter(self.pieces.clone()).then(async |piece| {
            tokio::task::yield_now().await;
            Ok(piece.to_owned())
        });
        let end = stream::once(async move {
            let _noted = noted;
            assert!(!panics, "the source is dry");
            if never_ends {
                std::future::pending::<()>().await;
            }
            fails.then(|| Err(Error::step("Source", "the source is dry")))
        });
        pieces.chain(end.filter_map(std::future::ready)).boxed()
    }
}

/// A pool of threads as a server has one.
pub(crate) struct Threads;

impl Pool for Threads {
    fn run(&self, job: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        let (done, wait) = tokio::sync::oneshot::channel();
        std::thread::Builder::new()
            .name("pool".into())
            .spawn(move || {
                job();
                let _ = done.send(());
            })
            .unwrap();
        wait.map(drop).boxed()
    }
}

pub(crate) fn pieces<T: Chunk>(pieces: impl IntoIterator<Item = T>) -> Out<T> {
    stream::iter(pieces.into_iter().map(Ok).collect::<Vec<_>>()).boxed()
}

/// What a stream gave before it ended well.
pub(crate) async fn all<T>(pieces: Out<T>) -> Vec<T> {
    pieces.map(Result::unwrap).collect().await
}

/// What a stream gave, and the error it ended with.
pub(crate) async fn until_error<T>(mut pieces: Out<T>) -> (Vec<T>, Error) {
    let mut before = Vec::new();
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => before.push(piece),
            Err(error) => {
                assert!(pieces.next().await.is_none(), "nothing follows an error");
                return (before, error);
            }
        }
    }
    panic!("the stream ended well");
}

/// An error with all its causes.
pub(crate) fn full(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

pub(crate) fn kwargs(key: &str, value: impl Into<Value>) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value.into())])
}

/// A step that sees its context.
pub(crate) struct Seeing<F>(pub(crate) F);

impl<F> Runnable for Seeing<F>
where
    F: Fn(Val, Cx) -> Fut<Val> + Send + Sync + 'static,
{
    type In = Val;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: Val, cx: Cx) -> Fut<Val> {
        (self.0)(input, cx)
    }
}
