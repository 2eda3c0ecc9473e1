//! `cargo xtask conformance`: the recordings of the real LangChain against this Windlass.

use crate::{
    process::{cargo, root, tee},
    suite::{Outcome, count},
};
use std::process::Command;

/// Runs the cases with these arguments; whether all passed.
pub(crate) fn run(args: impl IntoIterator<Item = String>) -> anyhow::Result<bool> {
    let mut command = command()?;
    Ok(command.args(args).status()?.success())
}

/// The chains as they were recorded.
pub(crate) fn recorded() -> anyhow::Result<Outcome> {
    outcome(&mut command()?)
}

/// The chains converted to chain files.
pub(crate) fn converted() -> anyhow::Result<Outcome> {
    outcome(command()?.arg("--converted"))
}

fn outcome(command: &mut Command) -> anyhow::Result<Outcome> {
    let (ok, printed) = tee(command)?;
    let closing = printed.lines().last().unwrap_or_default();
    Ok(if ok { Outcome::Passed(count(closing, "passed")) } else { Outcome::Failed(closing.into()) })
}

/// Folders in the arguments are meant from where the user is.
fn command() -> anyhow::Result<Command> {
    let mut command = cargo();
    command.current_dir(std::env::current_dir()?);
    command.args(["run", "--quiet", "--package", "windlass-conformance", "--manifest-path"]);
    command.arg(root().join("Cargo.toml")).arg("--");
    Ok(command)
}
