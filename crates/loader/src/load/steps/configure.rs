//! `configurable`: a step whose fields a call can set; the step is then made anew.

use super::super::{
    Context,
    flow::{Flow, Sequence},
};
use crate::{
    Registry, Source,
    document::{Content, Entry, Item},
    load::Semantics,
    mistake::Mistakes,
    suggest::shorten,
};
use serde_json::{Map, Value, json};
use windlass_core::{
    Chain, Chosen, ConfigurableField, Error, IntoChain, Kind, Options, Result, RunnableConfigurableFields,
    Shape, Val,
};

impl Context<'_> {
    /// `configurable: { temperature: { id: temp } }`, `of: ...`, `rebuilt: ...`
    pub(super) fn configurable(&mut self, entry: &Entry, item: &Item, sequence: &mut Sequence) {
        let fields = self.fields_to_configure(entry, item.get("of"));
        let rebuilt = item.get("rebuilt").map_or(Some(Map::new()), |item| self.map(item, "`rebuilt`"));
        let of = self.needed(item, "of", entry.span);
        let default = of.and_then(|of| self.inner(of, "`of`", &sequence.flow));
        let (Some(fields), Some(rebuilt), Some(of), Some(default)) = (fields, rebuilt, of, default) else {
            return sequence.skip(Shape::of(Kind::ANY));
        };
        if head(of).is_none() {
            self.mistakes.error(
                of.span,
                "`of` has no fields to configure",
                "write one step, such as a model",
            );
            return sequence.skip(Shape::of(Kind::ANY));
        }
        let plan = Plan {
            of: of.clone(),
            rebuilt,
            registry: self.registry.clone(),
            source: self.source.clone(),
            semantics: self.semantics,
        };
        let step =
            RunnableConfigurableFields::new(default.chain().clone(), fields, move |set| plan.rebuild(set));
        sequence.join(step.into_chain().erase(), None);
    }

    fn fields_to_configure(&mut self, entry: &Entry, of: Option<&Item>) -> Option<Vec<ConfigurableField>> {
        let entries = self.entries(&entry.value, "`configurable`")?;
        let now = |name: &str| Some(head(of?)?.1.value.get(name)?.to_value());
        let fields: Vec<_> = entries
            .iter()
            .map(|entry| {
                let default = now(&entry.key).unwrap_or_default();
                let field = self.field_to_configure(entry)?;
                Some(ConfigurableField { schema: schema_like(&default), default, ..field })
            })
            .collect();
        fields.into_iter().collect()
    }

    fn field_to_configure(&mut self, entry: &Entry) -> Option<ConfigurableField> {
        let id = self.configurable_id(&entry.value)?;
        if OPERATORS.contains(&entry.key.as_str()) {
            let message = format!("a call cannot set `{}`", entry.key);
            self.mistakes.error(
                entry.span,
                message,
                "where requests go, and with which key, is the file's to say",
            );
            return None;
        }
        let options = match entry.value.get("options") {
            None => None,
            Some(options) => {
                let values = self.map(options, "`options`");
                let default = self.needed(&entry.value, "default", entry.span);
                let default = default.and_then(|item| self.chosen(item));
                Some(Options { values: values?, default: default? })
            }
        };
        if let Some(Options { values, default }) = &options {
            let chosen = match default {
                Chosen::One(name) => std::slice::from_ref(name),
                Chosen::Several(names) => names,
            };
            for name in chosen.iter().filter(|name| !values.contains_key(*name)) {
                let message = format!("no option is called `{}`", shorten(name));
                self.mistakes.error(entry.span, message, "make the default one of the options");
            }
        }
        let (name, description) = self.configurable_words(&entry.value);
        let field = entry.key.clone();
        Some(ConfigurableField { field, id, options, name, description, ..ConfigurableField::default() })
    }

    fn chosen(&mut self, item: &Item) -> Option<Chosen> {
        match &item.content {
            Content::Text(name, _) => Some(Chosen::One(name.clone())),
            _ => self.texts(item, "`default`").map(Chosen::Several),
        }
    }
}

/// Fields that say where requests go and with whose key. A caller who could set them could send the key elsewhere.
const OPERATORS: [&str; 11] = [
    "api_key",
    "azure_ad_token",
    "azure_endpoint",
    "base_url",
    "default_headers",
    "default_query",
    "extra_headers",
    "mcp_servers",
    "organization",
    "proxy",
    "timeouts",
];

/// The schema of what can stand in the place of a value.
fn schema_like(value: &Value) -> Value {
    match value {
        Value::String(_) => json!({"type": "string"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(_) => json!({"anyOf": [{"type": "integer"}, {"type": "number"}]}),
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
            json!({"type": "array", "items": {"type": "string"}})
        }
        _ => json!({}),
    }
}

/// The word of a step and what stands under it.
fn head(of: &Item) -> Option<(usize, &Entry)> {
    let entries = of.entries().iter().enumerate();
    entries.into_iter().find(|(_, entry)| matches!(entry.value.content, Content::Map(_)))
}

/// How a step is made anew for a call.
struct Plan {
    of: Item,
    rebuilt: Map<String, Value>,
    registry: Registry,
    source: Source,
    semantics: Semantics,
}

impl Plan {
    fn rebuild(&self, set: &Map<String, Value>) -> Result<Chain<Val, Val>> {
        let mut of = self.of.clone();
        self.set(&mut of, &self.rebuilt);
        self.set(&mut of, set);
        let mut context = Context::new(&self.source, &self.registry, Mistakes::default());
        context.semantics = self.semantics;
        let made = context.inner(&of, "`of`", &Flow::unknown());
        let refused = |report: String| Error::raised("RunnableConfigurableFields", "ValidationError", report);
        match made {
            Some(chain) => Ok(chain.chain().clone()),
            None => Err(refused(context.mistakes.report(&self.source, None).to_string())),
        }
    }

    /// Puts values in the place of fields of the step.
    fn set(&self, of: &mut Item, values: &Map<String, Value>) {
        let Some(index) = head(of).map(|(index, _)| index) else { return };
        let Content::Map(entries) = &mut of.content else { return };
        let Some(Content::Map(fields)) = entries.get_mut(index).map(|entry| &mut entry.value.content) else {
            return;
        };
        for (key, value) in values {
            fields.retain(|entry| entry.key != *key);
            let value = Item::of_value(value, self.of.span);
            fields.push(Entry { key: key.clone(), span: self.of.span, value });
        }
    }
}
