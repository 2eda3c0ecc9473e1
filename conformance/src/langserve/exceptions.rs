//! Recordings that Windlass answers otherwise than LangServe, each with its reason: `langserve/exceptions.toml`.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many recordings may be answered otherwise.
pub const MOST_EXCEPTIONS: usize = 40;

/// Why a recording is answered otherwise, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Why.
    pub reason: String,
    /// The status that Windlass gives.
    pub status: u16,
    /// What stands in the body that Windlass gives.
    pub says: Option<String>,
}

/// The file.
#[derive(Debug, Clone, Default)]
pub struct Table {
    exceptions: BTreeMap<String, Exception>,
    races: BTreeSet<String>,
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExceptionsError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    races: Vec<String>,
    #[serde(default)]
    exception: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    reason: String,
    recordings: Vec<String>,
    status: u16,
    says: Option<String>,
}

impl Table {
    /// Reads the file; all names in it must be recordings.
    pub fn read(text: &str, known: &[&str]) -> Result<Self, ExceptionsError> {
        let file: File = toml::from_str(text).map_err(|error| ExceptionsError(error.to_string()))?;
        let mut table = Table { races: file.races.into_iter().collect(), ..Table::default() };
        for Entry { reason, recordings, status, says } in file.exception {
            if reason.trim().is_empty() {
                return Err(ExceptionsError(format!("{recordings:?}: there is no reason")));
            }
            for name in recordings {
                let exception = Exception { reason: reason.clone(), status, says: says.clone() };
                if table.exceptions.insert(name.clone(), exception).is_some() {
                    return Err(ExceptionsError(format!("`{name}` is excepted twice")));
                }
            }
        }
        table.check(known)?;
        Ok(table)
    }

    fn check(&self, known: &[&str]) -> Result<(), ExceptionsError> {
        let named = self.exceptions.keys().chain(&self.races);
        if let Some(name) = named.into_iter().find(|name| !known.contains(&name.as_str())) {
            return Err(ExceptionsError(format!("`{name}`: there is no such recording")));
        }
        match self.exceptions.len() {
            0..=MOST_EXCEPTIONS => Ok(()),
            many => Err(ExceptionsError(format!("{many} exceptions; at most {MOST_EXCEPTIONS} may be"))),
        }
    }

    /// Why and how a recording is answered otherwise, if it is.
    pub fn exception(&self, name: &str) -> Option<&Exception> {
        self.exceptions.get(name)
    }

    /// Whether branches of the chain run at once, so that only the order within a run is LangServe's.
    pub fn races(&self, name: &str) -> bool {
        self.races.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "[[exception]]\nreason = \"r\"\nstatus = 200\nrecordings = [\"a/b\"]\n";

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let error = Table::read(text, &["a/b"]).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn names_and_reasons_are_checked() {
        let table = Table::read(&format!("races = ['a/b']\n{ENTRY}"), &["a/b"]).unwrap();
        assert_eq!(table.exception("a/b").unwrap().status, 200);
        assert!(table.races("a/b") && table.exception("a/c").is_none());
        refused(&ENTRY.replace("a/b", "a/c"), "no such recording");
        refused("races = ['x']", "no such recording");
        refused(&ENTRY.replace("\"r\"", "\" \""), "no reason");
        refused(&ENTRY.repeat(2), "excepted twice");
        refused(&ENTRY.replace("status", "state"), "unknown field");
    }

    #[test]
    fn there_may_not_be_many() {
        let names: Vec<String> = (0..=MOST_EXCEPTIONS).map(|index| format!("a/{index}")).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = ENTRY.replace("[\"a/b\"]", &format!("{names:?}"));
        let error = Table::read(&text, &known).unwrap_err().to_string();
        assert!(error.contains("at most 40"), "{error}");
    }
}
