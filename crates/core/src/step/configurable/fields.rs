//! `RunnableConfigurableFields`: a step whose fields a call can set.

use super::{Configurable, by_configuration};
use crate::{
    Chain, Chunk, ConfigSpec, Cx, Error, IntoChain, Node, Result, RunnableConfig, Shape, Val, python,
};
use serde_json::{Map, Value, json};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// A field of a step that a call can set: `config.configurable[id]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigurableField {
    /// The field's name.
    pub field: String,
    /// The key in `configurable`.
    pub id: String,
    /// What a call can choose from; `None` is any value.
    pub options: Option<Options>,
    /// What people call it. Default: made of the id.
    pub name: Option<String>,
    /// What it does, for people.
    pub description: Option<String>,
    /// The JSON Schema of its values, where there are no options. Default: null, which is any value.
    pub schema: Value,
    /// The value that the step has as it is, where there are no options; null if it has none or that is not known.
    pub default: Value,
}

impl ConfigurableField {
    /// The field as callers see it.
    fn spec(&self) -> ConfigSpec {
        let spec = match &self.options {
            Some(options) => options.spec(&self.id, self.name.as_deref()),
            None => {
                let any = if self.schema.is_null() { Value::Bool(true) } else { self.schema.clone() };
                ConfigSpec::new(self.id.as_str(), any).default(self.default.clone())
            }
        };
        ConfigSpec { name: self.name.clone(), description: self.description.clone(), ..spec }
    }

    /// Whether the step has this value already.
    fn is_default(&self, value: &Value) -> bool {
        !value.is_null() && self.default == *value
    }
}

/// The options of a field, and which stand if a call says nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Values by the names a call gives.
    pub values: Map<String, Value>,
    /// One name, or a list of names for a field that takes several.
    pub default: Chosen,
}

/// The names of chosen options.
#[derive(Debug, Clone, PartialEq)]
pub enum Chosen {
    /// One.
    One(String),
    /// Several, whose values come as a list.
    Several(Vec<String>),
}

impl Options {
    fn spec(&self, id: &str, name: Option<&str>) -> ConfigSpec {
        let one = ConfigSpec::options(id, name, self.values.keys().cloned());
        match &self.default {
            Chosen::One(default) => one.default(default.as_str().into()),
            Chosen::Several(default) => {
                let schema = json!({"items": one.schema, "type": "array"});
                ConfigSpec { schema, ..one }.default(default.clone().into())
            }
        }
    }

    /// The value of what a call chose.
    fn value(&self, chosen: Option<&Value>) -> Result<Value> {
        match &self.default {
            Chosen::One(default) => {
                let chosen = chosen.cloned().map(Val::from).filter(Val::is_truthy);
                self.option(&chosen.unwrap_or_else(|| Val::Text(default.clone())))
            }
            Chosen::Several(default) => {
                let chosen = match chosen {
                    Some(Value::Array(names)) => names.iter().cloned().map(Val::from).collect(),
                    _ => default.iter().cloned().map(Val::Text).collect::<Vec<_>>(),
                };
                chosen.iter().map(|name| self.option(name)).collect::<Result<_>>().map(Value::Array)
            }
        }
    }

    fn option(&self, name: &Val) -> Result<Value> {
        let found = if let Val::Text(name) = name { self.values.get(name) } else { None };
        found
            .cloned()
            .ok_or_else(|| Error::raised("RunnableConfigurableFields", "KeyError", python::repr(name)))
    }
}

/// Makes a step anew with these fields set, or says why that cannot be.
pub type Rebuild<I, O> = Arc<dyn Fn(&Map<String, Value>) -> Result<Chain<I, O>> + Send + Sync>;

/// How many of the steps that were made anew are kept for further calls.
const KEPT: usize = 32;

/// What was made for calls, by what they set.
type Made<I, O> = Vec<(Map<String, Value>, Chain<I, O>)>;

/// A step whose fields a call can set; then it is made anew for the call.
pub struct RunnableConfigurableFields<I, O> {
    default: Chain<I, O>,
    fields: Vec<ConfigurableField>,
    rebuild: Rebuild<I, O>,
    /// The latest first.
    made: Mutex<Made<I, O>>,
}

impl<I: Chunk, O: Chunk> RunnableConfigurableFields<I, O> {
    /// The step as it is if a call sets nothing, and how it is made anew.
    pub fn new(
        default: impl IntoChain<In = I, Out = O>,
        fields: Vec<ConfigurableField>,
        rebuild: impl Fn(&Map<String, Value>) -> Result<Chain<I, O>> + Send + Sync + 'static,
    ) -> Self {
        let (default, rebuild) = (default.into_chain(), Arc::new(rebuild));
        RunnableConfigurableFields { default, fields, rebuild, made: Mutex::default() }
    }

    fn prepared(&self, config: &RunnableConfig) -> Result<Chain<I, O>> {
        let mut set = Map::new();
        for field in &self.fields {
            let chosen = config.configurable.get(&field.id);
            match (&field.options, chosen) {
                (Some(options), chosen) => drop(set.insert(field.field.clone(), options.value(chosen)?)),
                (None, Some(value)) if field.is_default(value) => {}
                (None, Some(value)) => drop(set.insert(field.field.clone(), value.clone())),
                (None, None) => {}
            }
        }
        if set.is_empty() { Ok(self.default.clone()) } else { self.made(set) }
    }

    /// The step with these fields, made anew unless it was made for one of the last calls.
    fn made(&self, set: Map<String, Value>) -> Result<Chain<I, O>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = made.iter().position(|(known, _)| *known == set) {
            made[..=place].rotate_right(1);
            return Ok(made[0].1.clone());
        }
        drop(made);
        let chain = (self.rebuild)(&set)?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.truncate(KEPT - 1);
        made.insert(0, (set, chain.clone()));
        Ok(chain)
    }
}

impl<I: Chunk, O: Chunk> Configurable<I, O> for RunnableConfigurableFields<I, O> {
    fn prepare(&self, cx: Cx) -> Result<(Chain<I, O>, Cx)> {
        Ok((self.prepared(cx.config())?, cx))
    }

    fn describe(&self, input: &Shape) -> Node {
        let mut node = Node::around("RunnableConfigurableFields", self.default.describe(input));
        node.configurable = self.fields.iter().map(ConfigurableField::spec).collect();
        node
    }

    fn chains(&self) -> Vec<&Chain<I, O>> {
        vec![&self.default]
    }
}

impl<I, O> fmt::Debug for RunnableConfigurableFields<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunnableConfigurableFields").field(&self.fields).finish()
    }
}

by_configuration!(RunnableConfigurableFields);
