//! A type of the user's has to be wrapped to flow through a chain.

use windlass_core::RunnableLambda;

struct Question;

fn main() {
    let _ = RunnableLambda::quick(|question: Question| Ok(question));
}
