//! What LangChain knows of OpenAI's models by their names: the one place to change when there are new ones.

/// Models that only the Responses API has, by how their names begin.
const RESPONSES_ONLY: [&str; 5] = ["gpt-5-pro", "gpt-5.2-pro", "gpt-5.4-pro", "gpt-5.5-pro", "gpt-5.6-sol"];
/// Models that only the Responses API has, by a part of their names.
const RESPONSES_ONLY_PART: &str = "codex";
/// Models whose tools only the Responses API has, by how their names begin in lower case.
const RESPONSES_WITH_TOOLS: &str = "gpt-6";
/// Models that get a temperature if none is set, by how their names begin in lower case; and which.
const FIXED_TEMPERATURE: (&str, f64) = ("o1", 1.0);
/// Models that take no temperature but 1 unless they chat or do not reason, by how their names begin.
const NO_TEMPERATURE: &str = "gpt-5";
const CHATS: &str = "chat";
const NO_REASONING: &str = "none";

/// Whether only the Responses API has this model.
pub(super) fn needs_responses(model: &str) -> bool {
    RESPONSES_ONLY.iter().any(|name| model.starts_with(name)) || model.contains(RESPONSES_ONLY_PART)
}

/// Whether only the Responses API has this model's tools.
pub(super) fn needs_responses_with_tools(model: &str) -> bool {
    model.to_lowercase().starts_with(RESPONSES_WITH_TOOLS)
}

/// Whether the model calls the system role `developer`: `o1`, `o3-mini`, ...
pub(super) fn has_developer(model: &str) -> bool {
    model.strip_prefix('o').is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
}

/// The temperature that is sent; `efforts` are those that are set for reasoning.
pub(super) fn temperature(model: &str, set: Option<f64>, efforts: [Option<&str>; 2]) -> Option<f64> {
    let model = model.to_lowercase();
    let (fixed, degrees) = FIXED_TEMPERATURE;
    match set {
        None if model.starts_with(fixed) => Some(degrees),
        Some(degrees) if degrees != 1.0 && !takes_temperature(&model, efforts) => None,
        set => set,
    }
}

/// Whether the model takes any temperature.
pub(super) fn takes_temperature(model: &str, efforts: [Option<&str>; 2]) -> bool {
    !model.starts_with(NO_TEMPERATURE) || model.contains(CHATS) || efforts.contains(&Some(NO_REASONING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperatures_are_set_and_left_out() {
        assert_eq!(temperature("O1-mini", None, [None; 2]), Some(1.0));
        assert_eq!(temperature("o1", Some(0.5), [None; 2]), Some(0.5));
        assert_eq!(temperature("GPT-5", Some(0.5), [None; 2]), None);
        assert_eq!(temperature("gpt-5", Some(1.0), [None; 2]), Some(1.0));
        assert_eq!(temperature("gpt-5-chat-latest", Some(0.5), [None; 2]), Some(0.5));
        assert_eq!(temperature("gpt-5", Some(0.5), [Some("low"), Some("none")]), Some(0.5));
    }

    #[test]
    fn names_tell_the_api_and_the_role() {
        assert!(
            needs_responses("gpt-5.4-pro-2026")
                && needs_responses("gpt-5-codex")
                && !needs_responses("gpt-5")
        );
        assert!(needs_responses_with_tools("GPT-6-mini") && !needs_responses_with_tools("gpt-5"));
        assert!(has_developer("o3-mini") && !has_developer("omni") && !has_developer("O1"));
    }
}
