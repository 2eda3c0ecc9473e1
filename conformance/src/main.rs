//! `windlass-conformance`: the cases against this workspace's Windlass.

mod subject;

use std::{process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    windlass_conformance::cli::main(Arc::new(subject::Windlass))
}
