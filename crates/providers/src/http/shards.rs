//! Clients for connections that requests share, opened one after the other as those before them fill up.

use super::{
    Body, Http2, HttpError, PoolSettings, Response,
    connect::{Connector, connector},
    tls::Tls,
};
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Full;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// How many requests a client has in flight before the next is used: servers commonly cap a connection at 100 streams.
const FULL: usize = 90;

/// The clients that speak to one origin.
#[derive(Debug)]
pub(super) struct Shards {
    origin: Uri,
    settings: PoolSettings,
    tls: Arc<Tls>,
    opened: Mutex<Vec<Arc<Shard>>>,
}

#[derive(Debug)]
struct Shard {
    client: Client<Connector, Full<Bytes>>,
    in_flight: AtomicUsize,
}

/// A request's place in a shard, from sending to the end of the answer's body.
#[derive(Debug)]
pub(super) struct Slot(Arc<Shard>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

impl Shards {
    pub(super) fn new(origin: Uri, settings: PoolSettings, tls: Arc<Tls>) -> Self {
        Shards { origin, settings, tls, opened: Mutex::default() }
    }

    /// Sends a request; ready when the answer's head is there.
    pub(super) async fn send(&self, request: &Request<Bytes>) -> Result<Response, HttpError> {
        let slot = self.slot()?;
        let answer = slot.0.client.request(request.clone().map(Full::new)).await?;
        let (head, incoming) = answer.into_parts();
        Ok(Response::new(head.status, head.headers, Body::from((incoming, slot))))
    }

    pub(super) fn in_flight(&self) -> usize {
        self.lock().iter().map(|shard| shard.in_flight.load(Relaxed)).sum()
    }

    /// How many clients were opened.
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// A place in the first shard that is not full, in a new one, or in the least loaded.
    fn slot(&self) -> Result<Slot, HttpError> {
        let mut shards = self.lock();
        let load = |shard: &&Arc<Shard>| shard.in_flight.load(Relaxed);
        let all_open = shards.len() >= self.settings.max_shards;
        let least_loaded = || shards.iter().min_by_key(load).filter(|_| all_open);
        let shard = match shards.iter().find(|shard| load(shard) < FULL).or_else(least_loaded) {
            Some(shard) => shard.clone(),
            None => {
                let shard = Arc::new(Shard { client: self.client()?, in_flight: AtomicUsize::new(0) });
                shards.push(shard.clone());
                shard
            }
        };
        shard.in_flight.fetch_add(1, Relaxed);
        Ok(Slot(shard))
    }

    /// The one place where clients are made.
    fn client(&self) -> Result<Client<Connector, Full<Bytes>>, HttpError> {
        let connector = connector(&self.origin, &self.settings, &self.tls)?;
        Ok(Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_max_idle_per_host(self.settings.max_idle_per_host)
            .pool_idle_timeout(self.settings.idle_timeout.0)
            .http2_only(self.settings.http2 == Http2::PriorKnowledge)
            .build(connector))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Shard>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
