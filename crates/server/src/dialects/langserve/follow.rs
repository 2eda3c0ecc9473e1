//! `POST /{chain}/stream_log` and `stream_events`: one input in, what its run does out.

use super::{
    body,
    events::{EventsV1, EventsV2},
    log::StreamLog,
    objects::to_json,
    place::Place,
    runs::{Filters, Follow},
    stream::{data, end, failed, ping, streamed},
};
use crate::{
    app::{App, Call},
    dialects::{frames::Frames, stream::Encode},
    error::ApiError,
    http::Response,
    run::LiveRun,
};
use serde_json::Value;
use std::sync::Arc;
use windlass_core::{Error, EventsVersion, LangServeEndpoint, RunEvent, Usage, Val, Wants};

pub(super) async fn log(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    let (app, run, filters) = begun(call, &place, LangServeEndpoint::StreamLog).await?;
    let follow = StreamLog::new(filters, to_json);
    streamed(run, Following { follow, quiet: place.is_quiet() }, &app.settings).await
}

pub(super) async fn events(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    let (app, run, filters) = begun(call, &place, LangServeEndpoint::StreamEvents).await?;
    let quiet = place.is_quiet();
    match place.mounted.endpoint.langserve().events_version {
        EventsVersion::V1 => {
            let follow = EventsV1::new(filters, to_json);
            streamed(run, Following { follow, quiet }, &app.settings).await
        }
        EventsVersion::V2 => {
            let follow = EventsV2::new(filters, to_json);
            streamed(run, Following { follow, quiet }, &app.settings).await
        }
    }
}

async fn begun(
    call: Call,
    place: &Place,
    endpoint: LangServeEndpoint,
) -> Result<(Arc<App>, LiveRun, Filters), ApiError> {
    let app = call.app.clone();
    // Boxed, because it needs a lot of room and gives it back before the run begins.
    let asked = Box::pin(place.accepted(call, (endpoint, Wants::Steps), body::followed));
    let (admitted, (task, filters)) = asked.await?;
    Ok((app, admitted.stream(task), filters))
}

/// Writes what is told of a run.
struct Following<F> {
    follow: F,
    /// Whether nothing may be told but the end.
    quiet: bool,
}

impl<F> Following<F> {
    fn write(&self, frames: &mut Frames, told: Option<Value>) -> bool {
        let told = told.filter(|_| !self.quiet);
        if let Some(told) = &told {
            data(frames, told);
        }
        told.is_some()
    }
}

impl<F: Follow> Encode for Following<F> {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> Result<bool, Error> {
        let told = self.follow.piece(piece);
        Ok(self.write(frames, told))
    }

    fn step(&mut self, frames: &mut Frames, event: RunEvent) -> bool {
        let told = self.follow.step(event);
        self.write(frames, told)
    }

    fn end(&mut self, frames: &mut Frames, _: Option<&Usage>, output: Option<Val>) {
        let told = self.follow.end(output);
        self.write(frames, told);
        end(frames);
    }

    fn failed(&mut self, frames: &mut Frames, error: &ApiError) {
        failed(frames, error);
    }

    fn keep_alive(&mut self, frames: &mut Frames) {
        ping(frames);
    }
}
