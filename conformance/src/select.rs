//! Which cases of a folder are run.

use crate::{Case, ReadError};
use std::{
    io,
    path::{Path, PathBuf},
};

/// A case, or why it cannot be read.
pub type Selected = (String, Result<Case, ReadError>);

/// Why nothing can be selected.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// The folder cannot be read.
    #[error("{}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no case in the folder.
    #[error("{}: there is no case in this folder, that is no folder with a case.json", .0.display())]
    Empty(PathBuf),
    /// A name is that of no case, or of no run of its case.
    #[error("there is no case or run `{0}`")]
    Unknown(String),
}

/// Reads the cases of a folder in the order of their names; all, or those that are named as `CASE` or `CASE/RUN`.
pub fn select(folder: &Path, names: &[String]) -> Result<Vec<Selected>, SelectError> {
    let mut found = folders(folder)?;
    if found.is_empty() && folder.join("cases").is_dir() {
        found = folders(&folder.join("cases"))?;
    }
    if found.is_empty() {
        return Err(SelectError::Empty(folder.into()));
    }
    found.retain(|(case, _)| names.is_empty() || names.iter().any(|name| split(name).0 == case));
    let cases: Vec<Selected> = found.into_iter().map(|(name, folder)| (name, Case::read(&folder))).collect();
    match names.iter().find(|name| !cases.iter().any(|case| is_of(name, case))) {
        Some(unknown) => Err(SelectError::Unknown(unknown.clone())),
        None => Ok(cases),
    }
}

fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once('/').map_or((name, None), |(case, run)| (case, Some(run)))
}

/// Whether a name is that of a case, or of one of its runs.
fn is_of(name: &str, (known, case): &Selected) -> bool {
    let (wanted, run) = split(name);
    let has = |run: &str| match case {
        Ok(case) => {
            case.runs.iter().any(|known| known.id == run)
                || case.variants.iter().any(|known| known.name == run)
        }
        Err(_) => true,
    };
    wanted == known && run.is_none_or(has)
}

fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, SelectError> {
    let wrong = |source| SelectError::Folder { folder: folder.into(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if entry.path().join("case.json").exists() {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}
