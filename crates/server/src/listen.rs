//! The accept loop: capped connections, timed heads, HTTP/1.1 and HTTP/2, and a drain with a deadline.

mod watched;

use crate::{app::App, facts::PeerAddr, http::BoxError, service::WindlassService, tasks::Tasks};
use http::Request;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tower_service::Service;
use watched::{Activity, HTTP2, Watched};

/// How long cut connections may take to send their last bytes.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long to wait before accepting again when the process is out of descriptors.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);

/// The largest head of an HTTP/1 request, and with it the read buffer of a connection.
const MAX_HEAD: usize = 64 << 10;

/// Streams that one HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 256;

/// Serves connections until `shutdown`, then drains; returns whether every run ended by itself.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) -> bool {
    let connections = Connections::new(app.clone());
    let mut shutdown = pin!(shutdown);
    let mut drained = pin!(async {
        shutdown.as_mut().await;
        drain(&app).await
    });
    let (clean, patience) = loop {
        tokio::select! {
            biased;
            drained = drained.as_mut() => break drained,
            accepted = connections.accept(&listener) => match accepted {
                Ok((stream, peer, slot)) => connections.serve(stream, peer, slot),
                Err(error) => accept_failed(&error).await,
            },
        }
    };
    drop(listener);
    connections.close(patience).await;
    clean
}

/// Turns new requests away, waits for the running ones, and cuts what is left at the deadline. Returns whether that was
/// nothing, and how long the last bytes of answers may take.
async fn drain(app: &App) -> (bool, Duration) {
    let begun = Instant::now();
    app.drain.begin();
    app.admission.close();
    let deadline = app.settings.timeouts.drain.0;
    tracing::info!(deadline = ?deadline, runs = app.metrics.in_flight.get(), "draining");
    if tokio::time::timeout(deadline, app.admission.idle()).await.is_ok() {
        return (true, deadline.saturating_sub(begun.elapsed()).max(LAST_WORDS));
    }
    tracing::warn!(
        runs = app.metrics.in_flight.get(),
        "the drain's deadline has passed; ending what still runs"
    );
    app.drain.cut();
    let _ = tokio::time::timeout(LAST_WORDS, app.admission.idle()).await;
    (false, LAST_WORDS)
}

async fn accept_failed(error: &io::Error) {
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
}

/// The open connections.
struct Connections {
    app: Arc<App>,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    slots: Arc<Semaphore>,
    graceful: GracefulShutdown,
    /// Ends connections that have not said anything yet.
    closing: CancellationToken,
    tasks: Tasks,
}

type Slot = tokio::sync::OwnedSemaphorePermit;

impl Connections {
    fn new(app: Arc<App>) -> Self {
        let (mut http1, mut http2) = (http1::Builder::new(), http2::Builder::new(TokioExecutor::new()));
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .max_buf_size(MAX_HEAD)
            .max_header_size(MAX_HEAD);
        http2.timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS);
        let cap =
            app.settings.limits.connections.unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        let slots = Arc::new(Semaphore::new(cap));
        let (graceful, closing) = (GracefulShutdown::new(), CancellationToken::new());
        Connections { app, http1, http2, slots, graceful, closing, tasks: Tasks::default() }
    }

    /// The next connection, once there is a slot for it; until then it waits in the kernel's queue.
    async fn accept(&self, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr, Slot)> {
        let slot = self.slots.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (stream, peer) = listener.accept().await?;
        Ok((stream, peer, slot))
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, slot: Slot) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let connection = self.connection(stream, peer);
        let open = self.app.metrics.connections.clone();
        open.inc();
        self.tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "connection ended");
            }
            open.dec();
            drop(slot);
        });
    }

    /// Speaks HTTP/2 to who begins with its preface, and HTTP/1 to everybody else. The beginning is only peeked at: read and
    /// handed on, it would double the read buffer of every connection.
    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl Future<Output = Result<(), BoxError>> + use<> {
        let activity = Arc::new(Activity::default());
        let (http1, http2) = (self.http1.clone(), self.http2.clone());
        let (watcher, closing) = (self.graceful.watcher(), self.closing.clone());
        let app = self.app.clone();
        async move {
            let head = app.settings.timeouts.head.0;
            let Some(preface) = closing.run_until_cancelled(begins_with_preface(&stream, head)).await else {
                return Ok(());
            };
            let preface = preface?;
            let io = TokioIo::new(Watched::new(stream, activity.clone(), &app.settings.timeouts));
            let service = WindlassService { app };
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddr(peer));
                let busy = activity.busy();
                let answer = service.clone().call(request);
                async move { answer.await.map(|response| response.map(|body| busy.until_the_end_of(body))) }
            });
            if preface {
                Box::pin(watcher.watch(http2.serve_connection(io, service))).await?;
            } else {
                watcher.watch(http1.serve_connection(io, service)).await?;
            }
            Ok(())
        }
    }

    /// Lets idle connections go and waits for the last bytes of the others.
    async fn close(self, patience: Duration) {
        self.closing.cancel();
        let closing = async {
            self.graceful.shutdown().await;
            self.tasks.ended().await;
        };
        let _ = tokio::time::timeout(patience, closing).await;
    }
}

/// Whether the connection's first bytes are those of HTTP/2's preface, which comes in one piece.
async fn begins_with_preface(stream: &TcpStream, within: Duration) -> io::Result<bool> {
    let mut beginning = [0; HTTP2.len()];
    let length = tokio::time::timeout(within, stream.peek(&mut beginning)).await??;
    Ok(beginning[..length] == *HTTP2)
}
