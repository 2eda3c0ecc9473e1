//! The program `windlass`: serves chains over HTTP, and checks, runs and describes them.

mod args;
mod commands;
mod config;
mod environment;
mod logging;
mod terminal;
mod watch;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Serve(args) => commands::serve::run(&args),
        Command::Check(args) => commands::check::run(&args),
        Command::Invoke(args) => commands::invoke::run(&args),
        Command::New(args) => commands::new::run(&args),
        Command::Convert(args) => commands::convert::run(&args),
        Command::Schema => commands::schema::run(),
        Command::Openapi(args) => commands::openapi::run(&args),
        Command::Health(args) => commands::health::run(&args),
    }
}

/// Whether whoever reads our output has gone, as `windlass schema | head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
