//! Parts that callers choose with `configurable`.

use super::{
    arguments::Arguments,
    coerce,
    ids::{self, Class},
    make,
    model::fields::Vendor,
    node::{Node, node},
    translator::Translator,
};
use crate::{
    document::{Content, Entry, Item},
    suggest::shorten,
};

impl Translator<'_> {
    pub(super) fn configurable_fields(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let inner = self.required(&mut args, "default");
        let fields = self.required(&mut args, "fields").and_then(|item| self.entries(item, "`fields`"));
        self.ignore(&mut args, &["config"]);
        self.ignore_more(&mut args);
        let step = inner.and_then(|inner| self.step(inner));
        let class = inner.and_then(|inner| match node(inner) {
            Node::Object { id, .. } => ids::class(&id),
            _ => None,
        });
        let fields: Vec<_> = fields?.iter().map(|entry| self.field(class, entry)).collect();
        let (step, fields) = (step?, fields.into_iter().collect::<Option<Vec<_>>>()?);
        let rebuilt = class.filter(|_| !streams(&step)).and_then(rebuilt_streaming);
        let mut entries =
            vec![make::entry("configurable", make::map(args.at, fields)), make::entry("of", step)];
        if let Some(key) = rebuilt {
            let streaming = make::pair(args.at, key, make::boolean(args.at, false));
            entries.push(make::entry("rebuilt", streaming));
        }
        Some(make::map(args.at, entries))
    }

    fn field(&mut self, class: Option<Class>, entry: &Entry) -> Option<Entry> {
        let key = match class {
            Some(Class::PromptTemplate) if entry.key == "template" => Some("text"),
            Some(Class::PromptTemplate | Class::ChatPrompt) if entry.key == "partial_variables" => {
                Some("partial")
            }
            Some(class) => Vendor::of(class).and_then(|vendor| vendor.configurable(&entry.key)),
            None => None,
        };
        let field = self.field_spec(&entry.value);
        let Some(key) = key else {
            let message = format!("`{}` cannot be configured by callers", shorten(&entry.key));
            let remedy = "configure a model's parameters or a prompt's `template`; keys and addresses are the operator's";
            self.mistakes.error(entry.span, message, remedy);
            return None;
        };
        Some(Entry { key: key.into(), span: entry.span, value: field? })
    }

    /// A `ConfigurableField` or one with options, which are named tuples that have lost their names.
    fn field_spec(&mut self, item: &Item) -> Option<Item> {
        let data = self.data(item)?;
        let by_name = |name: &str| data.get(name);
        let has_options =
            data.items().get(1).or(by_name("options")).is_some_and(|item| item.kind() == "a mapping");
        let names: &[&str] = match has_options {
            true => &["id", "options", "default", "name", "description", "is_shared"],
            false => &["id", "name", "description", "annotation", "is_shared"],
        };
        if data.items().len() > names.len() {
            return self.expected(item, "a configurable field");
        }
        let mut entries = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let Some(value) = data.items().get(index).or(by_name(name)) else { continue };
            if value.content == Content::Null && *name != "is_shared" || *name == "annotation" {
                continue;
            }
            match *name {
                "is_shared" => match coerce::boolean(value) {
                    Some(_) => continue,
                    None => return self.expected(value, "`is_shared`, a boolean,"),
                },
                "options" => {}
                "default" => drop(self.keys(value, "`default`")?),
                name => drop(self.text(value, &format!("`{name}` of a configurable field"))?),
            }
            entries.push(make::entry(name, value.clone()));
        }
        let found = |name: &str| entries.iter().any(|entry| entry.key == name);
        if !found("id") || has_options && !found("default") {
            return self.expected(item, "a configurable field");
        }
        Some(make::map(item.span, entries))
    }

    pub(super) fn configurable_alternatives(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let by = self.required(&mut args, "which").and_then(|which| self.field_spec(which));
        let default = self.required(&mut args, "default").and_then(|item| self.step(item));
        let written = self.required(&mut args, "alternatives");
        let others = written.and_then(|item| self.entries(item, "`alternatives`"));
        let others: Option<Vec<Option<Entry>>> = others.map(|entries| {
            let step = |entry: &Entry| {
                let value = self.step(&entry.value)?;
                Some(Entry { key: entry.key.clone(), span: entry.span, value })
            };
            entries.iter().map(step).collect()
        });
        let mut further = Vec::new();
        let named = self.default_key(&mut args, &mut further);
        let prefixed = self.prefix_keys(&mut args, &mut further);
        self.ignore(&mut args, &["config"]);
        self.ignore_more(&mut args);
        let others = make::map(written?.span, others?.into_iter().collect::<Option<_>>()?);
        named.and(prefixed)?;
        let mut entries = vec![
            make::entry("alternatives", others),
            make::entry("default", default?),
            make::entry("by", by?),
        ];
        entries.extend(further);
        Some(make::map(args.at, entries))
    }

    fn default_key(&mut self, args: &mut Arguments<'_>, entries: &mut Vec<Entry>) -> Option<()> {
        let Some(item) = args.take("default_key") else { return Some(()) };
        let key = self.text(item, "`default_key`")?;
        if key != "default" {
            entries.push(make::entry("default_key", make::text(item.span, key)));
        }
        Some(())
    }

    fn prefix_keys(&mut self, args: &mut Arguments<'_>, entries: &mut Vec<Entry>) -> Option<()> {
        let item = self.required(args, "prefix_keys")?;
        match coerce::boolean(item) {
            Some(true) => entries.push(make::entry("prefix_keys", make::boolean(item.span, true))),
            Some(false) => {}
            None => return self.expected(item, "`prefix_keys`, a boolean,"),
        }
        Some(())
    }
}

/// Python makes the object anew with *all* of its fields set, so that the default `streaming` counts as a choice.
fn rebuilt_streaming(class: Class) -> Option<&'static str> {
    matches!(class, Class::ChatOpenAi | Class::AzureChatOpenAi | Class::ChatAnthropic).then_some("streaming")
}

/// Whether a model streams because it says so.
fn streams(step: &Item) -> bool {
    let streaming = step.get("model").and_then(|model| model.get("streaming"));
    streaming.is_some_and(|streaming| streaming.content == Content::Bool(true))
}
