//! Why an endpoint cannot be served.

use super::Misfit;
use crate::{InputProblem, Joint};

/// Why an endpoint cannot be served.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EndpointError {
    /// The name cannot be a path or is one of the server's own.
    #[error("`{name}` cannot name a chain: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The joints of the chain do not fit each other or the input.
    #[error("chain `{name}`: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Joints {
        /// The chain's name.
        name: String,
        /// What is wrong.
        problems: Vec<Joint>,
    },
    /// What a conversation feeds does not fit the input.
    #[error("chain `{name}`: how a conversation feeds it: {misfit}")]
    Conversation {
        /// The chain's name.
        name: String,
        /// What is wrong.
        misfit: Misfit,
    },
    /// The schema of the input, or of what callers can configure, cannot be used.
    #[error("chain `{name}`: the input's schema is not valid: {message}")]
    Schema {
        /// The chain's name.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// The output type does not fit what the chain gives.
    #[error("chain `{name}`: {message}")]
    Output {
        /// The chain's name.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// An example is not a valid input.
    #[error("chain `{name}`: example {index} is not a valid input: {problem}")]
    Example {
        /// The chain's name.
        name: String,
        /// Which example, from 0.
        index: usize,
        /// What is wrong with it.
        problem: Box<InputProblem>,
    },
}
