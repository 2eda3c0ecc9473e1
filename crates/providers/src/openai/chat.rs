//! The protocol of chat completions: joins requests, answers and failures. Pure.

use super::{error::refusal, request::RequestPlan, stream::ChunkDecoder};
use crate::call::{BadAnswer, BadRequest, Prepared, Protocol, VendorChat, json_mistake};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Map, Value};
use windlass_core::Message;

/// A chat model that speaks as OpenAI does.
pub(super) type OpenAiChat = VendorChat<ChatCompletions>;

/// How chat completions are asked for.
pub(super) struct ChatCompletions {
    pub(super) url: Uri,
    pub(super) plan: RequestPlan,
}

impl Protocol for ChatCompletions {
    type Reader = ChunkDecoder;

    fn streams(&self, wanted: bool, kwargs: Option<&Map<String, Value>>) -> bool {
        self.plan.streams(wanted, kwargs)
    }

    fn request(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Prepared<ChunkDecoder>, BadRequest> {
        let body = self.plan.body(messages, kwargs, stream);
        let body = body.map_err(|error| BadRequest::value(json_mistake(&error)))?;
        let (body, reader) = (body.into_boxed_slice().into(), ChunkDecoder::new());
        Ok(Prepared { uri: self.url.clone(), headers: HeaderMap::new(), body, reader })
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer {
        refusal(status, headers, body)
    }
}
