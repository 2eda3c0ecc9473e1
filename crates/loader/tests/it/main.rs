//! Chain files as people write them, and the mistakes people make.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod chains;
mod chat;
mod fake;
mod files;
mod fuzz;
mod joints;
mod langchain;
mod models;
mod parsers;
mod steps;
mod yaml;

use windlass_loader::{ChainFile, Report, Source, load};

/// Loads a file that has no mistakes.
#[track_caller]
fn loaded(yaml: &str) -> ChainFile {
    load(&Source::new("test.yaml", yaml), &fake::registry()).unwrap_or_else(|report| panic!("{report}"))
}

/// Loads a file that has mistakes.
#[track_caller]
fn refused(yaml: &str) -> Report {
    load(&Source::new("test.yaml", yaml), &fake::registry()).map(|_| yaml).unwrap_err()
}

/// The mistakes of a file, each as `line:column message | remedy`; of the remedy the beginning is enough.
#[track_caller]
fn check(yaml: &str, expect: &[&str]) {
    let report = refused(yaml);
    let found: Vec<_> = report
        .mistakes()
        .iter()
        .map(|mistake| {
            format!("{}:{} {} | {}", mistake.line, mistake.column, mistake.message, mistake.remedy)
        })
        .collect();
    let same = found.len() == expect.len()
        && found.iter().zip(expect).all(|(found, expect)| found.starts_with(expect));
    assert!(same, "\nfound\n  {}\ninstead of\n  {}\n", found.join("\n  "), expect.join("\n  "));
}

/// The same for the inside of one chain, `chains: { k: ... }`, whose first line is line 3.
#[track_caller]
fn check_chain(chain: &str, expect: &[&str]) {
    let lines: String = chain.lines().map(|line| format!("    {line}\n")).collect();
    check(&format!("chains:\n  k:\n{lines}"), expect);
}
