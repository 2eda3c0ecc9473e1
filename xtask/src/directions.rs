//! Which crate may depend on what: `core` does no IO, and the rooms beside each other never see one another.

use crate::process::cargo;
use anyhow::bail;

/// What must not be in a crate's dependency tree.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    (
        "windlass-core",
        &[
            "hyper",
            "axum",
            "sqlx",
            "redis",
            "mio",
            "windlass-providers",
            "windlass-loader",
            "windlass-server",
            "windlass",
        ],
    ),
    (
        "windlass-providers",
        &["axum", "matchit", "sqlx", "redis", "windlass-loader", "windlass-server", "windlass"],
    ),
    (
        "windlass-loader",
        &["hyper", "axum", "sqlx", "redis", "mio", "windlass-providers", "windlass-server", "windlass"],
    ),
    (
        "windlass-server",
        &["hyper-rustls", "sqlx", "redis", "windlass-providers", "windlass-loader", "windlass"],
    ),
];

/// Checks every crate.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for (krate, forbidden) in FORBIDDEN {
        let output = cargo()
            .args(["tree", "--quiet", "--edges", "normal", "--prefix", "none", "--package", krate])
            .output()?;
        if !output.status.success() {
            bail!("`cargo tree --package {krate}` failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let tree = String::from_utf8_lossy(&output.stdout);
        let names: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
        wrong.extend(
            forbidden
                .iter()
                .filter(|name| names.contains(name))
                .map(|name| format!("{krate} must not depend on {name}")),
        );
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    println!("dependency directions hold");
    Ok(())
}
