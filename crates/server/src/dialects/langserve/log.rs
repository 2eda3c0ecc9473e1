//! `stream_log`: a run as JSON patches of a log of it and of all runs in it.

use super::{
    results,
    runs::{Filters, Follow, Runs, ToJson, Told, fields},
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, time::SystemTime};
use windlass_core::{Chunk, EventKind, RunEvent, RunId, RunType, StepStart, Val, make_patch};

/// Tells of a run in patches: `{"ops": [..]}` each.
pub(super) struct StreamLog {
    runs: Runs,
    filters: Filters,
    object: ToJson,
    /// Where in the log the runs under way are.
    places: HashMap<RunId, String>,
    /// How many runs of a name there were.
    count: HashMap<String, usize>,
    /// What the models under way have said.
    said: HashMap<RunId, Val>,
    /// The output so far.
    total: Option<Val>,
}

impl StreamLog {
    pub(super) fn new(filters: Filters, object: ToJson) -> Self {
        StreamLog {
            runs: Runs::default(),
            filters,
            object,
            places: HashMap::new(),
            count: HashMap::new(),
            said: HashMap::new(),
            total: None,
        }
    }

    fn begin(&mut self, id: RunId, parent: Option<RunId>, start: StepStart) -> Option<Value> {
        let metadata: Map<_, _> =
            start.all_metadata().map(|(key, value)| (key.clone(), value.clone())).collect();
        let is_root = self.runs.root.is_none();
        let run = self.runs.begin(id, parent, start);
        if is_root {
            let state = json!({
                "id": id, "streamed_output": [], "final_output": null, "logs": {},
                "name": run.name, "type": type_of(run),
            });
            return Some(json!({"ops": [{"op": "replace", "path": "", "value": state}]}));
        }
        if !self.filters.include(&run.name, type_of(run), &run.tags) {
            return None;
        }
        let entry = json!({
            "id": id, "name": run.name, "type": type_of(run), "tags": run.tags, "metadata": metadata,
            "start_time": now(), "streamed_output": [], "streamed_output_str": [], "final_output": null,
            "end_time": null,
        });
        let count = self.count.entry(run.name.clone()).or_default();
        *count += 1;
        let key = if *count == 1 { run.name.clone() } else { format!("{}:{count}", run.name) };
        let place = format!("/logs/{}", key.replace('~', "~0").replace('/', "~1"));
        let told = ops([add(place.clone(), entry)]);
        self.places.insert(id, place);
        Some(told)
    }

    fn chunk(&mut self, id: RunId, piece: Val) -> Option<Value> {
        let place = self.places.get(&id)?;
        let run = self.runs.get(id)?;
        let streamed = add(format!("{place}/streamed_output/-"), (self.object)(&piece));
        if !results::is_model(run) {
            return Some(ops([streamed]));
        }
        let token = match &piece {
            Val::Message(message) => serde_json::to_value(message.content()).unwrap_or_default(),
            other => (self.object)(other),
        };
        match self.said.get_mut(&id) {
            Some(said) => said.merge(piece),
            None => drop(self.said.insert(id, piece)),
        }
        Some(ops([add(format!("{place}/streamed_output_str/-"), token), streamed]))
    }

    fn over(&mut self, id: RunId, output: Result<Option<Val>, ()>) -> Option<Value> {
        let run = self.runs.end(id)?;
        let said = self.said.remove(&id);
        let place = self.places.remove(&id)?;
        let output = match output {
            Ok(output) if results::is_model(&run) => {
                results::llm_result(&run, output.as_ref(), false, self.object)
            }
            Ok(output) => self.output(&run, output.unwrap_or(Val::Null)),
            Err(()) if results::is_model(&run) => results::llm_result(&run, said.as_ref(), true, self.object),
            Err(()) => json!({}),
        };
        Some(ops([
            add(format!("{place}/final_output"), output),
            add(format!("{place}/end_time"), now().into()),
        ]))
    }

