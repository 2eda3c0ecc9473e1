//! The UI message stream of the AI SDK: what `useChat` and assistant-ui read.

use super::{Dialect, Ground};
use crate::{
    error::ApiError,
    openapi::Draft,
    routes::{Owner, RouteConflict, RouteTable},
};

/// The AI SDK dialect.
pub(super) const DIALECT: Dialect = Dialect {
    name: "ui",
    mount: "/ui",
    speakers: "`useChat` and assistant-ui",
    owner: OWNER,
    claim,
    describe,
};

const OWNER: Owner = Owner { name: "the AI SDK dialect", refuse: ApiError::into_response };

fn claim(_: &mut RouteTable, _: &Ground<'_>) -> Result<(), RouteConflict> {
    Ok(())
}

fn describe(_: &mut Draft, _: &Ground<'_>) {}
