//! One request over one connection, up to the answer's head. Both go on together: a server may answer before it has all,
//! and what it says is heard even if it takes no more.

use super::{Head, Incoming, LARGEST_HEAD, Malformed, Slot, head::stays_open, request::encode, scratch};
use crate::http::HttpError;
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{io::AsyncWrite, net::TcpStream};

/// Sends the request; ready when the answer's head is there.
pub(super) async fn exchange(
    mut socket: TcpStream,
    request: &Request<Bytes>,
    host: &HeaderValue,
    slot: Slot,
) -> Result<(Head, Incoming), HttpError> {
    let mut sending = Sending { head: encode(request, host), body: request.body(), sent: 0, failure: None };
    let mut receiving = Receiving { partial: Vec::new(), bodiless: *request.method() == Method::HEAD };
    let (mut head, first) = poll_fn(|task| {
        sending.poll(&mut socket, task);
        receiving.poll(&mut socket, task)
    })
    .await
    .map_err(|failure| sending.failure.take().map_or(failure, HttpError::broken))?;
    head.reusable &= sending.is_done() && stays_open(request.headers(), true);
    let incoming = Incoming::new(socket, slot, &head, &first);
    Ok((head, incoming))
}

/// A request on its way out.
struct Sending<'a> {
    /// Empty as soon as all is sent: its memory is not held while the answer is awaited.
    head: Vec<u8>,
    body: &'a [u8],
    sent: usize,
    failure: Option<io::Error>,
}

impl Sending<'_> {
    fn is_done(&self) -> bool {
        self.head.is_empty()
    }

    /// Sends what can be sent. A failure is kept until it is known whether the server answered all the same.
    fn poll(&mut self, socket: &mut TcpStream, task: &mut Context<'_>) {
        while !self.is_done() && self.failure.is_none() {
            match self.poll_write(socket, task) {
                Poll::Pending => return,
                Poll::Ready(Ok(0)) => self.failure = Some(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(sent)) => self.sent += sent,
                Poll::Ready(Err(failure)) => self.failure = Some(failure),
            }
            if self.sent == self.head.len() + self.body.len() {
                self.head = Vec::new();
            }
        }
    }

    fn poll_write(&self, socket: &mut TcpStream, task: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let socket = Pin::new(socket);
        match self.head.get(self.sent..).filter(|head| !head.is_empty()) {
            Some(head) => socket.poll_write_vectored(task, &[IoSlice::new(head), IoSlice::new(self.body)]),
            None => socket.poll_write(task, &self.body[self.sent - self.head.len()..]),
        }
    }
}

/// A head on its way in.
struct Receiving {
    /// What came of a head that did not come at once.
    partial: Vec<u8>,
    bodiless: bool,
}

impl Receiving {
    /// Ready with the head and what came of the body with it.
    fn poll(
        &mut self,
        socket: &mut TcpStream,
        task: &mut Context<'_>,
    ) -> Poll<Result<(Head, Vec<u8>), HttpError>> {
        loop {
            let read = ready!(scratch::poll_read(socket, task, |input| self.digest(input)));
            if let Some(answered) = read.map_err(HttpError::broken)?.map_err(HttpError::broken)? {
                return Poll::Ready(Ok(answered));
            }
        }
    }

    fn digest(&mut self, input: &[u8]) -> Result<Option<(Head, Vec<u8>)>, Malformed> {
        if input.is_empty() {
            return Err(Malformed::CutShort);
        }
        // Only a line feed can end a head: what comes byte by byte is not parsed again for each.
        let worthwhile = self.partial.is_empty() || input.contains(&b'\n');
        let all = if self.partial.is_empty() {
            input
        } else {
            self.partial.extend_from_slice(input);
            &self.partial
        };
        let parsed = if worthwhile { Head::parse(all, self.bodiless)? } else { None };
        if let Some((head, length)) = parsed {
            return Ok(Some((head, all[length..].to_vec())));
        }
        if all.len() > LARGEST_HEAD {
            return Err(Malformed::LargeHead);
        }
        if self.partial.is_empty() {
            self.partial = input.to_vec();
        }
        Ok(None)
    }
}
