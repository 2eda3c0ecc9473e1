//! Exceptions: the family of the class, and the first line of the text as far as it is LangChain's own.

use super::Comparison;
use crate::{Difference, Json};

/// Classes that say too little to stand for one of their many descendants.
const WIDE: [&str; 11] = [
    "Exception",
    "RuntimeError",
    "ValueError",
    "LangChainException",
    "ModelError",
    "ModelAPIError",
    "APIError",
    "APIStatusError",
    "APIConnectionError",
    "OpenAIError",
    "AnthropicError",
];

/// The text of an exception of such a class is that of pydantic, a JSON decoder or an HTTP client.
const WORDED_BY_OTHERS: [&str; 5] =
    ["ValidationError", "JSONDecodeError", "RemoteProtocolError", "TransportError", "HTTPError"];

/// How a JSON decoder begins to complain; it ends with a line, a column and a place.
const DECODER: [&str; 9] = [
    "Expecting ",
    "Unterminated string",
    "Illegal trailing comma",
    "Invalid control character",
    "Invalid \\escape",
    "Invalid \\uXXXX escape",
    "Extra data",
    "Unexpected UTF-8 BOM",
    "Exceeds the limit",
];

impl Comparison {
    /// Compares two exceptions of the form `{"type", "mro", "message", ...}`.
    pub(super) fn errors(&mut self, wanted: &Json, got: &Json) -> Result<(), Difference> {
        let text =
            |error: &Json, key: &str| error.get(key).and_then(Json::as_text).unwrap_or_default().to_owned();
        let mro: Vec<&str> =
            wanted.get("mro").map(Json::items).unwrap_or_default().iter().filter_map(Json::as_text).collect();
        let (class, found) = (text(wanted, "type"), text(got, "type"));
        if !related(&class, &mro, &found) {
            let found = format!("{found} ({})", text(got, "message"));
            return self
                .within("type", |this| Err(Difference::new(this.path.clone(), mro.join(" < "), found)));
        }
        let (message, found) = (text(wanted, "message"), text(got, "message"));
        if !self.same_message(&message, &mro, &found) {
            return self.within("message", |this| {
                Err(Difference::new(this.path.clone(), first_line(&message), first_line(&found)))
            });
        }
        for key in ["status_code", "llm_output"] {
            if let Some(wanted) = wanted.get(key) {
                let got = got.get(key).unwrap_or(&Json::Null);
                self.within(key, |this| this.values(wanted, got))?;
            }
        }
        Ok(())
    }

    fn same_message(&mut self, wanted: &str, mro: &[&str], got: &str) -> bool {
        if mro.iter().any(|class| WORDED_BY_OTHERS.contains(class)) {
            return true;
        }
        let (wanted, got) = (sorted_set(first_line(wanted)), sorted_set(first_line(got)));
        match own_words(&wanted) {
            Some(own) => got.get(..own.len()).is_some_and(|got| self.ids.same(own, got)),
            None => self.ids.same(&wanted, &got),
        }
    }
}

/// The same class, or a vendor's own class from which LangChain's class for the same failure descends.
fn related(wanted: &str, mro: &[&str], got: &str) -> bool {
    let vendors = mro.iter().any(|class| matches!(*class, "OpenAIError" | "AnthropicError" | "ModelError"));
    let narrow = !WIDE.contains(&got) || (got == "APIConnectionError" && mro.get(1) == Some(&got));
    wanted == got || vendors && narrow && mro.contains(&got)
}

fn first_line(message: &str) -> &str {
    message.split('\n').next().unwrap_or_default()
}

/// What stands before the words of pydantic or of a JSON decoder, if they are quoted.
fn own_words(line: &str) -> Option<&str> {
    let decoder = || {
        let place = line.find(": line ").filter(|at| line[*at..].contains(" (char "))?;
        DECODER.iter().filter_map(|words| line[..place].rfind(words)).max()
    };
    let pydantic = || {
        let at = line.find(" validation error")?;
        Some(line[..at].trim_end_matches(|c: char| c.is_ascii_digit()).len())
    };
    decoder().or_else(pydantic).map(|at| &line[..at])
}

