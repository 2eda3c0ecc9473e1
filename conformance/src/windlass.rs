//! Windlass behind the seam.

use windlass_conformance::{Engine, LoadOptions, Loader, Reason};

/// Loads chains with this workspace's loader.
#[derive(Debug)]
pub(crate) struct Windlass;

impl Loader for Windlass {
    fn load(&self, _chain: &str, _options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        Err(unable())
    }

    fn convert(&self, _chain: &str) -> Result<String, Vec<Reason>> {
        Err(unable())
    }

    fn load_yaml(&self, _yaml: &str, _options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        Err(unable())
    }
}

fn unable() -> Vec<Reason> {
    vec![Reason { path: "$".into(), message: "there is no loader of LangChain's JSON yet".into() }]
}
