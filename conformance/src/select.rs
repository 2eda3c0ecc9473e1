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
    /// A name is no case's.
    #[error("there is no case `{0}`")]
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
    let case = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let known = |name: &String| found.iter().any(|(found, _)| *found == case(name));
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(SelectError::Unknown(unknown.clone()));
    }
    found.retain(|(found, _)| names.is_empty() || names.iter().any(|name| case(name) == *found));
    Ok(found.into_iter().map(|(name, folder)| (name, Case::read(&folder))).collect())
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
