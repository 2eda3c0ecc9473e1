//! Connections to vendors: one pool for the whole process, a lane in it per origin.
//!
//! In clear text a lane speaks [HTTP/1](http1), with a connection for each request. Otherwise it has hyper's clients: an
//! HTTP/2 server lets about 100 streams share a connection, and a client has one connection per server. So a lane opens a
//! further client when the ones it has are full, and goes back to the first as soon as that has room.
//!
//! ```
//! use windlass_providers::http::{HttpPool, PoolSettings};
//!
//! let pool = HttpPool::new(PoolSettings { max_shards: 4, ..PoolSettings::default() });
//! let lane = pool.lane(&"https://api.openai.com/v1".parse().unwrap(), None);
//! assert_eq!(lane.in_flight(), 0);
//! ```

mod body;
mod connect;
mod error;
pub mod http1;
mod lane;
mod response;
mod settings;
mod shards;
mod tls;

pub use body::Body;
pub use error::HttpError;
pub use lane::Lane;
pub use response::Response;
pub use settings::{Http2, PoolSettings};

use http::Uri;
use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};
use tls::Tls;
use windlass_core::Span;

/// The pool of connections; cheap to clone. Making one opens nothing and reads no certificates.
#[derive(Debug, Clone)]
pub struct HttpPool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: PoolSettings,
    tls: Arc<Tls>,
    lanes: Mutex<Vec<Arc<Lane>>>,
}

impl HttpPool {
    /// A pool of its own.
    pub fn new(settings: PoolSettings) -> Self {
        HttpPool(Arc::new(Inner { settings, tls: Arc::default(), lanes: Mutex::default() }))
    }

    /// The pool of programs that set none up.
    pub fn shared() -> Self {
        static SHARED: LazyLock<HttpPool> = LazyLock::new(|| HttpPool::new(PoolSettings::default()));
        SHARED.clone()
    }

    /// The lane to the origin of `url`, an absolute URI; `connect_timeout` stands in for the pool's own.
    pub fn lane(&self, url: &Uri, connect_timeout: Option<Duration>) -> Arc<Lane> {
        let origin = origin(url);
        let connect_timeout = connect_timeout.unwrap_or(self.0.settings.connect_timeout.0);
        let mut lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.iter().find(|lane| lane.serves(&origin, connect_timeout)) {
            return lane.clone();
        }
        let settings = PoolSettings { connect_timeout: Span(connect_timeout), ..self.0.settings.clone() };
        let lane = Arc::new(Lane::new(origin, settings, self.0.tls.clone()));
        lanes.push(lane.clone());
        lane
    }
}

impl Default for HttpPool {
    fn default() -> Self {
        HttpPool::new(PoolSettings::default())
    }
}

/// The URI without its path and query.
fn origin(url: &Uri) -> Uri {
    let mut parts = http::uri::Parts::default();
    (parts.scheme, parts.authority) = (url.scheme().cloned(), url.authority().cloned());
    parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
    Uri::from_parts(parts).unwrap_or_default()
}
