//! From LangChain's JSON (`langchain_core.load.dumps`) to the steps of a chain file.
//!
//! Reading is bounded ([`json`]), what a value is follows `load` ([`node`]), and a closed table says which class an id
//! names ([`ids`]). Nothing is run: what LangChain could only write as a `repr` is matched against a grammar of literals
//! ([`literal`]).

mod arguments;
mod binding;
mod coerce;
mod configurable;
mod ids;
mod inputs;
mod json;
mod literal;
mod make;
mod message;
mod model;
mod node;
mod prompt;
mod step;
mod template;
mod translator;
mod tree;
mod written;

use crate::{
    Report, Source, Span,
    document::{self, Content, Item},
    mistake::Mistakes,
};
pub use inputs::Input;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};
use translator::Translator;

/// What a chain of LangChain's may do on this machine. The defaults are safe for chains of strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LangChainOptions {
    /// Whether templates in jinja2 are served. Default: false.
    pub jinja2: bool,
    /// The secrets that chains may use, by the names of their variables of the environment, and the hosts that each may be
    /// sent to: `llm.example.com`, with a port if it is not the scheme's own. A chain can name an address only if its secret
    /// may be sent there. Default: `OPENAI_API_KEY` for `api.openai.com`, `ANTHROPIC_API_KEY` for `api.anthropic.com`, and
    /// `AZURE_OPENAI_API_KEY` for no host. `AZURE_OPENAI_AD_TOKEN` may always be sent where Azure's key may be.
    pub secrets: BTreeMap<String, Vec<String>>,
}

impl Default for LangChainOptions {
    fn default() -> Self {
        let own = [
            ("OPENAI_API_KEY", vec!["api.openai.com".into()]),
            ("ANTHROPIC_API_KEY", vec!["api.anthropic.com".into()]),
            ("AZURE_OPENAI_API_KEY", Vec::new()),
        ];
        LangChainOptions { jinja2: false, secrets: own.map(|(name, hosts)| (name.into(), hosts)).into() }
    }
}

/// A chain of LangChain's in the form of chain files.
#[derive(Clone)]
pub struct Translated {
    /// What callers send, or `None` if that is not an object whose keys are known.
    pub inputs: Option<Vec<Input>>,
    /// What is served differently from what one might think.
    pub warnings: Report,
    source: Source,
    root: Item,
    steps: Item,
}

impl Translated {
    /// The list under `steps:`; each item has the place in the JSON that it comes from.
    pub(crate) fn steps(&self) -> &Item {
        &self.steps
    }

    /// What callers send if their call configures these values.
    pub(crate) fn inputs_under(&self, configurable: &Map<String, Value>) -> Option<Vec<Input>> {
        inputs::inputs(&self.steps, configurable)
    }

    /// The JSON path of a place: `$.kwargs.first.kwargs.messages[0]`.
    pub(crate) fn path(&self, span: Span) -> String {
        json_path(&self.root, span)
    }

    /// The steps as they stand in a chain file: YAML that begins with `steps:`.
    pub fn to_yaml(&self) -> String {
        document::to_yaml(&make::pair(self.steps.span, "steps", self.steps.clone()))
    }

    /// A chain file with the chain under this name; it runs as the JSON does.
    pub fn to_chain_file(&self, name: &str) -> String {
        document::to_yaml(&inputs::chain_file(name, self.inputs.as_deref(), &self.steps))
    }

    /// The steps for people, one to a line, with the vendors and names of models. No secrets and no texts.
    pub fn tree(&self) -> String {
        tree::tree(&self.steps)
    }
}

impl fmt::Debug for Translated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translated").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Whether a file looks like LangChain's JSON: an object that has the key `lc`. What is broken or too large to be read looks
/// like it if it begins like it, so that whoever reads it next says what is wrong with the JSON.
pub fn is_langchain(source: &Source) -> bool {
    match json::read(source, &mut Mistakes::default()) {
        Some(root) => root.get("lc").is_some(),
        None => begins_as_object(source.text()),
    }
}

/// Whether the first thing in a text is a key `lc` of a JSON object, where `dumps` writes it.
fn begins_as_object(text: &str) -> bool {
    let behind_brace = text.trim_start().strip_prefix('{');
    behind_brace.is_some_and(|rest| rest.trim_start().starts_with("\"lc\""))
}

/// Translates a chain, or gives all the reasons why it cannot be served, each with its JSON path.
///
/// ```
/// use windlass_loader::{LangChainOptions, Source, translate};
///
/// let json = r#"{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "runnable", "RunnablePick"], "kwargs": {"keys": "a"}}"#;
/// let chain = translate(&Source::new("pick.json", json), &LangChainOptions::default()).unwrap();
/// assert_eq!(chain.to_yaml(), "steps:\n  - pick: a\n");
///
/// let report = translate(&Source::new("pick.json", &json.replace("Pick", "Poke")), &LangChainOptions::default()).unwrap_err();
/// assert_eq!(report.mistakes()[0].path, "$");
/// ```
pub fn translate(source: &Source, options: &LangChainOptions) -> Result<Translated, Report> {
    let mut mistakes = Mistakes::default();
    let Some(root) = json::read(source, &mut mistakes) else { return Err(mistakes.report(source, None)) };
    let mut translator = Translator { options, mistakes };
    let step = translator.step(&root);
    let mistakes = translator.mistakes;
    let failed = mistakes.any_error();
    let report = mistakes.report_at(source, |span| json_path(&root, span));
    match step.filter(|_| !failed) {
        Some(step) => {
            let steps = make::steps(step);
            Ok(Translated {
                inputs: inputs::inputs(&steps, &Map::new()),
                warnings: report,
                source: source.clone(),
                root,
                steps,
            })
        }
        None => Err(report),
    }
}

/// The keys and indexes that lead to a stretch of the file.
fn json_path(root: &Item, span: Span) -> String {
    let mut path = String::from("$");
    let mut item = root;
    loop {
        let entry = item.entries().iter().find(|entry| entry.whole().contains(span));
        let inner = item.items().iter().enumerate().find(|(_, inner)| inner.span.contains(span));
        item = match (entry, inner) {
            (Some(entry), _) if is_name(&entry.key) => {
                path.push_str(&format!(".{}", entry.key));
                &entry.value
            }
            (Some(entry), _) => {
                let key = Value::from(crate::suggest::shorten(&entry.key));
                path.push_str(&format!("[{key}]"));
                &entry.value
            }
            (None, Some((index, inner))) => {
                path.push_str(&format!("[{index}]"));
                inner
            }
            (None, None) => return path,
        };
        if matches!(item.content, Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(..)) {
            return path;
        }
    }
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'))
}
