//! `cargo xtask conformance` and `langserve`: the recordings of the real LangChain and LangServe against this Windlass.

use crate::{
    process::{cargo, root, tee},
    suite::{Outcome, count},
};
use std::process::Command;

/// The program that runs the chains of LangChain.
pub(crate) const CHAINS: &str = "windlass-conformance";
/// The program that replays what LangServe was asked.
pub(crate) const LANGSERVE: &str = "windlass-langserve";

/// Runs one of the programs with these arguments; whether all is well.
pub(crate) fn run(program: &str, args: impl IntoIterator<Item = String>) -> anyhow::Result<bool> {
    Ok(command(program)?.args(args).status()?.success())
}

/// The chains as they were recorded.
pub(crate) fn recorded() -> anyhow::Result<Outcome> {
    outcome(&mut command(CHAINS)?)
}

/// The chains converted to chain files.
pub(crate) fn converted() -> anyhow::Result<Outcome> {
    outcome(command(CHAINS)?.arg("--converted"))
}

/// The requests that LangServe was sent.
pub(crate) fn langserve() -> anyhow::Result<Outcome> {
    let (ok, printed) = tee(&mut command(LANGSERVE)?)?;
    let closing = printed.lines().last().unwrap_or_default();
    Ok(if ok { Outcome::Passed(replayed(closing)) } else { Outcome::Failed(closing.into()) })
}

/// How many answers were LangServe's, or otherwise as the exceptions say: `replayed 373, excepted 30, failed 0`.
fn replayed(closing: &str) -> usize {
    let number = |part: &str| part.split(' ').nth(1)?.parse::<usize>().ok();
    closing.split(", ").next().and_then(number).unwrap_or(0)
}

fn outcome(command: &mut Command) -> anyhow::Result<Outcome> {
    let (ok, printed) = tee(command)?;
    let closing = printed.lines().last().unwrap_or_default();
    Ok(if ok { Outcome::Passed(count(closing, "passed")) } else { Outcome::Failed(closing.into()) })
}

/// Folders in the arguments are meant from where the user is.
fn command(program: &str) -> anyhow::Result<Command> {
    let mut command = cargo();
    command.current_dir(std::env::current_dir()?);
    command.args([
        "run",
        "--quiet",
        "--package",
        "windlass-conformance",
        "--bin",
        program,
        "--manifest-path",
    ]);
    command.arg(root().join("Cargo.toml")).arg("--");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_closing_line_of_a_replay() {
        assert_eq!(replayed("replayed 373, excepted 30, failed 0"), 373);
        assert_eq!(replayed("error: no such file"), 0);
    }
}
