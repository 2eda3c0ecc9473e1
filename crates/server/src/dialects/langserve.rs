//! LangServe's dialect: what its clients in Python and JavaScript speak, unmodified.

mod batch;
mod body;
mod config;
mod config_keys;
mod events;
mod filters;
mod follow;
mod invoke;
mod log;
mod lz;
mod objects;
mod operations;
mod place;
mod problem;
mod refuse;
mod results;
mod runs;
mod schemas;
mod stream;
#[cfg(test)]
mod tests;

use super::{Dialect, Ground};
use crate::{
    app::Call,
    http::Response,
    routes::{Owner, RouteConflict, RouteTable, handler},
    service::uuid_text,
};
use http::{HeaderValue, Method};
use place::Place;
use std::{future::ready, sync::Arc};
use windlass_core::{LangServeEndpoint, RunId};

/// The LangServe dialect.
pub(super) const DIALECT: Dialect = Dialect {
    name: "langserve",
    mount: "/langserve",
    speakers: "LangServe's clients in Python and JavaScript",
    owner: OWNER,
    exposes: &[],
    claim,
    describe: operations::describe,
};

const OWNER: Owner = Owner { name: "the LangServe dialect", refuse: refuse::refuse };

fn claim(table: &mut RouteTable, ground: &Ground<'_>) -> Result<(), RouteConflict> {
    for place in Place::all(ground) {
        place.claim(table, (Method::POST, LangServeEndpoint::Invoke), invoke::answer)?;
        place.claim(table, (Method::POST, LangServeEndpoint::Batch), batch::answer)?;
        place.claim(table, (Method::POST, LangServeEndpoint::Stream), stream::answer)?;
        place.claim(table, (Method::POST, LangServeEndpoint::StreamLog), follow::log)?;
        place.claim(table, (Method::POST, LangServeEndpoint::StreamEvents), follow::events)?;
        place.claim(table, (Method::GET, LangServeEndpoint::InputSchema), schemas::input)?;
        place.claim(table, (Method::GET, LangServeEndpoint::OutputSchema), schemas::output)?;
        place.claim(table, (Method::GET, LangServeEndpoint::ConfigSchema), schemas::config)?;
        claim_langsmith(table, &place)?;
    }
    Ok(())
}

/// What LangServe hands on to LangSmith, and what its clients look for with HEAD before they do.
const LANGSMITH: [(Method, &str); 5] = [
    (Method::POST, "feedback"),
    (Method::GET, "feedback"),
    (Method::POST, "token_feedback"),
    (Method::PUT, "public_trace_link"),
    (Method::GET, "public_trace_link"),
];

fn claim_langsmith(table: &mut RouteTable, place: &Arc<Place>) -> Result<(), RouteConflict> {
    for (method, name) in LANGSMITH {
        let answer = handler(|_: Call| ready(Ok(refuse::not_here(NOT_HERE))));
        table.claim(OWNER, (method, format!("{}/{name}", place.path)), answer)?;
    }
    Ok(())
}

const NOT_HERE: &str =
    "feedback and public traces are kept by LangSmith's service, which this server does not call";

/// Says which run this was; a body may name its run.
fn run_header(response: &mut Response, run: RunId) {
    if let Ok(id) = HeaderValue::from_str(uuid_text(run, &mut [0; 36])) {
        response.headers_mut().insert("x-run-id", id);
    }
}
