//! JSON paths of one kind: `$.kwargs.middle[0]["a b"]`, which lead to one place.

use crate::Json;
use std::fmt;

/// A way from the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct JsonPath(Vec<Step>);

/// One step of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// To a member of an object.
    Key(String),
    /// To an item of a list.
    Index(usize),
}

impl JsonPath {
    /// Reads a path; keys in brackets are in either kind of quotes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = if let Some(key) = rest.strip_prefix('.') {
                let end = key.find(['.', '[']).unwrap_or(key.len());
                (Step::Key(key[..end].to_owned()), &key[end..])
            } else {
                bracket(rest.strip_prefix('[')?)?
            };
            if step == Step::Key(String::new()) && !text.contains("[\"\"]") && !text.contains("['']") {
                return None;
            }
            steps.push(step);
            rest = after;
        }
        Some(JsonPath(steps))
    }

    /// Whether the way can be gone; its last step may lead to a member that is missing.
    pub(super) fn leads_into(&self, root: &Json) -> bool {
        let mut at = root;
        for (number, step) in self.0.iter().enumerate() {
            let next = match (step, at) {
                (Step::Key(key), Json::Object(members)) => members.get(key),
                (Step::Index(index), Json::List(items)) => items.get(*index),
                _ => return false,
            };
            match next {
                Some(next) => at = next,
                None => return number + 1 == self.0.len() && matches!(step, Step::Key(_)),
            }
        }
        true
    }

    /// Whether another path leads to the same place or further.
    pub(super) fn holds(&self, other: &JsonPath) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The names on the way.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    pub(super) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }
}

fn bracket(text: &str) -> Option<(Step, &str)> {
    let quote = text.chars().next()?;
    if quote == '"' || quote == '\'' {
        let end = text[1..].find(&format!("{quote}]"))? + 1;
        return Some((Step::Key(text[1..end].to_owned()), &text[end + 2..]));
    }
    let (index, rest) = text.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), rest))
}

impl fmt::Display for JsonPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        self.0.iter().try_for_each(|step| match step {
            Step::Key(key) if key.contains(['.', '[', ' ']) || key.is_empty() => {
                write!(formatter, "[{}]", Json::from(key.as_str()))
            }
            Step::Key(key) => write!(formatter, ".{key}"),
            Step::Index(index) => write!(formatter, "[{index}]"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, leads: Option<bool>) {
        let root = Json::parse(r#"{"a": [{"b c": 1, "x-y": 2}]}"#).unwrap();
        assert_eq!(JsonPath::parse(path).map(|path| path.leads_into(&root)), leads, "{path}");
    }

    #[test]
    fn paths_lead_into_a_document_or_not() {
        check("$", Some(true));
        check("$.a[0].x-y", Some(true));
        check("$.a[0][\"b c\"]", Some(true));
        check("$['a'][0]['b c']", Some(true));
        check("$.a[0].missing", Some(true));
        check("$.a[0].missing.more", Some(false));
        check("$.a[1]", Some(false));
        check("$.a.b", Some(false));
        for wrong in ["", "a", "$a", "$.", "$..a", "$[", "$[x]"] {
            check(wrong, None);
        }
    }

    #[test]
    fn paths_are_written_as_they_are_read() {
        for path in ["$", "$.a[0].b-c", "$[\"a b\"].c", "$[\"a.b\"]"] {
            assert_eq!(JsonPath::parse(path).unwrap().to_string(), path);
        }
    }
}
