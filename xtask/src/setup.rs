//! `cargo xtask setup`: installs what the tests want.

use crate::{
    process::{available, cargo, succeed, tools},
    schemathesis,
};
use std::{path::Path, process::Command};

/// The version of cargo-deny that reads this project's `deny.toml`.
const CARGO_DENY: &str = "0.20.2";

pub(crate) fn run() -> anyhow::Result<()> {
    std::fs::create_dir_all(tools())?;
    if !available(Path::new("chromium")) {
        succeed(Command::new("apt-get").args(["update", "-qq"]))?;
        succeed(Command::new("apt-get").args([
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
        ]))?;
    }
    if !available(&schemathesis::program()) {
        let environment = tools().join("schemathesis");
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        succeed(Command::new(environment.join("bin/pip")).args([
            "install",
            "--quiet",
            "schemathesis>=4,<5",
        ]))?;
    }
    if !available(&tools().join("bin/cargo-deny")) {
        let mut install = cargo();
        install
            .args(["install", "--quiet", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"])
            .arg(tools());
        succeed(install.args(["--profile", "dev"]))?;
    }
    Ok(())
}
