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
use windlass_core::{RunEvent, RunId, Usage, Val, Wants};

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
    let encoder = NativeEncoder { run: run.id(), mounted, framing, options, whole: None };
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
    options: Options,
    whole: Option<Val>,
}

impl Encode for NativeEncoder {
    fn piece(&mut self, frames: &mut Frames, piece: Val) -> bool {
        let has_content = piece.has_content();
        if has_content {
            self.framing.chunk(frames, &piece);
        }
        if self.options.whole {
            match &mut self.whole {
                Some(whole) => self.mounted.endpoint.fold(whole, piece),
                None => self.whole = Some(piece),
            }
        }
        has_content
    }

    fn step(&mut self, frames: &mut Frames, event: RunEvent) -> bool {
        self.framing.event(frames, &event);
        true
    }

    fn end(&mut self, frames: &mut Frames, usage: Option<&Usage>, _: Option<Val>) {
        if self.options.end {
            let whole = self.whole.take().filter(|_| self.options.whole);
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
