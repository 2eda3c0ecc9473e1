//! The UI message stream of the AI SDK: what `useChat` and assistant-ui read.

mod chat;
mod encode;
mod message;
mod operations;
mod parts;
mod refusal;
mod request;
mod tool;

use super::{Dialect, Ground};
use crate::{
    app::Call,
    error::ApiError,
    http::{Response, ResponseBody},
    routes::{Owner, RouteConflict, RouteTable, handler},
};
use http::{Method, StatusCode};
use std::future::{Ready, ready};

/// The AI SDK dialect.
pub(super) const DIALECT: Dialect = Dialect {
    name: "ui",
    mount: "/ui",
    speakers: "`useChat` and assistant-ui",
    owner: OWNER,
    exposes: &["x-vercel-ai-ui-message-stream"],
    claim,
    describe: operations::describe,
};

const OWNER: Owner = Owner { name: "the AI SDK dialect", refuse: refusal::respond };

/// Claims the routes of every chain; one that no conversation feeds says so when it is asked.
fn claim(table: &mut RouteTable, ground: &Ground<'_>) -> Result<(), RouteConflict> {
    let Ground { prefix, chains, .. } = ground;
    for (name, mounted) in *chains {
        let mounted = mounted.clone();
        let chat = format!("{prefix}/{name}/chat");
        let stream = format!("{chat}/{{id}}/stream");
        table.claim(OWNER, (Method::GET, stream), handler(resume))?;
        table.claim(OWNER, (Method::POST, chat), handler(move |call| chat::answer(call, mounted.clone())))?;
    }
    Ok(())
}

/// `GET /{chain}/chat/{id}/stream`: a run lives as long as its own connection, so there is never one to go on with.
fn resume(_: Call) -> Ready<Result<Response, ApiError>> {
    let mut response = Response::new(ResponseBody::Whole(None));
    *response.status_mut() = StatusCode::NO_CONTENT;
    ready(Ok(response))
}
