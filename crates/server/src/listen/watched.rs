//! A connection that ends itself when a request's head is too slow or nothing comes for too long.

use crate::{http::ResponseBody, settings::Timeouts};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};

/// How many requests of a connection are being answered.
#[derive(Debug, Default)]
pub(super) struct Activity {
    busy: AtomicUsize,
}

/// One request that is being answered; held until its body ends.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Activity {
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Relaxed);
        Busy(self.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
    }
}

impl Busy {
    /// A body that holds this until it ends or is dropped.
    pub(super) fn until_the_end_of(self, body: ResponseBody) -> BusyBody {
        BusyBody { body, _busy: self }
    }
}

/// A response's body that keeps its connection busy.
pub(super) struct BusyBody {
    body: ResponseBody,
    _busy: Busy,
}

impl Body for BusyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a connection that has no request to answer waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Waiting {
    /// The first byte of a request.
    Request,
    /// The rest of a head that has begun.
    Head,
}

/// The start of HTTP/2's preface. Its connections may send frames without asking for anything, so only idleness ends them.
const HTTP2: &[u8] = b"PRI";

/// The connection's stream. While nothing is being answered, reads have a deadline: `idle` for a request's first byte
/// (`head` for the very first), `head` for the rest of its head.
pub(super) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    waiting: Option<Waiting>,
    /// How many of the first bytes have been compared.
    seen: usize,
    /// Whether all of the first bytes so far are those of HTTP/2's preface.
    http2: bool,
    head: Duration,
    idle: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>, timeouts: &Timeouts) -> Self {
        Watched {
            stream,
            activity,
            waiting: Some(Waiting::Head),
            seen: 0,
            http2: true,
            head: timeouts.head.0,
            idle: timeouts.idle.0,
            timer: Box::pin(tokio::time::sleep(timeouts.head.0)),
        }
    }

    fn wait_for(&mut self, what: Waiting) {
        if self.waiting != Some(what) {
            self.waiting = Some(what);
            let patience = if what == Waiting::Head { self.head } else { self.idle };
            self.timer.as_mut().reset(Instant::now() + patience);
        }
    }

    /// Notes bytes that came in.
    fn saw(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().take(HTTP2.len().saturating_sub(self.seen)) {
            self.http2 &= HTTP2[self.seen] == *byte;
            self.seen += 1;
        }
        if self.activity.busy.load(Relaxed) > 0 {
            self.waiting = None;
        } else if self.http2 && self.seen == HTTP2.len() {
            self.waiting = None;
            self.wait_for(Waiting::Request);
        } else {
            self.wait_for(Waiting::Head);
        }
    }

    fn poll_deadline(&mut self, task: &mut Context<'_>) -> Poll<io::Error> {
        if self.activity.busy.load(Relaxed) > 0 {
            self.waiting = None;
            return Poll::Pending;
        }
        if self.waiting.is_none() {
            self.wait_for(Waiting::Request);
        }
        match self.timer.as_mut().poll(task) {
            Poll::Ready(()) => {
                Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "no request came in time"))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        match Pin::new(&mut self.stream).poll_read(task, into) {
            Poll::Ready(Ok(())) => {
                self.saw(&into.filled()[before..]);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_deadline(task).map(Err),
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(task, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(task, from)
    }
}
