//! Chains of LangChain's: a file of their own, or one that a chain file names.

use super::{
    ChainFile, Context, Semantics,
    flow::{Flow, Sequence},
};
use crate::{
    Input, Registry, Report, Source, Translated, document::Item, mistake::Mistakes, suggest::shorten,
    translate,
};
use serde_json::{Map, Value, json};
use std::path::Path;
use windlass_core::{Endpoint, ExtraFields, Joints, Schemas, check_name, messages_schema};

/// Loads one chain of LangChain's, called `name`: an endpoint, or all reasons why it cannot be served, each with its JSON
/// path. What callers send beside the chain's variables is left out, as in LangChain.
pub fn load_langchain(source: &Source, name: &str, registry: &Registry) -> Result<ChainFile, Report> {
    let translated = translate(source, &registry.langchain)?;
    let mut context = Context::new(source, registry, Mistakes::default());
    let chain = context.translated(&translated).finish();
    if let Err(reason) = check_name(name) {
        let remedy = "give the file another name: the chain is served under it";
        context.mistakes.error(
            translated.steps().span,
            format!("`{}` cannot name a chain: {reason}", shorten(name)),
            remedy,
        );
    }
    let endpoint = chain.and_then(|chain| {
        let builder = Endpoint::builder(name, chain).input_schema(input_schema(&translated));
        let under = schemas_under(translated.clone());
        let builder = builder.extra_fields(ExtraFields::Ignore).joints(Joints::Unchecked);
        let built = builder.schemas_under(under).build();
        built
            .map_err(|error| {
                context.mistakes.error(translated.steps().span, error.to_string(), "change the chain")
            })
            .ok()
    });
    let Context { mistakes, models, .. } = context;
    let failed = mistakes.any_error();
    let report = mistakes.report_at(source, |span| translated.path(span));
    let Some(endpoint) = endpoint.filter(|_| !failed) else { return Err(report) };
    Ok(ChainFile {
        endpoints: vec![endpoint],
        sections: Map::new(),
        models: models.identities,
        tree: Some(translated.tree()),
        warnings: if report.is_empty() { translated.warnings.clone() } else { report },
        source: source.clone(),
        root: translated.steps().clone(),
    })
}

/// The schemas of a chain under what a call configures: an alternative may need other variables.
fn schemas_under(translated: Translated) -> impl Fn(&Map<String, Value>) -> Option<Schemas> {
    move |configurable| {
        let inputs =
            translated.inputs_under(configurable).filter(|inputs| Some(inputs) != translated.inputs.as_ref());
        inputs.map(|inputs| Schemas { input: schema_of(&inputs), output: None })
    }
}

/// The schema of what a chain takes: its variables, of which only messages have a type, because a template takes anything.
pub(super) fn input_schema(translated: &Translated) -> Value {
    translated.inputs.as_deref().map_or_else(|| json!({}), schema_of)
}

fn schema_of(inputs: &[Input]) -> Value {
    let schema = |messages: bool| match messages {
        true => messages_schema(),
        false => json!({"description": "Text; other values are shown as Python shows them."}),
    };
    let properties: Map<_, _> =
        inputs.iter().map(|input| (input.name.clone(), schema(input.messages))).collect();
    let required: Vec<_> =
        inputs.iter().filter(|input| !input.optional).map(|input| input.name.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

impl Context<'_> {
    /// The chain that a translation describes. Its joints are LangChain's business, so they are only warned of.
    pub(super) fn translated(&mut self, translated: &Translated) -> Sequence {
        let own = std::mem::replace(&mut self.semantics, Semantics::LangChain);
        let mut sequence = Sequence::new(Flow::unknown());
        self.steps(translated.steps(), "`steps`", &mut sequence);
        self.semantics = own;
        sequence
    }

    /// `langchain: { jinja2: true, secrets: { MY_KEY: [llm.example.com] } }`
    pub(super) fn langchain_options(&mut self, item: &Item) {
        let Some(entries) = self.entries(item, "`langchain`") else { return };
        self.only(entries, &["jinja2", "secrets"], "`langchain`");
        if let Some(jinja2) = item.get("jinja2") {
            self.langchain.jinja2 |= self.boolean(jinja2, "`jinja2`").unwrap_or(false);
        }
        let Some(secrets) = item.get("secrets") else { return };
        for entry in self.entries(secrets, "`secrets`").unwrap_or_default() {
            if let Some(hosts) = self.texts(&entry.value, &format!("`{}`", entry.key)) {
                self.langchain.secrets.entry(entry.key.clone()).or_default().extend(hosts);
            }
        }
    }

    /// The chain in the file that `langchain: ask.json` names, with the schema of what it takes.
    pub(super) fn named_file(&mut self, item: &Item) -> Option<(Sequence, Value)> {
        let path = self.text(item, "`langchain`")?;
        let inside = path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\');
        if !inside {
            let remedy = "name a file in the chain file's folder or below it, like `chains/ask.json`";
            self.mistakes.error(
                item.span,
                format!("`{}` is not below the chain file", shorten(path)),
                remedy,
            );
            return None;
        }
        let text = match self.registry.files.read(self.source.name(), path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("`{}` could not be read: {error}", shorten(path));
                self.mistakes.error(item.span, message, "write it with `langchain_core.load.dumps`");
                return None;
            }
        };
        let source = Source::new(path, text);
        match translate(&source, &self.langchain) {
            Ok(translated) => self.named_chain(item, &source, &translated),
            Err(report) => {
                self.reasons(item, path, &report);
                None
            }
        }
    }

    /// Builds it apart, because its places are those of another file.
    fn named_chain(
        &mut self,
        item: &Item,
        source: &Source,
        translated: &Translated,
    ) -> Option<(Sequence, Value)> {
        let mut context = Context::new(source, self.registry, Mistakes::default());
        let chain = context.translated(translated);
        self.models.identities.extend(context.models.identities);
        if !context.mistakes.any_error() {
            return Some((chain, input_schema(translated)));
        }
        let report = context.mistakes.report_at(source, |span| translated.path(span));
        self.reasons(item, source.name(), &report);
        None
    }

    /// Says the first of the reasons why another file cannot be served, and where the others are.
    fn reasons(&mut self, item: &Item, path: &str, report: &Report) {
        let Some(first) = report.mistakes().first() else { return };
        let others = match report.mistakes().len() + report.omitted() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let message =
            format!("`{}` cannot be served: {}: {}{others}", shorten(path), first.path, first.message);
        let file = Path::new(self.source.name()).with_file_name(path);
        let remedy = format!("`windlass check {}` says everything; {}", file.display(), first.remedy);
        self.mistakes.error(item.span, message, remedy);
    }
}
