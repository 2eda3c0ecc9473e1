//! A chain at a path: its routes, and what all of them do before a run.

use super::{
    OWNER,
    config::{self, Head},
};
use crate::{
    app::{Call, Mounted},
    dialects::{Ground, accepted},
    error::ApiError,
    http::{Declared, Response, header_text},
    origin,
    routes::{Handler, RouteConflict, RouteTable, handler},
    run::{Admitted, RunRequest},
};
use http::Method;
use serde_json::{Map, Value};
use std::{future::Future, sync::Arc};
use windlass_core::{LangServeEndpoint, Wants};

/// A chain at a path.
pub(super) struct Place {
    pub(super) mounted: Arc<Mounted>,
    /// The path before the operation's name, without a slash at its end.
    pub(super) path: String,
}

impl Place {
    /// Every chain below its name; a single chain is also at the dialect's root.
    pub(super) fn all(ground: &Ground<'_>) -> Vec<Arc<Place>> {
        let Ground { prefix, chains, .. } = ground;
        let place = |mounted: &Arc<Mounted>, path| Arc::new(Place { mounted: mounted.clone(), path });
        let named = chains.iter().map(|(name, mounted)| place(mounted, format!("{prefix}/{name}")));
        let single = chains.values().take(1).filter(|_| chains.len() == 1);
        named.chain(single.map(|mounted| place(mounted, prefix.to_string()))).collect()
    }

    pub(super) fn serves(&self, endpoint: LangServeEndpoint) -> bool {
        self.mounted.endpoint.langserve().enabled_endpoints.contains(&endpoint)
    }

    /// Whether the names of runs to tell of are listed, and this chain's is not among them.
    pub(super) fn is_quiet(&self) -> bool {
        let endpoint = &self.mounted.endpoint;
        let name = if self.path.is_empty() { endpoint.name() } else { &self.path };
        let names = endpoint.langserve().stream_log_name_allow_list.as_ref();
        names.is_some_and(|names| names.iter().all(|one| one != name))
    }

    /// The paths before the operation's name: the own one, and the one with a config hash.
    pub(super) fn bases(&self) -> Vec<String> {
        let hashed = self.serves(LangServeEndpoint::ConfigHashes);
        let hashed = hashed.then(|| format!("{}/c/{{{HASH}}}", self.path));
        std::iter::once(self.path.clone()).chain(hashed).collect()
    }

    /// Claims a route of the chain's, wherever it stands.
    pub(super) fn claim<F: Future<Output = Result<Response, ApiError>> + Send + 'static>(
        self: &Arc<Self>,
        table: &mut RouteTable,
        (method, endpoint): (Method, LangServeEndpoint),
        answer: fn(Call, Arc<Place>) -> F,
    ) -> Result<(), RouteConflict> {
        for base in self.bases().into_iter().filter(|_| self.serves(endpoint)) {
            let route = (method.clone(), format!("{base}/{}", endpoint.as_str()));
            table.claim(OWNER, route, self.handler(answer))?;
        }
        Ok(())
    }

    fn handler<F: Future<Output = Result<Response, ApiError>> + Send + 'static>(
        self: &Arc<Self>,
        answer: fn(Call, Arc<Place>) -> F,
    ) -> Handler {
        let place = self.clone();
        handler(move |call| answer(call, place.clone()))
    }

    /// What the request's head says of the configuration.
    pub(super) fn head(&self, call: &Call, operation: LangServeEndpoint) -> Result<Head, ApiError> {
        Ok(Head {
            hash: hash_config(call)?,
            user_agent: header_text(call.request.headers(), "user-agent").unwrap_or_default().into(),
            operation: operation.as_str(),
            run_name: Some(self.path.clone()).filter(|path| !path.is_empty()),
        })
    }

    /// Admits runs and reads the request's body. Any content type will do, so pages of other sites are refused by what their
    /// browsers say.
    pub(super) async fn accepted<T>(
        &self,
        call: Call,
        (operation, wants): (LangServeEndpoint, Wants),
        read: impl FnOnce(&Mounted, &Head, Value) -> Result<T, ApiError>,
    ) -> Result<(Admitted, T), ApiError> {
        origin::check(call.request.headers(), &call.app.settings.cors)?;
        let head = self.head(&call, operation)?;
        let request = RunRequest { mounted: self.mounted.clone(), operation: operation.as_str(), wants };
        accepted(call, request, Declared::AsAnything, |body| read(&self.mounted, &head, body)).await
    }
}

const HASH: &str = "config_hash";

/// The config that the path holds; empty if it holds none.
pub(super) fn hash_config(call: &Call) -> Result<Map<String, Value>, ApiError> {
    match call.params.get(HASH) {
        "" => Ok(Map::new()),
        hash => config::of_hash(hash),
    }
}
