//! The native dialect: the body is the chain's input, the answer its output; streams are NDJSON or SSE.

mod batch;
mod card;
mod frame;
mod index;
mod invoke;
mod operations;
mod stream;

use super::{Dialect, Ground};
use crate::{
    app::{Call, Mounted},
    error::{ApiError, Code},
    http::accepts,
    origin,
    routes::{Owner, RouteConflict, RouteTable, handler},
};
use http::Method;
use serde_json::Value;
use std::future::ready;
use windlass_core::Val;

/// The native dialect.
pub(super) const DIALECT: Dialect = Dialect {
    name: "native",
    mount: "/",
    speakers: "curl, browsers and generated OpenAPI clients",
    owner: OWNER,
    exposes: &[],
    claim,
    describe: operations::describe,
};

const OWNER: Owner = Owner { name: "the native dialect", refuse: ApiError::into_response };

pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const SSE: &str = "text/event-stream";
pub(crate) const JSON: &str = "application/json";

/// Claims the routes of every chain; a single chain is also at the dialect's root.
fn claim(table: &mut RouteTable, ground: &Ground<'_>) -> Result<(), RouteConflict> {
    let Ground { prefix, chains, .. } = ground;
    let mut claim =
        |method, path: String, handler| table.claim(OWNER, (method, format!("{prefix}{path}")), handler);
    claim(Method::GET, String::new(), handler(|call| ready(Ok(index::answer(&call)))))?;
    for (name, mounted) in *chains {
        let card = mounted.clone();
        claim(Method::GET, format!("/{name}"), handler(move |call| ready(Ok(card::answer(&call, &card)))))?;
        let single = (chains.len() == 1).then(String::new);
        for place in single.into_iter().chain([format!("/{name}")]) {
            let [one, two, three] = [mounted.clone(), mounted.clone(), mounted.clone()];
            claim(
                Method::POST,
                format!("{place}/invoke"),
                handler(move |call| invoke::answer(call, one.clone())),
            )?;
            claim(
                Method::POST,
                format!("{place}/stream"),
                handler(move |call| stream::answer(call, two.clone())),
            )?;
            claim(
                Method::POST,
                format!("{place}/batch"),
                handler(move |call| batch::answer(call, three.clone())),
            )?;
        }
    }
    Ok(())
}

/// What every run asks of a request before it is read.
fn check(call: &Call, media_types: &[&str]) -> Result<(), ApiError> {
    origin::check(call.request.headers(), &call.app.settings.cors)?;
    if !accepts(call.request.headers(), media_types) {
        let message =
            format!("this route answers with {}; `Accept` allows none of it", media_types.join(" or "));
        return Err(ApiError::new(Code::NotAcceptable, message));
    }
    Ok(())
}

/// Accepts one input of a chain.
fn one_input(mounted: &Mounted) -> impl FnOnce(Value) -> Result<Val, ApiError> {
    |body| mounted.endpoint.accept(body).map_err(ApiError::invalid_input)
}
