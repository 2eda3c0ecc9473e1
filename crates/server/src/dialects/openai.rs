//! OpenAI's chat completions: a chain is a model.

use super::{Dialect, Ground};
use crate::{
    error::ApiError,
    openapi::Draft,
    routes::{Owner, RouteConflict, RouteTable},
};

/// The OpenAI dialect.
pub(super) const DIALECT: Dialect = Dialect {
    name: "openai",
    mount: "/v1",
    speakers: "OpenAI's SDKs and chat programs",
    owner: OWNER,
    claim,
    describe,
};

const OWNER: Owner = Owner { name: "the OpenAI dialect", refuse: ApiError::into_response };

fn claim(_: &mut RouteTable, _: &Ground<'_>) -> Result<(), RouteConflict> {
    Ok(())
}

fn describe(_: &mut Draft, _: &Ground<'_>) {}
