//! TLS set-up: done once, and only when the first `https` origin is spoken to.

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::{Arc, Mutex, PoisonError};

/// The one TLS configuration of a pool.
#[derive(Debug, Default)]
pub(super) struct Tls(Mutex<Option<ClientConfig>>);

impl Tls {
    /// For `https`: the system's certificates, which take some 10 ms to read the first time. Clones share them, and
    /// share the sessions that make a second handshake short.
    pub(super) fn secure(&self) -> Result<ClientConfig, rustls::Error> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = &*made {
            return Ok(config.clone());
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?;
        let config = builder.with_platform_verifier()?.with_no_client_auth();
        *made = Some(config.clone());
        Ok(config)
    }

    /// For `http`: the connector wants a configuration all the same, so it gets one that trusts nobody and costs nothing.
    pub(super) fn unused() -> Result<ClientConfig, rustls::Error> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?;
        Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
    }
}
