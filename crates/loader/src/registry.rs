//! What a chain file can name: vendors of models, variables of the environment, sections of the program.

use crate::LangChainOptions;
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
    /// What chains of LangChain's may do; a file's own `langchain:` part adds to it.
    pub langchain: LangChainOptions,
    /// Where the files that a chain file names are read from.
    pub files: Arc<dyn Files>,
}

/// Reads the files that a chain file names; the program knows where they are.
pub trait Files: Send + Sync {
    /// The text of the file that `from` names `path`: relative, with `/` between its parts, and not above `from`'s folder.
    fn read(&self, from: &str, path: &str) -> std::io::Result<String>;
}

/// No files at all.
struct Nothing;

impl Files for Nothing {
    fn read(&self, _: &str, _: &str) -> std::io::Result<String> {
        Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "no other files can be read here"))
    }
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
        Registry {
            vendors: Vendors::new(),
            environment: Arc::new(Empty),
            sections: Vec::new(),
            langchain: LangChainOptions::default(),
            files: Arc::new(Nothing),
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Registry { vendors, sections, .. } = self;
        let keys: Vec<_> = sections.iter().map(|section| &section.key).collect();
        f.debug_struct("Registry").field("vendors", vendors).field("sections", &keys).finish_non_exhaustive()
    }
}
