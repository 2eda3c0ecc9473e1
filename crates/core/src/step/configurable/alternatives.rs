//! `RunnableConfigurableAlternatives`: one of several steps, as a call chooses.

use super::{Configurable, by_configuration};
use crate::{Chain, Chunk, ConfigSpec, Cx, Error, IntoChain, Node, Result, Shape, Val, python};
use indexmap::IndexMap;
use std::fmt;

/// One of several steps; a call chooses by `config.configurable[which]`.
pub struct RunnableConfigurableAlternatives<I, O> {
    which: String,
    default_key: String,
    default: Chain<I, O>,
    alternatives: IndexMap<String, Chain<I, O>>,
    prefix_keys: bool,
    name: Option<String>,
    description: Option<String>,
}

impl<I: Chunk, O: Chunk> RunnableConfigurableAlternatives<I, O> {
    /// `default` stands for `default_key`, and for a call that chooses nothing.
    pub fn new(
        which: impl Into<String>,
        default_key: impl Into<String>,
        default: impl IntoChain<In = I, Out = O>,
    ) -> Self {
        RunnableConfigurableAlternatives {
            which: which.into(),
            default_key: default_key.into(),
            default: default.into_chain(),
            alternatives: IndexMap::new(),
            prefix_keys: false,
            name: None,
            description: None,
        }
    }

    /// The same with one alternative more.
    #[must_use]
    pub fn alternative(mut self, key: impl Into<String>, chain: impl IntoChain<In = I, Out = O>) -> Self {
        self.alternatives.insert(key.into(), chain.into_chain());
        self
    }

    /// Whether configurable values of an alternative's insides are called `which==key/id`.
    #[must_use]
    pub fn prefix_keys(mut self, prefix_keys: bool) -> Self {
        self.prefix_keys = prefix_keys;
        self
    }

    /// What people call the choice. Default: `which`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What the choice is about, for people.
    #[must_use]
    pub fn described(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The choice as callers see it.
    fn spec(&self) -> ConfigSpec {
        let keys = self.alternatives.keys().chain([&self.default_key]).cloned();
        let spec = ConfigSpec::options(&self.which, self.name.as_deref(), keys);
        let description = self.description.clone();
        ConfigSpec { description, default: self.default_key.as_str().into(), ..spec }
    }

    fn prepared(&self, cx: Cx) -> Result<(Chain<I, O>, Cx)> {
        let chosen = cx
            .config()
            .configurable
            .get(&self.which)
            .cloned()
            .map_or_else(|| Val::Text(self.default_key.clone()), Val::from);
        let key = python::str(&chosen);
        let chain = if key == self.default_key { Some(&self.default) } else { self.alternatives.get(&key) };
        let Some(chain) = chain else {
            let message = format!("Unknown alternative: {key}");
            return Err(Error::raised("RunnableConfigurableAlternatives", "ValueError", message));
        };
        Ok((chain.clone(), if self.prefix_keys { self.without_prefix(&key, cx) } else { cx }))
    }

    fn without_prefix(&self, key: &str, cx: Cx) -> Cx {
        let prefix = format!("{}=={key}/", self.which);
        let mut config = cx.config().clone();
        let configurable = std::mem::take(&mut config.configurable).into_iter();
        config.configurable = configurable
            .map(|(id, value)| (id.strip_prefix(&prefix).map(String::from).unwrap_or(id), value))
            .collect();
        cx.with_config(config)
    }
}

impl<I: Chunk, O: Chunk> Configurable<I, O> for RunnableConfigurableAlternatives<I, O> {
    fn prepare(&self, cx: Cx) -> Result<(Chain<I, O>, Cx)> {
        self.prepared(cx)
    }

    fn describe(&self, input: &Shape) -> Node {
        let names = std::iter::once(&self.default_key).chain(self.alternatives.keys()).cloned();
        let choices = names.zip(self.chains()).map(|(name, chain)| {
            let mut node = chain.describe(input);
            if self.prefix_keys {
                node.prefix_configurable(&format!("{}=={name}/", self.which));
            }
            (name, node)
        });
        let mut node = Node::choice("RunnableConfigurableAlternatives", choices.collect());
        node.configurable.push(self.spec());
        node
    }

    fn chains(&self) -> Vec<&Chain<I, O>> {
        std::iter::once(&self.default).chain(self.alternatives.values()).collect()
    }
}

impl<I, O> fmt::Debug for RunnableConfigurableAlternatives<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = std::iter::once(&self.default_key).chain(self.alternatives.keys()).collect();
        f.debug_struct("RunnableConfigurableAlternatives")
            .field("which", &self.which)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

by_configuration!(RunnableConfigurableAlternatives);
