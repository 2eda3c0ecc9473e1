//! `windlass invoke`: a chain once, streamed to the terminal.

use super::or_print;
use crate::{args::InvokeArgs, config, terminal};
use anyhow::{Context, bail};
use futures_util::StreamExt;
use serde_json::Value;
use std::{io::Read, process::ExitCode, sync::Arc};
use windlass::{BlockingPool, Cx, Endpoint, EventKind, InputProblem, Val, Whole};

/// Text is printed as it comes, anything else when it is whole.
pub(crate) fn run(args: &InvokeArgs) -> anyhow::Result<ExitCode> {
    let files = [args.file.clone()];
    let Some(loaded) = or_print(config::load(&files, &config::registry(args.demo, &args.langchain))) else {
        return Ok(ExitCode::FAILURE);
    };
    let endpoints = loaded.endpoints();
    let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.name() == args.chain) else {
        let names: Vec<_> = endpoints.iter().map(Endpoint::name).collect();
        bail!("there is no chain `{}` in {}; there is {}", args.chain, args.file.display(), names.join(", "));
    };
    let input = match endpoint.accept(input(&args.input)?) {
        Ok(input) => input,
        Err(problems) => bail!("the input does not fit: {}", joined(&problems)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(stream(endpoint, input))
}

fn input(text: &str) -> anyhow::Result<Value> {
    let mut read = String::new();
    let text = if text == "-" {
        std::io::stdin().read_to_string(&mut read)?;
        &read
    } else {
        text
    };
    serde_json::from_str(text).context("the input is not JSON")
}

fn joined(problems: &[InputProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

async fn stream(endpoint: &Endpoint, input: Val) -> anyhow::Result<ExitCode> {
    let cx = Cx::builder().pool(Arc::new(BlockingPool)).build();
    let mut events = windlass::run(endpoint.chain(), input, &cx);
    let mut whole = Whole::new(endpoint.merge(), &cx);
    let mut printed = false;
    while let Some(event) = events.next().await {
        match event.kind {
            EventKind::Chunk(Val::Text(text)) if event.parent.is_none() => {
                printed |= !text.is_empty();
                terminal::piece(&text)?;
            }
            EventKind::Chunk(piece) if event.parent.is_none() => whole.add(piece).map_err(failure)?,
            EventKind::Error(error) => {
                if printed {
                    terminal::line("")?;
                }
                return Err(failure(error));
            }
            _ => {}
        }
    }
    match whole.take() {
        Some(whole) => terminal::line(serde_json::to_string_pretty(&Value::from(whole))?)?,
        None => terminal::line("")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The failure with the service's own words: who sees them here is who asked.
fn failure(error: windlass::Error) -> anyhow::Error {
    let said = match &error {
        windlass::Error::Model(model) => model.message.said.clone(),
        _ => None,
    };
    let error = anyhow::Error::new(error);
    match said {
        Some(said) => error.context(format!("the run failed; the service says: {said}")),
        None => error.context("the run failed"),
    }
}
