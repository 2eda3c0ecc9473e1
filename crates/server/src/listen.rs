//! The accept loop: capped connections, timed heads, HTTP/1.1 and HTTP/2, and a drain with a deadline.

mod watched;

use crate::{app::App, facts::PeerAddr, service::WindlassService, tasks::Tasks};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
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
use tower_service::Service;
use watched::{Activity, Watched};

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
    builder: auto::Builder<TokioExecutor>,
    slots: Arc<Semaphore>,
    graceful: GracefulShutdown,
    tasks: Tasks,
}

type Slot = tokio::sync::OwnedSemaphorePermit;

impl Connections {
    fn new(app: Arc<App>) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(MAX_HEAD);
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS);
        let cap =
            app.settings.limits.connections.unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        let slots = Arc::new(Semaphore::new(cap));
        Connections { app, builder, slots, graceful: GracefulShutdown::new(), tasks: Tasks::default() }
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
        let activity = Arc::new(Activity::default());
        let io = TokioIo::new(Watched::new(stream, activity.clone(), &self.app.settings.timeouts));
        let service = WindlassService { app: self.app.clone() };
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(PeerAddr(peer));
            let busy = activity.busy();
            let mut service = service.clone();
            async move {
                service.call(request).await.map(|response| response.map(|body| busy.until_the_end_of(body)))
            }
        });
        let connection = self.builder.serve_connection(io, service).into_owned();
        let connection = self.graceful.watch(connection);
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

    /// Lets idle connections go and waits for the last bytes of the others.
    async fn close(self, patience: Duration) {
        let closing = async {
            self.graceful.shutdown().await;
            self.tasks.ended().await;
        };
        let _ = tokio::time::timeout(patience, closing).await;
    }
}
