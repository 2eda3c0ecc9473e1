//! The seam between the cases and what is held to them.

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt, net::SocketAddr};

/// How a chain is to be loaded.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// All environment variables there are; a secret that is not in it is not set.
    pub environment: BTreeMap<String, String>,
    /// The names of all secrets that chains may use, set or not.
    pub secrets: Vec<String>,
    /// Where every request goes, whichever host the chain names: a plain HTTP/1.1 server. A client that keeps the
    /// name of the host in its `host` header (or in an absolute target) is also held to the recorded host.
    pub upstream: SocketAddr,
    /// The hosts that chains may send requests to, with the port if it is not the scheme's own.
    pub hosts: Vec<String>,
    /// Whether Jinja2 templates are allowed.
    pub jinja2: bool,
}

/// Why a chain is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The offending node, as a JSON path into the chain: `$.kwargs.first.kwargs.func`. `$` is the chain.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// Turns LangChain's JSON into chains that run.
pub trait Loader: Send + Sync {
    /// Loads what `langchain_core.load.dumps` wrote; all reasons if it is refused.
    fn load(&self, chain: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>>;

    /// Converts what `langchain_core.load.dumps` wrote to a chain file in YAML.
    fn convert(&self, chain: &str, options: &LoadOptions) -> Result<String, Vec<Reason>>;

    /// Loads the one chain of a chain file.
    fn load_yaml(&self, yaml: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>>;
}

/// A chain that can be run.
///
/// Inputs and configurations are JSON text, because integers may have any size and `1.0` is not `1`. Outputs are JSON
/// text in the form of `langchain_core.load.dumpd`, with `{"__float__": "inf"}` (`"-inf"`, `"nan"`) for what JSON
/// cannot hold, and `{"__exception__": {"type", "mro", "message", ...}}` where an exception is part of a value.
pub trait Engine: Send + Sync {
    /// Runs it once.
    fn invoke<'a>(
        &'a self,
        input: &'a RawValue,
        config: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<String, EngineError>>;

    /// Runs it once, in pieces.
    fn stream<'a>(&'a self, input: &'a RawValue, config: Option<&'a RawValue>) -> BoxFuture<'a, Streamed>;

    /// Runs it on many inputs. `config` is one object or a list of as many as there are inputs. With
    /// `return_exceptions` a failure stands at its input's place, else the first one fails all.
    fn batch<'a>(
        &'a self,
        inputs: &'a [Box<RawValue>],
        config: Option<&'a RawValue>,
        return_exceptions: bool,
    ) -> BoxFuture<'a, Result<Vec<Result<String, EngineError>>, EngineError>>;
}

/// What a stream gave.
#[derive(Debug, Clone, Default)]
pub struct Streamed {
    /// The pieces in their order.
    pub chunks: Vec<String>,
    /// Their sum by Python's `+`; `None` if there were no pieces, or it failed.
    pub aggregate: Option<String>,
    /// What it ended with, if it failed.
    pub error: Option<EngineError>,
}

/// An exception as Python would raise it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineError {
    /// The name of its class, without the module.
    pub class: String,
    /// The names of its class and of its bases, as in `type(e).__mro__` without `BaseException` and `object`.
    pub mro: Vec<String>,
    /// `str(e)`.
    pub message: String,
    /// The status of the provider's answer, if it has one.
    pub status_code: Option<u16>,
    /// What a parser could not parse, as JSON text, if it is a parser's.
    pub llm_output: Option<String>,
}

impl fmt::Display for EngineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class, self.message)
    }
}
