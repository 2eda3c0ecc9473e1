//! Output parsers: from the model's text to what the chain gives.

mod json;
mod text;

pub use json::{JsonOutputParser, LangChainJsonOutputParser, TypedJsonOutputParser};
pub use text::StrOutputParser;
