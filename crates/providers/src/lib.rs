//! Speaks to model vendors: OpenAI-shaped ones, Anthropic, and a fake one for tests and demos.
//!
//! A vendor is a folder: its parameters and how a model is built of them (`vendor`), what is sent (`request`), what
//! comes back (`response`, `stream`, `wire`), and the [`ChatModel`](windlass_core::ChatModel) that joins them (`chat`).
//! All share the [connections](http), the [decoder of event streams](sse), and one rule for timeouts and retries.

pub mod anthropic;
mod call;
pub mod fake;
pub mod http;
pub mod openai;
mod params;
mod places;
mod python_json;
mod secret;
mod setup;
pub mod sse;
mod streaming;

pub use anthropic::Anthropic;
pub use fake::Fake;
pub use http::{HttpPool, PoolSettings};
pub use openai::{AzureOpenAi, OpenAi, OpenAiCompletions};
pub use secret::SecretRef;
pub use setup::BuildError;

use windlass_core::Vendors;

/// All vendors that are built in.
///
/// ```
/// use windlass_providers::{HttpPool, vendors};
///
/// let vendors = vendors(&HttpPool::default());
/// let ids: Vec<_> = vendors.ids().collect();
/// assert_eq!(ids, ["openai", "azure_openai", "openai_completions", "anthropic", "fake"]);
/// ```
pub fn vendors(pool: &HttpPool) -> Vendors {
    Vendors::new()
        .with(OpenAi::new(pool.clone()))
        .with(AzureOpenAi::new(pool.clone()))
        .with(OpenAiCompletions::new(pool.clone()))
        .with(Anthropic::new(pool.clone()))
        .with(Fake::new())
}
