//! Where Windlass decides otherwise than Python: `exceptions.toml`, with the rule, its reason, and what is wanted instead.

use crate::{Case, Json, Upstream, Wanted};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Variants that may be excepted although no `python_quirk` names them: they would send a key where it does not belong.
const ALLOWED: [&str; 2] = ["load-secrets/header-secret", "load-secrets/secret-in-template"];

/// What runs are held to instead of their recordings.
#[derive(Debug, Clone, Default)]
pub struct Exceptions(BTreeMap<String, Ruling>);

/// What one run is held to.
#[derive(Debug, Clone)]
pub enum Ruling {
    /// The chain is refused, with reasons at these JSON paths.
    Refused(Vec<String>),
    /// The run gives this, and sends this if that differs too.
    Result {
        /// What is to come of it.
        wanted: Wanted,
        /// What is sent and answered, if not what was recorded.
        upstream: Option<Upstream>,
    },
}

/// What is wrong with a file of exceptions.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExceptionsError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exception: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    reason: String,
    runs: Vec<String>,
    wanted: WantedFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedFile {
    refused_at: Option<Vec<String>>,
    error: Option<ErrorFile>,
    result: Option<String>,
    upstream: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorFile {
    class: String,
    message: String,
}

impl Exceptions {
    /// Reads a file.
    pub fn read(text: &str) -> Result<Self, ExceptionsError> {
        let file: File = toml::from_str(text).map_err(|error| ExceptionsError(error.to_string()))?;
        let mut rulings = BTreeMap::new();
        for entry in file.exception {
            let wrong = |what: String| ExceptionsError(format!("the rule `{}`: {what}", entry.rule));
            if entry.rule.trim().is_empty() || entry.reason.trim().is_empty() {
                return Err(wrong("a rule needs a name and a reason".into()));
            }
            let ruling = ruling(&entry.wanted).map_err(wrong)?;
            for run in entry.runs {
                if rulings.insert(run.clone(), ruling.clone()).is_some() {
                    return Err(ExceptionsError(format!("`{run}` has more than one rule")));
                }
            }
        }
        Ok(Exceptions(rulings))
    }

    /// Checks that the exceptions of a case are ones that may be: runs of which a `python_quirk` speaks.
    pub fn check(&self, case: &Case) -> Result<(), ExceptionsError> {
        for name in self.0.keys() {
            let Some(id) = name.strip_prefix(&case.name).and_then(|rest| rest.strip_prefix('/')) else {
                continue;
            };
            let exists = case.runs.iter().any(|run| run.id == id)
                || case.variants.iter().any(|variant| variant.name == id);
            if !exists {
                return Err(ExceptionsError(format!("`{name}`: there is no such run")));
            }
            if !case.is_quirk(id) && !ALLOWED.contains(&name.as_str()) {
                return Err(ExceptionsError(format!("`{name}` is not named by a `python_quirk`")));
            }
        }
        Ok(())
    }

    /// What a run is held to, if not to its recording.
    pub fn ruling(&self, case: &str, id: &str) -> Option<&Ruling> {
        self.0.get(&format!("{case}/{id}"))
    }
}

fn ruling(wanted: &WantedFile) -> Result<Ruling, String> {
    let upstream = match &wanted.upstream {
        Some(text) => Some(serde_json::from_str(text).map_err(|error| format!("`upstream`: {error}"))?),
        None => None,
    };
    let result = match wanted {
        WantedFile { refused_at: Some(paths), error: None, result: None, upstream: None }
            if !paths.is_empty() =>
        {
            return Ok(Ruling::Refused(paths.clone()));
        }
        WantedFile { refused_at: None, error: Some(error), result: None, .. } => {
            let (class, message) = (Json::from(error.class.as_str()), Json::from(error.message.as_str()));
            format!(
                r#"{{"error":{{"type":{class},"mro":[{class}],"message":{message}}},"compare":"error_only"}}"#
            )
        }
        WantedFile { refused_at: None, error: None, result: Some(result), .. } => result.clone(),
        _ => {
            return Err(
                "`wanted` is one of `refused_at`, `error` and `result`; the latter two may have `upstream`"
                    .into(),
            );
        }
    };
    let result = Json::parse(&result).map_err(|error| format!("`result`: {error}"))?;
    Ok(Ruling::Result { wanted: Wanted::read(result)?, upstream })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(wanted: &str) -> String {
        format!("[[exception]]\nrule = \"r\"\nreason = \"because\"\nruns = [\"a/b\"]\nwanted = {wanted}\n")
    }

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let error = Exceptions::read(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn every_kind_of_ruling() {
        let read =
            |wanted: &str| Exceptions::read(&entry(wanted)).unwrap().ruling("a", "b").cloned().unwrap();
        assert!(matches!(read(r#"{ refused_at = ["$.x"] }"#), Ruling::Refused(paths) if paths == ["$.x"]));
        let error = read(r#"{ error = { class = "ValueError", message = "no" } }"#);
        let Ruling::Result { wanted, upstream: None } = error else { panic!("{error:?}") };
        assert_eq!(wanted.result.get("error").unwrap().get("type"), Some(&Json::from("ValueError")));
        let result = read(r#"{ result = '{"output": 1}', upstream = '{"exchanges": []}' }"#);
        assert!(matches!(result, Ruling::Result { upstream: Some(_), .. }));
    }

    #[test]
    fn mistakes_are_said() {
        refused(&entry("{}"), "the rule `r`: `wanted` is one of");
        refused(&entry(r#"{ refused_at = [], result = '{"output": 1}' }"#), "`wanted` is one of");
        refused(&entry("{ result = '1' }"), "there is no result");
        refused(&entry("{ result = '{' }"), "`result`: EOF");
        refused(&entry("{ skip = true }"), "unknown field `skip`");
        refused(&entry("{ refused_at = ['$'] }").repeat(2), "`a/b` has more than one rule");
        refused(&entry("{ refused_at = ['$'] }").replace("because", " "), "needs a name and a reason");
    }
}
