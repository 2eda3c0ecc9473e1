//! What an operator can set about connections to vendors.

use schemars::JsonSchema;
use serde::Deserialize;
use std::net::SocketAddr;
use windlass_core::Span;

/// The settings of an [`HttpPool`](super::HttpPool).
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PoolSettings {
    /// How long opening a connection may take. Default: 3s.
    pub connect_timeout: Span,
    /// How many idle connections are kept per host and client. Default: 1024.
    pub max_idle_per_host: usize,
    /// How long an idle connection is kept. Default: 60s.
    pub idle_timeout: Span,
    /// The most clients, and so HTTP/2 connections, per host. Default: 64.
    pub max_shards: usize,
    /// How HTTP/2 is chosen. Default: `negotiated`.
    pub http2: Http2,
    /// A gateway in clear text that all requests go to, whatever host they are for; `host` still says which. It is the
    /// gateway that speaks TLS to the vendor. Default: none.
    pub gateway: Option<SocketAddr>,
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings {
            connect_timeout: Span::seconds(3),
            max_idle_per_host: 1024,
            idle_timeout: Span::seconds(60),
            max_shards: 64,
            http2: Http2::Negotiated,
            gateway: None,
        }
    }
}

/// How HTTP/2 is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Http2 {
    /// Where the server offers it in the TLS handshake; clear text is HTTP/1.1.
    #[default]
    Negotiated,
    /// Always, also in clear text, without asking.
    PriorKnowledge,
}
