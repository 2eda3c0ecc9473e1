//! What a running server holds: settings, the chains of the moment, admission, metrics.

use crate::{
    admit::Admission,
    dialects,
    drain::Drain,
    error::ApiError,
    facts::Facts,
    http::Request,
    metrics::{Metrics, RunLabels},
    routes::{PathParams, RouteConflict, Routes},
    settings::Settings,
};
use arc_swap::ArcSwap;
use indexmap::IndexMap;
use std::{fmt, sync::Arc};
use windlass_core::{Endpoint, Pool};

/// The state of a server.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) site: ArcSwap<Site>,
    pub(crate) admission: Admission,
    pub(crate) metrics: Metrics,
    pub(crate) drain: Drain,
    pub(crate) pool: Arc<dyn Pool>,
}

/// The chains of the moment, and all routes to them; replaced as a whole.
pub(crate) struct Site {
    pub(crate) chains: IndexMap<String, Arc<Mounted>>,
    pub(crate) routes: Routes,
    pub(crate) openapi: serde_json::Value,
}

/// A chain as it is served.
#[derive(Debug)]
pub(crate) struct Mounted {
    pub(crate) endpoint: Endpoint,
    name: Arc<str>,
}

impl Mounted {
    pub(crate) fn labels(&self, operation: &'static str) -> RunLabels {
        RunLabels { chain: self.name.clone(), operation }
    }
}

/// Why chains cannot be served together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// Two chains have one name.
    #[error("two chains are called `{0}`; give one of them another name")]
    DuplicateChain(String),
    /// Two owners claim one route.
    #[error(transparent)]
    Route(#[from] RouteConflict),
    /// A setting makes no sense.
    #[error("settings: {0}")]
    Settings(String),
}

impl Site {
    pub(crate) fn new(endpoints: Vec<Endpoint>, settings: &Settings) -> Result<Site, SiteError> {
        let mut chains = IndexMap::new();
        for endpoint in endpoints {
            let name = endpoint.name().to_string();
            let mounted = Mounted { name: name.as_str().into(), endpoint };
            if chains.insert(name.clone(), Arc::new(mounted)).is_some() {
                return Err(SiteError::DuplicateChain(name));
            }
        }
        let routes = dialects::routes(&chains, settings)?;
        let openapi = crate::openapi::document(&chains, settings);
        Ok(Site { chains, routes, openapi })
    }
}

/// A request on its way to a handler.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) site: Arc<Site>,
    pub(crate) request: Request,
    pub(crate) facts: Facts,
    pub(crate) params: PathParams,
}

impl Call {
    /// A query parameter that is `true` or `false`; absent, `default`.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, ApiError> {
        let query = self.request.uri().query().unwrap_or_default();
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        match pairs.find(|(key, _)| *key == name) {
            None => Ok(default),
            Some((_, "true" | "1")) => Ok(true),
            Some((_, "false" | "0")) => Ok(false),
            Some((_, other)) => {
                let msg = "Input should be `true` or `false`";
                Err(ApiError::invalid_field(&["query", name], "bool_parsing", msg, other.into()))
            }
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}
