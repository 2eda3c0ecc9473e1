//! A chain as a service: typed input and output, checked when the endpoint is made.
//!
//! Run with `cargo run -p windlass --example ask`, then
//! `curl --json '{"question":"What is Python?"}' localhost:8000/invoke`.
//! With `OPENAI_API_KEY` set it asks OpenAI; without, the built-in demo model answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass::{ChatPromptTemplate, Endpoint, Fake, ModelStep, OpenAi, Server, Settings, StrOutputParser};

/// What a caller sends.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Question {
    /// The question to answer.
    question: String,
}

/// What a caller gets.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Answer {
    /// The model's answer.
    answer: String,
}

#[expect(clippy::disallowed_methods, reason = "an example reads its own environment")]
fn model() -> Result<ModelStep, Box<dyn std::error::Error>> {
    match std::env::var("OPENAI_API_KEY") {
        Ok(key) => Ok(OpenAi::model("gpt-4o").temperature(0.7).api_key(key).build()?),
        Err(_) => Ok(ModelStep::shared(Fake::model())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let prompt = ChatPromptTemplate::from_template("Answer this question concisely: {question}")?;
    let ask = Endpoint::typed::<Question, Answer>("ask", prompt | model()? | StrOutputParser)?;

    let server = Server::new(vec![ask], Settings::default())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    server.serve(listener, interrupted).await;
    Ok(())
}
