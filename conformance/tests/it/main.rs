//! The cases of this repository, replayed: what is right passes, and each kind of difference is found.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod corpus;
mod documented;
mod limits;
mod mutants;
mod program;
mod refusals;
mod replay;
