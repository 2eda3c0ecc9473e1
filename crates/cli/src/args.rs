//! What can be typed.

use clap::{Parser, Subcommand, ValueEnum};
use std::{net::SocketAddr, path::PathBuf, sync::LazyLock};

/// Serves LLM chains over HTTP.
#[derive(Debug, Parser)]
#[command(name = "windlass", version, about, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Settings come from flags, then the environment, then the file's `server:` part, then the defaults.

First steps:
  windlass new hello && windlass serve --demo hello/windlass.yaml
  curl --json '{\"question\":\"What is Python?\"}' localhost:8000/invoke";

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the chains of files over HTTP.
    Serve(ServeArgs),
    /// Say everything that is wrong with files, with line and remedy.
    Check(CheckArgs),
    /// Run a chain once and stream its output to the terminal.
    Invoke(InvokeArgs),
    /// Make a folder with a chain file that runs at once.
    New(NewArgs),
    /// Print a chain of LangChain's (`langchain_core.load.dumps`) as a chain file.
    Convert(ConvertArgs),
    /// Print the JSON Schema of chain files, for editors.
    Schema,
    /// Print the OpenAPI document of a file's chains.
    Openapi(OpenapiArgs),
    /// Ask a running server whether it is healthy; for probes in containers.
    Health(HealthArgs),
}

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = SETTINGS_HELP.as_str())]
pub(crate) struct ServeArgs {
    /// The chain files, or chains of LangChain's as JSON.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The address and port to listen on [env: WINDLASS_LISTEN] [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Use the built-in demo model in place of every model; needs no key.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Load files again when they change; a file with mistakes leaves the old chains in place.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Change a setting of `server:`, like `limits.body=2MiB` or `timeouts.drain=10s`; can be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// How log lines look.
    #[arg(long, env = "WINDLASS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// What is logged: a level (`error`, `warn`, `info`, `debug`), or `tracing` directives.
    #[arg(long, env = "WINDLASS_LOG", default_value = "info", value_name = "FILTER")]
    pub(crate) log: String,
    /// Threads that serve requests [default: one per core that the process may use]
    #[arg(long, env = "WINDLASS_THREADS", value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    #[command(flatten)]
    pub(crate) langchain: LangChainArgs,
}

/// Every setting with its default; the dialects are those that the server has.
static SETTINGS_HELP: LazyLock<String> = LazyLock::new(|| {
    let mounts = windlass::Mounts::known().map(|(name, mount, speakers)| {
        format!(
            "  {:<24}  {mount:<14}  where {speakers} find it; false switches it off",
            format!("dialects.{name}")
        )
    });
    SETTINGS.replace("  (dialects)", &mounts.collect::<Vec<_>>().join("\n"))
});

const SETTINGS: &str = "\
Settings and their defaults (in the file under `server:`; as a flag `--set NAME=VALUE`; as a variable `WINDLASS_` and the \
name in capitals with `__` for the dot, like WINDLASS_LIMITS__BODY=2MiB):

  listen                    127.0.0.1:8000  address and port
  base_path                 none            path under which a proxy shows this server
  trusted_proxies           []              networks whose Forwarded headers are believed
  cors.allow_origins        []              origins whose pages may call; * for all
  cors.allow_credentials    false           whether they may send cookies; not with *
  (dialects)
  limits.body               1 MiB           largest request body
  limits.in_flight          4096            runs at once
  limits.queue              1024            requests that wait for a place
  limits.connections        by descriptors  connections at once
  limits.batch_inputs       256             inputs of one batch
  limits.batch_concurrency  16              inputs of one batch at once
  limits.buffered_per_run   16 MiB          bytes that one run may hold
  limits.write_batch        16 KiB          bytes that one write may join
  timeouts.head             5s              a request's head
  timeouts.body             30s             a request's body
  timeouts.idle             1m 15s          a connection between requests
  timeouts.queue            5s              waiting for a place
  timeouts.run              10m             a whole run
  timeouts.head_wait        10s             a stream's head waiting for content
  timeouts.keep_alive       15s             silence before a sign of life
  timeouts.drain            30s             running requests after a signal to end
  timeouts.retry_after.overloaded  1s       Retry-After with a 503
  timeouts.retry_after.cap         1m       most of Retry-After with a 429";

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The chain files, or chains of LangChain's as JSON.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Check as `serve --demo` would: keys need not be set.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Print mistakes as JSON, one a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) langchain: LangChainArgs,
}

