//! Output parsers: from the model's text to what the chain gives.

mod equal;
mod functions;
mod input;
mod json;
mod json_patch;
mod list;
mod pieces;
mod text;
mod tools;
mod xml;

pub use functions::{JsonKeyOutputFunctionsParser, JsonOutputFunctionsParser, OutputFunctionsParser};
pub use input::ModelOutput;
pub use json::{JsonOutputParser, LangChainJsonOutputParser, TypedJsonOutputParser};
pub use json_patch::make_patch;
pub use list::{CommaSeparatedListOutputParser, MarkdownListOutputParser, NumberedListOutputParser};
pub use text::{LangChainStrOutputParser, StrOutputParser};
pub use tools::{JsonOutputKeyToolsParser, JsonOutputToolsParser};
pub use xml::XMLOutputParser;
