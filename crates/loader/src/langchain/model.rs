//! Models: LangChain's fields to the parameters of a vendor, with keys only for the hosts they are for.

mod access;
pub(super) mod fields;
mod value;

use super::{
    arguments::Arguments,
    coerce,
    ids::Class,
    make,
    node::{Node, node},
    translator::Translator,
};
use crate::{
    Span,
    document::{Content, Entry, Item},
    suggest::shorten,
};
use access::Access;
use fields::{Kind, Vendor};
use std::collections::HashSet;

impl Translator<'_> {
    pub(super) fn model(&mut self, class: Class, mut args: Arguments<'_>) -> Option<Item> {
        let vendor = Vendor::of(class)?;
        let before = self.mistakes.errors();
        let (values, further) = self.values(vendor, &mut args);
        let mut model =
            Model { name: None, deployment: None, access: Access::default(), entries: Vec::new() };
        for entry in &values {
            self.value_of(vendor, entry, &mut model);
        }
        let entries = &mut model.entries;
        if !further.is_empty() {
            entries.push(make::entry("model_kwargs", make::map(args.at, further)));
        }
        self.check_count(entries);
        self.check_access(vendor, &model.access, args.at);
        let head = self.head(vendor, &mut model, args.at);
        model.entries.iter().for_each(|entry| self.no_variable(&entry.value));
        let mut all = vec![head?];
        all.extend(model.access.entries);
        all.extend(model.entries);
        (self.mistakes.errors() == before).then(|| make::map(args.at, all))
    }

    /// The values of the vendor's fields, and the arguments that go to the service as they are. As in Python, arguments
    /// that are no fields are among the latter, and fields in `model_kwargs` are among the former.
    fn values(&mut self, vendor: Vendor, args: &mut Arguments<'_>) -> (Vec<Entry>, Vec<Entry>) {
        let written = args.take_entry("model_kwargs").map(|entry| &entry.value);
        let inner = written.and_then(|item| self.data_map(item, "`model_kwargs`")).unwrap_or_default();
        let (mut moved, mut further): (Vec<_>, Vec<_>) =
            inner.into_iter().partition(|entry| vendor.field(&entry.key).is_some());
        let twice: HashSet<String> = moved.iter().chain(&further).map(|entry| entry.key.clone()).collect();
        let mut values: Vec<Entry> = Vec::new();
        for entry in args.rest() {
            if twice.contains(&entry.key) {
                let message = format!("`{}` is also in `model_kwargs`", shorten(&entry.key));
                self.mistakes.error(entry.span, message, "keep one of the two");
            } else if vendor.field(&entry.key).is_some() {
                values.push(entry.clone());
            } else if let Some(value) = self.data(&entry.value) {
                further.push(Entry { key: entry.key.clone(), span: entry.span, value });
            }
        }
        values.append(&mut moved);
        // Of a name and its alias the alias counts.
        let keys: HashSet<String> = values.iter().map(|entry| entry.key.clone()).collect();
        values.retain(|entry| {
            let alias = vendor.field(&entry.key).map_or("", |field| field.alias);
            entry.key == alias || !keys.contains(alias)
        });
        (values, further)
    }

    fn value_of(&mut self, vendor: Vendor, entry: &Entry, model: &mut Model) {
        let Some(field) = vendor.field(&entry.key) else { return };
        if entry.value.content == Content::Null {
            if !field.takes_null(vendor) {
                self.expected::<()>(&entry.value, &format!("`{}`", entry.key));
            }
            return;
        }
        match field.kind {
            Kind::Name => model.name = self.text_of(entry),
            Kind::Deployment => model.deployment = self.text_of(entry),
            Kind::Key => self.key(vendor, field.parameter(), entry, &mut model.access),
            Kind::Servers if matches!(node(&entry.value), Node::Secret(_)) => {
                let message = "the servers are not in the file: LangChain writes a secret in their place";
                let remedy = "write the servers themselves here, if the model needs them";
                self.mistakes.warning(entry.value.span, message, remedy);
            }
            Kind::Address => self.address(vendor, field.parameter(), entry, &mut model.access),
            Kind::Proxy => self.proxy(entry),
            Kind::Inert => drop(self.data(&entry.value)),
            kind => {
                if let Some(value) = self.value(kind, entry) {
                    model.entries.push(Entry { key: field.parameter().into(), span: entry.span, value });
                }
            }
        }
    }

    fn text_of(&mut self, entry: &Entry) -> Option<Item> {
        let text = self.text(&entry.value, &format!("`{}`", entry.key))?;
        let item = make::text(entry.value.span, text);
        self.no_variable(&item);
        Some(item)
    }

    /// The vendor with the model's name.
    fn head(&mut self, vendor: Vendor, model: &mut Model, at: Span) -> Option<Entry> {
        let mut name = model.name.take();
        if vendor == Vendor::AzureOpenAi {
            if let Some(name) = &name {
                model.entries.insert(0, make::entry("model_name", name.clone()));
            }
            // A deployment can stand in the address alone.
            name = model.deployment.take().or(name).or_else(|| Some(make::text(at, "")));
        }
        let name = name.or_else(|| vendor.default_model().map(|name| make::text(at, name)));
        if name.is_none() {
            self.mistakes.error(at, "the model has no `model`", "name it, and export the chain anew");
        }
        name.map(|name| Entry { key: vendor.id().into(), span: at, value: name })
    }

    fn check_count(&mut self, entries: &[Entry]) {
        let find = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
        let above = |item: Option<&Item>, least: f64| {
            item.is_some_and(|item| coerce::float(item).is_some_and(|count| count > least))
        };
        let Some(count) = find("n") else { return };
        if !above(Some(count), 0.0) {
            self.mistakes.error(count.span, "`n` must be at least 1", "ask for one answer");
        }
        let streaming = find("streaming").is_some_and(|item| item.content == Content::Bool(true));
        if streaming && above(find("n"), 1.0) {
            let remedy = "leave out `n` or `streaming`";
            self.mistakes.error(count.span, "a model that streams gives one answer, but `n` is more", remedy);
        }
    }

    /// Refuses `${NAME}` in what is data: chain files would take it for a variable of the environment.
    fn no_variable(&mut self, item: &Item) {
        let texts = [item.as_text()].into_iter().flatten();
        let keys = item.entries().iter().map(|entry| entry.key.as_str());
        if texts.chain(keys).any(|text| text.contains("${")) {
            let remedy = "write the value itself; variables of the environment are for secrets only";
            self.mistakes.error(item.span, "`${` stands in a value of a model", remedy);
        }
        item.items().iter().for_each(|item| self.no_variable(item));
        item.entries().iter().for_each(|entry| self.no_variable(&entry.value));
    }
}

/// A model on its way.
struct Model {
    name: Option<Item>,
    deployment: Option<Item>,
    access: Access,
    entries: Vec<Entry>,
}
