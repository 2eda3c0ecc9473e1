//! `windlass new`: a folder with a commented chain file that runs at once.

use crate::{args::LangChainArgs, args::NewArgs, config, terminal};
use anyhow::{Context, bail};
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

/// The name of the chain file it makes.
const FILE: &str = "windlass.yaml";
/// The schema that the chain file names, for editors.
const SCHEMA: &str = "windlass.schema.json";

/// Makes the folder and the files; what is there already is left alone.
pub(crate) fn run(args: &NewArgs) -> anyhow::Result<ExitCode> {
    let path = args.dir.join(FILE);
    fs::create_dir_all(&args.dir).with_context(|| format!("{} could not be made", args.dir.display()))?;
    if !made(&path, windlass::STARTER)? {
        bail!("{} is there already; name another folder", path.display());
    }
    let schema = windlass::schema(&config::registry(false, &LangChainArgs::default()));
    made(&args.dir.join(SCHEMA), &serde_json::to_string_pretty(&schema)?)?;
    terminal::line(format_args!(
        "made {}\n\nTry it (no key needed):\n  windlass serve --demo {}",
        path.display(),
        path.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that is not there yet; gives whether it did.
fn made(path: &Path, text: &str) -> anyhow::Result<bool> {
    let mut file = match fs::File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        file => file.with_context(|| format!("{} could not be made", path.display()))?,
    };
    file.write_all(text.as_bytes()).with_context(|| format!("{} could not be written", path.display()))?;
    Ok(true)
}