    /// Outputs are objects; what is none stands in one.
    fn output(&self, run: &Told, output: Val) -> Value {
        let value = (self.object)(&output);
        match (run.run_type, output) {
            (RunType::Retriever, _) => json!({"documents": value}),
            (RunType::Prompt, _) | (RunType::Chain | RunType::Parser, Val::Dict(_) | Val::AddDict(_)) => {
                value
            }
            _ => json!({"output": value}),
        }
    }

    /// What the next piece changes in the output so far, which it is added to as Python adds.
    fn grow(&mut self, piece: Val) -> Vec<Value> {
        let before = self.total.take();
        let after = match &before {
            Some(before) if before.adds(&piece) => {
                let mut after = before.clone();
                after.merge(piece);
                (Some(before), after)
            }
            _ => (None, piece),
        };
        let ops = self.difference(after.0, &after.1);
        self.total = Some(after.1).filter(|total| *total != Val::Null);
        ops
    }

    fn difference(&self, before: Option<&Val>, after: &Val) -> Vec<Value> {
        if !matches!(after, Val::Dict(_) | Val::AddDict(_) | Val::List(_)) {
            let same = before.unwrap_or(&Val::Null) == after;
            let replaced = || {
                let path = "/final_output".into();
                fields([("op", "replace".into()), ("path", path), ("value", (self.object)(after))])
            };
            return if same { Vec::new() } else { vec![replaced()] };
        }
        let before = before.map(plain);
        let Val::List(patch) = make_patch(before.as_ref(), &plain(after)) else { return Vec::new() };
        patch.iter().map(|op| self.below_output(op)).collect()
    }

    /// The operation on the output, as one on the log.
    fn below_output(&self, op: &Val) -> Value {
        let Val::Dict(op) = op else { return Value::Null };
        let field = |(key, val): (&String, &Val)| match (key.as_str(), val) {
            ("path" | "from", Val::Text(path)) => (key.clone(), format!("/final_output{path}").into()),
            _ => (key.clone(), (self.object)(val)),
        };
        Value::Object(op.iter().map(field).collect())
    }
}

impl Follow for StreamLog {
    fn step(&mut self, event: RunEvent) -> Option<Value> {
        match event.kind {
            EventKind::Start(start) => self.begin(event.run, event.parent, *start),
            EventKind::Chunk(piece) => self.chunk(event.run, piece),
            EventKind::End { output, .. } => self.over(event.run, Ok(output)),
            EventKind::Error(_) => self.over(event.run, Err(())),
            EventKind::Custom { .. } | EventKind::Usage(_) | EventKind::Upstream(_) => None,
        }
    }

    fn piece(&mut self, piece: Val) -> Option<Value> {
        let mut all = vec![add("/streamed_output/-".into(), (self.object)(&piece))];
        all.extend(self.grow(piece));
        Some(ops(all))
    }

    fn end(&mut self, _: Option<Val>) -> Option<Value> {
        None
    }
}

/// The log calls models of messages as it calls models of text.
fn type_of(run: &Told) -> &'static str {
    match run.run_type {
        RunType::ChatModel => RunType::Llm.as_str(),
        other => other.as_str(),
    }
}

fn ops(ops: impl IntoIterator<Item = Value>) -> Value {
    fields([("ops", ops.into_iter().collect())])
}

fn add(path: String, value: Value) -> Value {
    fields([("op", "add".into()), ("path", path.into()), ("value", value)])
}

/// The time in milliseconds, as Python writes it.
fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string().replace('Z', "+00:00")
}

/// Objects that add up, as the objects they are to a patch.
fn plain(val: &Val) -> Val {
    match val {
        Val::Dict(dict) | Val::AddDict(dict) => {
            Val::Dict(dict.iter().map(|(key, val)| (key.clone(), plain(val))).collect())
        }
        Val::List(items) => Val::List(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}