/// Arguments of `invoke`.
#[derive(Debug, clap::Args)]
pub(crate) struct InvokeArgs {
    /// The chain file, or a chain of LangChain's as JSON.
    pub(crate) file: PathBuf,
    /// The chain's name.
    pub(crate) chain: String,
    /// The input as JSON; `-` reads it from standard input.
    #[arg(value_name = "JSON")]
    pub(crate) input: String,
    /// Use the built-in demo model in place of every model; needs no key.
    #[arg(long)]
    pub(crate) demo: bool,
    #[command(flatten)]
    pub(crate) langchain: LangChainArgs,
}

/// Arguments of `convert`.
#[derive(Debug, clap::Args)]
pub(crate) struct ConvertArgs {
    /// The JSON that `dumps` wrote.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) langchain: LangChainArgs,
}

/// What chains of LangChain's may do.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct LangChainArgs {
    /// Let LangChain's chains use this secret, and send it to this host, like `OPENAI_API_KEY=llm.example.com`; can be
    /// repeated. OPENAI_API_KEY and ANTHROPIC_API_KEY may go to their vendors anyway.
    #[arg(long = "langchain-secret", value_name = "NAME=HOST", value_parser = name_and_host)]
    pub(crate) secrets: Vec<(String, String)>,
    /// Let LangChain's chains have jinja2 templates.
    #[arg(long = "langchain-jinja2")]
    pub(crate) jinja2: bool,
}

fn name_and_host(text: &str) -> Result<(String, String), String> {
    let (name, host) = text.split_once('=').ok_or("write NAME=HOST")?;
    Ok((name.into(), host.into()))
}

/// Arguments of `new`.
#[derive(Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// The folder; it is made if it is not there.
    pub(crate) dir: PathBuf,
}

/// Arguments of `openapi`.
#[derive(Debug, clap::Args)]
pub(crate) struct OpenapiArgs {
    /// The chain files, or chains of LangChain's as JSON.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) langchain: LangChainArgs,
}

/// Arguments of `health`.
#[derive(Debug, clap::Args)]
pub(crate) struct HealthArgs {
    /// The server, or one of its probes like `http://127.0.0.1:8000/readyz`.
    #[arg(default_value = "http://127.0.0.1:8000/health", value_name = "URL")]
    pub(crate) url: String,
    /// How long to wait for the answer.
    #[arg(long, default_value = "3s", value_name = "DURATION")]
    pub(crate) timeout: windlass::Span,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_make_sense() {
        Args::command().debug_assert();
    }

    /// The help lists every setting with its true default.
    #[test]
    fn the_help_shows_every_setting_with_its_default() {
        let mut settings = Vec::new();
        let defaults = serde_json::to_value(windlass::Settings::default()).unwrap();
        flatten("", &defaults, &mut settings);
        for (name, value) in settings {
            let line = SETTINGS_HELP.lines().find(|line| line.trim_start().starts_with(&format!("{name} ")));
            let line = line.unwrap_or_else(|| panic!("the help lacks {name}"));
            assert!(value.is_empty() || line.contains(&value), "{name} is {value}, the help says {line}");
        }
    }

    fn flatten(prefix: &str, value: &serde_json::Value, into: &mut Vec<(String, String)>) {
        match value {
            serde_json::Value::Object(object) => {
                for (key, value) in object {
                    let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    flatten(&name, value, into);
                }
            }
            serde_json::Value::Null => into.push((prefix.into(), String::new())),
            serde_json::Value::String(text) => into.push((prefix.into(), text.clone())),
            other => into.push((prefix.into(), other.to_string())),
        }
    }
}
