//! `POST /{chain}/stream`: one input in, its output in pieces out.

use super::{body, objects::Object, place::Place, refuse, run_header};
use crate::{
    app::Call,
    dialects::{
        frames::{Frames, Writes},
        sse::Sse,
        stream::{Encode, Head, respond, stream_headers},
    },
    error::ApiError,
    http::Response,
    run::LiveRun,
    settings::Settings,
};
use http::{HeaderValue, header};
use serde_json::json;
use std::sync::Arc;
use windlass_core::{Error, LangServeEndpoint, RunId, Usage, Val, Wants};

const SSE: Sse = Sse::CRLF;

pub(super) async fn answer(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    let app = call.app.clone();
    // Boxed, because it needs a lot of room and gives it back before the run begins.
    let asked = place.accepted(call, (LangServeEndpoint::Stream, Wants::Chunks), body::one);
    let (admitted, task) = Box::pin(asked).await?;
    let run = admitted.stream(task);
    let pieces = Pieces { run: run.id(), begun: false };
    streamed(run, pieces, &app.settings).await
}

/// Answers with events, each in a write of its own; the head leaves at once.
pub(super) async fn streamed(
    run: LiveRun,
    encoder: impl Encode,
    settings: &Settings,
) -> Result<Response, ApiError> {
    let id = run.id();
    let mut response = respond(run, encoder, (Head::AtOnce, Writes::Separate), settings).await?;
    let headers = response.headers_mut();
    stream_headers(headers, "text/event-stream; charset=utf-8");
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    run_header(&mut response, id);
    Ok(response)
}

/// An event with data.
pub(super) fn data(frames: &mut Frames, data: &impl serde::Serialize) {
    SSE.data(frames, Some("data"), data);
}

/// The good end.
pub(super) fn end(frames: &mut Frames) {
    SSE.bare(frames, "end");
}

/// The bad end.
pub(super) fn failed(frames: &mut Frames, error: &ApiError) {
    SSE.data(frames, Some("error"), &refuse::event(error));
}

/// A sign of life.
pub(super) fn ping(frames: &mut Frames) {
    SSE.comment(frames, "ping");
}

/// Writes every piece, also those that hold nothing: clients count them.
struct Pieces {
    run: RunId,
    begun: bool,
}

impl Encode for Pieces {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> Result<bool, Error> {
        if !self.begun {
            self.begun = true;
            SSE.data(frames, Some("metadata"), &json!({"run_id": self.run}));
        }
        data(frames, &Object(&piece));
        Ok(true)
    }

    fn end(&mut self, frames: &mut Frames, _: Option<&Usage>, _: Option<Val>) {
        end(frames);
    }

    fn failed(&mut self, frames: &mut Frames, error: &ApiError) {
        failed(frames, error);
    }

    fn keep_alive(&mut self, frames: &mut Frames) {
        ping(frames);
    }
}
