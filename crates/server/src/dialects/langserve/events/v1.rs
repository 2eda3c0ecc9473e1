//! `stream_events` in version 1, as it is made of the log: no parents, and models give all of their result.

use super::super::{
    results,
    runs::{Filters, Follow, Runs, ToJson, Told, fields},
};
use serde_json::{Value, json};
use windlass_core::{Chunk, EventKind, RunEvent, RunId, RunType, StepStart, Val};

/// Tells of a run in version 1.
pub(in super::super) struct EventsV1 {
    runs: Runs,
    filters: Filters,
    object: ToJson,
    /// What the models under way have said.
    said: std::collections::HashMap<RunId, Val>,
}

impl EventsV1 {
    pub(in super::super) fn new(filters: Filters, object: ToJson) -> Self {
        EventsV1 { runs: Runs::default(), filters, object, said: Default::default() }
    }

    fn begin(&mut self, id: RunId, parent: Option<RunId>, start: StepStart) -> Option<Value> {
        let is_root = self.runs.root.is_none();
        let run = self.runs.begin(id, parent, start);
        run.parents.clear();
        run.included = self.filters.include(&run.name, run.run_type.as_str(), &run.tags);
        if is_root {
            run.metadata.clone_from(&run.configured);
        }
        if !run.included {
            return None;
        }
        let input = match &run.input {
            Some(raw) if is_root => Some((self.object)(raw)),
            _ => results::input(run, self.object),
        };
        Some(run.event("start", input.map_or(json!({}), |input| fields([("input", input)]))))
    }

    fn over(&mut self, run: &Told, ended: Ended) -> Value {
        let object = self.object;
        let (output, input, failed) = match ended {
            Ended::Well(output, input) => (output, input, false),
            Ended::Badly => (self.said.remove(&run.id), None, true),
        };
        let output = match run.run_type {
            RunType::ChatModel | RunType::Llm => results::llm_result(run, output.as_ref(), failed, object),
            RunType::Retriever => json!({"documents": output.as_ref().map(object)}),
            _ => output.map_or(Value::Null, |output| object(&output)),
        };
        let input = input.map(|input| object(&input)).or_else(|| results::input(run, object));
        let mut data = input.map_or(json!({}), |input| fields([("input", input)]));
        data["output"] = output;
        run.event("end", data)
    }
}

/// How a run ended: with its output, and the input if its start could not say it; or not well.
enum Ended {
    Well(Option<Val>, Option<Val>),
    Badly,
}

impl Follow for EventsV1 {
    fn step(&mut self, event: RunEvent) -> Option<Value> {
        let ended = match event.kind {
            EventKind::Start(start) => return self.begin(event.run, event.parent, *start),
            EventKind::Chunk(piece) => {
                let run = self.runs.get(event.run).filter(|run| run.included)?;
                let chunk = (self.object)(&piece);
                if results::is_model(run) {
                    match self.said.get_mut(&event.run) {
                        Some(said) => said.merge(piece),
                        None => drop(self.said.insert(event.run, piece)),
                    }
                }
                return Some(run.event("stream", fields([("chunk", chunk)])));
            }
            EventKind::End { output, input } => Ended::Well(output, input),
            EventKind::Error(_) => Ended::Badly,
            EventKind::Custom { .. } | EventKind::Usage(_) | EventKind::Upstream(_) => return None,
        };
        let run = self.runs.end(event.run).filter(|run| run.included)?;
        let told = self.over(&run, ended);
        self.said.remove(&event.run);
        Some(told)
    }

    fn piece(&mut self, piece: Val) -> Option<Value> {
        let run = self.runs.get_root().filter(|run| run.included)?;
        Some(run.event("stream", fields([("chunk", (self.object)(&piece))])))
    }

    fn end(&mut self, output: Option<Val>) -> Option<Value> {
        let run = self.runs.end_root().filter(|run| run.included)?;
        let output = output.map_or(Value::Null, |output| (self.object)(&output));
        Some(run.event("end", fields([("output", output)])))
    }
}
