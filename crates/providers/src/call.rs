//! What every call of a vendor has: sending with retries, reading in time, errors without secrets, a report of its cost.
//!
//! A vendor adds a [`Protocol`]; [`VendorChat`] makes a chat model of it.

mod answer;
mod chat;
mod clock;
mod failure;
mod protocol;
mod reading;
mod report;
mod retry;
mod send;

pub(crate) use answer::{BadAnswer, BadRequest, NO_CHUNKS, json_mistake};
pub(crate) use chat::VendorChat;
pub use clock::Timeouts;
pub(crate) use clock::{Clock, Deadline};
pub(crate) use failure::Failures;
pub(crate) use protocol::{Prepared, Protocol, Reader, measured};
pub(crate) use report::Call;
pub(crate) use retry::{retry_after, retry_pause};
pub(crate) use send::extra_headers;
