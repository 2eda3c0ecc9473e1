//! Load generator for JSON and streaming (NDJSON / SSE) HTTP endpoints.
//!
//! Closed loop: N connections, each sends the next request as soon as the last one ended.
//! Open loop (--rate): requests start on a fixed schedule whatever the server does, and latency
//! counts from the scheduled start, so a stalled server cannot hide (no coordinated omission).
//! Prints one JSON object. Content is checked against the mock upstream's token function.

mod args;
mod content;
mod request;
mod run;
mod tally;

use std::io;
use std::sync::Arc;

use clap::Parser;
use serde_json::json;

use args::Args;
use run::Run;

fn runtime(threads: usize) -> io::Result<tokio::runtime::Runtime> {
    if threads <= 1 {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
    }
}

fn cpu_seconds() -> f64 {
    // SAFETY: rusage is plain data and the pointer is valid for the call
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

fn main() -> io::Result<()> {
    let run = Arc::new(Run::new(Args::parse()));
    let elapsed = runtime(run.args().threads)?.block_on(run.all());
    let mut out = run.totals().json(elapsed);
    let args = run.args();
    out["url"] = json!(args.url.to_string());
    out["mode"] = json!(format!("{:?}", args.mode).to_lowercase());
    out["loop"] = json!(if args.rate > 0.0 { "open" } else { "closed" });
    out["rate"] = json!(args.rate);
    out["concurrency"] = json!(args.concurrency);
    out["peak_inflight"] = json!(run.peak_inflight());
    out["load_cpu_s"] = json!(cpu_seconds());
    println!("{out}");
    Ok(())
}
