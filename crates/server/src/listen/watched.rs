//! A connection that ends itself when a request's head is too slow, nothing comes, or nothing is taken for too long.

use crate::{http::ResponseBody, settings::Timeouts};
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::AcqRel, Ordering::Acquire},
    },
    task::{Context, Poll, ready},
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
    /// Who wants to know when the last of them is done.
    idle: AtomicWaker,
}

/// One request that is being answered; held until its body ends.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Activity {
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, AcqRel);
        Busy(self.clone())
    }

    fn is_busy(&self) -> bool {
        self.busy.load(Acquire) > 0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.busy.fetch_sub(1, AcqRel) == 1 {
            self.0.idle.wake();
        }
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
pub(super) const HTTP2: &[u8; 3] = b"PRI";

/// How long a connection that has sent its end takes what its client still sends.
const LINGER: Duration = Duration::from_secs(1);

/// The connection's stream. While nothing is being answered, reads have a deadline: `idle` for a request's first byte
/// (`head` for the very first), `head` for the rest of its head. Writes always have one: `idle` without a byte taken.
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
    /// Rings when the client has taken nothing for too long; there while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Rings when a client that goes on after the end has been heard long enough.
    lingering: Option<Pin<Box<Sleep>>>,
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
            stalled: None,
            lingering: None,
        }
    }

    fn is_http2(&self) -> bool {
        self.http2 && self.seen == HTTP2.len()
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
        if self.activity.is_busy() {
            self.waiting = None;
        } else if self.is_http2() {
            self.waiting = None;
            self.wait_for(Waiting::Request);
        } else {
            self.wait_for(Waiting::Head);
        }
    }

    /// Whether a request is being answered, or an answer still being sent. Bodies of HTTP/2 end in tasks of their own, so
    /// the last of them has to wake this one.
    fn is_busy(&self, task: &Context<'_>) -> bool {
        if self.is_http2() && self.activity.is_busy() {
            self.activity.idle.register(task.waker());
        }
        self.stalled.is_some() || self.activity.is_busy()
    }

    fn poll_deadline(&mut self, task: &mut Context<'_>) -> Poll<io::Error> {
        if self.is_busy(task) {
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

    /// Gives up a write that has waited too long.
    fn bounded<T>(&mut self, written: Poll<io::Result<T>>, task: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.stalled.take().is_some() {
                // Reads had no deadline meanwhile; the next poll gives them one.
                task.waker().wake_by_ref();
            }
            return written;
        }
        let idle = self.idle;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
        ready!(stalled.as_mut().poll(task));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client took nothing for too long")))
    }

    /// Takes what the client still sends until it closes too, for a moment. To close with bytes unread resets the
    /// connection, and a client that is busy sending would lose the answer that tells it to stop.
    fn poll_linger(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 8 << 10];
        let timer = self.lingering.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        loop {
            if timer.as_mut().poll(task).is_ready() {
                return Poll::Ready(());
            }
            let mut into = ReadBuf::new(&mut scratch);
            let read = ready!(Pin::new(&mut self.stream).poll_read(task, &mut into));
            if read.is_err() || into.filled().is_empty() {
                return Poll::Ready(());
            }
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
        let written = Pin::new(&mut self.stream).poll_write(task, from);
        self.bounded(written, task)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(task))?;
        self.poll_linger(task).map(Ok)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(task, from);
        self.bounded(written, task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::AtomicBool,
        task::{Wake, Waker},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, std::sync::atomic::Ordering::Release);
        }
    }

    #[tokio::test]
    async fn the_end_of_the_last_answer_wakes_an_http2_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let activity = Arc::new(Activity::default());
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = Watched::new(stream, activity.clone(), &Timeouts::default());
        client.write_all(HTTP2).await.unwrap();
        connection.read_exact(&mut [0; HTTP2.len()]).await.unwrap();

        let (first, last) = (activity.busy(), activity.busy());
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut byte = [0];
        let read = Pin::new(&mut connection)
            .poll_read(&mut Context::from_waker(&waker), &mut ReadBuf::new(&mut byte));
        assert!(read.is_pending());
        drop(first);
        assert!(!woken.0.load(Acquire));
        drop(last);
        assert!(woken.0.load(Acquire));
    }
}
