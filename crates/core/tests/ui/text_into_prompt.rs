//! Text is not the variables of a prompt.

use windlass_core::{ChatPromptTemplate, StrOutputParser};

fn main() {
    let prompt = ChatPromptTemplate::from_template("{question}").unwrap();
    let _ = StrOutputParser | prompt;
}
