//! Gives chains an HTTP face: admission, dialects, OpenAPI.
//!
//! A [`Server`] holds chains as [`Endpoint`](windlass_core::Endpoint)s. It listens by itself, or is mounted as a tower service.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use windlass_core::{ChatPromptTemplate, Endpoint, PromptValue, RunnableLambda};
//! use windlass_server::{Server, Settings};
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Question { question: String }
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Answer { answer: String }
//!
//! let echo = RunnableLambda::quick(|prompt: PromptValue| Ok(prompt.to_text()));
//! let chain = ChatPromptTemplate::from_template("{question}").unwrap() | echo;
//! let endpoint = Endpoint::typed::<Question, Answer>("ask", chain).unwrap();
//! let server = Server::new(vec![endpoint], Settings::default()).unwrap();
//! assert_eq!(server.openapi()["paths"]["/ask/invoke"]["post"]["operationId"], "ask_invoke");
//! ```

mod admit;
mod app;
mod descriptors;
mod dialects;
mod docs;
mod drain;
mod error;
mod facts;
mod health;
mod http;
mod listen;
mod metrics;
mod mounts;
mod openapi;
mod origin;
mod pool;
mod record;
mod routes;
mod run;
mod server;
mod service;
mod settings;
mod tasks;

pub use app::SiteError;
pub use descriptors::raise_limit;
pub use error::Code;
pub use facts::PeerAddr;
pub use http::{BoxError, ResponseBody};
pub use mounts::Mounts;
pub use pool::BlockingPool;
pub use routes::RouteConflict;
pub use server::Server;
pub use service::WindlassService;
pub use settings::{Cors, DEFAULT_LISTEN, Limits, Mount, RetryAfter, Settings, Timeouts};
