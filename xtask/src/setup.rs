//! `cargo xtask setup`: installs what the tests want.

use crate::{
    clients,
    process::{available, cargo, succeed, tools},
    schemathesis,
};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// The version of cargo-deny that reads this project's `deny.toml`.
const CARGO_DENY: &str = "0.20.2";

pub(crate) fn run() -> anyhow::Result<()> {
    std::fs::create_dir_all(tools())?;
    if !available(Path::new("chromium")) {
        debian(&["chromium"])?;
    }
    if !has_venv() {
        debian(&["python3", "python3-venv"])?;
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
    clients::install()?;
    if !available(&tools().join("bin/cargo-deny")) {
        let mut install = cargo();
        install
            .args(["install", "--quiet", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"])
            .arg(tools());
        succeed(install.args(["--profile", "dev"]))?;
    }
    Ok(())
}

/// Whether Python can make environments; Debian's alone cannot.
fn has_venv() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, venv"]).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// Installs packages of Debian.
fn debian(packages: &[&str]) -> anyhow::Result<()> {
    succeed(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    succeed(&mut install)
}
