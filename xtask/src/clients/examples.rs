//! The examples of `docs/clients.md`: they run against the demo model, and the page shows them as they are.

use super::{
    install::{Folder, Runtime},
    tally,
};
use crate::process::{Server, root};
use std::process::Command;

/// Files in `clients/*/examples`.
const EXAMPLES: [(Runtime, &str); 0] = [];

/// Runs those whose names hold all of these words.
pub(crate) fn run(
    folder: &Folder,
    words: &[String],
    passed: &mut usize,
    failed: &mut Vec<String>,
) -> anyhow::Result<()> {
    Ok(())
}
