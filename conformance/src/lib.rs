//! Runs recordings of the real LangChain against an engine, and compares: the chain, what is sent, what comes back.
//!
//! A [`Case`] is a recorded chain with its runs. A [`Loader`] is what is held to it. [`check`](fn@check) runs cases, each run with a
//! provider of its own on 127.0.0.1 that answers what was recorded, and gives a [`Report`].

mod case;
pub mod cli;
mod compare;
mod difference;
mod engine;
mod exceptions;
mod json;
pub mod langserve;
mod mock;
mod refusal;
mod report;
mod runner;
mod select;

pub use case::{
    Call, Case, Compare, Exchange, Mode, Order, ReadError, Reply, Request, Response, Run, Tier, Upstream,
    Variant, Wanted,
};
pub use difference::Difference;
pub use engine::{Engine, EngineError, LoadOptions, Loader, Reason, Streamed};
pub use exceptions::{Exceptions, ExceptionsError, Ruling};
pub use json::Json;
pub use report::{CaseReport, Failure, Report};
pub use runner::{Settings, check};
pub use select::{SelectError, Selected, select};
