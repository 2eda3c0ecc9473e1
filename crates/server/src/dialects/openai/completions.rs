//! `POST /chat/completions`: a conversation in, the next message out, whole or in chunks.

use super::{
    answer::Answer,
    chunk::Chunks,
    encode::ChatEncoder,
    models, name_request, now,
    request::ChatRequest,
    tools::{CallStream, ClientTools},
};
use crate::{
    app::{App, Call, Mounted},
    dialects::{
        frames::Writes,
        stream::{Head, respond, stream_headers},
    },
    error::ApiError,
    facts::Facts,
    http::{Declared, Response, json_response, read_json},
    origin,
    run::{Admitted, RunRequest, Task},
};
use http::StatusCode;
use std::sync::Arc;
use windlass_core::{RunnableConfig, Wants};

/// The body names the chain, so it is read before the run is admitted.
pub(super) async fn answer(call: Call) -> Result<Response, ApiError> {
    let Call { app, site, request, facts, .. } = call;
    origin::check(request.headers(), &app.settings.cors)?;
    // Boxed, because it needs a lot of room and gives it back before the run begins.
    let body = Box::pin(read_json(request, Declared::AsJson, &app.settings)).await?;
    let asked = ChatRequest::read(body)?;
    let mounted = models::find(&site, &asked.model)?;
    drop(site);
    let run = facts.run;
    let (admitted, task, tools) = admit(&app, facts, &mounted, &asked).await?;
    let answer = Answer { run, created: now(), model: asked.model };
    let mut response = if asked.stream {
        let chunks = Chunks::new(&answer, asked.include_usage);
        let run = admitted.stream(task);
        let encoder = ChatEncoder::new(&run, mounted, chunks, CallStream::new(answer.run, tools));
        let head = Head::WithContent(app.settings.timeouts.head_wait.0);
        let mut response = respond(run, encoder, (head, Writes::Joined), &app.settings).await?;
        stream_headers(response.headers_mut(), "text/event-stream");
        response
    } else {
        let (output, usage) = admitted.invoke_counting(task).await?;
        let whole = answer.whole(&mounted.endpoint, output, usage.as_ref(), tools.as_ref());
        json_response(StatusCode::OK, &whole)
    };
    name_request(&mut response, run);
    Ok(response)
}

/// Admits a run, and feeds it the conversation.
async fn admit(
    app: &Arc<App>,
    facts: Facts,
    mounted: &Arc<Mounted>,
    asked: &ChatRequest,
) -> Result<(Admitted, Task, Option<ClientTools>), ApiError> {
    let request =
        RunRequest { mounted: mounted.clone(), operation: "chat_completions", wants: Wants::Chunks };
    let admitted = app.admit(request, facts).await?;
    let endpoint = &mounted.endpoint;
    let input = match endpoint.accept_conversation(&asked.messages) {
        Ok(input) => input,
        Err(problems) => return Err(admitted.refuse(ApiError::invalid_input(problems))),
    };
    let tools = asked.tools.clone().filter(|_| endpoint.takes_client_tools());
    let client_tools = tools.as_ref().map(|tools| tools.arguments.clone());
    let config = RunnableConfig { client_tools, ..RunnableConfig::default() };
    Ok((admitted, Task { input, config: config.into(), run: None }, tools))
}
