//! Streaming in process, without HTTP: pieces as they come, and two branches at once.
//!
//! Run with `cargo run -p windlass --example stream`.
#![expect(clippy::print_stdout, reason = "an example prints")]

use futures_util::StreamExt;
use std::io::Write;
use windlass::{ChatPromptTemplate, Fake, RunnableParallel, StrOutputParser, Vars, vars};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let answer = ChatPromptTemplate::from_template("Answer: {question}")? | Fake::model() | StrOutputParser;
    let mut pieces = answer.stream(vars! { "question" => "What is Rust?" });
    while let Some(piece) = pieces.next().await {
        print!("{}", piece?);
        std::io::stdout().flush()?;
    }
    println!("\n");

    let title =
        ChatPromptTemplate::from_template("A title for: {question}")? | Fake::model() | StrOutputParser;
    let both = RunnableParallel::<Vars>::new().branch("answer", answer).branch("title", title);
    let mut pieces = windlass::IntoChain::into_chain(both).stream(vars! { "question" => "Why?" });
    while let Some(piece) = pieces.next().await {
        for (branch, text) in piece?.0 {
            println!("{branch}: {:?}", windlass::python::str(&text));
        }
    }
    Ok(())
}
