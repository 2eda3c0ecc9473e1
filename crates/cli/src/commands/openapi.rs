//! `windlass openapi`: the OpenAPI document of files' chains.

use super::or_print;
use crate::{args::OpenapiArgs, config, terminal};
use std::process::ExitCode;
use windlass::Server;

/// Prints the document; needs no keys, because nothing runs.
pub(crate) fn run(args: &OpenapiArgs) -> anyhow::Result<ExitCode> {
    let Some(loaded) = or_print(config::load(&args.files, &config::registry(true, &args.langchain))) else {
        return Ok(ExitCode::FAILURE);
    };
    let server = Server::new(loaded.endpoints(), loaded.settings(&[])?)?;
    terminal::line(serde_json::to_string_pretty(&server.openapi())?)?;
    Ok(ExitCode::SUCCESS)
}
