//! OpenAI's chat completions: a chain is a model, and the conversation feeds it.

mod answer;
mod chunk;
mod completions;
mod encode;
mod error;
mod message;
mod models;
mod operations;
mod request;
mod tools;

use super::{Dialect, Ground};
use crate::{
    http::Response,
    routes::{Owner, RouteConflict, RouteTable, handler},
    service::uuid_text,
};
use http::{HeaderName, HeaderValue, Method};
use std::{
    future::ready,
    time::{SystemTime, UNIX_EPOCH},
};
use windlass_core::RunId;

/// The OpenAI dialect.
pub(super) const DIALECT: Dialect = Dialect {
    name: "openai",
    mount: "/v1",
    speakers: "OpenAI's SDKs and chat programs",
    owner: OWNER,
    exposes: &["x-request-id", "retry-after-ms", "x-should-retry"],
    claim,
    describe: operations::describe,
};

const OWNER: Owner = Owner { name: "the OpenAI dialect", refuse: error::refuse };

/// What OpenAI's SDKs call the id of a request; here it is the run's.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

fn claim(table: &mut RouteTable, ground: &Ground<'_>) -> Result<(), RouteConflict> {
    let since = now();
    let mut claim = |method, path: &str, handler| {
        table.claim(OWNER, (method, format!("{}{path}", ground.prefix)), handler)
    };
    claim(Method::GET, "/models", handler(move |call| ready(Ok(models::list(&call, since)))))?;
    claim(Method::GET, "/models/{*chain}", handler(move |call| ready(models::one(&call, since))))?;
    claim(Method::POST, "/chat/completions", handler(completions::answer))
}

/// Seconds since 1970, as OpenAI tells times.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

fn name_request(response: &mut Response, run: RunId) {
    if let Ok(id) = HeaderValue::from_str(uuid_text(run, &mut [0; 36])) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
}
