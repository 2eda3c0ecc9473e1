//! The routes: chat completions, and the ones that configure and read the mock.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use mock_upstream::token;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::body::{Answer, StreamBody};
use crate::params::{Fault, Params};
use crate::state::{CREATED, Guard, ID, Shared};

#[derive(Deserialize, Default)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
struct ChatRequest {
    #[serde(default)]
    model: String,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    messages: Option<serde::de::IgnoredAny>,
}

fn typed(content_type: &'static str, body: Answer) -> Response<Answer> {
    let mut r = Response::new(body);
    r.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    r
}

fn answer(status: u16, body: impl Into<Bytes>) -> Response<Answer> {
    let mut r = typed("application/json", Answer::Full(Some(body.into())));
    *r.status_mut() = StatusCode::from_u16(status).unwrap();
    r
}

fn error(status: u16, message: &str, kind: &str) -> Response<Answer> {
    answer(
        status,
        json!({"error": {"message": message, "type": kind, "param": null, "code": null}}).to_string(),
    )
}

fn bad_request(message: &str) -> Response<Answer> {
    error(400, message, "invalid_request_error")
}

pub async fn route(shared: Arc<Shared>, req: Request<Incoming>) -> io::Result<Response<Answer>> {
    match (req.method(), req.uri().path()) {
        (&Method::POST, "/v1/chat/completions" | "/chat/completions") => chat(shared, req).await,
        (&Method::GET, "/v1/models") => Ok(answer(
            200,
            json!({"object": "list", "data": [
                {"id": "gpt-4o", "object": "model", "created": CREATED, "owned_by": "mock"}]})
            .to_string(),
        )),
        (&Method::GET, "/health") => Ok(answer(200, "{\"status\":\"ok\"}")),
        (&Method::GET, "/stats") => Ok(answer(200, shared.stats.json().to_string())),
        (&Method::GET, "/last") => Ok(answer(200, last(&shared).to_string())),
        (&Method::POST, "/reset") => {
            shared.stats.reset();
            Ok(answer(200, shared.stats.json().to_string()))
        }
        (&Method::POST, "/config") => configure(&shared, req).await,
        _ => Ok(error(404, "not found", "invalid_request_error")),
    }
}

/// The last chat request, without its key.
fn last(shared: &Shared) -> Value {
    let (body, head) = shared.last.lock().unwrap().clone();
    let headers: HashMap<&str, _> = head
        .iter()
        .filter(|(k, _)| *k != header::AUTHORIZATION)
        .map(|(k, v)| (k.as_str(), String::from_utf8_lossy(v.as_bytes())))
        .collect();
    json!({"headers": headers, "body": serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null)})
}

async fn configure(shared: &Shared, req: Request<Incoming>) -> io::Result<Response<Answer>> {
    let fresh = req.uri().query().unwrap_or("").contains("fresh=1");
    let body = req.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let mut current = shared.params.write().unwrap();
    let mut p = if fresh { Params::default() } else { current.clone() };
    Ok(match p.apply(&String::from_utf8_lossy(&body)) {
        Ok(()) => {
            *current = p;
            answer(200, json!({"config": format!("{:?}", *current)}).to_string())
        }
        Err(e) => bad_request(&e),
    })
}

