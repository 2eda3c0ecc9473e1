//! Models: named ones under `models:`, and those that stand in a chain.

use super::{Context, Semantics, key::ChainKeys, read::did_you_mean};
use crate::{
    Span,
    document::{Entry, Item},
    suggest::{list, shorten},
};
use serde_json::{Value, json};
use windlass_core::{BuiltModel, ModelIdentity, ModelSpec, ModelVendor, SpecProblem};

/// The models of a file.
#[derive(Default)]
pub(super) struct Models {
    named: Vec<Named>,
    /// Every model that the file names, once.
    pub(super) identities: Vec<ModelIdentity>,
}

/// A model under `models:`; one that could not be made is known all the same.
struct Named {
    name: String,
    span: Span,
    used: bool,
    model: Option<BuiltModel>,
}

impl Context<'_> {
    pub(super) fn named_models(&mut self, item: &Item) {
        for entry in self.entries(item, "`models`").unwrap_or_default() {
            let model = match entry.value.as_text() {
                Some(_) => {
                    self.wrong_kind(&entry.value, &format!("the model `{}`", entry.key), "a mapping");
                    None
                }
                None => self.written_model(&entry.value, entry.span),
            };
            let named = Named { name: entry.key.clone(), span: entry.span, used: false, model };
            self.models.named.push(named);
        }
    }

    pub(super) fn unused_models(&mut self) {
        for Named { name, span, .. } in self.models.named.iter().filter(|named| !named.used) {
            let message = format!("no chain uses the model `{}`", shorten(name));
            self.mistakes.warning(*span, message, "use it in a chain, or remove it");
        }
    }

    /// The model of a chain: the name of one, or one that is written out.
    pub(super) fn model(&mut self, entry: &Entry) -> Option<BuiltModel> {
        match entry.value.as_text() {
            Some(name) => self.model_of_name(name, &entry.value),
            None => self.written_model(&entry.value, entry.span),
        }
    }

    fn model_of_name(&mut self, name: &str, item: &Item) -> Option<BuiltModel> {
        if let Some(named) = self.models.named.iter_mut().find(|named| named.name == name) {
            named.used = true;
            return named.model.clone();
        }
        let known = self.models.named.iter().map(|named| named.name.as_str());
        let remedy = did_you_mean(name, known.clone()).unwrap_or_else(|| match list(known) {
            known if known.is_empty() => {
                format!("define it under `models:`, or write the model here: {}", self.example())
            }
            known => format!("define it under `models:`, or use one of: {known}"),
        });
        let message = format!("no model is named `{}`", shorten(name));
        self.mistakes.error(item.span, message, remedy);
        None
    }

    fn written_model(&mut self, item: &Item, key: Span) -> Option<BuiltModel> {
        let entries = match self.entries(item, "a model") {
            Some([]) | None => {
                if item.entries().is_empty() && item.kind() == "a mapping" {
                    self.no_vendor(key);
                }
                return None;
            }
            Some(entries) => entries,
        };
        let registry = self.registry;
        let mut vendors = entries.iter().filter_map(|entry| Some((entry, registry.vendors.get(&entry.key)?)));
        let Some((head, vendor)) = vendors.next() else {
            self.unknown_vendor(entries, key);
            return None;
        };
        if let Some((second, _)) = vendors.next() {
            let message = format!("a model has one vendor, but `{}` stands here too", second.key);
            self.mistakes.error(second.span, message, format!("keep `{}` or `{}`", head.key, second.key));
            return None;
        }
        let params: Vec<_> = entries.iter().filter(|entry| entry.key != head.key).cloned().collect();
        self.build(head, vendor, &params)
    }

    fn build(&mut self, head: &Entry, vendor: &dyn ModelVendor, params: &[Entry]) -> Option<BuiltModel> {
        let before = self.mistakes.errors();
        let schema = closed(vendor.parameters());
        let mut keys = ChainKeys::new(&*self.registry.environment);
        let params = &*match self.semantics {
            Semantics::Windlass => params.to_vec(),
            Semantics::LangChain => self.as_python_takes(params, &schema, &mut keys),
        };
        let name = self.text(&head.value, &format!("the model of `{}`", head.key));
        let item = Item { span: head.span, content: crate::document::Content::Map(params.to_vec()) };
        let mut wrong = self.secrets(&item, &schema, &format!("{}_API_KEY", head.key.to_uppercase()));
        self.secrets(&head.value, &Value::Null, "");
        wrong.extend(self.conform(&item, &schema, &head.key));
        let sound = Item::map_of(params.iter().filter(|entry| !wrong.contains(&entry.key)));
        let spec = ModelSpec { vendor: head.key.clone(), model: name?.into(), params: sound };
        let built = self
            .registry
            .vendors
            .build(&spec, &keys)
            .or_else(|problems| self.keyless(vendor, &spec, problems, head));
        let (vendor, model) = (spec.vendor.as_str().into(), spec.model.as_str().into());
        self.models.note(ModelIdentity { vendor, model });
        match built {
            Ok(model) => {
                self.other_key(&keys);
                (self.mistakes.errors() == before).then_some(model)
            }
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.problem(problem, head, params));
                None
            }
        }
    }

    fn problem(&mut self, problem: SpecProblem, head: &Entry, params: &[Entry]) {
        let SpecProblem { key, message, remedy } = problem;
        let entry = key.and_then(|key| params.iter().find(|entry| entry.key == key));
        self.mistakes.error(entry.map_or(head.span, |entry| entry.value.span), message, remedy);
    }

    /// What is meant by a model of whose keys none is a vendor.
    fn unknown_vendor(&mut self, entries: &[Entry], key: Span) {
        let registry = self.registry;
        let schemas: Vec<_> = registry.vendors.iter().map(ModelVendor::parameters).collect();
        let known =
            |entry: &&Entry| schemas.iter().any(|schema| schema["properties"].get(&entry.key).is_some());
        let Some(entry) = entries.iter().find(|entry| !known(entry)) else {
            return self.no_vendor(key);
        };
        let ids = list(registry.vendors.ids());
        let remedy =
            did_you_mean(&entry.key, registry.vendors.ids()).unwrap_or_else(|| format!("use one of: {ids}"));
        let message = format!("no vendor `{}` is built in", shorten(&entry.key));
        self.mistakes.error(entry.span, message, remedy);
    }

    fn no_vendor(&mut self, key: Span) {
        let remedy = format!("write {}", self.example());
        self.mistakes.error(key, "the model names no vendor", remedy);
    }

    /// How a model is written.
    pub(super) fn example(&self) -> String {
        let ids: Vec<_> = self.registry.vendors.ids().collect();
        match ids.first() {
            Some(id) => format!("`model: {{ {id}: NAME }}`; the vendors are {}", list(ids.iter().copied())),
            None => "`model: { VENDOR: NAME }`".into(),
        }
    }

    /// Whether some vendor's models have a parameter of this name.
    pub(super) fn is_parameter(&self, key: &str) -> bool {
        self.registry.vendors.iter().any(|vendor| vendor.parameters()["properties"].get(key).is_some())
    }
}

impl Models {
    fn note(&mut self, identity: ModelIdentity) {
        if !self.identities.contains(&identity) {
            self.identities.push(identity);
        }
    }
}

/// A vendor's parameters with nothing beside them.
pub(crate) fn closed(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.entry("type").or_insert(json!("object"));
        schema.entry("additionalProperties").or_insert(json!(false));
    }
    schema
}
