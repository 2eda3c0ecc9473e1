//! A prompt is no answer of a model.

use windlass_core::{ChatPromptTemplate, JsonOutputParser};

fn main() {
    let prompt = ChatPromptTemplate::from_template("{question}").unwrap();
    let _ = prompt | JsonOutputParser;
}
