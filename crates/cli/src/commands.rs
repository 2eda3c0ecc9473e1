//! The commands, one file each.

pub(crate) mod check;
pub(crate) mod convert;
pub(crate) mod health;
pub(crate) mod invoke;
pub(crate) mod new;
pub(crate) mod openapi;
pub(crate) mod schema;
pub(crate) mod serve;

use crate::{
    args::LogFormat,
    config::{LoadFailure, Loaded},
    terminal,
};
use windlass::{Mistake, Report, Severity};

/// Prints why files could not be loaded.
fn print_failure(failure: &LoadFailure) {
    failure.unreadable.iter().for_each(|problem| terminal::error(problem));
    failure.reports.iter().for_each(terminal::report);
    let mistakes: usize =
        failure.reports.iter().map(|report| report.mistakes().len() + report.omitted()).sum();
    if mistakes > 1 {
        terminal::note(format_args!("{mistakes} mistakes"));
    }
}

/// Logs why files could not be loaded, a line for each mistake.
fn log_failure(failure: &LoadFailure) {
    failure.unreadable.iter().for_each(|problem| tracing::error!("{problem}"));
    failure.reports.iter().for_each(log_report);
}

fn log_report(report: &Report) {
    for Mistake { severity, file, line, column, message, remedy, .. } in report.mistakes() {
        match severity {
            Severity::Error => tracing::error!(file, line, column, remedy, "{message}"),
            Severity::Warning => tracing::warn!(file, line, column, remedy, "{message}"),
        }
    }
}

/// Says what went wrong and what has no use, in the form of the log lines; hands on what was loaded.
fn or_say(result: Result<Loaded, LoadFailure>, format: LogFormat) -> Option<Loaded> {
    match (&result, format) {
        (Ok(loaded), LogFormat::Text) => loaded.warnings().for_each(terminal::report),
        (Ok(loaded), LogFormat::Json) => loaded.warnings().for_each(log_report),
        (Err(failure), LogFormat::Text) => print_failure(failure),
        (Err(failure), LogFormat::Json) => log_failure(failure),
    }
    result.ok()
}

/// Prints what went wrong and what has no use; hands on what was loaded.
fn or_print(result: Result<Loaded, LoadFailure>) -> Option<Loaded> {
    or_say(result, LogFormat::Text)
}
