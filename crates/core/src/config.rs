//! What a caller can configure per run: LangChain's `RunnableConfig`, and how two of them combine.

mod spec;

pub use spec::{ConfigSpec, ConfigSpecs};

use serde_json::{Map, Value};
use std::sync::Arc;

/// What a caller can configure per run, as in LangChain.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunnableConfig {
    /// Labels of the run and everything in it.
    pub tags: Vec<String>,
    /// Data that goes with the run into events.
    pub metadata: Map<String, Value>,
    /// The name of the outermost run.
    pub run_name: Option<String>,
    /// Values for configurable steps.
    pub configurable: Map<String, Value>,
    /// How many inputs of a batch, or branches of a step, run at once; `None` is 256.
    pub max_concurrency: Option<usize>,
    /// Tools that the client brought, as arguments of a model in OpenAI's form (`tools`, `tool_choice`,
    /// `parallel_tool_calls`), for the steps that take them: see [`RunnableClientTools`](crate::RunnableClientTools). No part
    /// of LangChain's form.
    pub client_tools: Option<Arc<Map<String, Value>>>,
}

impl RunnableConfig {
    /// Reads LangChain's form. Keys it does not know count as configurable values, as in LangChain; callbacks, run ids and
    /// the recursion limit mean nothing here. The error says which key has a value of the wrong kind.
    ///
    /// ```
    /// use windlass_core::RunnableConfig;
    ///
    /// let json = serde_json::json!({"tags": ["a"], "max_concurrency": 2, "voice": "dry"});
    /// let config = RunnableConfig::from_json(json.as_object().unwrap().clone()).unwrap();
    /// assert_eq!((config.max_concurrency, &config.configurable["voice"]), (Some(2), &"dry".into()));
    /// ```
    pub fn from_json(json: Map<String, Value>) -> Result<Self, String> {
        let mut config = RunnableConfig::default();
        let mut loose = Map::new();
        for (key, value) in json {
            if value.is_null() {
                continue;
            }
            let wrong = |wanted: &str| format!("`{key}` must be {wanted}");
            match key.as_str() {
                "tags" => config.tags = texts(value).ok_or_else(|| wrong("a list of text"))?,
                "metadata" => config.metadata = object(value).ok_or_else(|| wrong("an object"))?,
                "configurable" => config.configurable = object(value).ok_or_else(|| wrong("an object"))?,
                "run_name" => config.run_name = Some(text(value).ok_or_else(|| wrong("text"))?),
                "max_concurrency" => {
                    let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
                    config.max_concurrency = count.ok_or_else(|| wrong("a whole number"))?.into();
                }
                "callbacks" | "run_id" | "recursion_limit" => {}
                _ => drop(loose.insert(key, value)),
            }
        }
        config.configurable.extend(loose);
        Ok(config)
    }

    /// This with what a call asks for, which wins: keys of metadata and configurable values merge, tags are united.
    #[must_use]
    pub fn merged(&self, call: &RunnableConfig) -> Self {
        let mut merged = self.clone();
        merged.tags.extend(call.tags.iter().cloned());
        merged.tags.sort();
        merged.tags.dedup();
        merged.metadata.extend(call.metadata.clone());
        merged.configurable.extend(call.configurable.clone());
        if call.run_name.is_some() {
            merged.run_name.clone_from(&call.run_name);
        }
        if call.client_tools.is_some() {
            merged.client_tools.clone_from(&call.client_tools);
        }
        merged.max_concurrency = call.max_concurrency.filter(|max| *max > 0).or(self.max_concurrency);
        merged
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.into_iter().map(text).collect(),
        _ => None,
    }
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(json: Value) -> Result<RunnableConfig, String> {
        RunnableConfig::from_json(object(json).unwrap())
    }

    #[test]
    fn the_call_wins_and_tags_are_united() {
        let bound = config(json!({
            "tags": ["b", "a"], "metadata": {"x": 1, "y": 1}, "configurable": {"t": 1}, "run_name": "bound",
            "max_concurrency": 3, "recursion_limit": 5, "callbacks": null,
        }));
        let call = config(json!({"tags": ["a", "c"], "metadata": {"y": 2}, "u": 2, "max_concurrency": 0}));
        let merged = bound.unwrap().merged(&call.unwrap());
        let expect = config(json!({
            "tags": ["a", "b", "c"], "metadata": {"x": 1, "y": 2}, "configurable": {"t": 1, "u": 2},
            "run_name": "bound", "max_concurrency": 3,
        }));
        assert_eq!(merged, expect.unwrap());
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named() {
        for (json, key) in
            [(json!({"tags": [1]}), "tags"), (json!({"max_concurrency": -1}), "max_concurrency")]
        {
            assert!(config(json).unwrap_err().contains(key));
        }
    }
}
