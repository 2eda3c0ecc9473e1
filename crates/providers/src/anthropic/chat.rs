//! The protocol of Anthropic's messages: joins requests, answers and failures. Pure.

use super::{
    brought,
    error::refusal,
    request::{Outgoing, RequestPlan},
    stream::AnswerReader,
};
use crate::call::{BadAnswer, BadRequest, Prepared, Protocol, VendorChat, measured};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Map, Value};
use windlass_core::{Message, ModelErrorKind, RunInfo};

/// A chat model that speaks as Anthropic does.
pub(super) type AnthropicChat = VendorChat<Messages>;

/// How messages are asked for.
pub(super) struct Messages {
    pub(super) url: Uri,
    pub(super) plan: RequestPlan,
}

impl Protocol for Messages {
    type Reader = AnswerReader;

    fn run_info(&self) -> RunInfo {
        measured(RunInfo::chat_model("ChatAnthropic"), self.plan.arguments())
    }

    fn streams(&self, wanted: bool, kwargs: Option<&Map<String, Value>>) -> bool {
        self.plan.streams(wanted, kwargs)
    }

    fn brought(&self, tools: Map<String, Value>) -> Map<String, Value> {
        brought::rewritten(tools)
    }

    fn request(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Prepared<AnswerReader>, BadRequest> {
        let Outgoing { body, headers, answer } = self.plan.request(messages, kwargs, stream)?;
        Ok(Prepared { uri: self.url.clone(), headers, body, reader: AnswerReader::new(answer) })
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer {
        refusal(status, headers, body)
    }

    /// The SDK lets the HTTP client's own exceptions through once a stream began.
    fn class_in_stream(&self, kind: ModelErrorKind) -> Option<&'static str> {
        match kind {
            ModelErrorKind::Timeout(_) => Some("ReadTimeout"),
            ModelErrorKind::Unavailable => Some("RemoteProtocolError"),
            _ => None,
        }
    }
}
