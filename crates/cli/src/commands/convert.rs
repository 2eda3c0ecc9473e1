//! `windlass convert`: a chain of LangChain's as a chain file.

use crate::{args::ConvertArgs, config, terminal};
use std::process::ExitCode;
use windlass::translate;

/// Prints the chain file, or all reasons why there is none. Needs no keys, because nothing runs.
pub(crate) fn run(args: &ConvertArgs) -> anyhow::Result<ExitCode> {
    let source = config::read(&args.file)?;
    let registry = config::registry(true, &args.langchain);
    match translate(&source, &registry.langchain) {
        Ok(chain) => {
            if !chain.warnings.is_empty() {
                terminal::report(&chain.warnings);
            }
            terminal::piece(&chain.to_chain_file(&config::name_of(&args.file)))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(report) => {
            terminal::report(&report);
            Ok(ExitCode::FAILURE)
        }
    }
}
