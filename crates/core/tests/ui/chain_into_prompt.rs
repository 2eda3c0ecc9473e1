//! The joint is checked in the middle of a chain, too.

use windlass_core::{AiMessage, Chain, ChatPromptTemplate, StrOutputParser, Vars};

fn two_prompts(answer: Chain<Vars, AiMessage>) {
    let prompt = ChatPromptTemplate::from_template("{question}").unwrap();
    let _ = answer | StrOutputParser | prompt;
}

fn main() {
    let _ = two_prompts;
}
