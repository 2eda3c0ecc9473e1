//! The command line.

use clap::{Parser, ValueEnum};

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq, Debug)]
pub enum Mode {
    Json,
    Stream,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq, Debug)]
pub enum Format {
    Ndjson,
    Sse,
}

#[derive(Parser, Debug)]
#[command(about = "HTTP load generator for LLM-style endpoints; prints JSON")]
pub struct Args {
    /// http://host:port/path
    #[arg(long, value_parser = plain_http)]
    pub url: http::Uri,
    #[arg(long, default_value = "POST")]
    pub method: http::Method,
    /// request body; {n} becomes the request number
    #[arg(long, default_value = "")]
    pub body: String,
    /// extra header "name: value" (repeatable)
    #[arg(long = "header", short = 'H')]
    pub headers: Vec<String>,
    #[arg(long, value_enum, default_value = "json")]
    pub mode: Mode,
    #[arg(long, value_enum, default_value = "ndjson")]
    pub format: Format,
    /// dot path of the text in the answer or chunk, e.g. answer, chunk, choices.0.delta.content;
    /// empty: the whole JSON value is the text
    #[arg(long, default_value = "")]
    pub field: String,
    /// SSE: only events of this name carry text (LangServe: data); empty = all
    #[arg(long, default_value = "")]
    pub event: String,
    /// tokens expected in the content; 0 = do not check
    #[arg(long, default_value_t = 0)]
    pub expect_tokens: u32,
    #[arg(long, default_value_t = 5)]
    pub expect_size: u32,
    #[arg(long)]
    pub expect_utf8: bool,
    #[arg(long, short, default_value_t = 1)]
    pub concurrency: usize,
    /// closed/open loop length in seconds (0 = until --requests)
    #[arg(long, default_value_t = 0.0, required_unless_present = "requests")]
    pub duration: f64,
    #[arg(long, default_value_t = 0)]
    pub requests: u64,
    /// open loop: requests per second
    #[arg(long, default_value_t = 0.0)]
    pub rate: f64,
    /// open loop: most requests in flight; one that would exceed it is counted as dropped
    #[arg(long, default_value_t = 8000)]
    pub max_inflight: usize,
    /// per-request limit, seconds
    #[arg(long, default_value_t = 120.0)]
    pub timeout: f64,
    /// hard end of the whole run, seconds; what is still in flight counts as unfinished
    #[arg(long, default_value_t = 300.0)]
    pub max_time: f64,
    /// spread the workers' first requests over this many ms
    #[arg(long, default_value_t = 0.0)]
    pub ramp: f64,
    /// streaming: drop the connection after this many text chunks (0 = never)
    #[arg(long, default_value_t = 0)]
    pub drop_after: u64,
    /// runtime threads (1 = current thread)
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// new connection for every request
    #[arg(long)]
    pub no_keepalive: bool,
}

fn plain_http(s: &str) -> Result<http::Uri, String> {
    let uri: http::Uri = s.parse().map_err(|e| format!("{e}"))?;
    if uri.scheme_str() != Some("http") {
        return Err("only http:// URLs".into());
    }
    Ok(uri)
}
