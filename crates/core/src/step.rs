//! Steps that shape the flow: branches, choices, bindings, retries, pass-through, functions.

mod assign;
mod binding;
mod branch;
mod client_tools;
mod configurable;
mod each;
mod fallbacks;
mod getter;
mod lambda;
mod parallel;
mod passthrough;
mod pick;
mod retry;
mod router;
mod tee;
mod valued;

use crate::{Cx, Error, Result};

pub use assign::RunnableAssign;
pub use binding::RunnableBinding;
pub use branch::RunnableBranch;
pub use client_tools::{CLIENT_TOOLS, RunnableClientTools};
pub use configurable::{
    Chosen, ConfigurableField, Options, Rebuild, RunnableConfigurableAlternatives, RunnableConfigurableFields,
};
pub use each::RunnableEach;
pub use fallbacks::RunnableWithFallbacks;
pub use getter::ItemGetter;
pub use lambda::{Lambda, RunnableLambda};
pub use parallel::RunnableParallel;
pub use passthrough::RunnablePassthrough;
pub use pick::RunnablePick;
pub use retry::{ExponentialJitter, RunnableRetry};
pub use router::RouterRunnable;

/// Refuses arguments that were bound to a step that takes none, as the method of LangChain's that does the work.
fn no_kwargs(cx: &Cx, class: &'static str, method: &str) -> Result<()> {
    let Some(name) = cx.kwargs().and_then(|kwargs| kwargs.keys().next()) else { return Ok(()) };
    let message = format!("{class}.{method}() got an unexpected keyword argument '{name}'");
    Err(Error::raised(class, "TypeError", message))
}
