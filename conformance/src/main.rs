//! `windlass-conformance`: the cases against this workspace's Windlass.

mod windlass;

use std::{process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    windlass_conformance::cli::main(Arc::new(windlass::Windlass))
}
