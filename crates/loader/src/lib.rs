//! Turns chain files into chains, and finds everything that is wrong with them before the first request.
//!
//! A chain file is YAML (or JSON, which is YAML too). [`load`] gives its chains as [`Endpoint`](windlass_core::Endpoint)s,
//! or a [`Report`] with *all* mistakes, each with its place and what to write instead.
//!
//! ```
//! use windlass_loader::{Registry, Source, load};
//!
//! let file = Source::new("ask.yaml", "chains:\n  ask:\n    input: { question: string }\n    promt: \"{question}\"\n");
//! let report = load(&file, &Registry::default()).unwrap_err();
//! assert_eq!(report.mistakes()[1].remedy, "did you mean `prompt`?");
//! assert!(report.to_string().contains(" --> ask.yaml:4:5"));
//! ```

mod document;
mod langchain;
mod load;
mod mistake;
mod registry;
mod schema;
mod source;
mod suggest;

pub use langchain::{Input, LangChainOptions, Translated, is_langchain, translate};
pub use load::{ChainFile, load, load_langchain};
pub use mistake::{Mistake, Report, Severity};
pub use registry::{Files, Registry, Section};
pub use schema::schema;
pub use source::{Position, Source, Span};

/// A chain file to begin with: it runs as it stands, and its comments say what to try next.
pub const STARTER: &str = include_str!("starter.yaml");
