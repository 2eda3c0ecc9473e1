//! `stream_events` in version 2, the default: each event of a run as one object.

mod v1;

pub(super) use v1::EventsV1;

use super::{
    results,
    runs::{Filters, Follow, Runs, ToJson, Told, fields},
};
use crate::error::ApiError;
use serde_json::{Value, json};
use std::time::Duration;
use windlass_core::{Error, EventKind, RunEvent, RunId, RunType, StepStart, Telling, Val};

/// Tells of a run in version 2.
pub(super) struct EventsV2 {
    runs: Runs,
    filters: Filters,
    object: ToJson,
    /// What the outermost run got, until the first event has said it.
    raw: Option<Val>,
    /// The run of the first event.
    first: Option<RunId>,
}

impl EventsV2 {
    pub(super) fn new(filters: Filters, object: ToJson) -> Self {
        EventsV2 { runs: Runs::default(), filters, object, raw: None, first: None }
    }

    fn begin(&mut self, id: RunId, parent: Option<RunId>, start: StepStart) -> Option<Value> {
        let is_root = self.runs.root.is_none();
        let run = self.runs.begin(id, parent, start);
        if is_root {
            self.raw.clone_from(&run.input);
        }
        run.included = self.filters.include(&run.name, run.run_type.as_str(), &run.tags);
        if !run.included {
            return None;
        }
        let is_first = self.first.is_none();
        self.first.get_or_insert(id);
        let raw = self.raw.take_if(|_| is_first).map(|raw| (self.object)(&raw));
        let data = match raw.or_else(|| results::input(run, self.object)) {
            Some(input) => fields([("input", input)]),
            None if run.run_type == RunType::Tool => json!({"input": {}}),
            None => json!({}),
        };
        Some(run.event("start", data))
    }

    fn end_of(&self, run: &Told, output: Option<&Val>, input: Option<&Val>) -> Value {
        let object = self.object;
        let output = match run.run_type {
            RunType::Llm => results::generations(run, output, object),
            _ => output.map_or(Value::Null, object),
        };
        if self.first == Some(run.id) {
            return run.event("end", fields([("output", output)]));
        }
        let input = match run.run_type {
            RunType::Chain | RunType::Prompt | RunType::Parser => {
                let mut known = [input, run.input.as_ref()].into_iter().flatten();
                known.find(|input| input.is_truthy()).map_or(json!({}), object)
            }
            _ => results::input(run, object).unwrap_or_default(),
        };
        run.event("end", fields([("output", output), ("input", input)]))
    }

    /// Only a tool's failure is told of; all others are the run's.
    fn failure_of(&self, run: &Told, error: Error) -> Option<Value> {
        if run.run_type != RunType::Tool {
            return None;
        }
        let error = ApiError::of_run(error, Duration::ZERO).message;
        let input = if self.first == Some(run.id) { None } else { results::input(run, self.object) };
        Some(run.event("error", json!({"error": error, "input": input, "tool_call_id": null})))
    }

    fn custom(&mut self, run: RunId, name: &str, data: &Val) -> Option<Value> {
        let run = self.runs.get(run)?;
        if !self.filters.include(name, name, run.configured_tags()) {
            return None;
        }
        self.first.get_or_insert(run.id);
        Some(run.custom_event(name, (self.object)(data)))
    }

    fn chunk(&self, run: &Told, piece: &Val, is_root: bool) -> Value {
        let chunk = (self.object)(piece);
        let chunk = match run.run_type {
            RunType::Llm if !is_root => {
                json!({"text": chunk, "generation_info": null, "type": "GenerationChunk"})
            }
            _ => chunk,
        };
        run.event("stream", fields([("chunk", chunk)]))
    }
}

impl Follow for EventsV2 {
    fn step(&mut self, event: RunEvent) -> Option<Value> {
        match event.kind {
            EventKind::Start(start) => self.begin(event.run, event.parent, *start),
            EventKind::Chunk(piece) => {
                let run = self.runs.get(event.run).filter(|run| run.included)?;
                Some(self.chunk(run, &piece, false))
            }
            EventKind::End { output, input } => {
                let run = self.runs.end(event.run).filter(|run| run.included)?;
                Some(self.end_of(&run, output.as_ref(), input.as_ref()))
            }
            EventKind::Error(error) => {
                let run = self.runs.end(event.run).filter(|run| run.included)?;
                self.failure_of(&run, error)
            }
            EventKind::Custom { name, data } => self.custom(event.run, &name, &data),
            EventKind::Usage(_) | EventKind::Upstream(_) => None,
        }
    }

    fn piece(&mut self, piece: Val) -> Option<Value> {
        // What gives its output whole has ended when it gives it.
        let run = self.runs.get_root().filter(|run| run.included && run.telling != Telling::Whole)?;
        Some(self.chunk(run, &piece, true))
    }

    fn end(&mut self, output: Option<Val>) -> Option<Value> {
        let run = self.runs.end_root().filter(|run| run.included)?;
        Some(self.end_of(&run, output.as_ref(), None))
    }
}