async fn chat(shared: Arc<Shared>, req: Request<Incoming>) -> io::Result<Response<Answer>> {
    let mut guard = Guard::new(&shared);
    let nth = shared.stats.requests.load(Relaxed);
    let (head, body) = req.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let start = Instant::now();
    let asked = parse(&body).and_then(|rq| Ok((params(&shared, &rq, &head)?, rq)));
    *shared.last.lock().unwrap() = (body, head.headers);
    let (p, rq) = match asked {
        Ok(x) => x,
        Err(e) => {
            guard.finish();
            return Ok(bad_request(&e));
        }
    };
    let fault = if p.times > 0 && nth > p.times { Fault::None } else { p.fault };
    match fault {
        Fault::Status(code) => {
            guard.fault();
            return Ok(status_fault(code, &p));
        }
        Fault::Reset => {
            guard.fault();
            return Err(io::Error::other("mock reset"));
        }
        Fault::SlowHeaders => tokio::time::sleep(Duration::from_micros(p.slow_us)).await,
        _ => {}
    }
    if rq.stream.unwrap_or(false) {
        shared.stats.stream_requests.fetch_add(1, Relaxed);
        let frames = shared.frames(&rq.model, &p);
        let usage = p.usage || rq.stream_options.unwrap_or_default().include_usage;
        let body = StreamBody::new(guard, frames, p, fault, usage, start);
        let mut r = typed("text/event-stream; charset=utf-8", Answer::Stream(Box::new(body)));
        r.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        return Ok(r);
    }
    if p.delay_us > 0 {
        tokio::time::sleep_until(start + Duration::from_micros(p.delay_us)).await;
    }
    Ok(whole(guard, &rq.model, &p, fault).await)
}

fn parse(body: &[u8]) -> Result<ChatRequest, String> {
    let rq: ChatRequest = serde_json::from_slice(body).map_err(|e| format!("bad body: {e}"))?;
    if rq.messages.is_none() {
        return Err("messages missing".into());
    }
    Ok(rq)
}

/// The mock's settings with what this request's model name and header change in them.
fn params(shared: &Shared, rq: &ChatRequest, head: &http::request::Parts) -> Result<Params, String> {
    let mut p = shared.params.read().unwrap().clone();
    if let Some(spec) = rq.model.strip_prefix("mock:") {
        p.apply(spec)?;
    } else if let Some(fault) = rq.model.strip_prefix("fault-") {
        p.apply(&format!("fault={fault}"))?;
    }
    if let Some(h) = head.headers.get("x-mock") {
        p.apply(h.to_str().unwrap_or("bad=header"))?;
    }
    Ok(p)
}

fn status_fault(code: u16, p: &Params) -> Response<Answer> {
    let kind = if code == 429 { "rate_limit_error" } else { "server_error" };
    let mut r = error(code, &format!("mock fault {code}"), kind);
    if let (429 | 503, Ok(v)) = (code, HeaderValue::from_str(&p.retry_after)) {
        r.headers_mut().insert(header::RETRY_AFTER, v);
    }
    r
}

async fn whole(mut guard: Guard, model: &str, p: &Params, fault: Fault) -> Response<Answer> {
    let out = || completion(model, p, if fault == Fault::Huge { 8 << 20 } else { 0 });
    match fault {
        Fault::Stall => std::future::pending().await,
        Fault::Garbage => {
            guard.fault();
            answer(200, &b"<html>garbage, not json \xff"[..])
        }
        Fault::Cut => {
            guard.fault();
            typed("application/json", Answer::cut_in_half(out()))
        }
        _ => {
            guard.finish();
            answer(200, out())
        }
    }
}

fn completion(model: &str, p: &Params, extra: usize) -> String {
    let mut content = String::with_capacity((p.tokens * p.size) as usize + extra);
    for i in 0..p.tokens {
        token(i, p.size, p.utf8, &mut content);
    }
    content.extend(std::iter::repeat_n('x', extra));
    let (model, content) = (Value::from(model), Value::from(content));
    let (tokens, total) = (p.tokens, p.tokens + 10);
    format!(
        "{{\"id\":\"{ID}\",\"object\":\"chat.completion\",\"created\":{CREATED},\"model\":{model},\
         \"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":{content},\"refusal\":null,\"annotations\":[]}},\
         \"logprobs\":null,\"finish_reason\":\"stop\"}}],\
         \"usage\":{{\"prompt_tokens\":10,\"completion_tokens\":{tokens},\"total_tokens\":{total},\
         \"prompt_tokens_details\":{{\"cached_tokens\":0,\"audio_tokens\":0}},\
         \"completion_tokens_details\":{{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}}},\
         \"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock\"}}"
    )
}
