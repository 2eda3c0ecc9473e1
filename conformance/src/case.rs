//! A case as its folder holds it.

mod files;
mod upstream;

pub use upstream::{Exchange, Order, Reply, Request, Response, Upstream};

use crate::Json;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The keys that are set when a chain is loaded.
const KEYS: [(&str, &str); 3] = [
    ("OPENAI_API_KEY", "sk-corpus-openai-key"),
    ("ANTHROPIC_API_KEY", "sk-ant-corpus-key"),
    ("AZURE_OPENAI_API_KEY", "azure-corpus-key"),
];

/// A recorded chain with its runs.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// What is asked of its chain.
    pub tier: Tier,
    /// What Python does here that hardly anyone would want, and in which runs.
    pub python_quirk: Option<String>,
    /// The environment in which its chains are loaded.
    pub environment: BTreeMap<String, String>,
    /// The names of the variables that the environment is about, set or not.
    pub secrets: Vec<String>,
    /// The chain, as JSON text.
    pub chain: String,
    /// What Python said when it refused the chain, if it did.
    pub refusal: Option<String>,
    /// The runs of the chain; none if it cannot be loaded.
    pub runs: Vec<Run>,
    /// More chains, each with at most one run.
    pub variants: Vec<Variant>,
}

/// What is asked of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Python loads it, and so must we.
    Core,
    /// Python refuses it, though its JSON says all; we load it.
    Ext,
    /// It loads only if Jinja2 templates are allowed, and is refused if they are not.
    Jinja2,
    /// It cannot be rebuilt and must be refused, with every reason.
    Reject,
}

/// One run of a chain: what it is called with, what is sent and answered meanwhile, and what it gives.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its name within the case.
    pub id: String,
    /// What the chain is called with.
    pub call: Call,
    /// What is sent to the provider and what is answered.
    pub upstream: Upstream,
    /// What is to come of it.
    pub wanted: Wanted,
}

/// How a chain is called.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method, with its inputs.
    pub mode: Mode,
    /// The configuration; of a batch possibly a list.
    pub config: Option<Box<RawValue>>,
}

/// The method that is called.
#[derive(Debug, Clone)]
pub enum Mode {
    /// `invoke` with this input.
    Invoke(Box<RawValue>),
    /// `stream` with this input.
    Stream(Box<RawValue>),
    /// `batch` with these inputs.
    Batch {
        /// One for each output.
        inputs: Vec<Box<RawValue>>,
        /// Whether failures stand among the outputs.
        return_exceptions: bool,
    },
}

/// What a run is to give.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// How it is compared.
    pub compare: Compare,
    /// The result, in the form of `expected.json`.
    pub result: Json,
}

/// How the result of a stream is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Every piece, in order.
    #[default]
    Exact,
    /// The pieces of each key, in order; keys race with one another.
    PerKey,
    /// The sum of the pieces.
    Concat,
    /// The error at its end.
    ErrorOnly,
}

/// Another chain of a case.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name within the case.
    pub name: String,
    /// The chain, as JSON text.
    pub chain: String,
    /// What Python said when it refused the chain, if it did.
    pub refusal: Option<String>,
    /// Its run, if there is one.
    pub run: Option<Run>,
}

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {what}")]
pub struct ReadError {
    /// The file within the case's folder.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
}

impl Case {
    /// The hosts that its recorded requests went to.
    pub fn hosts(&self) -> Vec<String> {
        let runs = self.runs.iter().chain(self.variants.iter().filter_map(|variant| variant.run.as_ref()));
        let exchanges = runs.flat_map(|run| &run.upstream.exchanges);
        let hosts: BTreeSet<_> = exchanges.filter_map(|exchange| exchange.request.host.clone()).collect();
        hosts.into_iter().collect()
    }

    /// Reads a case from its folder.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        let case: files::CaseFile = files::read(folder, "case.json")?;
        let mut expected: files::ExpectedFile = files::read(folder, "expected.json")?;
        let refusal = expected.refusal();
        let variants = files::variants(folder, &mut expected)?;
        let runs = if case.tier == Tier::Reject { Vec::new() } else { files::runs(folder, &mut expected)? };
        Ok(Case {
            name: folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            tier: case.tier,
            python_quirk: case.python_quirk,
            secrets: KEYS
                .iter()
                .map(|(name, _)| (*name).into())
                .chain(case.load_env.keys().cloned())
                .collect(),
            environment: environment(case.load_env),
            chain: files::text(folder, "chain.json")?,
            refusal,
            runs,
            variants,
        })
    }

    /// Whether a run or a variant is one of those that the case's `python_quirk` speaks of: those named before its
    /// colon, or all if it names none.
    pub fn is_quirk(&self, id: &str) -> bool {
        let Some(quirk) = &self.python_quirk else { return false };
        let named = quirk.split_once(':').map(|(ids, _)| ids.split('/').map(str::trim).collect::<Vec<_>>());
        let is_one = |name: &&str| {
            self.runs.iter().any(|run| run.id == *name)
                || self.variants.iter().any(|variant| variant.name == *name)
        };
        match named.filter(|names| names.iter().any(is_one)) {
            Some(names) => names.contains(&id),
            None => true,
        }
    }
}

/// A key is unset with null.
fn environment(changes: BTreeMap<String, Option<String>>) -> BTreeMap<String, String> {
    let mut environment: BTreeMap<String, String> =
        KEYS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    for (name, value) in changes {
        match value {
            Some(value) => environment.insert(name, value),
            None => environment.remove(&name),
        };
    }
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_unsets_a_key() {
        let changes = [("OPENAI_API_KEY".to_owned(), None), ("EMPTY".to_owned(), Some(String::new()))];
        let environment = environment(changes.into());
        assert_eq!(environment.get("OPENAI_API_KEY"), None);
        assert_eq!(environment["EMPTY"], "");
        assert_eq!(environment["ANTHROPIC_API_KEY"], "sk-ant-corpus-key");
    }
}
