//! What people see on the terminal: aligned, and coloured where it is a terminal.

use anstream::{AutoStream, ColorChoice};
use owo_colors::OwoColorize;
use std::{fmt::Display, io::Write};
use windlass::Report;

/// Prints a line to standard output.
pub(crate) fn line(text: impl Display) -> std::io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}

/// Prints text without a line end, at once.
pub(crate) fn piece(text: &str) -> std::io::Result<()> {
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a line for people beside the output.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Whether standard error is a terminal whose user wants colours.
pub(crate) fn has_colours() -> bool {
    AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    note(format_args!("{} {text}", "error:".red().bold()));
}

/// Prints what is wrong in a file, with the lines it is about.
pub(crate) fn report(report: &Report) {
    note(report.render(has_colours()).trim_end());
}

/// Prints names and values with the values under each other.
pub(crate) fn table(rows: &[(&str, String)]) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in rows {
        note(format_args!("  {:width$}  {value}", name.dimmed()));
    }
}
