//! `windlass serve`: chains of files over HTTP, until a signal.

mod banner;

use super::or_say;
use crate::{
    args::{LogFormat, ServeArgs},
    config::{self, FilesBeside, LoadFailure, Loaded},
    logging,
    watch::Watch,
};
use anyhow::Context;
use std::{convert::Infallible, net::SocketAddr, process::ExitCode, sync::Arc, thread, time::Duration};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{Signal, SignalKind, signal},
};
use windlass::{DEFAULT_LISTEN, Registry, Server, Settings};

/// Connections that the kernel may hold before they are accepted.
const BACKLOG: u32 = 4096;

/// How long threads that cannot be stopped hold up the end.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Serves until SIGTERM or SIGINT; then drains. Exits with 0 if every run ended by itself.
pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    logging::start(args.log_format, &args.log)?;
    match (start(args), args.log_format) {
        (Err(error), LogFormat::Json) => {
            tracing::error!("{error:#}");
            Ok(ExitCode::FAILURE)
        }
        (result, _) => result,
    }
}

fn start(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    // What changes while the files are loaded is a change too.
    let mut watch = args.watch.then(|| Watch::new(&args.files)).transpose()?;
    let chains = Chains::of(args);
    let Some(loaded) = or_say(chains.load(watch.as_mut()), args.log_format) else {
        return Ok(ExitCode::FAILURE);
    };
    let configured = loaded.settings(&args.set)?;
    let mut settings = configured.clone();
    settings.listen = args.listen.or(settings.listen);
    let reachable = windlass::raise_limit();
    settings.limits.connections.get_or_insert(reachable);
    let server = Server::new(loaded.endpoints(), settings)?;
    drop(loaded);
    let reload = reload(watch, &chains, (&server, &configured));
    let runtime = runtime(args)?;
    let ended = runtime.block_on(serve(args, &server, reload));
    // A name that is being looked up, or a step that is at work on a thread of its own, cannot be stopped.
    runtime.shutdown_timeout(LAST_MOMENT);
    ended
}

/// What is served: files, and what they can name.
struct Chains<'a> {
    args: &'a ServeArgs,
    registry: Registry,
    beside: Arc<FilesBeside>,
}

impl<'a> Chains<'a> {
    fn of(args: &'a ServeArgs) -> Self {
        let beside = Arc::new(FilesBeside::default());
        let mut registry = config::registry(args.demo, &args.langchain);
        registry.files = beside.clone();
        Chains { args, registry, beside }
    }

    /// Loads the files, and has those watched that they name.
    fn load(&self, watch: Option<&mut Watch>) -> Result<Loaded, LoadFailure> {
        let mut loaded = config::load(&self.args.files, &self.registry);
        if let Some(watch) = watch {
            while watch.include(self.beside.named()) {
                loaded = config::load(&self.args.files, &self.registry);
            }
        }
        loaded
    }
}

/// One thread where one core is all there is: it needs no locks between threads.
fn runtime(args: &ServeArgs) -> anyhow::Result<tokio::runtime::Runtime> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.map_or(cores, usize::from);
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        threads => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    };
    builder.enable_all().build().context("the runtime could not be started")
}

async fn serve(
    args: &ServeArgs,
    server: &Server,
    reload: impl Future<Output = Infallible>,
) -> anyhow::Result<ExitCode> {
    let settings = server.settings();
    let address = match settings.listen {
        Some(address) => address,
        None => DEFAULT_LISTEN.parse()?,
    };
    let listener = listen(address)
        .with_context(|| format!("{address} cannot be listened on; `--listen` takes another"))?;
    let (mut first, mut second) = (Signals::new()?, Signals::new()?);
    banner::show(args, server, listener.local_addr()?);
    let clean = tokio::select! {
        clean = server.serve(listener, first.next()) => clean,
        never = reload => match never {},
        () = second.second() => false,
    };
    tracing::info!(clean, "ended");
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Puts in place what has changed in the files, as often as it does.
async fn reload(
    watch: Option<Watch>,
    chains: &Chains<'_>,
    (server, configured): (&Server, &Settings),
) -> Infallible {
    let Some(mut watch) = watch else { return std::future::pending().await };
    let args = chains.args;
    loop {
        watch.changed().await;
        let Some(loaded) = or_say(chains.load(Some(&mut watch)), args.log_format) else {
            tracing::error!("the files changed, but have mistakes; the old chains stay");
            continue;
        };
        match replace(server, &loaded, args) {
            Ok(settings) => {
                tracing::info!(chains = server.chains().join(","), "files loaded again");
                if settings != *configured {
                    tracing::warn!("the files' `server:` part changed; it holds from the next start");
                }
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the files changed, but cannot be served together; the old chains stay"
            ),
        }
    }
}

/// Puts the chains of files in place, and gives the settings that they would have.
fn replace(server: &Server, loaded: &Loaded, args: &ServeArgs) -> anyhow::Result<Settings> {
    let settings = loaded.settings(&args.set)?;
    server.replace(loaded.endpoints())?;
    Ok(settings)
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Resolves at the second signal: whoever sends it does not want to wait.
    async fn second(&mut self) {
        self.next().await;
        self.next().await;
    }
}
