//! LangServe's dialect: what its clients in Python and JavaScript speak, unmodified.

use super::{Dialect, Ground};
use crate::{
    error::ApiError,
    openapi::Draft,
    routes::{Owner, RouteConflict, RouteTable},
};

/// The LangServe dialect.
pub(super) const DIALECT: Dialect = Dialect {
    name: "langserve",
    mount: "/langserve",
    speakers: "LangServe's clients in Python and JavaScript",
    owner: OWNER,
    claim,
    describe,
};

const OWNER: Owner = Owner { name: "the LangServe dialect", refuse: ApiError::into_response };

fn claim(_: &mut RouteTable, _: &Ground<'_>) -> Result<(), RouteConflict> {
    Ok(())
}

fn describe(_: &mut Draft, _: &Ground<'_>) {}
