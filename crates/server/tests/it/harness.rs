//! A server on a port of its own, and patience with a bound.

use crate::client::Raw;
use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use windlass_core::{Endpoint, Span};
use windlass_server::{Server, Settings};

/// How long anything may take before a test gives up; never a part of what is tested.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come.
#[track_caller]
pub(crate) fn soon<F: Future>(what: &'static str, future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(PATIENCE, future).await {
            Ok(output) => output,
            Err(_) => panic!("{caller}: waited in vain until {what}"),
        }
    }
}

/// Waits until a condition holds that nothing announces.
#[track_caller]
pub(crate) fn eventually(what: &'static str, mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    soon(what, async move {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
}

/// A duration for settings.
pub(crate) fn ms(milliseconds: u64) -> Span {
    Span(Duration::from_millis(milliseconds))
}

#[expect(clippy::disallowed_methods, reason = "the one place of these tests that spawns")]
pub(crate) fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}

/// A server that listens on 127.0.0.1.
pub(crate) struct TestServer {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<bool>,
}

impl TestServer {
    /// Serves these chains with default settings.
    pub(crate) async fn of(endpoints: impl Into<Vec<Endpoint>>) -> Self {
        TestServer::with(endpoints, |_| {}).await
    }

    /// Serves these chains with changed settings.
    pub(crate) async fn with(
        endpoints: impl Into<Vec<Endpoint>>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        let server = Server::new(endpoints.into(), settings).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = {
            let server = server.clone();
            spawn(async move { server.serve(listener, async { drop(stopped.await) }).await })
        };
        TestServer { server, address, stop: Some(stop), serving }
    }

    /// A connection that speaks whatever the test writes.
    pub(crate) async fn raw(&self) -> Raw {
        Raw::connect(self.address).await
    }

    /// Tells the server to shut down.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Whether the server has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.serving.is_finished()
    }

    /// Waits for the server's end; whether every run ended by itself.
    pub(crate) async fn ended(self) -> bool {
        soon("the server has ended", self.serving).await.unwrap()
    }

    /// Waits until no run is under way.
    pub(crate) async fn idle(&self) {
        eventually("no run is under way", || self.server.runs_in_flight() == 0).await;
    }

    /// The value of one line of `/metrics`; 0 if it is not there.
    pub(crate) async fn metric(&self, line: &str) -> f64 {
        let text = self.get("/metrics").await.text();
        let mut values = text.lines().filter_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
        values.next().map_or(0.0, |value| value.parse().unwrap())
    }
}
