//! HTTP/1 in clear text, as lean as it can be: gateways and local model servers are spoken to this way, thousands of
//! streams at once. A connection has no task and no buffer; a stream that waits holds its socket and little else.
//!
//! What needs no socket is public: the [head](Head::parse) of an answer, and the [decoder](BodyDecoder) of its body.

mod decode;
mod exchange;
mod head;
mod idle;
mod incoming;
mod malformed;
mod request;
mod scratch;

pub use decode::{BodyDecoder, Framing};
pub use head::Head;
pub(super) use incoming::Incoming;
pub use malformed::Malformed;

use super::{Body, HttpError, PoolSettings, Response, connect::ClearText};
use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use idle::Idle;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::net::TcpStream;

/// The largest head of an answer, the interim answers before it included, in bytes.
pub const LARGEST_HEAD: usize = 64 << 10;
/// The most headers of an answer.
pub const MOST_HEADERS: usize = 100;
/// The most that a body may hold of what says nothing, chunk extensions and trailers, in bytes.
pub const LARGEST_EXTRAS: u32 = 16 << 10;

/// The connections to one origin.
#[derive(Debug)]
pub(super) struct Http1 {
    host: HeaderValue,
    connector: ClearText,
    idle: Arc<Idle>,
    in_flight: AtomicUsize,
}

impl Http1 {
    pub(super) fn new(origin: Uri, settings: &PoolSettings) -> Self {
        Http1 {
            host: request::host(&origin),
            connector: ClearText::new(origin, settings),
            idle: Idle::new(settings.max_idle_per_host, settings.idle_timeout.0),
            in_flight: AtomicUsize::new(0),
        }
    }

    /// Sends a request; ready when the answer's head is there.
    pub(super) async fn send(self: &Arc<Self>, request: &Request<Bytes>) -> Result<Response, HttpError> {
        let slot = Slot::new(self.clone());
        let socket = match self.idle.take() {
            Some(socket) => socket,
            None => self.connector.connect().await?,
        };
        let (head, incoming) = exchange::exchange(socket, request, &self.host, slot).await?;
        Ok(Response::new(head.status, head.headers, Body::from(incoming)))
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }
}

/// A request's place, from sending to the end of the answer's body.
#[derive(Debug)]
struct Slot(Arc<Http1>);

impl Slot {
    fn new(client: Arc<Http1>) -> Self {
        client.in_flight.fetch_add(1, Relaxed);
        Slot(client)
    }

    /// Keeps a connection whose answer is over for another request.
    fn keep(self, socket: TcpStream) {
        self.0.idle.put(socket);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}
