//! `cargo xtask test`: the test runner, then everything that needs more than cargo.

use crate::{
    browser, clients, conformance, directions,
    process::{cargo, root, succeed, tee},
    schemathesis,
};
use std::{path::Path, process::Command};

/// How a part of the suite ended.
pub(crate) enum Outcome {
    /// So many checks passed.
    Passed(usize),
    /// It failed, and why.
    Failed(String),
    /// It could not run for want of this.
    Skipped(String),
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: Vec<String>,
}

type Part = (&'static str, fn() -> anyhow::Result<Outcome>);

const PARTS: [Part; 9] = [
    ("dependency directions", || {
        Ok(directions::check()
            .map_or_else(|error| Outcome::Failed(format!("{error:#}")), |()| Outcome::Passed(1)))
    }),
    ("recordings of LangChain", conformance::recorded),
    ("recordings of LangChain, converted", conformance::converted),
    ("recordings of LangServe", conformance::langserve),
    ("fuzz targets compile", fuzz_targets),
    ("schemathesis", schemathesis::run),
    ("clients of PyPI and npm", clients::run),
    ("useChat in Chromium", clients::page),
    ("docs page in Chromium", browser::run),
];

/// Runs everything; whether all of it is well.
pub(crate) fn run() -> anyhow::Result<bool> {
    let mut tally = Tally::default();
    cargo_tests(&mut tally)?;
    for (name, part) in PARTS {
        println!("\n== {name}");
        match part()? {
            Outcome::Passed(count) => tally.passed += count,
            Outcome::Failed(why) => {
                println!("FAILED: {why}");
                tally.failed += 1;
            }
            Outcome::Skipped(why) => {
                println!("skipped: {why}");
                tally.skipped.push(format!("{name}: {why}"));
            }
        }
    }
    Ok(report(&tally))
}

fn report(tally: &Tally) -> bool {
    println!();
    for skipped in &tally.skipped {
        println!("skipped {skipped}");
    }
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped.len());
    let complete = tally.skipped.is_empty() || !require_all();
    if !complete {
        println!("WINDLASS_REQUIRE=all: a skip is a failure; `cargo xtask setup` installs what is wanted");
    }
    tally.failed == 0 && complete
}

#[expect(clippy::disallowed_methods, reason = "a setting of the test command")]
fn require_all() -> bool {
    std::env::var("WINDLASS_REQUIRE").is_ok_and(|value| value == "all")
}

fn cargo_tests(tally: &mut Tally) -> anyhow::Result<()> {
    let (ok, printed) = tee(cargo().args(["test", "--workspace", "--no-fail-fast"]))?;
    for line in printed.lines().filter(|line| line.starts_with("test result:")) {
        tally.passed += count(line, "passed");
        tally.failed += count(line, "failed");
    }
    if !ok && tally.failed == 0 {
        println!("FAILED: `cargo test` did not get to its end");
        tally.failed += 1;
    }
    Ok(())
}

/// The number before a word of a closing line.
pub(crate) fn count(line: &str, word: &str) -> usize {
    let mut parts = line
        .split([' ', ';', '.', ','])
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .into_iter()
        .rev();
    let found = parts.by_ref().find(|part| *part == word).is_some();
    if !found {
        return 0;
    }
    parts.next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn fuzz_targets() -> anyhow::Result<Outcome> {
    let fuzz = root().join("fuzz");
    let targets = std::fs::read_dir(fuzz.join("fuzz_targets"))?.count();
    let result =
        succeed(Command::new("cargo").args(["check", "--quiet", "--bins"]).current_dir(Path::new(&fuzz)));
    Ok(result.map_or_else(|error| Outcome::Failed(format!("{error:#}")), |()| Outcome::Passed(targets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_closing_lines() {
        let line =
            "test result: ok. 21 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!((count(line, "passed"), count(line, "failed")), (21, 3));
        assert_eq!(count("112 passed, 2 failed", "passed"), 112);
    }
}