/// The set of missing variables has no order in Python.
fn sorted_set(line: &str) -> String {
    const START: &str = "missing variables {";
    let Some(start) = line.find(START).map(|at| at + START.len()) else { return line.into() };
    let Some(end) = line[start..].find('}').map(|at| at + start) else { return line.into() };
    let mut names: Vec<&str> = line[start..end].split(", ").collect();
    names.sort_unstable();
    // The example in the note is the first of the set.
    let rest = line[end..].split("\\nNote: ").next().unwrap_or_default();
    format!("{}{}{rest}", &line[..start], names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_difference(wanted: &str, got: &str) -> Option<String> {
        let (wanted, got) = (Json::parse(wanted).unwrap(), Json::parse(got).unwrap());
        Comparison::of_results().errors(&wanted, &got).err().map(|difference| difference.path)
    }

    #[track_caller]
    fn message(class: &str, wanted: &str, got: &str, same: bool) {
        let error = |message: &str| {
            format!(
                r#"{{"type": "{class}", "mro": ["{class}", "Exception"], "message": {}}}"#,
                Json::from(message)
            )
        };
        let found = first_difference(&error(wanted), &error(got));
        assert_eq!(found.as_deref(), if same { None } else { Some("$.message") }, "{wanted} {got}");
    }

    #[track_caller]
    fn class(wanted: &str, got: &str, same: bool) {
        let mro: Vec<String> = wanted.split(' ').map(|class| format!("{class:?}")).collect();
        let wanted = format!(r#"{{"type": {}, "mro": [{}], "message": ""}}"#, mro[0], mro.join(","));
        let found = first_difference(&wanted, &format!(r#"{{"type": "{got}", "message": ""}}"#));
        assert_eq!(found.as_deref(), if same { None } else { Some("$.type") }, "{wanted} {got}");
    }

    #[test]
    fn the_family_of_a_class() {
        let limit =
            "OpenAIRateLimitError RateLimitError APIStatusError APIError OpenAIError ModelError Exception";
        class(limit, "OpenAIRateLimitError", true);
        class(limit, "RateLimitError", true);
        class(limit, "APIStatusError", false);
        class(limit, "Exception", false);
        class(limit, "OpenAITimeoutError", false);
        class("APIError OpenAIError Exception", "APIError", true);
        class("OpenAIConnectionError APIConnectionError APIError OpenAIError", "APIConnectionError", true);
        class(
            "OpenAITimeoutError APITimeoutError APIConnectionError OpenAIError",
            "APIConnectionError",
            false,
        );
        class("OutputParserException ValueError Exception", "ValueError", false);
        class("KeyError LookupError Exception", "LookupError", false);
        class("ValueError Exception", "", false);
    }

    #[test]
    fn the_first_line_of_a_message() {
        message("ValueError", "a\nb", "a\nc", true);
        message("ValueError", "a", "b", false);
        message("ValueError", "a", "", false);
        message("ValidationError", "1 validation error for X", "no number", true);
        message("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", "expected value", true);
    }

    #[test]
    fn words_of_others_within_a_message_are_left_out() {
        let call = "Could not parse function call data: ";
        let wanted = format!("{call}Unterminated string starting at: line 1 column 10 (char 9)");
        message("OutputParserException", &wanted, &format!("{call}no end of string"), true);
        message("OutputParserException", &wanted, "Could not parse: no end of string", false);
        let joke = r#"Failed to parse Joke from completion {"a": 1}. Got: "#;
        message("X", &format!("{joke}12 validation errors for Joke"), &format!("{joke}it"), true);
        message("X", &format!("{joke}12 validation errors for Joke"), "Failed", false);
    }

    #[test]
    fn a_set_has_no_order() {
        let missing = |names: &str| format!("missing variables {{{names}}}.  Expected: ['a', 'b']");
        message("KeyError", &missing("'a', 'b'"), &missing("'b', 'a'"), true);
        message("KeyError", &missing("'a', 'b'"), &missing("'a'"), false);
    }

    #[test]
    fn what_else_an_exception_carries() {
        let error = |more: &str| format!(r#"{{"type": "E", "mro": ["E"], "message": ""{more}}}"#);
        let differs = |wanted: &str, got: &str| first_difference(&error(wanted), &error(got));
        assert_eq!(differs(r#", "status_code": 429"#, r#", "status_code": 429"#), None);
        assert_eq!(differs(r#", "status_code": 429"#, "").as_deref(), Some("$.status_code"));
        assert_eq!(
            differs(r#", "llm_output": "a""#, r#", "llm_output": "b""#).as_deref(),
            Some("$.llm_output")
        );
        assert_eq!(differs("", r#", "status_code": 429"#), None);
    }
}
