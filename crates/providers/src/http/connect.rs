//! How a connection to a vendor comes about: straight or through a proxy's tunnel, with TLS or without, within a time.

use super::{HttpError, PoolSettings, tls::Tls};
use futures_util::{TryFutureExt, future::BoxFuture};
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The connector of an origin. `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are heeded for `https`, whose requests go through
/// the proxy's tunnel; requests in clear text go straight.
pub(super) fn connector(origin: &Uri, settings: &PoolSettings, tls: &Tls) -> Result<Connector, HttpError> {
    let secure = origin.scheme_str() == Some("https");
    let tls = if secure { tls.secure() } else { Tls::unused() };
    let tcp = tcp();
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
    let way = https.enable_all_versions().wrap_connector(way);
    Ok(Connector(Arc::new(Inner { way, limit: settings.connect_timeout.0 })))
}

/// Opens connections in clear text to one origin.
#[derive(Debug)]
pub(super) struct ClearText {
    origin: Uri,
    /// Where the origin is, if its URI says so itself.
    address: Option<SocketAddr>,
    tcp: HttpConnector,
    limit: Duration,
}

impl ClearText {
    /// Straight to the origin, or to the gateway that stands in for it.
    pub(super) fn new(origin: Uri, settings: &PoolSettings) -> Self {
        let limit = settings.connect_timeout.0;
        let host = origin.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let address = host.parse().ok().map(|host| SocketAddr::new(host, origin.port_u16().unwrap_or(80)));
        let address = settings.gateway.or(address);
        ClearText { origin, address, tcp: tcp(), limit }
    }

    pub(super) async fn connect(&self) -> Result<TcpStream, HttpError> {
        match tokio::time::timeout(self.limit, self.open()).await {
            Ok(connected) => connected,
            Err(_) => Err(HttpError::connect(io::Error::from(io::ErrorKind::TimedOut))),
        }
    }

    async fn open(&self) -> Result<TcpStream, HttpError> {
        let Some(address) = self.address else {
            let mut tcp = self.tcp.clone();
            poll_fn(|task| tcp.poll_ready(task)).await.map_err(HttpError::connect)?;
            let connected = tcp.call(self.origin.clone()).await;
            return connected.map(TokioIo::into_inner).map_err(HttpError::connect);
        };
        let socket = TcpStream::connect(address).await.map_err(HttpError::connect)?;
        socket.set_nodelay(true).map_err(HttpError::connect)?;
        Ok(socket)
    }
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp
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

/// Opens connections to one origin, and gives up after a time, the handshake of TLS included. What it needs is shared,
/// because the client keeps copies of it in every request and connection.
#[derive(Debug, Clone)]
pub(super) struct Connector(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    way: HttpsConnector<Way>,
    limit: Duration,
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        let (mut way, limit) = (self.0.way.clone(), self.0.limit);
        Box::pin(async move {
            let connecting = async {
                poll_fn(|task| way.poll_ready(task)).await?;
                way.call(origin).await
            };
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}
