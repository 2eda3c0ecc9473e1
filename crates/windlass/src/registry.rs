//! What chain files can name: the vendors that are built in, and the program's own settings.

use std::sync::Arc;
use windlass_core::{Environment, Vendors};
use windlass_loader::{Registry, Section};
use windlass_providers::{Fake, HttpPool};
use windlass_server::Settings;

/// Every vendor that is built in, over one pool of connections.
pub fn vendors(pool: &HttpPool) -> Vendors {
    windlass_providers::vendors(pool)
}

/// The same, but every model is the built-in demo model, whatever a file names.
pub fn demo_vendors(pool: &HttpPool) -> Vendors {
    vendors(pool).stand_in(Fake::demo())
}

/// What a chain file can name: these vendors, secrets from this environment, and `server:` for [`Settings`].
pub fn registry(vendors: Vendors, environment: Arc<dyn Environment>) -> Registry {
    let server = Section { key: "server".into(), schema: Settings::schema() };
    Registry { vendors, environment, sections: vec![server], ..Registry::default() }
}
