//! The protocol of chat models: which API is asked, and who reads its answer. Pure.

use super::{
    content::Api,
    error::refusal,
    request::{Flavour, RequestPlan, Written},
    response::Expected,
    responses::EventDecoder,
    standard::Standard,
    stream::ChunkDecoder,
};
use crate::{
    call::{BadAnswer, BadRequest, Prepared, Protocol, Reader, VendorChat, extra_headers, measured},
    setup,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};
use windlass_core::{AiMessage, AiMessageChunk, Message, RunInfo};

/// The longest wait before a retry that OpenAI's SDK lets the service ask for.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// A chat model that speaks as OpenAI does.
pub(super) type OpenAiChat = VendorChat<OpenAiProtocol>;

/// How OpenAI's chat models are asked.
pub(super) struct OpenAiProtocol {
    pub(super) endpoints: Endpoints,
    pub(super) plan: RequestPlan,
    /// For Azure: what goes behind the model's name in answers.
    pub(super) azure: Option<Arc<str>>,
    /// Whether chat completions are given in LangChain's standard blocks.
    pub(super) standard: bool,
    /// Whether answers of the Responses API have the form of LangChain's version 0.3.
    pub(super) old_answers: bool,
}

/// Where requests go.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) chat: Uri,
    pub(super) responses: Uri,
    /// For Azure without a deployment: each model has a URL of its own.
    pub(super) of_models: Option<OfModels>,
}

/// URLs by the model's name.
#[derive(Debug, Clone)]
pub(super) struct OfModels {
    pub(super) base: String,
    pub(super) query: Map<String, Value>,
}

impl OfModels {
    /// Where this model's chat completions are.
    pub(super) fn chat(&self, model: &str) -> Option<Uri> {
        setup::url(
            &self.base,
            &format!("/deployments/{}/chat/completions", setup::segment(model)),
            &self.query,
        )
        .ok()
    }
}

impl Endpoints {
    fn of(&self, written: &Written, kwargs: Option<&Map<String, Value>>) -> Uri {
        let uri = match written.api {
            Api::Responses => self.responses.clone(),
            Api::ChatCompletions => {
                let model = kwargs.and_then(|kwargs| kwargs.get("model")?.as_str());
                let own =
                    self.of_models.as_ref().zip(model).and_then(|(of_models, model)| of_models.chat(model));
                own.unwrap_or_else(|| self.chat.clone())
            }
        };
        written.query.as_ref().map_or_else(|| uri.clone(), |query| setup::with_query(&uri, query))
    }
}

impl Protocol for OpenAiProtocol {
    type Reader = OpenAiReader;

    fn run_info(&self) -> RunInfo {
        let info = if self.plan.is_azure() {
            RunInfo::chat_model("AzureChatOpenAI").with("ls_provider", "azure")
        } else {
            RunInfo::chat_model("ChatOpenAI")
        };
        measured(info, self.plan.arguments())
    }

    fn streams(&self, wanted: bool, kwargs: Option<&Map<String, Value>>) -> bool {
        self.plan.streams(wanted, kwargs)
    }

    fn request(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Prepared<OpenAiReader>, BadRequest> {
        let written = self.plan.write(messages, kwargs, stream)?;
        let uri = self.endpoints.of(&written, kwargs);
        let expected = Expected::new(written.structured, self.azure.clone());
        let reader = match written.api {
            Api::ChatCompletions => {
                let standard = self.standard.then(Standard::default);
                OpenAiReader::Chat(Box::new(ChunkDecoder::new(expected)), standard)
            }
            Api::Responses if self.standard => {
                let ours =
                    "the Responses API gives no answers in the form `v1` here; leave `output_version` out";
                return Err(BadRequest::value(ours));
            }
            Api::Responses => {
                OpenAiReader::Responses(Box::new(EventDecoder::new(expected, self.old_answers)))
            }
        };
        let headers = written.headers.as_ref().map(extra_headers).unwrap_or_default();
        Ok(Prepared { uri, headers, body: written.body.into_boxed_slice().into(), reader })
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer {
        refusal(status, headers, body)
    }

    fn longest_asked(&self) -> Duration {
        LONGEST_ASKED
    }
}

/// What goes behind the model's name in answers; nothing for models that are not Azure's.
pub(super) fn azure_suffix(flavour: &Flavour, version: &str) -> Option<Arc<str>> {
    matches!(flavour, Flavour::Azure(_)).then(|| version.into())
}

/// Reads the answer of either API.
pub(super) enum OpenAiReader {
    Chat(Box<ChunkDecoder>, Option<Standard>),
    Responses(Box<EventDecoder>),
}

impl OpenAiReader {
    fn inner(&mut self) -> &mut dyn Reader {
        match self {
            OpenAiReader::Chat(reader, _) => &mut **reader,
            OpenAiReader::Responses(reader) => &mut **reader,
        }
    }

    fn shared(&self) -> &dyn Reader {
        match self {
            OpenAiReader::Chat(reader, _) => &**reader,
            OpenAiReader::Responses(reader) => &**reader,
        }
    }

    fn formed(&mut self, message: AiMessage) -> AiMessage {
        match self {
            OpenAiReader::Chat(_, Some(standard)) => standard.give(message),
            _ => message,
        }
    }
}

impl Reader for OpenAiReader {
    fn whole(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        let message = self.inner().whole(body)?;
        Ok(self.formed(message))
    }

    fn plain(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        let message = self.inner().plain(body)?;
        Ok(self.formed(message))
    }

    fn push(&mut self, bytes: &[u8]) {
        self.inner().push(bytes);
    }

    fn next_chunk(&mut self) -> Result<Option<AiMessageChunk>, BadAnswer> {
        let chunk = self.inner().next_chunk()?;
        Ok(chunk.map(|chunk| self.formed(chunk)))
    }

    fn is_done(&self) -> bool {
        self.shared().is_done()
    }

    fn finish(&mut self) {
        self.inner().finish();
    }

    fn end(&self) -> Result<(), BadAnswer> {
        self.shared().end()
    }
}
