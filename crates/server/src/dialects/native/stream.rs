//! `POST /{chain}/stream`: the input object in, the output in pieces out.

use super::{JSON, NDJSON, SSE, check, frame::Framing, one_input};
use crate::{
    app::{Call, Mounted},
    dialects::{
        accepted,
        frames::{Frames, Writes},
        stream::{Encode, Head, respond, stream_headers},
    },
    error::ApiError,
    http::{Declared, Response, prefers},
    run::{RunRequest, Task},
};
use std::sync::Arc;
use windlass_core::{Error, RunEvent, RunId, Usage, Val, Wants, Whole};

pub(super) async fn answer(call: Call, mounted: Arc<Mounted>) -> Result<Response, ApiError> {
    check(&call, &[NDJSON, SSE, JSON])?;
    let framing = if prefers(call.request.headers(), SSE, NDJSON) { Framing::Sse } else { Framing::Ndjson };
    let options = Options { end: call.flag("end", true)?, whole: call.flag("final", false)? };
    let wants = if call.flag("events", false)? { Wants::Steps } else { Wants::Chunks };
    let request = RunRequest { mounted: mounted.clone(), operation: "stream", wants };
    let app = call.app.clone();
    // Boxed, because it needs a lot of room and gives it back before the run begins.
    let (admitted, input) = Box::pin(accepted(call, request, Declared::AsJson, one_input(&mounted))).await?;
    let run = admitted.stream(Task::from(input));
    let whole = options.whole.then(|| run.whole(mounted.endpoint.merge()));
    let encoder = NativeEncoder { run: run.id(), mounted, framing, end: options.end, whole };
    let head = Head::WithContent(app.settings.timeouts.head_wait.0);
    let mut response = respond(run, encoder, (head, Writes::Joined), &app.settings).await?;
    let content_type = match framing {
        Framing::Ndjson => NDJSON,
        Framing::Sse => SSE,
    };
    stream_headers(response.headers_mut(), content_type);
    Ok(response)
}

/// What the client chose in the query.
#[derive(Debug, Clone, Copy)]
struct Options {
    /// Whether success ends with an `end` line.
    end: bool,
    /// Whether `end` carries the whole output.
    whole: bool,
}

/// Writes lines or events of one object each.
struct NativeEncoder {
    run: RunId,
    mounted: Arc<Mounted>,
    framing: Framing,
    /// Whether success ends with an `end` line.
    end: bool,
    /// The output so far, if `end` carries it.
    whole: Option<Whole>,
}

impl Encode for NativeEncoder {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> Result<bool, Error> {
        let has_content = piece.has_content();
        if has_content {
            self.framing.chunk(frames, &piece);
        }
        if let Some(whole) = &mut self.whole {
            whole.add(piece)?;
        }
        Ok(has_content)
    }

    fn step(&mut self, frames: &mut Frames, event: RunEvent) -> bool {
        self.framing.event(frames, &event);
        true
    }

    fn end(&mut self, frames: &mut Frames, usage: Option<&Usage>, _: Option<Val>) {
        if self.end {
            let whole = self.whole.as_mut().and_then(Whole::take);
            let whole = whole.map(|whole| self.mounted.endpoint.present(whole));
            self.framing.end(frames, self.run, usage, whole);
        }
    }

    fn failed(&mut self, frames: &mut Frames, error: &ApiError) {
        self.framing.error(frames, self.run, error);
    }

    fn keep_alive(&mut self, frames: &mut Frames) {
        self.framing.keep_alive(frames);
    }
}
