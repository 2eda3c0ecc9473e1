//! What makes the calls of a vendor its own: how a request is written and how its answer is read. Pure.

use super::{BadAnswer, BadRequest, retry::LONGEST_ASKED};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Map, Value};
use std::time::Duration;
use windlass_core::{AiMessage, AiMessageChunk, Message, ModelErrorKind, RunInfo};

/// What LangChain says of a model's arguments in the metadata of its runs.
pub(crate) fn measured(info: RunInfo, arguments: &Map<String, Value>) -> RunInfo {
    let info = info.with("ls_temperature", arguments.get("temperature").cloned().unwrap_or_default());
    let tokens = ["max_tokens", "max_completion_tokens"].iter().find_map(|key| arguments.get(*key));
    match tokens.filter(|tokens| !tokens.is_null()) {
        Some(tokens) => info.with("ls_max_tokens", tokens.clone()),
        None => info,
    }
}

/// How a vendor's model is spoken to.
pub(crate) trait Protocol: Send + Sync + 'static {
    /// Reads the answer to one call.
    type Reader: Reader;

    /// How the model's runs are told of: by LangChain's class, and what LangChain says of its parameters.
    fn run_info(&self) -> RunInfo;

    /// Whether the service is asked for a stream, given what the caller wants and the call's arguments.
    fn streams(&self, wanted: bool, kwargs: Option<&Map<String, Value>>) -> bool;

    /// The request of one call; or why it cannot be made of these messages and arguments.
    fn request(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Prepared<Self::Reader>, BadRequest>;

    /// Tools that a client brought, in OpenAI's form, as arguments of this vendor's. Default: as they are.
    fn brought(&self, tools: Map<String, Value>) -> Map<String, Value> {
        tools
    }

    /// What an answer says whose status is not a success.
    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer;

    /// The longest wait before a retry that the service may ask for.
    fn longest_asked(&self) -> Duration {
        LONGEST_ASKED
    }

    /// The class of Python's exception when a stream breaks that began well, where it is not the one of a connection
    /// that did not come about.
    fn class_in_stream(&self, _: ModelErrorKind) -> Option<&'static str> {
        None
    }
}

/// A request, and who reads its answer.
#[derive(Debug)]
pub(crate) struct Prepared<R> {
    /// Where it goes; the origin is the model's.
    pub(crate) uri: Uri,
    /// What it carries beside the model's own headers.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) reader: R,
}

/// Reads one answer: whole, or as a stream of bytes cut anywhere.
pub(crate) trait Reader: Send + 'static {
    /// A whole answer.
    fn whole(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer>;

    /// A whole answer that does not say it is JSON. Default: it may be all the same.
    fn plain(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        self.whole(body)
    }

    /// Adds the next bytes of a stream.
    fn push(&mut self, bytes: &[u8]);

    /// The next chunk, if what came so far holds one.
    fn next_chunk(&mut self) -> Result<Option<AiMessageChunk>, BadAnswer>;

    /// Whether nothing more will come.
    fn is_done(&self) -> bool;

    /// The bytes of the stream are at their end; what is to be said then comes as the next chunks.
    fn finish(&mut self) {}

    /// Whether the stream may end here.
    fn end(&self) -> Result<(), BadAnswer>;
}
