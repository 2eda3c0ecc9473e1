//! What can go wrong between us and a vendor's server, below the vendor's protocol.

use std::sync::Arc;
use windlass_core::BoxError;

/// A failure of the connection. Neither text holds the URL: it may hold what is not for logs.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// The client could not be set up.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] BoxError),
    /// No connection came about: refused, not resolved, TLS failed.
    #[error("could not connect")]
    Connect(#[source] BoxError),
    /// No connection came about in time.
    #[error("could not connect in time")]
    ConnectTimeout(#[source] BoxError),
    /// The connection broke, or what came over it was not HTTP.
    #[error("the connection broke")]
    Broken(#[source] BoxError),
    /// The body is larger than is taken.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl HttpError {
    pub(super) fn setup(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        HttpError::Setup(Arc::new(error))
    }
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        let (connect, timeout, setup) = (error.is_connect(), error.is_timeout(), error.is_builder());
        let source: BoxError = Arc::new(error.without_url());
        match (connect, timeout) {
            (true, true) => HttpError::ConnectTimeout(source),
            (true, false) => HttpError::Connect(source),
            (false, _) if setup => HttpError::Setup(source),
            (false, _) => HttpError::Broken(source),
        }
    }
}
