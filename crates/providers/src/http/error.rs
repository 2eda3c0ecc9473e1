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
    /// The body is packed (`Content-Encoding`), which was not asked for.
    #[error("the answer is packed, which was not asked for")]
    Packed,
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

    /// What lies below, for an error that says by itself what this one is.
    pub(crate) fn into_source(self) -> Option<BoxError> {
        match self {
            HttpError::Setup(source)
            | HttpError::Connect(source)
            | HttpError::ConnectTimeout(source)
            | HttpError::Broken(source) => Some(source),
            HttpError::Packed | HttpError::TooLarge { .. } => None,
        }
    }

    pub(super) fn connect(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        let timeout = timed_out(&error);
        let source: BoxError = Arc::new(error);
        if timeout { HttpError::ConnectTimeout(source) } else { HttpError::Connect(source) }
    }

    pub(super) fn broken(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        HttpError::Broken(Arc::new(error))
    }
}

impl From<hyper_util::client::legacy::Error> for HttpError {
    fn from(error: hyper_util::client::legacy::Error) -> Self {
        if error.is_connect() { HttpError::connect(error) } else { HttpError::broken(error) }
    }
}

/// Whether the innermost of the errors is a timeout.
fn timed_out(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}
