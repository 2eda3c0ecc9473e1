//! What a chain file can name: vendors of models, variables of the environment, sections of the program.

use serde_json::Value;
use std::{fmt, sync::Arc};
use windlass_core::{Environment, Vendors};

/// What a chain file can name, filled by the program.
#[derive(Clone)]
pub struct Registry {
    /// The vendors of models that are built in.
    pub vendors: Vendors,
    /// Where secrets written as `${NAME}` come from.
    pub environment: Arc<dyn Environment>,
    /// The settings of the program that stand in the same file.
    pub sections: Vec<Section>,
}

/// A part of a chain file that is not this crate's: `server:`. It is checked here and read by the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its key at the top of the file.
    pub key: String,
    /// The JSON Schema of its value. A property with `writeOnly: true`, or with a pattern that
    /// begins with `^\$\{`, is a place for a secret, written `${NAME}`.
    pub schema: Value,
}

/// An environment without variables.
struct Empty;

impl Environment for Empty {
    fn var(&self, _: &str) -> Option<secrecy::SecretString> {
        None
    }
}

impl Default for Registry {
    fn default() -> Self {
        Registry { vendors: Vendors::new(), environment: Arc::new(Empty), sections: Vec::new() }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Registry { vendors, sections, .. } = self;
        let keys: Vec<_> = sections.iter().map(|section| &section.key).collect();
        f.debug_struct("Registry").field("vendors", vendors).field("sections", &keys).finish_non_exhaustive()
    }
}
