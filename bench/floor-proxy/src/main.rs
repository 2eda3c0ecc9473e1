//! The least a Rust server can do and still call the upstream over HTTP. Not a product: an upper
//! bound for the comparison. hyper on both sides, pooled upstream connections, no middleware.
//!
//! POST /v1/chat/completions  byte pass-through
//! POST /invoke               {"question"} -> {"answer"}: builds the prompt, calls the upstream, parses
//! POST /stream               the same, upstream SSE -> NDJSON {"chunk"} lines
//! GET  /health

use bytes::{Bytes, BytesMut};
use clap::Parser;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use memchr::memchr;
use serde::Deserialize;
use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[derive(Parser)]
struct Args {
    #[arg(long, default_value_t = 9200)]
    port: u16,
    #[arg(long)]
    upstream: String,
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

type E = Box<dyn std::error::Error + Send + Sync>;
type C = Client<HttpConnector, BoxBody<Bytes, hyper::Error>>;

#[derive(Deserialize)]
struct In {
    question: String,
}
#[derive(Deserialize)]
struct Msg<'a> {
    #[serde(borrow, default)]
    content: Option<Cow<'a, str>>,
}
#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    message: Msg<'a>,
}
#[derive(Deserialize)]
struct Out<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}
#[derive(Deserialize)]
struct DChoice<'a> {
    #[serde(borrow)]
    delta: Msg<'a>,
}
#[derive(Deserialize)]
struct DOut<'a> {
    #[serde(borrow)]
    choices: Vec<DChoice<'a>>,
}

fn full(b: impl Into<Bytes>) -> BoxBody<Bytes, E> {
    Full::new(b.into()).map_err(|e| match e {}).boxed()
}

fn json(status: StatusCode, b: impl Into<Bytes>) -> Response<BoxBody<Bytes, E>> {
    let mut r = Response::new(full(b));
    *r.status_mut() = status;
    r.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    r
}

/// SSE in, NDJSON out; one output frame per input frame.
struct Ndjson {
    inner: Incoming,
    rest: BytesMut,
    done: bool,
}

impl Ndjson {
    fn feed(&mut self, d: &[u8], out: &mut BytesMut) {
        let mut d = d;
        while let Some(i) = memchr(b'\n', d) {
            if self.rest.is_empty() {
                emit(&d[..i], out, &mut self.done);
            } else {
                self.rest.extend_from_slice(&d[..i]);
                let l = self.rest.split();
                emit(&l, out, &mut self.done);
            }
            d = &d[i + 1..];
        }
        self.rest.extend_from_slice(d);
    }
}

fn emit(l: &[u8], out: &mut BytesMut, done: &mut bool) {
    let Some(d) = l.strip_prefix(b"data: ") else { return };
    if d == b"[DONE]" {
        *done = true;
        return;
    }
    let Ok(o) = serde_json::from_slice::<DOut>(d) else { return };
    if let Some(c) = o.choices.first().and_then(|c| c.delta.content.as_deref())
        && !c.is_empty()
    {
        out.extend_from_slice(b"{\"chunk\":");
        let _ = serde_json::to_writer(bytes::BufMut::writer(&mut *out), c);
        out.extend_from_slice(b"}\n");
    }
}

impl Body for Ndjson {
    type Data = Bytes;
    type Error = E;
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        loop {
            if self.done {
                return Poll::Ready(None);
            }
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(e))) => return Poll::Ready(Some(Err(e.into()))),
                Poll::Ready(Some(Ok(f))) => {
                    let Ok(d) = f.into_data() else { continue };
                    let mut out = BytesMut::with_capacity(64);
                    self.feed(&d, &mut out);
                    if !out.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(out.freeze()))));
                    }
                }
            }
        }
    }
}

