//! The server over HTTP, as its clients see it: every line of the contract, and every row of the fault matrix that needs no
//! model's service.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what these tests share is made of tests"
)]

mod chains;
mod client;
mod harness;

mod connections;
mod disconnect;
mod docs;
mod drain;
mod errors;
mod input;
mod kept;
mod langserve;
mod log;
mod metrics;
mod native;
mod openai;
mod overload;
mod replace;
mod streams;
mod ui;
