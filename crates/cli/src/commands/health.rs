//! `windlass health`: asks a running server, for probes in containers that have no other client.

use crate::{args::HealthArgs, terminal};
use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use std::process::ExitCode;
use tokio::net::TcpStream;

/// Exits with 0 if the server answers 200.
pub(crate) fn run(args: &HealthArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let timeout = args.timeout;
    let status = runtime.block_on(async { tokio::time::timeout(timeout.0, ask(&args.url)).await });
    match status.with_context(|| format!("no answer within {timeout}"))?? {
        http::StatusCode::OK => {
            terminal::line("ok")?;
            Ok(ExitCode::SUCCESS)
        }
        status => bail!("the server answered {status}"),
    }
}

async fn ask(url: &str) -> anyhow::Result<http::StatusCode> {
    let url = if url.contains("://") { url.to_string() } else { format!("http://{url}") };
    let url: http::Uri = url.parse().with_context(|| format!("`{url}` is not a URL"))?;
    if url.scheme_str() != Some("http") {
        bail!("a probe speaks http; give it the server's own address");
    }
    let authority = url.authority().context("the URL has no host")?;
    let (host, port) = (authority.host().trim_matches(['[', ']']), authority.port_u16().unwrap_or(80));
    let path = if url.path() == "/" { "/health" } else { url.path() };
    let stream =
        TcpStream::connect((host, port)).await.with_context(|| format!("{authority} does not answer"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = http::Request::get(path).header("host", authority.as_str()).body(Empty::<Bytes>::new())?;
    let answer = async {
        let response = sender.send_request(request).await;
        let response = response.with_context(|| format!("{authority} gave no answer"))?;
        drop(sender);
        anyhow::Ok(response.status())
    };
    let (status, _) = tokio::join!(answer, connection);
    status
}
