//! Mock OpenAI-compatible upstream with fixed, configurable behaviour.
//!
//! Behaviour is a set of `k=v` pairs, separated by `,` `;` `&` or blanks. It comes from, in
//! increasing priority: `--config`, POST /config (merges; `?fresh=1` starts from the defaults), the
//! request's model name when it starts with `mock:` or `fault-`, and the request header `x-mock`.
//!
//! Keys: delay (ms, non-streaming), first (ms to first token), tokens, gap (ms, may be fractional),
//! size (bytes per token), utf8 (0/1), split (bytes per write, 0 = whole events), fault (name or
//! status number), after (tokens before a mid-stream fault), retry_after (s), slow (ms, slow
//! headers), times (only the first N requests since /reset fail; 0 = all), usage (0/1).
//! Faults: none, 4xx/5xx number, cut, stall, garbage, slow-headers, nodone, errevent, reset, huge.
//!
//! GET /stats counts what reached it, POST /reset starts the counts anew, GET /last is the last request.

mod api;
mod body;
mod params;
mod state;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use clap::Parser;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;

use params::Params;
use state::Shared;

#[derive(Parser, Debug)]
#[command(about = "Mock OpenAI upstream")]
struct Args {
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    #[arg(long, default_value_t = 9100)]
    port: u16,
    /// worker threads; 1 = current-thread runtime; 0 = available parallelism
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// starting behaviour, e.g. "delay=0,tokens=20,gap=5"
    #[arg(long, default_value = "")]
    config: String,
}

async fn serve(args: Args, params: Params) -> io::Result<()> {
    let shared = Arc::new(Shared::new(params));
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(format!("{}:{}", args.host, args.port).parse().map_err(io::Error::other)?)?;
    let listener = socket.listen(4096)?;
    eprintln!("mock-upstream on {}", listener.local_addr()?);
    loop {
        let io = match listener.accept().await {
            Ok((io, _)) => io,
            Err(e) => {
                eprintln!("accept: {e}");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let _ = io.set_nodelay(true);
        let shared = shared.clone();
        shared.stats.connections.fetch_add(1, Relaxed);
        shared.stats.open_connections.fetch_add(1, Relaxed);
        tokio::spawn(async move {
            let service = service_fn(|r| api::route(shared.clone(), r));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(io), service).await;
            shared.stats.open_connections.fetch_sub(1, Relaxed);
        });
    }
}

fn runtime(threads: usize) -> io::Result<tokio::runtime::Runtime> {
    let n = match threads {
        0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
        n => n,
    };
    if n == 1 {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(n).enable_all().build()
    }
}

fn main() {
    let args = Args::parse();
    let mut params = Params::default();
    if let Err(e) = params.apply(&args.config) {
        eprintln!("--config: {e}");
        std::process::exit(2);
    }
    if let Err(e) = runtime(args.threads).and_then(|rt| rt.block_on(serve(args, params))) {
        eprintln!("mock-upstream: {e}");
        std::process::exit(1);
    }
}
