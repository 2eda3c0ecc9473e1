//! The crate's behaviour as its users see it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what these tests share is made of tests")]

mod assign;
mod batch;
mod choices;
mod client_tools;
mod configurable;
mod dynamic;
mod endpoint;
mod fallbacks;
mod json_parser;
mod lambda;
mod model;
mod parallel;
mod parsers;
mod prompts;
mod python;
mod retry;
mod run;
mod sequence;
mod support;
mod told;
mod typed;
mod ui;
