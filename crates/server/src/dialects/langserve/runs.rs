//! The runs under way that a stream of events or a log tells of, and which of them the client asked for.

use serde_json::{Map, Value, json};
use std::collections::HashMap;
use windlass_core::{RunEvent, RunId, RunType, StepStart, Telling, Val};

/// How LangServe writes a value of a chain.
pub(super) type ToJson = fn(&Val) -> Value;

/// What follows a run and tells of it: at most one object for each thing that happens.
pub(super) trait Follow: Send + Unpin + 'static {
    /// Something a step did, or the start of the run itself.
    fn step(&mut self, event: RunEvent) -> Option<Value>;

    /// A piece of the run's output.
    fn piece(&mut self, piece: Val) -> Option<Value>;

    /// The run's good end.
    fn end(&mut self, output: Option<Val>) -> Option<Value>;
}

/// Which runs the client asked for: those of any `include`, or all if there is none; less those of any `exclude`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filters {
    pub(super) include_names: Option<Vec<String>>,
    pub(super) include_types: Option<Vec<String>>,
    pub(super) include_tags: Option<Vec<String>>,
    pub(super) exclude_names: Option<Vec<String>>,
    pub(super) exclude_types: Option<Vec<String>>,
    pub(super) exclude_tags: Option<Vec<String>>,
}

impl Filters {
    /// Whether what has this name, type and these tags is told of.
    pub(super) fn include(&self, name: &str, run_type: &str, tags: &[String]) -> bool {
        let any = |wanted: &Option<Vec<String>>, is: &dyn Fn(&String) -> bool| {
            wanted.as_ref().is_some_and(|wanted| wanted.iter().any(is))
        };
        let (named, typed) = (|wanted: &String| wanted == name, |wanted: &String| wanted == run_type);
        let tagged = |wanted: &String| tags.contains(wanted);
        let all = self.include_names.is_none() && self.include_types.is_none() && self.include_tags.is_none();
        let included = all
            || any(&self.include_names, &named)
            || any(&self.include_types, &typed)
            || any(&self.include_tags, &tagged);
        included
            && !any(&self.exclude_names, &named)
            && !any(&self.exclude_types, &typed)
            && !any(&self.exclude_tags, &tagged)
    }
}

/// A run under way.
pub(super) struct Told {
    pub(super) id: RunId,
    pub(super) name: String,
    pub(super) run_type: RunType,
    pub(super) telling: Telling,
    /// Its place in the run around it, then what it was configured with.
    pub(super) tags: Vec<String>,
    has_place: bool,
    /// What the run was configured with, but for what is the server's own.
    pub(super) configured: Map<String, Value>,
    /// The same with what the step says of itself.
    pub(super) metadata: Map<String, Value>,
    /// The runs around it, the outermost first.
    pub(super) parents: Vec<RunId>,
    pub(super) input: Option<Val>,
    /// Whether the client asked for it.
    pub(super) included: bool,
}

/// Keys that begin so are the server's own.
const INTERNAL: &str = "__";

impl Told {
    fn new(id: RunId, start: StepStart, parents: Vec<RunId>) -> Self {
        let open = |(key, _): &(&String, &Value)| !key.starts_with(INTERNAL);
        let copy = |(key, value): (&String, &Value)| (key.clone(), value.clone());
        Told {
            id,
            run_type: start.run_type,
            has_place: start.tag.is_some(),
            telling: start.telling,
            tags: start.tags().map(String::from).collect(),
            configured: start.config.metadata.iter().filter(open).map(copy).collect(),
            metadata: start.all_metadata().filter(open).map(copy).collect(),
            name: start.name,
            parents,
            input: start.input,
            included: true,
        }
    }

    /// The tags it was configured with.
    pub(super) fn configured_tags(&self) -> &[String] {
        &self.tags[usize::from(self.has_place)..]
    }

    /// An event of this run.
    pub(super) fn event(&self, what: &str, data: Value) -> Value {
        fields([
            ("event", format!("on_{}_{what}", self.run_type.as_str()).into()),
            ("data", data),
            ("name", self.name.as_str().into()),
            ("tags", self.tags.clone().into()),
            ("run_id", json!(self.id)),
            ("metadata", Value::Object(self.metadata.clone())),
            ("parent_ids", json!(self.parents)),
        ])
    }

    /// Something that was said in this run, which knows nothing of its place and its step.
    pub(super) fn custom_event(&self, name: &str, data: Value) -> Value {
        fields([
            ("event", "on_custom_event".into()),
            ("run_id", json!(self.id)),
            ("name", name.into()),
            ("tags", self.configured_tags().into()),
            ("metadata", Value::Object(self.configured.clone())),
            ("data", data),
            ("parent_ids", json!(self.parents)),
        ])
    }
}

/// An object of these fields, which are moved into it.
pub(super) fn fields<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The runs under way, by their ids.
#[derive(Default)]
pub(super) struct Runs {
    pub(super) root: Option<RunId>,
    runs: HashMap<RunId, Told>,
}

impl Runs {
    /// A run begins. The first one is the outermost.
    pub(super) fn begin(&mut self, id: RunId, parent: Option<RunId>, start: StepStart) -> &mut Told {
        self.root.get_or_insert(id);
        let around = parent.and_then(|parent| self.runs.get(&parent));
        let mut parents = around.map(|around| around.parents.clone()).unwrap_or_default();
        parents.extend(parent);
        self.runs.entry(id).insert_entry(Told::new(id, start, parents)).into_mut()
    }

    pub(super) fn get(&self, id: RunId) -> Option<&Told> {
        self.runs.get(&id)
    }

    pub(super) fn get_root(&self) -> Option<&Told> {
        self.get(self.root?)
    }

    /// A run is over.
    pub(super) fn end(&mut self, id: RunId) -> Option<Told> {
        self.runs.remove(&id)
    }

    pub(super) fn end_root(&mut self) -> Option<Told> {
        self.end(self.root?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Option<Vec<String>> {
        Some(items.iter().copied().map(String::from).collect())
    }

    #[test]
    fn any_include_lets_in_and_any_exclude_throws_out() {
        let tags = ["t".to_owned()];
        let check = |filters: Filters, expected: bool| {
            assert_eq!(filters.include("n", "chain", &tags), expected, "{filters:?}");
        };
        check(Filters::default(), true);
        check(Filters { include_names: list(&["other"]), ..Filters::default() }, false);
        check(Filters { include_names: list(&[]), ..Filters::default() }, false);
        let either = Filters {
            include_names: list(&["other"]),
            include_types: list(&["chain"]),
            ..Filters::default()
        };
        check(either.clone(), true);
        check(Filters { exclude_tags: list(&["t"]), ..either }, false);
        check(Filters { include_tags: list(&["x", "t"]), ..Filters::default() }, true);
        check(
            Filters { exclude_types: list(&["llm"]), exclude_names: list(&[]), ..Filters::default() },
            true,
        );
        check(Filters { exclude_names: list(&["n"]), ..Filters::default() }, false);
    }
}
