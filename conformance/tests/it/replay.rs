//! An engine that sends and gives what was recorded, or what a test makes of it.

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use windlass_conformance::{
    Case, Difference, Engine, EngineError, Exceptions, Exchange, Json, LoadOptions, Loader, Reason, Reply,
    Run, Settings, Streamed, check,
};

/// What is sent, and what comes of it.
#[derive(Clone)]
pub(crate) struct Replay {
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) result: Json,
}

struct Running {
    replay: Replay,
    upstream: SocketAddr,
}

pub(crate) fn cases_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases")
}

pub(crate) fn case(name: &str) -> Case {
    Case::read(&cases_folder().join(name)).unwrap()
}

/// The run or the variant of a case.
pub(crate) fn run<'a>(case: &'a Case, id: &str) -> &'a Run {
    let variants = case.variants.iter().filter_map(|variant| variant.run.as_ref());
    case.runs.iter().chain(variants).find(|run| run.id == id).unwrap()
}

impl Replay {
    pub(crate) fn of(run: &Run) -> Self {
        Replay { exchanges: run.upstream.exchanges.clone(), result: run.wanted.result.clone() }
    }

    /// Puts something else for the first piece of text in the body of a request.
    pub(crate) fn edit_body(&mut self, exchange: usize, from: &str, to: &str) {
        let body = self.exchanges[exchange].request.body_raw.as_mut().unwrap();
        assert!(body.contains(from), "{body}");
        *body = body.replacen(from, to, 1);
    }

    /// Puts something else for a piece of text in the result.
    pub(crate) fn edit_result(&mut self, from: &str, to: &str) {
        let text = self.result.to_string();
        assert!(text.contains(from), "{text}");
        self.result = Json::parse(&text.replacen(from, to, 1)).unwrap();
    }
}

impl Loader for Replay {
    fn load(&self, _chain: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        Ok(Box::new(Running { replay: self.clone(), upstream: options.upstream }))
    }

    fn convert(&self, _chain: &str, _: &LoadOptions) -> Result<String, Vec<Reason>> {
        Ok("converted".into())
    }

    fn load_yaml(&self, yaml: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        assert_eq!(yaml, "converted");
        self.load("", options)
    }
}

impl Running {
    async fn send_all(&self) {
        for exchange in &self.replay.exchanges {
            self.send(exchange).await;
        }
    }

    async fn send(&self, exchange: &Exchange) {
        let request = &exchange.request;
        let body = request.body_raw.clone().unwrap();
        let headers: String =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (method, path, length) = (&request.method, &request.path, body.len());
        let host = request.host.as_deref().unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}content-length: {length}\r\nconnection: close\r\n"
        );
        let mut stream = TcpStream::connect(self.upstream).await.unwrap();
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
        let read = stream.read_to_end(&mut Vec::new()).await;
        let cut = matches!(exchange.response.reply, Reply::Frames { cut: true, .. });
        assert_eq!(read.is_err(), cut, "{read:?}");
    }

    fn text(&self, key: &str) -> Option<String> {
        self.replay.result.get(key).map(Json::to_string)
    }

    fn failed(&self) -> Option<EngineError> {
        self.replay.result.get("error").map(exception)
    }

    fn chunks(&self) -> Vec<String> {
        let result = &self.replay.result;
        let Some(keys) = result.get("chunks_by_key").and_then(Json::as_object) else {
            return result
                .get("chunks")
                .map(Json::items)
                .unwrap_or_default()
                .iter()
                .map(Json::to_string)
                .collect();
        };
        let longest = keys.values().map(|list| list.items().len()).max().unwrap_or_default();
        let nth = |index: usize| {
            keys.iter().rev().filter_map(move |(key, list)| {
                Some(format!("{{{}:{}}}", Json::from(key.as_str()), list.items().get(index)?))
            })
        };
        (0..longest).flat_map(nth).collect()
    }
}

impl Engine for Running {
    fn invoke<'a>(
        &'a self,
        _input: &'a RawValue,
        _config: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<String, EngineError>> {
        Box::pin(async {
            self.send_all().await;
            self.failed().map_or_else(|| Ok(self.text("output").unwrap()), Err)
        })
    }

    fn stream<'a>(&'a self, _input: &'a RawValue, _config: Option<&'a RawValue>) -> BoxFuture<'a, Streamed> {
        Box::pin(async {
            self.send_all().await;
            Streamed { chunks: self.chunks(), aggregate: self.text("aggregate"), error: self.failed() }
        })
    }

    fn batch<'a>(
        &'a self,
        _inputs: &'a [Box<RawValue>],
        _config: Option<&'a RawValue>,
        _return_exceptions: bool,
    ) -> BoxFuture<'a, Result<Vec<Result<String, EngineError>>, EngineError>> {
        Box::pin(async {
            self.send_all().await;
            if let Some(error) = self.failed() {
                return Err(error);
            }
            let item = |item: &Json| {
                item.get("__exception__").map_or_else(|| Ok(item.to_string()), |e| Err(exception(e)))
            };
            Ok(self.replay.result.get("outputs").unwrap().items().iter().map(item).collect())
        })
    }
}

fn exception(error: &Json) -> EngineError {
    let text = |key: &str| error.get(key).and_then(Json::as_text).unwrap_or_default().to_owned();
    EngineError {
        class: text("type"),
        mro: error.get("mro").unwrap().items().iter().map(|class| class.as_text().unwrap().into()).collect(),
        message: text("message"),
        status_code: error.get("status_code").map(|status| status.to_string().parse().unwrap()),
        llm_output: error.get("llm_output").map(Json::to_string),
    }
}

/// Checks one run of a case against a loader; the first difference.
pub(crate) async fn verdict(
    loader: impl Loader + 'static,
    case: &Case,
    id: &str,
    settings: Settings,
) -> Option<Difference> {
    let settings = Settings { only: vec![format!("{}/{id}", case.name)], ..settings };
    let report = check(Arc::new(loader), vec![(case.name.clone(), Ok(case.clone()))], &settings).await;
    assert_eq!(report.cases[0].checks, 1, "{report}");
    report.cases.into_iter().next().unwrap().failures.pop().map(|failure| failure.difference)
}

/// The exceptions of this repository.
pub(crate) fn exceptions() -> Exceptions {
    Exceptions::read(include_str!("../../exceptions.toml")).unwrap()
}
