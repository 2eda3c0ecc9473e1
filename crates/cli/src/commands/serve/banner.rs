//! What is said when the server listens: a table for people, or one log line.

use crate::{
    args::{LogFormat, ServeArgs},
    terminal,
};
use owo_colors::OwoColorize;
use std::net::SocketAddr;
use windlass::Server;

/// Says where the server listens and what it serves there.
pub(super) fn show(args: &ServeArgs, server: &Server, address: SocketAddr) {
    let settings = server.settings();
    let host = if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    };
    let path = settings.base_path.as_deref().unwrap_or_default().trim_end_matches('/');
    let url = format!("http://{host}{path}");
    match args.log_format {
        LogFormat::Text => table(args.demo, server, &url),
        LogFormat::Json => tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            %address,
            url,
            chains = server.chains().join(","),
            demo = args.demo,
            connections = settings.limits.connections,
            "listening"
        ),
    }
}

fn table(demo: bool, server: &Server, url: &str) {
    let settings = server.settings();
    terminal::note(format_args!("{} {}", "windlass".bold(), env!("CARGO_PKG_VERSION")));
    if demo {
        let text = "demo: every model is the built-in demo model, not an LLM";
        terminal::note(format_args!("  {}", text.yellow()));
    }
    let chains = server.chains();
    let mut rows = Vec::new();
    if let Some(native) = settings.dialects.get("native").prefix() {
        rows.extend(chains.iter().map(|name| ("chain", format!("{url}{native}/{name}"))));
        if let [_] = chains.as_slice() {
            rows.push(("invoke", format!("POST {url}{native}/invoke")));
            rows.push(("stream", format!("POST {url}{native}/stream")));
        }
    }
    let others = settings.dialects.iter().filter(|(name, _)| *name != "native");
    rows.extend(others.filter_map(|(name, mount)| Some((name, format!("{url}{}", mount.prefix()?)))));
    rows.push(("docs", format!("{url}/docs")));
    rows.push(("health", format!("{url}/health")));
    let connections =
        settings.limits.connections.map_or_else(|| "no limit".into(), |limit| limit.to_string());
    rows.push(("connections", format!("up to {connections}")));
    terminal::table(&rows);
}
