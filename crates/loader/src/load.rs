//! From a chain file to endpoints: every part is read as far as it can be, so that all mistakes are found at once.

mod chain;
mod chat;
mod conform;
mod field;
mod flow;
mod input;
mod key;
mod langchain;
mod langserve;
mod model;
mod parser;
mod prompt;
mod read;
mod secret;
mod steps;

use crate::{
    LangChainOptions, Registry, Report, Source,
    document::{self, Content, Item},
    mistake::Mistakes,
};
pub use langchain::load_langchain;
use model::Models;
pub(crate) use model::closed;
use serde_json::{Map, Value};
use std::fmt;
use windlass_core::{Endpoint, Joints, ModelIdentity};

/// A chain file without mistakes.
#[derive(Clone)]
pub struct ChainFile {
    /// The chains, in the order of the file.
    pub endpoints: Vec<Endpoint>,
    /// The sections that stand in the file, by key; each fits its schema.
    pub sections: Map<String, Value>,
    /// The models that the file names, each once.
    pub models: Vec<ModelIdentity>,
    /// The steps for people, one to a line, if this is a chain of LangChain's.
    pub tree: Option<String>,
    /// What has no use in the file; nothing of it stops the file from being served.
    pub warnings: Report,
    source: Source,
    root: Item,
}

impl fmt::Debug for ChainFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainFile").field("source", &self.source).field("endpoints", &self.endpoints).finish()
    }
}

impl ChainFile {
    /// The file it was loaded from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// A report of problems that only the program can see, such as two settings that clash. Each is a JSON Pointer to what
    /// it is about (`/server/listen`), what is wrong, and what to write instead.
    pub fn refuse<'a>(&self, problems: impl IntoIterator<Item = (&'a str, String, String)>) -> Report {
        let mut mistakes = Mistakes::default();
        for (pointer, message, remedy) in problems {
            mistakes.error(self.root.locate(pointer), message, remedy);
        }
        mistakes.report(&self.source, Some(&self.root))
    }
}

/// Loads a chain file: all of its chains, or all of its mistakes. Sends nothing.
pub fn load(source: &Source, registry: &Registry) -> Result<ChainFile, Report> {
    let (root, mistakes) = document::read(source);
    let Some(root) = root else { return Err(mistakes.report(source, None)) };
    let mut context = Context::new(source, registry, mistakes);
    let (endpoints, sections) = context.file(&root);
    context.unused_models();
    let Context { mistakes, models, .. } = context;
    let failed = mistakes.any_error();
    let report = mistakes.report(source, Some(&root));
    if failed {
        return Err(report);
    }
    let models = models.identities;
    Ok(ChainFile { endpoints, sections, models, tree: None, warnings: report, source: source.clone(), root })
}

/// What every part of loading needs.
struct Context<'a> {
    source: &'a Source,
    registry: &'a Registry,
    mistakes: Mistakes,
    models: Models,
    /// What the file lets LangChain's chains do.
    langchain: LangChainOptions,
    /// Whose ways the chain at hand has.
    semantics: Semantics,
    /// How many steps the chain at hand has so far.
    steps: usize,
}

/// Whose ways a chain has where Windlass and LangChain differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Semantics {
    /// What cannot work is a mistake of the file, and parsers give each piece a meaning of its own.
    #[default]
    Windlass,
    /// All is as in Python: what cannot work fails when it runs, a prompt takes a bare value for an only variable, parsers
    /// read and add up as LangChain's do, a key that is not set is another one or none.
    LangChain,
}

impl Semantics {
    fn joints(self) -> Joints {
        match self {
            Semantics::Windlass => Joints::Checked,
            Semantics::LangChain => Joints::Unchecked,
        }
    }
}

impl<'a> Context<'a> {
    fn new(source: &'a Source, registry: &'a Registry, mistakes: Mistakes) -> Self {
        let langchain = registry.langchain.clone();
        let (models, semantics) = (Models::default(), Semantics::default());
        Context { source, registry, mistakes, models, langchain, semantics, steps: 0 }
    }
}

impl Context<'_> {
    fn file(&mut self, root: &Item) -> (Vec<Endpoint>, Map<String, Value>) {
        let registry = self.registry;
        let Some(entries) = self.entries(root, "the file") else { return Default::default() };
        let sections = registry.sections.iter().map(|section| section.key.as_str());
        let keys: Vec<_> = ["chains", "models", "langchain"].into_iter().chain(sections).collect();
        self.only(entries, &keys, "a chain file");
        if let Some(models) = root.get("models") {
            self.named_models(models);
        }
        if let Some(langchain) = root.get("langchain") {
            self.langchain_options(langchain);
        }
        let endpoints = match root.get("chains") {
            Some(chains) => self.chains(chains),
            None => {
                let remedy = "write `chains:`, and under it a name and the chain";
                self.mistakes.error(root.span, "the file has no `chains`", remedy);
                Vec::new()
            }
        };
        let sections = registry.sections.iter().filter_map(|section| {
            let item = root.get(&section.key)?;
            Some((section.key.clone(), self.section(&section.key, item, &section.schema)))
        });
        (endpoints, sections.collect())
    }

    fn section(&mut self, key: &str, item: &Item, schema: &Value) -> Value {
        if item.content == Content::Null {
            return Value::Object(Map::new());
        }
        self.secrets(item, schema, "");
        self.conform(item, schema, key);
        item.to_value()
    }

    fn chains(&mut self, chains: &Item) -> Vec<Endpoint> {
        let Some(entries) = self.entries(chains, "`chains`") else { return Vec::new() };
        if entries.is_empty() {
            let remedy = "write a name under `chains:`, and the chain under the name";
            self.mistakes.error(chains.span, "`chains` is empty", remedy);
        }
        entries.iter().filter_map(|entry| self.chain(entry)).collect()
    }
}
