//! What every call of a vendor has: a report of its cost, a clock for its timeouts, and a rule for its retries.

mod clock;
mod report;
mod retry;

pub use clock::Timeouts;
pub(crate) use clock::{Clock, Deadline};
pub(crate) use report::Call;
pub(crate) use retry::{retry_after, retry_pause};
