//! What a loader builds models through: vendors by id, each with its parameters and its way to make a model.

use crate::{ChatModel, CompletionModel, CompletionStep, DynChain, IntoChain, ModelStep};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// A vendor of chat models, as a chain file names one: `model: { openai: gpt-4o, temperature: 0.7 }`.
pub trait ModelVendor: Send + Sync + 'static {
    /// The key in a chain file: `openai`.
    fn id(&self) -> &'static str;

    /// The JSON Schema of the parameters: an object schema whose `properties` are all that may stand beside the id.
    fn parameters(&self) -> Value;

    /// Makes the model, or says everything that is wrong with the parameters. Sends nothing.
    fn build(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<Arc<dyn ChatModel>, Vec<SpecProblem>>;

    /// Makes a model that takes and gives text, where the vendor has such; `None` where it does not. Sends nothing.
    fn completion(
        &self,
        _: &ModelSpec,
        _: &dyn Environment,
    ) -> Option<Result<Arc<dyn CompletionModel>, Vec<SpecProblem>>> {
        None
    }

    /// The model that LangChain's class makes where no key is set, whose calls all fail; `None` where the class itself fails.
    fn keyless(&self, _: &ModelSpec) -> Option<Arc<dyn ChatModel>> {
        None
    }
}

/// A model as it is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// The vendor's id.
    pub vendor: String,
    /// The model's name.
    pub model: String,
    /// The parameters. A secret stands here as `${NAME}`, never in clear.
    pub params: Map<String, Value>,
}

/// Something wrong with a [`ModelSpec`].
#[derive(Debug, Clone, PartialEq)]
pub struct SpecProblem {
    /// The parameter it is about; `None` is the model as a whole.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write or do instead.
    pub remedy: String,
}

/// Where variables of the environment come from; the program reads it once, and libraries never.
pub trait Environment: Send + Sync {
    /// The variable's value, if it is set and not empty.
    fn var(&self, name: &str) -> Option<SecretString>;
}

/// A model that a vendor made.
#[derive(Clone)]
pub enum BuiltModel {
    /// It takes messages and gives one.
    Chat(Arc<dyn ChatModel>),
    /// It takes text and gives text.
    Completion(Arc<dyn CompletionModel>),
}

impl fmt::Debug for BuiltModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let identity = match self {
            BuiltModel::Chat(model) => model.identity(),
            BuiltModel::Completion(model) => model.identity(),
        };
        f.debug_tuple("BuiltModel").field(identity).finish()
    }
}

impl BuiltModel {
    /// The model as a step.
    pub fn into_step(self) -> DynChain {
        match self {
            BuiltModel::Chat(model) => ModelStep::shared(model).into_chain().erase(),
            BuiltModel::Completion(model) => CompletionStep::shared(model).into_chain().erase(),
        }
    }
}

/// The vendors that are built in, in the order they are listed to people.
#[derive(Clone, Default)]
pub struct Vendors {
    known: Vec<Arc<dyn ModelVendor>>,
    stand_in: Option<Arc<dyn ModelVendor>>,
}

impl fmt::Debug for Vendors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl Vendors {
    /// None.
    pub fn new() -> Self {
        Vendors::default()
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, vendor: impl ModelVendor) -> Self {
        self.known.push(Arc::new(vendor));
        self
    }

    /// The same, but every model is made by `vendor`, whatever the file names: for demos without a key.
    #[must_use]
    pub fn stand_in(mut self, vendor: impl ModelVendor) -> Self {
        self.stand_in = Some(Arc::new(vendor));
        self
    }

    /// Whether a stand-in makes every model.
    pub fn is_demo(&self) -> bool {
        self.stand_in.is_some()
    }

    /// The vendor of this id.
    pub fn get(&self, id: &str) -> Option<&dyn ModelVendor> {
        self.known.iter().find(|vendor| vendor.id() == id).map(|vendor| &**vendor)
    }

    /// The ids.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.known.iter().map(|vendor| vendor.id())
    }

    /// All vendors.
    pub fn iter(&self) -> impl Iterator<Item = &dyn ModelVendor> {
        self.known.iter().map(|vendor| &**vendor)
    }

    /// Makes a model: by the stand-in if there is one, else by the spec's vendor.
    pub fn build(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<BuiltModel, Vec<SpecProblem>> {
        if let Some(stand_in) = &self.stand_in {
            return stand_in.build(spec, environment).map(BuiltModel::Chat);
        }
        match self.get(&spec.vendor) {
            Some(vendor) => match vendor.completion(spec, environment) {
                Some(model) => model.map(BuiltModel::Completion),
                None => vendor.build(spec, environment).map(BuiltModel::Chat),
            },
            None => Err(vec![SpecProblem {
                key: Some(spec.vendor.clone()),
                message: format!("no vendor `{}` is built in", spec.vendor),
                remedy: format!("use one of: {}", self.ids().collect::<Vec<_>>().join(", ")),
            }]),
        }
    }
}
