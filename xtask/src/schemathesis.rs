//! schemathesis, from PyPI, against a running server's OpenAPI document.

use crate::{
    process::{Server, available, tee, tools, windlass},
    suite::Outcome,
};
use std::{path::PathBuf, process::Command};

/// Where `cargo xtask setup` puts it.
pub(crate) fn program() -> PathBuf {
    tools().join("schemathesis/bin/schemathesis")
}

/// Cases per operation.
const EXAMPLES: &str = "40";

pub(crate) fn run() -> anyhow::Result<Outcome> {
    if !available(&program()) {
        return Ok(Outcome::Skipped("schemathesis is not installed; `cargo xtask setup` installs it".into()));
    }
    let mut serve = windlass();
    serve.args(["serve", "--log", "warn", "xtask/src/schemathesis.yaml"]);
    let server = Server::start(serve)?;
    let mut command = Command::new(program());
    command
        .args(["run", "--checks", "all", "--max-examples", EXAMPLES, "--seed", "1", "--no-color"])
        .args(["--suppress-health-check", "all", "--request-timeout", "20"])
        .arg(format!("{}/openapi.json", server.base))
        .current_dir(tools());
    let (ok, _) = tee(&mut command)?;
    Ok(if ok { Outcome::Passed(1) } else { Outcome::Failed("schemathesis found failures".into()) })
}
