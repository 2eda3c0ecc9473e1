//! The native dialect: the body is the chain's input, the answer its output; streams are NDJSON or SSE.

mod batch;
mod card;
mod frame;
mod index;
mod invoke;
mod stream;

use crate::{
    app::{Call, Mounted},
    error::{ApiError, Code},
    http::{Response, accepts, read_json},
    origin,
    routes::{Handler, RouteConflict, RouteTable},
    run::{Admitted, RunRequest},
};
use http::Method;
use indexmap::IndexMap;
use serde_json::Value;
use std::{
    future::{Future, ready},
    sync::Arc,
};
use windlass_core::Val;

pub(crate) const OWNER: &str = "the native dialect";

pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const SSE: &str = "text/event-stream";
pub(crate) const JSON: &str = "application/json";

/// Claims the routes of every chain; a single chain is also at the dialect's root.
pub(crate) fn claim(
    table: &mut RouteTable,
    prefix: &str,
    chains: &IndexMap<String, Arc<Mounted>>,
) -> Result<(), RouteConflict> {
    let mut claim =
        |method, path: String, handler| table.claim(OWNER, (method, format!("{prefix}{path}")), handler);
    claim(Method::GET, String::new(), handler(|call| ready(Ok(index::answer(&call)))))?;
    for (name, mounted) in chains {
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

fn handler<F: Future<Output = Result<Response, ApiError>> + Send + 'static>(
    answer: impl Fn(Call) -> F + Send + Sync + 'static,
) -> Handler {
    Arc::new(move |call| Box::pin(answer(call)))
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

/// Admits a run and reads its input. A request that is refused after it was admitted leaves its record, too.
async fn accepted<T>(
    call: Call,
    request: RunRequest,
    accept: impl FnOnce(Value) -> Result<T, ApiError>,
) -> Result<(Admitted, T), ApiError> {
    let admitted = call.app.admit(request, call.facts.clone()).await?;
    let settings = &call.app.settings;
    let body = read_json(call.request, settings.limits.body, settings.timeouts.body.0).await;
    match body.and_then(accept) {
        Ok(input) => Ok((admitted, input)),
        Err(error) => Err(admitted.refuse(error)),
    }
}

/// Accepts one input of a chain.
fn one_input(mounted: &Mounted) -> impl FnOnce(Value) -> Result<Val, ApiError> {
    |body| mounted.endpoint.accept(body).map_err(ApiError::invalid_input)
}
