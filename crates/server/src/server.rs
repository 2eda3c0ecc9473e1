//! The server: chains and settings in, a listener or a tower service out.

use crate::{
    admit::Admission,
    app::{App, Site, SiteError},
    drain::Drain,
    listen,
    metrics::Metrics,
    pool::BlockingPool,
    service::WindlassService,
    settings::Settings,
};
use arc_swap::ArcSwap;
use serde_json::Value;
use std::{future::Future, sync::Arc};
use tokio::net::TcpListener;
use windlass_core::Endpoint;

/// A server of chains; cheap to clone.
#[derive(Debug, Clone)]
pub struct Server {
    app: Arc<App>,
}

impl Server {
    /// A server of these chains. Everything that can be wrong with them or the settings is said here.
    pub fn new(endpoints: Vec<Endpoint>, settings: Settings) -> Result<Self, SiteError> {
        if let Some(problem) = settings.problems().into_iter().next() {
            return Err(SiteError::Settings(problem));
        }
        let site = Site::new(endpoints, &settings)?;
        let metrics = Metrics::new();
        let app = App {
            site: ArcSwap::from_pointee(site),
            admission: Admission::new(&settings, &metrics),
            metrics,
            drain: Drain::default(),
            pool: Arc::new(BlockingPool),
            settings,
        };
        Ok(Server { app: Arc::new(app) })
    }

    /// Replaces all chains at once; runs under way keep theirs. On an error nothing changes.
    pub fn replace(&self, endpoints: Vec<Endpoint>) -> Result<(), SiteError> {
        let site = Site::new(endpoints, &self.app.settings)?;
        self.app.site.store(Arc::new(site));
        Ok(())
    }

    /// The names of the chains.
    pub fn chains(&self) -> Vec<String> {
        self.app.site.load().chains.keys().cloned().collect()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.app.settings
    }

    /// The OpenAPI document of the chains of the moment.
    pub fn openapi(&self) -> Value {
        self.app.site.load().openapi.clone()
    }

    /// The server as a tower service, to be mounted in a server of yours.
    pub fn service(&self) -> WindlassService {
        WindlassService { app: self.app.clone() }
    }

    /// How many runs are under way.
    pub fn runs_in_flight(&self) -> usize {
        usize::try_from(self.app.metrics.in_flight.get()).unwrap_or(0)
    }

    /// Serves connections until `shutdown` resolves. Then new requests get 503, running ones go on for at most
    /// `timeouts.drain`, and what is left ends with its terminal error. Returns whether every run ended by itself.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> bool {
        listen::serve(self.app.clone(), listener, shutdown).await
    }
}