async fn route(c: C, up: http::Uri, req: Request<Incoming>) -> Result<Response<BoxBody<Bytes, E>>, E> {
    match (req.method(), req.uri().path()) {
        (&Method::GET, "/health") => Ok(json(StatusCode::OK, "{\"status\":\"healthy\"}")),
        (&Method::POST, "/v1/chat/completions") => {
            let (mut p, b) = req.into_parts();
            p.uri = up;
            p.headers.remove(header::HOST);
            p.headers.remove(header::CONNECTION);
            let r = c.request(Request::from_parts(p, b.boxed())).await?;
            Ok(r.map(|b| b.map_err(E::from).boxed()))
        }
        (&Method::POST, path @ ("/invoke" | "/stream")) => {
            let stream = path == "/stream";
            let b = req.into_body().collect().await?.to_bytes();
            let i: In = match serde_json::from_slice(&b) {
                Ok(i) => i,
                Err(e) => {
                    return Ok(json(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        serde_json::json!({"detail": e.to_string()}).to_string(),
                    ));
                }
            };
            let prompt = format!("Answer this question concisely: {}", i.question);
            let body = format!(
                "{{\"model\":\"gpt-4o\",\"temperature\":0.7,\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":{}}}]}}",
                serde_json::to_string(&prompt)?
            );
            let rq = Request::post(up)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, "Bearer sk-mock")
                .body(Full::new(Bytes::from(body)).map_err(|e| match e {}).boxed())?;
            let r = match c.request(rq).await {
                Ok(r) => r,
                Err(e) => {
                    return Ok(json(
                        StatusCode::BAD_GATEWAY,
                        serde_json::json!({"error": e.to_string()}).to_string(),
                    ));
                }
            };
            if !r.status().is_success() {
                return Ok(json(
                    StatusCode::BAD_GATEWAY,
                    format!("{{\"error\":\"upstream status {}\"}}", r.status().as_u16()),
                ));
            }
            if stream {
                let mut o = Response::new(
                    Ndjson { inner: r.into_body(), rest: BytesMut::new(), done: false }.boxed(),
                );
                o.headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
                return Ok(o);
            }
            let b = r.into_body().collect().await?.to_bytes();
            let o: Out = match serde_json::from_slice(&b) {
                Ok(o) => o,
                Err(e) => {
                    return Ok(json(
                        StatusCode::BAD_GATEWAY,
                        serde_json::json!({"error": e.to_string()}).to_string(),
                    ));
                }
            };
            let a = o.choices.first().and_then(|c| c.message.content.as_deref()).unwrap_or("");
            Ok(json(StatusCode::OK, format!("{{\"answer\":{}}}", serde_json::to_string(a)?)))
        }
        _ => Ok(json(StatusCode::NOT_FOUND, "{\"detail\":\"Not Found\"}")),
    }
}

async fn serve(a: Args) -> Result<(), E> {
    let mut conn = HttpConnector::new();
    conn.set_nodelay(true);
    let c: C = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(60))
        .build(conn);
    let up: http::Uri = format!("{}/v1/chat/completions", a.upstream.trim_end_matches('/')).parse()?;
    let s = tokio::net::TcpSocket::new_v4()?;
    s.set_reuseaddr(true)?;
    s.bind(format!("127.0.0.1:{}", a.port).parse()?)?;
    let l = s.listen(4096)?;
    loop {
        let Ok((io, _)) = l.accept().await else { continue };
        let _ = io.set_nodelay(true);
        let (c, up) = (c.clone(), up.clone());
        tokio::spawn(async move {
            let svc = service_fn(move |r| route(c.clone(), up.clone(), r));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(io), svc).await;
        });
    }
}

fn main() {
    let a = Args::parse();
    let n = match a.threads {
        0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
        n => n,
    };
    let rt = if n <= 1 {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(n).enable_all().build()
    }
    .expect("runtime");
    if let Err(e) = rt.block_on(serve(a)) {
        eprintln!("floor-proxy: {e}");
        std::process::exit(1);
    }
}
