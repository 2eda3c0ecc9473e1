//! The dialect's routes in OpenAPI.

use crate::{dialects::Ground, openapi::Draft};

pub(super) fn describe(_: &mut Draft, _: &Ground<'_>) {}
