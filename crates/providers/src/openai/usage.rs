//! Tokens that were counted: as LangChain counts them, and as the SDK shows them.

use super::wire::{Text, WireUsage};
use crate::python_json::is_truthy;
use serde_json::{Map, Value};
use windlass_core::{Metadata, Usage, Val, python};

/// The count of an answer, if there is one.
pub(super) fn usage(usage: &Value, tier: Option<&str>) -> Option<Usage> {
    let usage = serde_json::from_value::<WireUsage>(usage.clone()).ok().filter(|_| is_truthy(usage));
    usage.map(|usage| usage.at(tier))
}

impl WireUsage {
    pub(super) fn tell(self, service_tier: Option<&Text<'_>>) -> Usage {
        self.at(service_tier.map(|tier| &*tier.0))
    }

    /// As LangChain counts: tokens of the tiers that cost differently go by the tier's name.
    fn at(self, tier: Option<&str>) -> Usage {
        let input = self.prompt_tokens.unwrap_or(0);
        let output = self.completion_tokens.unwrap_or(0);
        let read = self.prompt_tokens_details.unwrap_or_default();
        let written = self.completion_tokens_details.unwrap_or_default();
        let thought = [("reasoning", written.reasoning_tokens), ("", None)];
        let kinds = [("cache_read", read.cached_tokens), ("cache_creation", read.cache_write_tokens)];
        Usage {
            input_tokens: input,
            output_tokens: output,
            total_tokens: self.total_tokens.unwrap_or(input.saturating_add(output)),
            input_token_details: usage_details(tier, read.audio_tokens, kinds, input),
            output_token_details: usage_details(tier, written.audio_tokens, thought, output),
        }
    }
}

/// Tokens by kind; the first of the kinds is not counted again for the tier.
pub(super) fn usage_details(
    tier: Option<&str>,
    audio: Option<u64>,
    named: [(&'static str, Option<u64>); 2],
    all: u64,
) -> Metadata {
    let tier = tier.filter(|tier| matches!(*tier, "priority" | "flex"));
    let tier = tier.map(str::to_string);
    Metadata::deferred(move || {
        let named_at =
            |name: &str| tier.as_ref().map_or_else(|| name.into(), |tier| format!("{tier}_{name}"));
        let at_tier = tier.clone().map(|tier| (tier, all.saturating_sub(named[0].1.unwrap_or(0)).into()));
        let audio = audio.map(|count| ("audio".into(), count.into()));
        let named = named.iter().filter_map(|(name, count)| Some((named_at(name), (*count)?.into())));
        audio.into_iter().chain(named).chain(at_tier).collect()
    })
}

/// Counts as the SDK gives them: in its order, each part that it knows, then the others.
pub(super) fn dumped_usage(usage: Value) -> Value {
    const COMPLETION: [&str; 5] = [
        "accepted_prediction_tokens",
        "audio_tokens",
        "reasoning_tokens",
        "rejected_prediction_tokens",
        "text_tokens",
    ];
    const PROMPT: [&str; 5] =
        ["audio_tokens", "cache_write_tokens", "cached_tokens", "image_tokens", "text_tokens"];
    let Value::Object(mut usage) = usage else { return usage };
    let totals = ["completion_tokens", "prompt_tokens", "total_tokens"];
    let mut dumped: Map<String, Value> =
        totals.into_iter().filter_map(|name| Some((name.into(), usage.shift_remove(name)?))).collect();
    for (name, known) in [("completion_tokens_details", COMPLETION), ("prompt_tokens_details", PROMPT)] {
        let details = match usage.shift_remove(name) {
            Some(Value::Object(mut given)) => {
                let own = known.map(|part| (part.to_string(), given.shift_remove(part).unwrap_or_default()));
                Value::Object(own.into_iter().chain(given).collect())
            }
            other => other.unwrap_or_default(),
        };
        dumped.insert(name.into(), details);
    }
    dumped.extend(usage);
    dumped.into()
}

/// Counts as the SDK prints them; nothing where there are none.
pub(super) fn shown_usage(usage: &Value) -> Option<String> {
    let Value::Object(dumped) = dumped_usage(usage.clone()) else { return None };
    let fields = dumped.into_iter().map(|(name, value)| match (name.as_str(), value) {
        ("completion_tokens_details", Value::Object(details)) => {
            (name, shown("CompletionTokensDetails", details))
        }
        ("prompt_tokens_details", Value::Object(details)) => (name, shown("PromptTokensDetails", details)),
        (_, value) => (name, python::repr(&Val::from(value))),
    });
    Some(written("CompletionUsage", fields))
}

fn shown(class: &str, fields: Map<String, Value>) -> String {
    written(class, fields.into_iter().map(|(name, value)| (name, python::repr(&Val::from(value)))))
}

fn written(class: &str, fields: impl Iterator<Item = (String, String)>) -> String {
    let fields: Vec<String> = fields.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{class}({})", fields.join(", "))
}
