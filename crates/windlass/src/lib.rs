//! The library a Rust user adds: chains, models and the server under one name.
//!
//! ```no_run
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use windlass::{ChatPromptTemplate, Endpoint, Fake, Server, Settings, StrOutputParser};
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Question { question: String }
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Answer { answer: String }
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let prompt = ChatPromptTemplate::from_template("Answer this question concisely: {question}")?;
//! let chain = prompt | Fake::model() | StrOutputParser;
//! let ask = Endpoint::typed::<Question, Answer>("ask", chain)?;
//!
//! let server = Server::new(vec![ask], Settings::default())?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! server.serve(listener, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! A template variable that no field of the input type provides is an error when the endpoint is made:
//!
//! ```
//! # use schemars::JsonSchema;
//! # use serde::{Deserialize, Serialize};
//! # use windlass::{ChatPromptTemplate, Endpoint, Fake, StrOutputParser};
//! # #[derive(Serialize, Deserialize, JsonSchema)] struct Question { question: String }
//! # #[derive(Serialize, Deserialize, JsonSchema)] struct Answer { answer: String }
//! let prompt = ChatPromptTemplate::from_template("Answer {question} for {reader}").unwrap();
//! let chain = prompt | Fake::model() | StrOutputParser;
//! let error = Endpoint::typed::<Question, Answer>("ask", chain).unwrap_err();
//! assert!(error.to_string().contains("needs `reader`"));
//! ```

mod registry;

pub use registry::{demo_vendors, registry, vendors};
pub use windlass_core::*;
pub use windlass_loader::{
    ChainFile, Files, Input, LangChainOptions, Mistake, Position, Registry, Report, STARTER, Section,
    Severity, Source, Translated, is_langchain, load, load_langchain, schema, translate,
};
pub use windlass_providers::{Anthropic, Fake, HttpPool, OpenAi, PoolSettings};
pub use windlass_server::{
    BlockingPool, Code, Cors, DEFAULT_LISTEN, Limits, Mount, Mounts, PeerAddr, ResponseBody, RetryAfter,
    Server, Settings, SiteError, Timeouts, WindlassService, raise_limit,
};
