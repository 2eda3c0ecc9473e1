//! A model that needs no service: for tests, benchmarks and `--demo`.
//!
//! It says what it was asked, always the same way, word by word. Its parameters make it slow, long or faulty:
//!
//! ```yaml
//! model: { fake: any-name, latency: 200ms, gap: 20ms, tokens: 50 }
//! ```
//!
//! ```
//! use windlass_providers::Fake;
//! use windlass_core::{Cx, Message};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let answer = Fake::model().generate(vec![Message::human("Why?")], Cx::default()).await.unwrap();
//! assert_eq!(answer.content.to_text(), "You asked: Why?");
//! # });
//! ```

mod chat;
mod vendor;

pub use vendor::{Fail, FailKind, Fake, FakeParams};
