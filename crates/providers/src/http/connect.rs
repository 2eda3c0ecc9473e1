//! How a connection to a vendor comes about: straight or through a proxy's tunnel, with TLS or without, within a time.

use super::{HttpError, PoolSettings, tls::Tls};
use futures_util::{TryFutureExt, future::BoxFuture};
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use std::{
    io,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Opens connections to one origin.
pub(super) type Connector = Timed<HttpsConnector<Way>>;

/// The connector of an origin. `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are heeded for `https`, whose requests go through
/// the proxy's tunnel; requests in clear text go straight.
pub(super) fn connector(origin: &Uri, settings: &PoolSettings, tls: &Tls) -> Result<Connector, HttpError> {
    let secure = origin.scheme_str() == Some("https");
    let tls = if secure { tls.secure() } else { Tls::unused() };
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let proxy = if secure { Matcher::from_env().intercept(origin) } else { None };
    let way = match proxy {
        None => Way::Straight(tcp),
        Some(proxy) => {
            let tunnel = Tunnel::new(proxy.uri().clone(), tcp);
            Way::Tunnel(match proxy.basic_auth() {
                Some(auth) => tunnel.with_auth(auth.clone()),
                None => tunnel,
            })
        }
    };
    let https = HttpsConnectorBuilder::new().with_tls_config(tls.map_err(HttpError::setup)?).https_or_http();
    let inner = https.enable_all_versions().wrap_connector(way);
    Ok(Timed { inner, limit: settings.connect_timeout.0 })
}

/// The way to the origin's socket.
#[derive(Debug, Clone)]
pub(super) enum Way {
    Straight(HttpConnector),
    Tunnel(Tunnel<HttpConnector>),
}

impl Service<Uri> for Way {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Way::Straight(tcp) => tcp.poll_ready(task).map_err(Into::into),
            Way::Tunnel(tunnel) => tunnel.poll_ready(task).map_err(Into::into),
        }
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        match self {
            Way::Straight(tcp) => Box::pin(tcp.call(origin).map_err(Into::into)),
            Way::Tunnel(tunnel) => Box::pin(tunnel.call(origin).map_err(Into::into)),
        }
    }
}

/// A connector that gives up after a time, the handshake of TLS included.
#[derive(Debug, Clone)]
pub(super) struct Timed<C> {
    inner: C,
    limit: Duration,
}

impl<C> Service<Uri> for Timed<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
    C::Response: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<C::Response, BoxError>>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        let (connecting, limit) = (self.inner.call(origin), self.limit);
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}
