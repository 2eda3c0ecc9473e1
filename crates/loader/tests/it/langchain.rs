//! LangChain's JSON: what is translated and to what, what is refused and why, and what an attacker can reach.

mod attacks;
mod corpus;
mod refused;
mod translated;

use serde_json::Value;
use windlass_loader::{LangChainOptions, Report, Source, Translated, translate};

fn read(json: &Value, options: &LangChainOptions) -> Result<Translated, Report> {
    translate(&Source::new("chain.json", json.to_string()), options)
}

/// The YAML of a chain, without `steps:` and its indentation.
#[track_caller]
fn yaml(json: &Value) -> String {
    let chain = read(json, &LangChainOptions::default()).unwrap_or_else(|report| panic!("{report}"));
    let yaml = chain.to_yaml();
    let lines =
        yaml.strip_prefix("steps:\n").unwrap().lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The reasons why a chain is refused: `path message`.
#[track_caller]
fn reasons(json: &Value) -> Vec<String> {
    let report = read(json, &LangChainOptions::default()).unwrap_err();
    report.mistakes().iter().map(|mistake| format!("{} {}", mistake.path, mistake.message)).collect()
}

/// A node of LangChain's: `node("schema/runnable/RunnablePick", json!({"keys": "a"}))`.
fn node(id: &str, kwargs: Value) -> Value {
    let id: Vec<_> = std::iter::once("langchain").chain(id.split('/')).collect();
    let mut node = serde_json::json!({"lc": 1, "type": "constructor", "id": id});
    node["kwargs"] = kwargs;
    node
}

fn runnable(class: &str, kwargs: Value) -> Value {
    node(&format!("schema/runnable/{class}"), kwargs)
}

/// A chat prompt of these messages.
fn chat(messages: Value) -> Value {
    let mut prompt = node("prompts/chat/ChatPromptTemplate", serde_json::json!({}));
    prompt["kwargs"]["messages"] = messages;
    prompt
}

fn template(text: &str) -> Value {
    node(
        "prompts/prompt/PromptTemplate",
        serde_json::json!({"template": text, "template_format": "f-string"}),
    )
}

fn human(text: &str) -> Value {
    node("prompts/chat/HumanMessagePromptTemplate", serde_json::json!({"prompt": template(text)}))
}

fn secret(name: &str) -> Value {
    serde_json::json!({"lc": 1, "type": "secret", "id": [name]})
}

fn code(id: &str, repr: &str) -> Value {
    let id: Vec<_> = id.split('/').collect();
    serde_json::json!({"lc": 1, "type": "not_implemented", "id": id, "repr": repr})
}

/// A model of OpenAI's with these arguments.
fn openai(mut kwargs: Value) -> Value {
    kwargs["openai_api_key"] = secret("OPENAI_API_KEY");
    node("chat_models/openai/ChatOpenAI", kwargs)
}

fn text_parser() -> Value {
    node("schema/output_parser/StrOutputParser", serde_json::json!({}))
}
