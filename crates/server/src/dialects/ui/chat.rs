//! `POST /{chain}/chat`: a conversation in, the next message out as a stream of parts.

use super::{encode::UiEncoder, request::ChatRequest};
use crate::{
    app::{Call, Mounted},
    dialects::{
        accepted,
        frames::Writes,
        stream::{Head, respond, stream_headers},
    },
    error::{ApiError, Code},
    http::{Declared, Response},
    origin,
    run::{RunRequest, Task},
};
use http::HeaderValue;
use std::sync::Arc;
use windlass_core::Wants;

pub(super) async fn answer(call: Call, mounted: Arc<Mounted>) -> Result<Response, ApiError> {
    origin::check(call.request.headers(), &call.app.settings.cors)?;
    if let Err(reason) = mounted.endpoint.conversation() {
        return Err(not_fed(mounted.endpoint.name(), reason));
    }
    let request = RunRequest { mounted: mounted.clone(), operation: "chat", wants: Wants::Chunks };
    let app = call.app.clone();
    let accept = |body| {
        let ChatRequest { messages, answers } = ChatRequest::read(body)?;
        let input = mounted.endpoint.accept_conversation(&messages).map_err(ApiError::invalid_input)?;
        Ok((input, answers))
    };
    // Boxed, because it needs a lot of room and gives it back before the run begins.
    let (admitted, (input, answers)) = Box::pin(accepted(call, request, Declared::AsJson, accept)).await?;
    let run = admitted.stream(Task::from(input));
    let encoder = UiEncoder::new(&run, mounted, answers);
    let head = Head::WithContent(app.settings.timeouts.head_wait.0);
    let mut response = respond(run, encoder, (head, Writes::Joined), &app.settings).await?;
    let headers = response.headers_mut();
    stream_headers(headers, "text/event-stream");
    headers.insert("x-vercel-ai-ui-message-stream", HeaderValue::from_static("v1"));
    Ok(response)
}

/// The chain takes something else than a conversation.
fn not_fed(chain: &str, reason: &str) -> ApiError {
    let message = format!(
        "no conversation can be sent to the chain `{chain}`: {reason}; its file can say how, with `openai: {{ input: ... }}`"
    );
    ApiError::new(Code::NotFound, message)
}
