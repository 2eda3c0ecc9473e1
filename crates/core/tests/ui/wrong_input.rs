//! What a chain is run on is checked as a joint is.

use windlass_core::{ChatPromptTemplate, IntoChain};

fn main() {
    let prompt = ChatPromptTemplate::from_template("{question}").unwrap().into_chain();
    let _ = prompt.invoke("Why?".to_owned());
}
