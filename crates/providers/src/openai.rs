//! OpenAI's chat completions, and every service that speaks like it.
//!
//! In a chain file:
//!
//! ```yaml
//! model: { openai: gpt-4o, temperature: 0.7, timeouts: { first_token: 20s } }
//! ```
//!
//! In Rust:
//!
//! ```
//! use windlass_providers::OpenAi;
//!
//! let model = OpenAi::model("gpt-4o").temperature(0.7).api_key("sk-...").build().unwrap();
//! assert_eq!(model.identity().model.as_ref(), "gpt-4o");
//! ```
//!
//! What is sent is what LangChain's `ChatOpenAI` sends, byte for byte where its order of keys is known. What comes
//! back is given as LangChain gives it, but for three things: a byte order mark does not cost the first event, an event without
//! data is no failure, and a stream that ends well in the middle of the answer is one. [`AzureOpenAi`] follows `AzureChatOpenAI`, [`OpenAiCompletions`] the older `OpenAI`.

mod arguments;
mod azure;
mod bad_answer;
mod builder;
mod chat;
mod completions;
mod content;
mod error;
mod message;
mod models;
mod params;
#[cfg(test)]
mod recorded;
mod request;
mod response;
mod responses;
mod standard;
mod stream;
mod structured;
mod usage;
mod vendor;
mod wire;

pub use crate::{call::Timeouts, setup::BuildError, streaming::DisableStreaming};
pub use azure::{AzureOpenAi, AzureParams};
pub use builder::OpenAiBuilder;
pub use completions::{CompletionParams, OpenAiCompletions};
pub use params::{OpenAiParams, Stop};
pub use vendor::OpenAi;
