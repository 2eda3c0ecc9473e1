//! Chains that LangChain's `dumps` wrote: served, named in chain files, checked, converted, and attacked.

mod attacks;
mod command;
mod named;
mod schema;
mod serve;

use crate::folder_with;
use serde_json::{Value, json};

/// What `dumps` wrote of `examples/langchain/ask.py`: two variables, a placeholder, ChatOpenAI, StrOutputParser.
const ASK_JSON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/langchain/ask.json");
/// An input of it.
const INPUT: &str = r#"{"tone":"dry","question":"What is Python?"}"#;

/// A node: `node("schema/runnable/RunnablePick", json!({"keys": "a"}))`.
fn node(id: &str, kwargs: Value) -> Value {
    let id: Vec<_> = std::iter::once("langchain").chain(id.split('/')).collect();
    let mut node = json!({"lc": 1, "type": "constructor", "id": id});
    node["kwargs"] = kwargs;
    node
}

fn sequence(first: Value, last: Value) -> Value {
    node("schema/runnable/RunnableSequence", Value::from_iter([("first", first), ("last", last)]))
}

fn template(text: &str, format: &str) -> Value {
    node("prompts/prompt/PromptTemplate", json!({"template": text, "template_format": format}))
}

/// A chat prompt of one message.
fn chat(text: &str, format: &str) -> Value {
    let message = node("prompts/chat/HumanMessagePromptTemplate", json!({"prompt": template(text, format)}));
    node("prompts/chat/ChatPromptTemplate", json!({"messages": [message]}))
}

fn secret(name: &str) -> Value {
    json!({"lc": 1, "type": "secret", "id": [name]})
}

fn code(id: &str, repr: &str) -> Value {
    let id: Vec<_> = id.split('/').collect();
    json!({"lc": 1, "type": "not_implemented", "id": id, "repr": repr})
}

fn openai(kwargs: Value) -> Value {
    node("chat_models/openai/ChatOpenAI", kwargs)
}

/// `prompt | model`, where the model is of these arguments.
fn asking(kwargs: Value) -> Value {
    sequence(chat("{q}", "f-string"), openai(kwargs))
}

/// A folder with this chain in it.
fn folder_of(name: &str, chain: &Value) -> (tempfile::TempDir, String) {
    folder_with(name, &chain.to_string())
}
