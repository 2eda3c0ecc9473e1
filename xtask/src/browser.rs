//! The docs page in headless Chromium: it shows the operations, and asks no other host.

use crate::{
    process::{Server, available, tools},
    suite::Outcome,
};
use std::{path::PathBuf, process::Command};

/// It stays by itself and shows nothing.
pub(crate) const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// What the page must show: a chain's operation, and the schema's field.
const WANTED: [&str; 3] = ["/ask/invoke", "/ask/stream", "/health"];

/// The program, if it is installed.
pub(crate) fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .map(PathBuf::from)
        .into_iter()
        .find(|name| available(name))
}

pub(crate) fn run() -> anyhow::Result<Outcome> {
    let Some(chromium) = chromium() else {
        return Ok(Outcome::Skipped("Chromium is not installed; `cargo xtask setup` installs it".into()));
    };
    let server = Server::demo(&["examples/ask.yaml"])?;
    let profile = tools().join(format!("chromium-{}", std::process::id()));
    let output = Command::new(chromium)
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--virtual-time-budget=8000", "--enable-logging=stderr", "--v=0", "--dump-dom"])
        .arg(format!("{}/docs", server.base))
        .output()?;
    let _ = std::fs::remove_dir_all(profile);
    let (page, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let complaints: Vec<&str> =
        log.lines().filter(|line| line.contains("CONSOLE") && !line.contains("Unload")).collect();
    if !complaints.is_empty() {
        return Ok(Outcome::Failed(format!("the page's console says: {}", complaints.join("\n"))));
    }
    // Swagger UI breaks paths for line wrapping with zero-width spaces.
    let page = page.replace('\u{200b}', "").replace("<wbr>", "");
    match WANTED.iter().find(|wanted| !page.contains(*wanted)) {
        Some(missing) => Ok(Outcome::Failed(format!("the page does not show `{missing}`"))),
        None => Ok(Outcome::Passed(WANTED.len())),
    }
}
