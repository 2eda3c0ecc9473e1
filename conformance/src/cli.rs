//! The program: which cases, how, and what came of them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

use crate::{Exceptions, Loader, Settings, check, select};
use anyhow::Context;
use clap::Parser;
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tokio::runtime::Builder;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Runs recordings of the real LangChain against Windlass, and compares.
#[derive(Debug, Parser)]
#[command(name = "conformance")]
struct Args {
    /// The folder with the cases; without it, those of this repository.
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,

    /// Converts each chain to a chain file first, and loads it from that.
    #[arg(long)]
    converted: bool,

    /// The runs that are held to a rule of ours instead of their recording; without it, those of this repository.
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,

    /// How many checks run at a time.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    jobs: usize,

    /// How long one check may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    time_limit: u64,

    /// Cases (CASE) or single runs of them (CASE/RUN); without any, all.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Runs the program: 0 if all cases passed, else 1.
pub fn main(loader: Arc<dyn Loader>) -> ExitCode {
    match run(loader, Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(loader: Arc<dyn Loader>, args: Args) -> anyhow::Result<bool> {
    let here = PathBuf::from(HERE);
    let exceptions = args.exceptions.unwrap_or_else(|| here.join("exceptions.toml"));
    let text = std::fs::read_to_string(&exceptions).with_context(|| exceptions.display().to_string())?;
    let settings = Settings {
        converted: args.converted,
        jobs: args.jobs,
        time_limit: Duration::from_secs(args.time_limit),
        exceptions: Exceptions::read(&text).with_context(|| exceptions.display().to_string())?,
        only: args.names.clone(),
    };
    let cases = select(&args.cases.unwrap_or_else(|| here.join("cases")), &args.names)?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(check(loader, cases, &settings));
    // A check that never ended must not hold up the program.
    runtime.shutdown_background();
    println!("{report}");
    Ok(report.failed() == 0)
}
