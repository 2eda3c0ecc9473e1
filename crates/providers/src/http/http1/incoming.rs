//! The body of an answer while it comes. At its end the connection goes back to where idle ones are kept; a body that is
//! dropped before takes its connection with it.

use super::{BodyDecoder, Head, Malformed, Slot, scratch};
use crate::http::HttpError;
use bytes::Bytes;
use std::{
    io, mem,
    task::{Context, Poll, ready},
};
use tokio::net::TcpStream;

/// A body under way.
#[derive(Debug)]
pub(in crate::http) struct Incoming {
    /// What came and was not asked for yet.
    ready: Bytes,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Open(Open),
    Over,
    Failed(HttpError),
}

#[derive(Debug)]
struct Open {
    // In this order: the connection goes before the slot.
    socket: TcpStream,
    slot: Slot,
    decoder: BodyDecoder,
    reusable: bool,
}

/// What one read brought of the body, and what was wrong after that.
type Digested = (Bytes, Result<(), Malformed>);

impl Incoming {
    /// `first` is what came of the body with the head.
    pub(super) fn new(socket: TcpStream, slot: Slot, head: &Head, first: &[u8]) -> Self {
        let (mut decoder, mut reusable) = (BodyDecoder::new(head.framing), head.reusable);
        let digested = digest(&mut decoder, &mut reusable, first);
        let open = Open { socket, slot, decoder, reusable };
        let mut incoming = Incoming { ready: Bytes::new(), stage: Stage::Open(open) };
        incoming.settle(digested);
        incoming
    }

    /// The next part of the body; `None` is its end.
    pub(in crate::http) fn poll_chunk(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, HttpError>> {
        loop {
            if !self.ready.is_empty() {
                return Poll::Ready(Ok(Some(mem::take(&mut self.ready))));
            }
            let open = match &mut self.stage {
                Stage::Open(open) => open,
                Stage::Over => return Poll::Ready(Ok(None)),
                Stage::Failed(error) => return Poll::Ready(Err(error.clone())),
            };
            match ready!(open.poll_read(task)) {
                Ok(digested) => self.settle(digested),
                Err(error) => self.stage = Stage::Failed(HttpError::broken(error)),
            }
        }
    }

    /// After a read: on, to the end, or to a failure.
    fn settle(&mut self, (ready, outcome): Digested) {
        self.ready = ready;
        let Stage::Open(open) = &self.stage else { return };
        let stage = match outcome {
            Ok(()) if !open.decoder.is_done() => return,
            Ok(()) => Stage::Over,
            Err(malformed) => Stage::Failed(HttpError::broken(malformed)),
        };
        if let (Stage::Open(open), Stage::Over) = (mem::replace(&mut self.stage, stage), &self.stage) {
            open.end();
        }
    }
}

impl Open {
    fn poll_read(&mut self, task: &mut Context<'_>) -> Poll<io::Result<Digested>> {
        let (decoder, reusable) = (&mut self.decoder, &mut self.reusable);
        scratch::poll_read(&mut self.socket, task, |input| match input {
            [] => (Bytes::new(), decoder.close()),
            input => digest(decoder, reusable, input),
        })
    }

    fn end(self) {
        if self.reusable {
            self.slot.keep(self.socket);
        }
    }
}

/// Takes the framing off. What comes after the end was not asked for, and nobody knows where an answer would begin.
fn digest(decoder: &mut BodyDecoder, reusable: &mut bool, input: &[u8]) -> Digested {
    let mut body = Vec::with_capacity(input.len());
    let outcome = decoder.decode(input, &mut body).map(|used| *reusable &= used == input.len());
    (body.into_boxed_slice().into(), outcome)
}
