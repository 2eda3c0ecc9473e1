//! What is known of models by their names: LangChain's profiles, and what the newest refuse. Pure.

use crate::call::BadRequest;
use serde_json::Value;
use windlass_core::{Val, python};

/// The most tokens of an answer of a model that is not known.
const USUAL_MAX_TOKENS: u64 = 4096;

/// What a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Profile {
    /// The most tokens of an answer.
    pub(super) max_tokens: u64,
    /// Whether system messages may stand in the middle of a conversation.
    pub(super) system_in_place: bool,
    /// Whether it thinks as much as an effort asks for.
    pub(super) adaptive: bool,
}

const fn profile(max_tokens: u64, system_in_place: bool, adaptive: bool) -> Profile {
    Profile { max_tokens, system_in_place, adaptive }
}

const UNKNOWN: Profile = profile(USUAL_MAX_TOKENS, false, false);
const HALF: Profile = profile(64_000, false, false);
const NEWEST: Profile = profile(128_000, true, true);

/// By exact name, as LangChain has them.
static PROFILES: &[(&str, Profile)] = &[
    ("claude-fable-5", NEWEST),
    ("claude-fable-5-1", NEWEST),
    ("claude-haiku-4-5", HALF),
    ("claude-haiku-4-5-20251001", HALF),
    ("claude-haiku-5-5", profile(128_000, true, false)),
    ("claude-mythos-5", profile(USUAL_MAX_TOKENS, true, false)),
    ("claude-mythos-5-1", profile(USUAL_MAX_TOKENS, true, false)),
    ("claude-opus-4-5", HALF),
    ("claude-opus-4-5-20251101", HALF),
    ("claude-opus-4-6", profile(128_000, false, false)),
    ("claude-opus-4-7", profile(128_000, false, true)),
    ("claude-opus-4-8", NEWEST),
    ("claude-opus-5", NEWEST),
    ("claude-opus-5-5", NEWEST),
    ("claude-sonnet-4-5", HALF),
    ("claude-sonnet-4-5-20250929", HALF),
    ("claude-sonnet-4-6", profile(128_000, false, false)),
    ("claude-sonnet-5", NEWEST),
    ("claude-sonnet-5-5", NEWEST),
];

/// What is known of the model of this name.
pub(super) fn profile_of(model: &str) -> Profile {
    PROFILES.iter().find(|(name, _)| *name == model).map_or(UNKNOWN, |(_, profile)| *profile)
}

/// Whether this model takes no sampling parameters at all.
pub(super) fn is_unsampled(model: &str) -> bool {
    model.starts_with("claude-fable-5")
}

/// Refuses what LangChain refuses, before it is sent. `argument` gives what a call would send under a name.
pub(super) fn check<'a>(
    model: &str,
    argument: impl Fn(&str) -> Option<&'a Value>,
    effort: Option<&str>,
) -> Result<(), BadRequest> {
    let opus = model.starts_with("claude-opus-5");
    let strict = is_unsampled(model) || model.starts_with("claude-sonnet-5-5");
    if !opus && !strict {
        return Ok(());
    }
    let refuse = |text: String| Err(BadRequest::value(text));
    let thinking = argument("thinking").and_then(|thinking| thinking.get("type")?.as_str());
    if strict {
        check_sampling(model, &argument)?;
        if thinking == Some("disabled") {
            return refuse(format!(
                "`thinking={{\"type\": \"disabled\"}}` is not supported for {model}; omit `thinking` to use adaptive thinking."
            ));
        }
    }
    match (thinking, effort) {
        (Some("enabled"), _) => refuse(format!(
            "`thinking={{\"type\": \"enabled\", \"budget_tokens\": ...}}` is not supported for {model}; use adaptive \
             thinking and `output_config.effort` instead."
        )),
        (Some("disabled"), Some(effort @ ("xhigh" | "max"))) if opus => refuse(format!(
            "`thinking={{\"type\": \"disabled\"}}` is not supported for {model} with `output_config.effort={}`; use \
             adaptive thinking, omit `thinking`, or set effort to `high` or below.",
            python::repr(&Val::from(effort))
        )),
        _ => Ok(()),
    }
}

fn check_sampling<'a>(model: &str, argument: &impl Fn(&str) -> Option<&'a Value>) -> Result<(), BadRequest> {
    let set = |name| argument(name).filter(|value| !value.is_null());
    let unusual = |name| set(name).is_some_and(|value| value.as_f64() != Some(1.0));
    if set("top_k").is_some() {
        return Err(BadRequest::value(format!("`top_k` is not supported for {model}.")));
    }
    match ["top_p", "temperature"].into_iter().find(|name| unusual(name)) {
        Some(name) => {
            Err(BadRequest::value(format!("`{name}` is not supported for {model} at non-default values.")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_compared_whole() {
        assert_eq!(profile_of("claude-sonnet-4-5-20250929").max_tokens, 64_000);
        assert_eq!(profile_of("claude-sonnet-4-5-20990101"), UNKNOWN);
        assert_eq!(profile_of("claude-3-haiku-20240307").max_tokens, 4096);
    }

    #[track_caller]
    fn refused(model: &str, arguments: &Value, effort: Option<&str>, expect: Option<&str>) {
        let told = check(model, |name| arguments.get(name), effort).err();
        let told = told.map(|bad| bad.words.ours);
        assert!(told.as_deref().unwrap_or("").starts_with(expect.unwrap_or("")), "{told:?}");
        assert_eq!(told.is_some(), expect.is_some());
    }

    #[test]
    fn the_newest_refuse_what_the_others_take() {
        let enabled = json!({"thinking": {"type": "enabled", "budget_tokens": 1}});
        let disabled = json!({"thinking": {"type": "disabled"}});
        refused("claude-sonnet-4-5", &json!({"top_k": 1, "temperature": 0}), None, None);
        refused("claude-sonnet-5-5", &json!({"top_k": 1}), None, Some("`top_k`"));
        refused("claude-sonnet-5-5", &json!({"top_p": 1, "temperature": 1.0}), None, None);
        refused("claude-fable-5", &json!({"temperature": 0.5}), None, Some("`temperature`"));
        refused(
            "claude-fable-5",
            &disabled,
            None,
            Some("`thinking={\"type\": \"disabled\"}` is not supported"),
        );
        refused("claude-opus-5", &enabled, None, Some("`thinking={\"type\": \"enabled\""));
        refused("claude-opus-5", &disabled, Some("high"), None);
        refused("claude-opus-5", &disabled, Some("max"), Some("`thinking={\"type\": \"disabled\"}`"));
    }
}
