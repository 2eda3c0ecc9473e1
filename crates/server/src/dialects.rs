//! Dialects: each translates between HTTP and runs, and owns routes. One line here mounts one.

mod native;

use crate::{
    app::{Mounted, SiteError},
    docs, health,
    routes::{RouteTable, Routes},
    settings::Settings,
};
use indexmap::IndexMap;
use std::sync::Arc;

/// Every route of a site: the server's own, then those of each dialect that is mounted.
pub(crate) fn routes(
    chains: &IndexMap<String, Arc<Mounted>>,
    settings: &Settings,
) -> Result<Routes, SiteError> {
    let mut table = RouteTable::default();
    health::claim(&mut table)?;
    docs::claim(&mut table)?;
    if let Some(prefix) = settings.dialects.native.prefix() {
        native::claim(&mut table, prefix, chains)?;
    }
    let base = settings.base_path.as_deref().unwrap_or_default().trim_end_matches('/');
    if let Some(path) = table.below(base).filter(|_| !base.is_empty()) {
        return Err(SiteError::Settings(format!(
            "base_path `{base}` hides the route `{path}`; choose another base path, or rename the chain"
        )));
    }
    Ok(table.finish()?)
}
