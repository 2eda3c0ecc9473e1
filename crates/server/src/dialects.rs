//! Dialects: each translates between HTTP and runs. A module and a line in [`ALL`] make one.

mod form;
mod frames;
mod langserve;
mod native;
mod openai;
mod sse;
mod stream;
mod ui;

use crate::{
    app::{Call, Mounted, SiteError},
    docs,
    error::ApiError,
    health,
    http::{Declared, read_json},
    openapi::Draft,
    routes::{Owner, RouteConflict, RouteTable, Routes},
    run::{Admitted, RunRequest},
    settings::Settings,
};
use indexmap::IndexMap;
use serde_json::Value;
use std::sync::Arc;

/// What a dialect is to the rest of the server.
pub(crate) struct Dialect {
    /// Its name among the settings.
    pub(crate) name: &'static str,
    /// Where it is mounted unless a setting says otherwise.
    pub(crate) mount: &'static str,
    /// Who speaks it, for people.
    pub(crate) speakers: &'static str,
    /// What its routes are called in errors, and the form of its errors.
    pub(crate) owner: Owner,
    /// The headers of its answers that pages of other sites may read, beside those that every answer has.
    pub(crate) exposes: &'static [&'static str],
    /// Claims its routes.
    pub(crate) claim: fn(&mut RouteTable, &Ground<'_>) -> Result<(), RouteConflict>,
    /// Describes its routes in OpenAPI.
    pub(crate) describe: fn(&mut Draft, &Ground<'_>),
}

/// Every dialect there is.
pub(crate) const ALL: &[Dialect] = &[native::DIALECT, langserve::DIALECT, openai::DIALECT, ui::DIALECT];

/// What a dialect is mounted on.
pub(crate) struct Ground<'a> {
    /// What its paths begin with: empty, or like `/ui`.
    pub(crate) prefix: &'a str,
    pub(crate) chains: &'a IndexMap<String, Arc<Mounted>>,
    pub(crate) settings: &'a Settings,
}

/// The dialects that are mounted, each with its ground.
pub(crate) fn mounted<'a>(
    chains: &'a IndexMap<String, Arc<Mounted>>,
    settings: &'a Settings,
) -> impl Iterator<Item = (&'static Dialect, Ground<'a>)> {
    ALL.iter().filter_map(move |dialect| {
        let prefix = settings.dialects.get(dialect.name).prefix()?;
        Some((dialect, Ground { prefix, chains, settings }))
    })
}

/// Every route of a site: the server's own, then those of each dialect that is mounted.
pub(crate) fn routes(
    chains: &IndexMap<String, Arc<Mounted>>,
    settings: &Settings,
) -> Result<Routes, SiteError> {
    let mut table = RouteTable::default();
    health::claim(&mut table)?;
    docs::claim(&mut table)?;
    for (dialect, ground) in mounted(chains, settings) {
        table.ground(ground.prefix, dialect.owner);
        (dialect.claim)(&mut table, &ground)?;
    }
    let base = settings.base_path.as_deref().unwrap_or_default().trim_end_matches('/');
    if let Some(path) = table.below(base).filter(|_| !base.is_empty()) {
        return Err(SiteError::Settings(format!(
            "base_path `{base}` hides the route `{path}`; choose another base path, or rename the chain"
        )));
    }
    Ok(table.finish()?)
}

/// Admits a run and reads its input. A request that is refused after it was admitted leaves its record, too.
async fn accepted<T>(
    call: Call,
    request: RunRequest,
    declared: Declared,
    accept: impl FnOnce(Value) -> Result<T, ApiError>,
) -> Result<(Admitted, T), ApiError> {
    let admitted = call.app.admit(request, call.facts.clone()).await?;
    match read_json(call.request, declared, &call.app.settings).await.and_then(accept) {
        Ok(input) => Ok((admitted, input)),
        Err(error) => Err(admitted.refuse(error)),
    }
}
