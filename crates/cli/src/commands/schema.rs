//! `windlass schema`: the JSON Schema of chain files.

use crate::{args::LangChainArgs, config, terminal};
use std::process::ExitCode;

/// Prints the schema.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let schema = windlass::schema(&config::registry(false, &LangChainArgs::default()));
    terminal::line(serde_json::to_string_pretty(&schema)?)?;
    Ok(ExitCode::SUCCESS)
}
