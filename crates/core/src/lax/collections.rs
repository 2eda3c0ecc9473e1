//! Lists, and objects with fields.

use super::{
    form::{Field, ListForm, ObjectForm, Rest},
    problem::Problem,
    reader::{Fit, Reader},
    scalars::counted,
};
use crate::{Dict, Val};
use serde_json::{Map, Value};

impl Reader<'_> {
    pub(super) fn list(&mut self, form: &ListForm, value: &Value) -> Option<Val> {
        let Value::Array(items) = value else { return self.fail(Problem::not_a("list_type", "list"), value) };
        // What is too long is not looked into.
        self.sized(None, form.most, items.len() as u64, value)?;
        let mut whole = true;
        let mut read = Vec::with_capacity(items.len().min(1024));
        for (index, item) in items.iter().enumerate() {
            match self.under(index, &form.items, item) {
                Some(val) => read.push(val),
                None => whole = false,
            }
        }
        if !whole {
            return None;
        }
        self.sized(form.least, None, items.len() as u64, value)?;
        Some(Val::List(read))
    }

    fn sized(&mut self, least: Option<u64>, most: Option<u64>, count: u64, value: &Value) -> Option<()> {
        let words = |bound: &str, limit| {
            format!("List should have {bound} {} after validation, not {count}", counted(limit, "item"))
        };
        let (kind, msg, key, limit) = match (least, most) {
            (Some(least), _) if count < least => ("too_short", words("at least", least), "min_length", least),
            (_, Some(most)) if count > most => ("too_long", words("at most", most), "max_length", most),
            _ => return Some(()),
        };
        let ctx = [("field_type", "List".into()), (key, limit.into()), ("actual_length", count.into())];
        self.fail(Problem::new(kind, msg).with(ctx), value)
    }

    pub(super) fn object(&mut self, form: &ObjectForm, value: &Value) -> Option<Val> {
        let Value::Object(given) = value else { return self.no_object(form, value) };
        let mut read = Dict::with_capacity(form.fields.len());
        let mut whole = true;
        for field in &form.fields {
            whole &= self.field(field, given, value, &mut read).is_some();
        }
        whole &= self.rest(form, given, &mut read).is_some();
        if form.class.is_some() {
            self.fit = self.fit.min(Fit::Strict);
            let known = form.fields.iter().filter(|field| given.contains_key(&field.name)).count();
            self.fields = Some(self.fields.unwrap_or(0) + known);
        }
        whole.then_some(Val::Dict(read))
    }

    fn no_object(&mut self, form: &ObjectForm, value: &Value) -> Option<Val> {
        let Some(class) = &form.class else {
            return self.fail(Problem::not_a("dict_type", "dictionary"), value);
        };
        let words = format!("Input should be a valid dictionary or instance of {class}");
        self.fail(Problem::new("model_type", words).with([("class_name", class.as_str().into())]), value)
    }

    fn field(
        &mut self,
        field: &Field,
        given: &Map<String, Value>,
        value: &Value,
        read: &mut Dict,
    ) -> Option<()> {
        match (given.get(&field.name), &field.default) {
            (Some(value), _) => {
                let val = self.under(field.name.as_str(), &field.form, value)?;
                read.insert(field.name.clone(), val);
            }
            (None, Some(default)) => {
                read.insert(field.name.clone(), Val::from(default.clone()));
            }
            (None, None) if field.required => {
                self.at.push(field.name.as_str().into());
                let failed = self.fail(Problem::missing(), value);
                self.at.pop();
                return failed;
            }
            (None, None) => {}
        }
        Some(())
    }

    /// What stands under other keys than those of the fields.
    fn rest(&mut self, form: &ObjectForm, given: &Map<String, Value>, read: &mut Dict) -> Option<()> {
        if matches!(form.rest, Rest::Drop) {
            return Some(());
        }
        let mut whole = true;
        let others = given.iter().filter(|(key, _)| !form.fields.iter().any(|field| field.name == **key));
        for (key, value) in others {
            let val = match &form.rest {
                Rest::Each(form) => self.under(key.as_str(), form, value),
                Rest::Forbid => {
                    self.at.push(key.as_str().into());
                    let failed =
                        self.fail(Problem::new("extra_forbidden", "Extra inputs are not permitted"), value);
                    self.at.pop();
                    failed
                }
                Rest::Drop | Rest::Keep => Some(Val::from(value.clone())),
            };
            match val {
                Some(val) => drop(read.insert(key.clone(), val)),
                None => whole = false,
            }
        }
        whole.then_some(())
    }
}
