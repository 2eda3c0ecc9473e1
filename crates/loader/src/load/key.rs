//! Models of LangChain's chains: keys and parameters as Python takes them.

use super::Context;
use crate::{
    Span,
    document::{Content, Entry, Item, Style},
};
use secrecy::SecretString;
use serde_json::Value;
use windlass_core::{BuiltModel, Environment, ModelSpec, ModelVendor, Number, SpecProblem};

/// What a key that stands in a chain is called; no variable can have this name.
const IN_THE_CHAIN: &str = "KEY_IN_THE_CHAIN";

/// The environment with the key that stands in the chain itself, if one does.
pub(super) struct ChainKeys<'a> {
    environment: &'a dyn Environment,
    own: Option<SecretString>,
    /// The variable that is not set, and where it is named.
    unset: Option<(String, Span)>,
}

impl<'a> ChainKeys<'a> {
    pub(super) fn new(environment: &'a dyn Environment) -> Self {
        ChainKeys { environment, own: None, unset: None }
    }
}

impl Environment for ChainKeys<'_> {
    fn var(&self, name: &str) -> Option<SecretString> {
        match &self.own {
            Some(own) if name == IN_THE_CHAIN => Some(own.clone()),
            _ => self.environment.var(name),
        }
    }
}

impl Context<'_> {
    /// The parameters as LangChain's class takes them: a key that is not set is left out, one in clear is used, and
    /// numbers can be text.
    pub(super) fn as_python_takes(
        &mut self,
        params: &[Entry],
        schema: &Value,
        keys: &mut ChainKeys<'_>,
    ) -> Vec<Entry> {
        let has_address =
            params.iter().any(|entry| matches!(entry.key.as_str(), "base_url" | "azure_endpoint"));
        let mut taken = Vec::new();
        for entry in params {
            let entry = match entry.key.as_str() {
                "api_key" => self.key_as_python_takes(entry, has_address, keys),
                _ => Some(number_of_text(entry, &schema["properties"][&entry.key])),
            };
            taken.extend(entry);
        }
        taken
    }

    fn key_as_python_takes(
        &mut self,
        entry: &Entry,
        has_address: bool,
        keys: &mut ChainKeys<'_>,
    ) -> Option<Entry> {
        let text = entry.value.as_text()?;
        let named = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'));
        let span = entry.value.span;
        let Some(name) = named else {
            self.mistakes.hide(span);
            let remedy = "set it as a variable of the environment, and export the chain anew with `dumps`";
            self.mistakes.warning(span, "a key stands here in clear", remedy);
            keys.own = Some(text.into());
            let content = Content::Text(format!("${{{IN_THE_CHAIN}}}"), Style::Double);
            return Some(Entry { value: Item { span, content }, ..entry.clone() });
        };
        // Another key than the one that is named goes to the vendor's own host alone.
        if keys.environment.var(name).is_none() && !has_address {
            keys.unset = Some((name.into(), span));
            return None;
        }
        Some(entry.clone())
    }

    /// Says that another key stands in for one that is not set.
    pub(super) fn other_key(&mut self, keys: &ChainKeys<'_>) {
        if let Some((name, span)) = keys.unset.as_ref().filter(|_| !self.registry.vendors.is_demo()) {
            let message = format!("the variable {name} is not set; the vendor's own is used in its place");
            self.mistakes.warning(*span, message, format!("set {name}"));
        }
    }

    /// Goes on without a key where LangChain does.
    pub(super) fn keyless(
        &mut self,
        vendor: &dyn ModelVendor,
        spec: &ModelSpec,
        problems: Vec<SpecProblem>,
        head: &Entry,
    ) -> Result<BuiltModel, Vec<SpecProblem>> {
        let of_key = |problem: &SpecProblem| problem.key.as_deref() == Some("api_key");
        let only_key = self.semantics == super::Semantics::LangChain && problems.iter().all(of_key);
        match vendor.keyless(spec).filter(|_| only_key) {
            Some(model) => {
                for SpecProblem { message, remedy, .. } in problems {
                    self.mistakes.warning(head.span, format!("{message}, so every call will fail"), remedy);
                }
                Ok(BuiltModel::Chat(model))
            }
            None => Err(problems),
        }
    }
}

/// `"0.7"` where a number is wanted.
fn number_of_text(entry: &Entry, schema: &Value) -> Entry {
    let number =
        entry.value.as_text().filter(|_| takes_number(schema)).and_then(|text| Number::parse(text.trim()));
    match number {
        Some(number) => {
            let value = Item { span: entry.value.span, content: Content::Number(number) };
            Entry { value, ..entry.clone() }
        }
        None => entry.clone(),
    }
}

/// Whether a schema is of a number and not of text.
fn takes_number(schema: &Value) -> bool {
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    let is = |wanted: &[&str]| types.iter().any(|own| wanted.iter().any(|wanted| own == wanted));
    is(&["number", "integer"]) && !is(&["string"])
}
