//! Answers in a given form, as the SDK's helper streams them: further empty chunks for its own events, and at the end
//! one with what is known of the whole. Pure.

use super::{
    bad_answer,
    response::{self, Expected},
    usage,
    wire::{About, Chunk, ChunkChoice},
};
use crate::{call::BadAnswer, python_json::is_truthy};
use serde::Deserialize;
use serde_json::{Map, Value};
use windlass_core::{AiMessage, AiMessageChunk, Metadata};

/// What the helper reads; other events it passes over.
const OBJECT: &str = "chat.completion.chunk";

/// What is known of an answer under way.
#[derive(Debug, Default)]
pub(super) struct Structured {
    /// What the first chunk said of the answer, and the last one.
    about: Option<About>,
    last: LastSaid,
    refusal: Option<String>,
    function_call: Metadata,
    finish_reason: Option<String>,
    has_content: bool,
    has_logprobs: [bool; 2],
    told: Told,
    /// The call of a tool that is under way.
    call: Option<usize>,
}

/// Which ends were told already.
#[derive(Debug, Default)]
struct Told {
    content: bool,
    refusal: bool,
    logprobs: [bool; 2],
    calls: Vec<usize>,
}

/// What counts as the last chunk says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LastSaid {
    usage: Value,
    system_fingerprint: Value,
}

impl Structured {
    /// A chunk, and how many empty ones follow it.
    pub(super) fn read(
        &mut self,
        data: &str,
        expected: &Expected,
    ) -> Result<(Option<AiMessageChunk>, usize), BadAnswer> {
        // What is wrong with it is said as for any chunk.
        let Ok(chunk) = serde_json::from_str::<Chunk<'_>>(data) else {
            return response::chunk(data, expected).map(|chunk| (chunk, 0));
        };
        if chunk.error.as_ref().is_some_and(is_truthy) {
            return response::chunk(data, expected).map(|chunk| (chunk, 0));
        }
        if chunk.object.as_ref().is_none_or(|object| object.0 != OBJECT) {
            return Ok((None, 0));
        }
        self.last = serde_json::from_str(data).unwrap_or_default();
        self.about.get_or_insert_with(|| About { choices: Vec::new(), ..about(data) });
        let choice = chunk.choices.iter().flatten().next();
        let more = choice.map_or(0, |choice| self.events(choice));
        let chunk = chunk.tell(expected);
        if let Some(chunk) = &chunk {
            self.function_call.merge(chunk.additional_kwargs.clone());
        }
        Ok((chunk, more))
    }

    /// How many events of its own the helper makes of a choice.
    fn events(&mut self, choice: &ChunkChoice<'_>) -> usize {
        let Some(delta) = &choice.delta else { return 0 };
        self.has_content |= delta.content.as_ref().is_some_and(|content| !content.0.is_empty());
        let mut events = 0;
        if let Some(refusal) = &delta.refusal {
            self.refusal.get_or_insert_default().push_str(&refusal.0);
            events += 1;
        }
        let calls = delta.tool_calls.as_deref().unwrap_or_default();
        events += calls.len();
        for (place, list) in ["content", "refusal"].into_iter().enumerate() {
            let some =
                choice.logprobs.as_ref().is_some_and(|logprobs| logprobs.get(list).is_some_and(is_truthy));
            self.has_logprobs[place] |= some;
            events += usize::from(some);
        }
        if let Some(reason) = choice.finish_reason.as_ref().filter(|reason| !reason.0.is_empty()) {
            self.finish_reason = Some(reason.0.clone().into_owned());
        }
        if self.finish_reason.is_some() {
            events += self.ends() + self.end_of_call();
        }
        for call in calls {
            if self.call != call.index {
                events += self.ends() + self.end_of_call();
                self.call = call.index;
            }
        }
        events
    }

    /// The events for what has come to its end, each once.
    fn ends(&mut self) -> usize {
        let ended =
            |there: bool, told: &mut bool| usize::from(there && !std::mem::replace(told, *told || there));
        ended(self.has_content, &mut self.told.content)
            + ended(self.refusal.is_some(), &mut self.told.refusal)
            + ended(self.has_logprobs[0], &mut self.told.logprobs[0])
            + ended(self.has_logprobs[1], &mut self.told.logprobs[1])
    }

    fn end_of_call(&mut self) -> usize {
        let Some(call) = self.call.filter(|call| !self.told.calls.contains(call)) else { return 0 };
        self.told.calls.push(call);
        1
    }

    /// The chunk at the end.
    pub(super) fn finish(self, expected: &Expected) -> Result<AiMessageChunk, BadAnswer> {
        let LastSaid { usage, system_fingerprint } = self.last;
        let reason = self.finish_reason.as_deref();
        if let Some(bad) = reason.and_then(|reason| bad_answer::ended_badly(reason, &usage)) {
            return Err(bad);
        }
        let about = About { usage: usage.clone(), system_fingerprint, ..self.about.unwrap_or_default() };
        let tier = about.service_tier.as_ref().and_then(Value::as_str);
        let usage = usage::usage(&usage, tier);
        let mut additional_kwargs = self.function_call.into_map();
        additional_kwargs.extend([("parsed".into(), Value::Null), ("refusal".into(), self.refusal.into())]);
        let response_metadata = about.tell(None).into();
        let additional_kwargs = Map::into(additional_kwargs);
        Ok(AiMessage { usage, additional_kwargs, response_metadata, ..response::empty(expected) })
    }
}

fn about(data: &str) -> About {
    serde_json::from_str(data).unwrap_or_default()
}
