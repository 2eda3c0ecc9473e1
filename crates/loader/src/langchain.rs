//! From LangChain's JSON (`langchain_core.load.dumps`) to the steps of a chain file.

mod json;
