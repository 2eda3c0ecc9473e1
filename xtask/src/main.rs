//! Project commands that are more than one cargo command: `cargo xtask help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for developers")]

mod browser;
mod clients;
mod conformance;
mod directions;
mod process;
mod schemathesis;
mod setup;
mod suite;

use anyhow::bail;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  test         run every test that this machine can run, and list what was skipped for want of what;
               with WINDLASS_REQUIRE=all a skip is a failure
  conformance  run the recordings of the real LangChain: [--cases DIR] [--converted] [NAME...]; more: --help
  langserve    replay what the real LangServe was asked: [--answers DIR] [NAME...]; more: --help
  clients      run the clients of PyPI and npm alone, or those whose names hold all of these words:
               [WORD...]; with --serve only start what they talk to, with --page only the page in Chromium
  setup        install what the tests want: Chromium (Debian), schemathesis and clients (PyPI, npm), cargo-deny (crates.io)
  directions   check which crate may depend on what
  help         this text";

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_else(|| "help".into());
    match run(&command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str) -> anyhow::Result<bool> {
    match command {
        "test" => suite::run(),
        "conformance" => conformance::run(conformance::CHAINS, std::env::args().skip(2)),
        "langserve" => conformance::run(conformance::LANGSERVE, std::env::args().skip(2)),
        "clients" => selected_clients(),
        "setup" => setup::run().map(|()| true),
        "directions" => directions::check().map(|()| true),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(true)
        }
        other => bail!("there is no command `{other}`\n\n{HELP}"),
    }
}

fn selected_clients() -> anyhow::Result<bool> {
    process::succeed(process::cargo().args(["build", "--quiet"]))?;
    let words: Vec<_> = std::env::args().skip(2).collect();
    if words == ["--serve"] {
        return clients::servers().map(|()| true);
    }
    let outcome = if words == ["--page"] { clients::page()? } else { clients::selected(&words)? };
    match outcome {
        suite::Outcome::Passed(count) => println!("{count} passed"),
        suite::Outcome::Failed(why) => bail!("failed: {why}"),
        suite::Outcome::Skipped(why) => bail!("{why}"),
    }
    Ok(true)
}
