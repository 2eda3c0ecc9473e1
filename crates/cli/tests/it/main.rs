//! The whole product: the program itself, started as users start it, against a vendor that only these tests know.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what these tests share is made of tests"
)]

mod bad_input;
mod commands;
mod disconnect;
mod first_steps;
mod http;
mod langchain;
mod limits;
mod logs;
mod program;
mod settings;
mod shutdown;
mod upstream;
mod vendor;
mod watch;

use std::time::Duration;

/// How long a test waits for what must happen; only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The smallest chain file there is.
const ASK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ask.yaml");
/// A chain whose output is an object.
const JSON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/json.yaml");
/// A chain of several steps.
const PARALLEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/parallel.yaml");

/// A question that [`ASK`] takes.
const QUESTION: &str = r#"{"question":"What is Python?"}"#;

/// A folder with one file in it.
fn folder_with(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path.to_str().unwrap().to_string())
}
