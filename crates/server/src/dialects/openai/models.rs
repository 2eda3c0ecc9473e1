//! `GET /models` and `GET /models/{chain}`: the chains that a conversation can feed.

use super::name_request;
use crate::{
    app::{Call, Mounted, Site},
    error::{ApiError, Code},
    http::{Response, json_response},
};
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn list(call: &Call, since: u64) -> Response {
    let models: Vec<_> = names(&call.site).map(|name| model(name, since)).collect();
    named(call, json_response(StatusCode::OK, &json!({"object": "list", "data": models})))
}

/// Some clients write the slashes of a name as `%2F`.
pub(super) fn one(call: &Call, since: u64) -> Result<Response, ApiError> {
    let name = percent_decode_str(call.params.get("chain")).decode_utf8_lossy();
    find(&call.site, &name)?;
    Ok(named(call, json_response(StatusCode::OK, &model(&name, since))))
}

fn named(call: &Call, mut response: Response) -> Response {
    name_request(&mut response, call.facts.run);
    response
}

fn model(name: &str, since: u64) -> Value {
    json!({"id": name, "object": "model", "created": since, "owned_by": "windlass"})
}

fn names(site: &Site) -> impl Iterator<Item = &str> {
    let takes = site.chains.values().filter(|mounted| mounted.endpoint.conversation().is_ok());
    takes.map(|mounted| mounted.endpoint.name())
}

/// How much of a name that does not exist is said again, in characters.
const NAME_LIMIT: usize = 128;

/// The chain that is asked for, if a conversation can feed it.
pub(super) fn find(site: &Site, name: &str) -> Result<Arc<Mounted>, ApiError> {
    let refused = match site.chains.get(name) {
        Some(mounted) => match mounted.endpoint.conversation() {
            Ok(_) => return Ok(mounted.clone()),
            Err(reason) => format!(
                "the chain `{name}` cannot be used as a model: {reason}; its file can say how a conversation feeds it, with \
                 `openai: {{ input: ... }}`"
            ),
        },
        None => format!("there is no model `{}`", name.chars().take(NAME_LIMIT).collect::<String>()),
    };
    let names: Vec<_> = names(site).map(|name| format!("`{name}`")).collect();
    let there_is = if names.is_empty() { "none".into() } else { names.join(", ") };
    Err(ApiError::new(Code::ChainNotFound, format!("{refused}; there is {there_is}")))
}
