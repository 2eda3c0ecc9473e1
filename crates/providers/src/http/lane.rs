//! The way to one origin: HTTP/1 in clear text by our own means, all else by hyper's.

use super::{Http2, HttpError, PoolSettings, Response, http1::Http1, shards::Shards, tls::Tls};
use bytes::Bytes;
use http::{Request, Uri};
use std::{fmt, sync::Arc, time::Duration};

/// The connections to one origin.
pub struct Lane {
    origin: Uri,
    connect_timeout: Duration,
    way: Way,
}

enum Way {
    Http1(Arc<Http1>),
    Shards(Box<Shards>),
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("origin", &self.origin)
            .field("shards", &self.shards())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

impl Lane {
    /// `origin` is a URI without a path.
    pub(super) fn new(origin: Uri, settings: PoolSettings, tls: Arc<Tls>) -> Self {
        let connect_timeout = settings.connect_timeout.0;
        let clear_text = match settings.gateway {
            Some(_) => true,
            None => origin.scheme_str() == Some("http") && settings.http2 != Http2::PriorKnowledge,
        };
        let way = if clear_text {
            Way::Http1(Arc::new(Http1::new(origin.clone(), &settings)))
        } else {
            Way::Shards(Box::new(Shards::new(origin.clone(), settings, tls)))
        };
        Lane { origin, connect_timeout, way }
    }

    pub(super) fn serves(&self, origin: &Uri, connect_timeout: Duration) -> bool {
        self.origin == *origin && self.connect_timeout == connect_timeout
    }

    /// Sends a request to the lane's origin; ready when the answer's head is there. Dropping it takes the request back.
    /// An answer that comes before all was sent ends the sending.
    pub async fn send(&self, request: &Request<Bytes>) -> Result<Response, HttpError> {
        match &self.way {
            Way::Http1(client) => client.send(request).await,
            Way::Shards(shards) => shards.send(request).await,
        }
    }

    /// How many requests are in flight.
    pub fn in_flight(&self) -> usize {
        match &self.way {
            Way::Http1(client) => client.in_flight(),
            Way::Shards(shards) => shards.in_flight(),
        }
    }

    /// How many clients were opened; HTTP/1 in clear text has one, and a connection for each request.
    pub fn shards(&self) -> usize {
        match &self.way {
            Way::Http1(_) => 1,
            Way::Shards(shards) => shards.count(),
        }
    }
}
