//! Anthropic's messages, and every service that speaks like it.
//!
//! In a chain file:
//!
//! ```yaml
//! model: { anthropic: claude-sonnet-4-5-20250929, max_tokens: 1024 }
//! ```
//!
//! In Rust:
//!
//! ```
//! use windlass_providers::Anthropic;
//!
//! let model = Anthropic::model("claude-sonnet-4-5-20250929").max_tokens(1024).api_key("sk-ant-...").build().unwrap();
//! assert_eq!(model.identity().vendor.as_ref(), "anthropic");
//! ```
//!
//! What is sent is what LangChain's `ChatAnthropic` sends, and what comes back is given as LangChain gives it.

mod betas;
mod brought;
mod builder;
mod chat;
mod content;
mod error;
mod keyless;
mod media;
mod message;
mod models;
mod params;
#[cfg(test)]
mod recorded;
mod request;
mod response;
mod schema;
mod standard;
mod stream;
mod vendor;
mod wire;

pub use crate::{call::Timeouts, setup::BuildError, streaming::DisableStreaming};
pub use builder::AnthropicBuilder;
pub use params::{AnthropicParams, Effort, OutputVersion};
pub use vendor::Anthropic;
