//! The recordings, in the order in which they were made.

use super::{Answer, AnswerError, Event};
use std::path::{Path, PathBuf};

/// The list of all recordings: name, tab, what it shows.
const LIST: &str = "recordings.tsv";

/// A request and the answer that LangServe gave.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The group and the name within it: `invoke/ok-chain-str`.
    pub name: String,
    /// What it shows.
    pub shows: String,
    /// The request's bytes.
    pub request: Vec<u8>,
    /// The answer.
    pub answer: Answer,
}

/// Why recordings cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An answer is none.
    #[error("{name}: {source}")]
    Answer {
        /// Of which recording.
        name: String,
        /// Why.
        source: AnswerError,
    },
}

/// Reads all recordings of a folder.
pub fn recordings(folder: &Path) -> Result<Vec<Recording>, ReadError> {
    let list = String::from_utf8_lossy(&bytes(&folder.join(LIST))?).into_owned();
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| Recording::read(folder, line)).collect()
}

impl Recording {
    fn read(folder: &Path, line: &str) -> Result<Self, ReadError> {
        let (name, shows) = line.split_once('\t').unwrap_or((line, ""));
        let request = bytes(&folder.join(format!("{name}.request")))?;
        let answer = bytes(&folder.join(format!("{name}.response")))?;
        let answer =
            Answer::read(&answer).map_err(|source| ReadError::Answer { name: name.into(), source })?;
        Ok(Recording { name: name.into(), shows: shows.into(), request, answer })
    }

    /// The request's method.
    pub fn method(&self) -> &str {
        self.word(0)
    }

    /// The request's path with its query.
    pub fn target(&self) -> &str {
        self.word(1)
    }

    fn word(&self, index: usize) -> &str {
        let line = self.request.split(|byte| *byte == b'\r').next().unwrap_or_default();
        std::str::from_utf8(line).unwrap_or_default().split(' ').nth(index).unwrap_or_default()
    }

    /// The host as the request names it.
    pub fn host(&self) -> &str {
        let head = std::str::from_utf8(&self.request).unwrap_or_default();
        let host = head.lines().find_map(|line| line.strip_prefix("Host: "));
        host.unwrap_or_default()
    }

    /// After how many events the recorded client went away, if it did.
    pub fn left_after(&self) -> Option<usize> {
        let events = self.answer.events()?;
        let over = matches!(events.last().and_then(Event::name), Some("end" | "error"));
        (!over).then(|| Event::count(&events))
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    std::fs::read(path).map_err(|source| ReadError::File { path: path.into(), source })
}
