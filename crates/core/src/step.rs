//! Steps that shape the flow: parallel branches, pass-through, functions.

mod assign;
mod lambda;
mod parallel;
mod passthrough;
mod tee;

pub use assign::RunnableAssign;
pub use lambda::{Lambda, RunnableLambda};
pub use parallel::RunnableParallel;
pub use passthrough::RunnablePassthrough;
