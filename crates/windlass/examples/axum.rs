//! A chain inside an axum application that exists: its routes are the application's, under a path of their own.
//!
//! Run with `cargo run -p windlass --example axum`, then
//! `curl --json '{"question":"What is Python?"}' localhost:8000/ai/ask/invoke`.

use axum::{Router, routing::get};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass::{ChatPromptTemplate, Endpoint, Fake, Server, Settings, StrOutputParser};

/// What a caller sends.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Question {
    question: String,
}

/// What a caller gets.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Answer {
    answer: String,
}

fn app() -> Result<Router, Box<dyn std::error::Error>> {
    let prompt = ChatPromptTemplate::from_template("Answer this question concisely: {question}")?;
    let ask = Endpoint::typed::<Question, Answer>("ask", prompt | Fake::model() | StrOutputParser)?;
    let settings = Settings { base_path: Some("/ai".into()), ..Settings::default() };
    let windlass = Server::new(vec![ask], settings)?.service();
    Ok(Router::new().route("/", get(|| async { "my application" })).nest_service("/ai", windlass))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app()?).await?)
}
