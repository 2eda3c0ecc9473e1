//! `windlass check`: everything that is wrong with files.

use super::or_print;
use crate::{
    args::CheckArgs,
    config::{self, LoadFailure, Loaded},
    terminal,
};
use owo_colors::OwoColorize;
use std::process::ExitCode;
use windlass::{Report, Server};

/// Exits with 0 if every file can be served.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let result = config::load(&args.files, &config::registry(args.demo, &args.langchain));
    let loaded = if args.json { or_print_json(result)? } else { or_print(result) };
    let Some(loaded) = loaded else { return Ok(ExitCode::FAILURE) };
    Server::new(loaded.endpoints(), loaded.settings(&[])?)?;
    for file in loaded.files.iter().filter(|_| !args.json) {
        let names: Vec<_> = file.endpoints.iter().map(|endpoint| endpoint.name()).collect();
        let name = file.source().name();
        terminal::line(format_args!("{} {name}: {}", "ok".green().bold(), names.join(", ")))?;
        if let Some(tree) = &file.tree {
            terminal::piece(tree)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The same as [`or_print`], one JSON object a line.
fn or_print_json(result: Result<Loaded, LoadFailure>) -> anyhow::Result<Option<Loaded>> {
    match &result {
        Ok(loaded) => print_json(loaded.warnings())?,
        Err(failure) => {
            print_json(failure.reports.iter())?;
            failure.unreadable.iter().for_each(|problem| terminal::error(problem));
        }
    }
    Ok(result.ok())
}

fn print_json<'a>(reports: impl Iterator<Item = &'a Report>) -> anyhow::Result<()> {
    for mistake in reports.flat_map(Report::mistakes) {
        terminal::line(serde_json::to_string(mistake)?)?;
    }
    Ok(())
}
