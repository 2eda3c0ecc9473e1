//! A closure has to be made a step.

use windlass_core::StrOutputParser;

fn main() {
    let _ = StrOutputParser | |text: String| text.to_uppercase();
}
