//! The clients of PyPI and npm, unmodified, against a running server and a service that misbehaves on demand.

mod examples;
mod http;
mod install;
mod page;
mod speech;
mod upstream;

use crate::{
    process::{Server, tee, windlass},
    suite::{Outcome, count},
};
use install::Runtime;
use upstream::Upstream;

pub(crate) use install::install;
pub(crate) use page::run as page;

/// A client: its name, where it is installed, and the script that tests it, in `clients/`.
struct Client {
    name: &'static str,
    runtime: Runtime,
    script: &'static str,
    arguments: &'static [&'static str],
}

const fn client(
    name: &'static str,
    runtime: Runtime,
    script: &'static str,
    arguments: &'static [&'static str],
) -> Client {
    Client { name, runtime, script, arguments }
}

const CLIENTS: [Client; 13] = [
    client("python RemoteRunnable", Runtime::Python("newest"), "remote_runnable.py", &[]),
    client("python openai 3", Runtime::Python("newest"), "openai_sdk.py", &["3"]),
    client("python openai 2", Runtime::Python("openai2"), "openai_sdk.py", &["2"]),
    client("python ChatOpenAI", Runtime::Python("newest"), "chat_openai.py", &[]),
    client("python litellm", Runtime::Python("openai2"), "litellm_sdk.py", &[]),
    client("python pydantic-ai", Runtime::Python("newest"), "pydantic_ai_agent.py", &[]),
    client("js RemoteRunnable", Runtime::Node, "remote-runnable.mjs", &[]),
    client("js openai 7", Runtime::Node, "openai-sdk.mjs", &[]),
    client("js ai 5", Runtime::Node, "ui-chat.mjs", &["5"]),
    client("js ai 6", Runtime::Node, "ui-chat.mjs", &["6"]),
    client("js ai 7", Runtime::Node, "ui-chat.mjs", &["7"]),
    client("js assistant-stream", Runtime::Node, "assistant-stream.mjs", &[]),
    client("js openai-compatible", Runtime::Node, "openai-compatible.mjs", &[]),
];

/// All of them, as a part of the test command.
pub(crate) fn run() -> anyhow::Result<Outcome> {
    selected(&[])
}

/// Those whose names hold all of these words; the servers are shared.
pub(crate) fn selected(words: &[String]) -> anyhow::Result<Outcome> {
    if let Some(missing) = install::missing() {
        return Ok(Outcome::Skipped(format!("{missing} is not installed; `cargo xtask setup` installs it")));
    }
    let upstream = Upstream::start()?;
    let server = serve(&upstream, &[])?;
    let folder = install::Folder::fresh()?;
    let (mut passed, mut failed) = examples::run(&folder, words)?;
    for client in CLIENTS.iter().filter(|client| words.iter().all(|word| client.name.contains(word.as_str())))
    {
        println!("-- {}", client.name);
        let mut command = client.runtime.command(&folder, client.script);
        command.args(client.arguments).env("WINDLASS", &server.base).env("UPSTREAM", upstream.url());
        let (ok, printed) = tee(&mut command)?;
        passed += count(printed.lines().last().unwrap_or_default(), "passed");
        if !ok {
            failed.push(client.name.to_owned());
        }
    }
    Ok(if failed.is_empty() { Outcome::Passed(passed) } else { Outcome::Failed(failed.join(", ")) })
}

/// The two servers alone, until the input ends: to try a script by hand.
pub(crate) fn servers() -> anyhow::Result<()> {
    let upstream = Upstream::start()?;
    let server = serve(&upstream, &[])?;
    println!("export WINDLASS={} UPSTREAM={}", server.base, upstream.url());
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Windlass with the chains of the tests, whose models are the service's.
fn serve(upstream: &Upstream, more: &[&str]) -> anyhow::Result<Server> {
    let mut command = windlass();
    command
        .args(["serve", "--log", "error", "clients/chains/chains.yaml"])
        .args(more)
        .env("OPENAI_BASE_URL", format!("{}/v1", upstream.url()))
        .env("OPENAI_API_KEY", "sk-test");
    Server::start(command)
}
