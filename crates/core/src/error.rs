//! What can go wrong in a run, by what a caller can do about it; transport-agnostic.

use crate::python::{self, PythonError};
use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

/// A boxed source error that can be shared between the branches of a chain.
pub type BoxError = Arc<dyn std::error::Error + Send + Sync>;

/// The result of running a step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a run failed. `Display` is for the operator's log; what a client may read is the server's business.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The input does not fit the chain; nothing ran.
    #[error("invalid input: {}", join(.0))]
    InvalidInput(Vec<InputProblem>),
    /// A prompt could not be rendered.
    #[error("the prompt could not be rendered")]
    Prompt(#[source] Box<PromptError>),
    /// The model's service failed.
    #[error(transparent)]
    Model(Box<ModelError>),
    /// An output parser rejected the model's text.
    #[error(transparent)]
    Parse(Box<ParseError>),
    /// A step of the chain failed or panicked.
    #[error(transparent)]
    Step(Box<StepError>),
    /// A step failed as LangChain's step of this name does, with the same exception.
    #[error(transparent)]
    Raised(Box<Raised>),
    /// More was buffered than the run may hold.
    #[error("the run holds more than {limit} bytes in buffers; raise `limits.buffered_per_run`")]
    BufferLimit {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The run took longer than it may.
    #[error("the run exceeded its time limit of {limit:?}")]
    Deadline {
        /// The limit.
        limit: Duration,
    },
}

/// One thing that is wrong with an input, in the form FastAPI gives it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct InputProblem {
    /// A stable word for the kind of problem: `missing`, `string_type`, `extra_forbidden`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// Where: the path from the body down to the value.
    pub loc: Vec<serde_json::Value>,
    /// What is wrong, for a person.
    pub msg: String,
    /// The offending value (shortened where it is long).
    pub input: serde_json::Value,
    /// What the words name: a limit, the choices. Left out where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ctx: Option<serde_json::Map<String, serde_json::Value>>,
}

impl fmt::Display for InputProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.loc.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            match part {
                serde_json::Value::String(key) => write!(f, "{dot}{key}")?,
                other => write!(f, "{dot}{other}")?,
            }
        }
        let colon = if self.loc.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.msg)
    }
}

fn join(problems: &[InputProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why a prompt could not be rendered. `Display` and `Debug` hold names of variables, but none of their values.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PromptError {
    /// Variables of the template that the input does not have.
    #[error("input is missing variables {missing:?}; expected {expected:?}, received {received:?}")]
    MissingVariables {
        /// LangChain's name for the prompt.
        prompt: &'static str,
        /// The variables that are not there.
        missing: Vec<String>,
        /// All variables of the template.
        expected: Vec<String>,
        /// The keys of the input.
        received: Vec<String>,
    },
    /// The input is no object, and the prompt does not need exactly one variable.
    #[error("the input of {prompt} should be an object, got {got}")]
    NotMapping {
        /// LangChain's name for the prompt.
        prompt: &'static str,
        /// What Python calls the input's type.
        got: String,
    },
    /// A placeholder's value is not a list of messages.
    #[error("variable `{variable}` should be a list of messages, got {got}")]
    NotMessages {
        /// The placeholder's variable.
        variable: String,
        /// What kind of value it was.
        got: String,
        /// What Python raises for it.
        raised: PythonError,
    },
    /// What else Python raises: a value that does not fit its format, a message that cannot be read.
    #[error("rendering raised {0}")]
    Raised(#[from] PythonError),
}

impl PromptError {
    /// What Python's LangChain raises for it. Where it names several missing variables it does so in no order; here
    /// they are sorted.
    pub fn python_error(&self) -> PythonError {
        match self {
            PromptError::MissingVariables { prompt, missing, expected, received } => {
                let text = python::linked(&missing_text(prompt, missing, expected, received), INVALID_INPUT);
                // A KeyError prints the `repr` of what it was made of.
                PythonError::key(&text)
            }
            PromptError::NotMapping { prompt, got } => {
                let text = format!("Expected mapping type as input to {prompt}. Received {got}.");
                PythonError::new("TypeError", python::linked(&text, INVALID_INPUT))
            }
            PromptError::NotMessages { raised, .. } | PromptError::Raised(raised) => raised.clone(),
        }
    }
}

/// What LangChain's documentation calls such errors.
const INVALID_INPUT: &str = "INVALID_PROMPT_INPUT";

fn missing_text(prompt: &str, missing: &[String], expected: &[String], received: &[String]) -> String {
    let list = |names: &[String]| python::quote_all(names.iter().map(String::as_str));
    let set: Vec<_> = missing.iter().map(|name| python::quote(name)).collect();
    let example = missing.first().map_or("", String::as_str);
    format!(
        "Input to {prompt} is missing variables {{{}}}.  Expected: {} Received: {}\n\
         Note: if you intended {{{example}}} to be part of the string and not a variable, \
         please escape it with double curly braces like: '{{{{{example}}}}}'.",
        set.join(", "),
        list(expected),
        list(received),
    )
}

/// A failure of a model's service. `Display` holds no content and no key: it leaves out what the service said.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{vendor} ({model}): {}", self.line())]
pub struct ModelError {
    /// The vendor's id, as in a chain file.
    pub vendor: Arc<str>,
    /// The model's name.
    pub model: Arc<str>,
    /// What a caller can act on.
    pub kind: ModelErrorKind,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// What happened, in words.
    pub message: Words,
    /// The exception's class in Python, where the vendor, the kind and the status do not say it.
    pub class: Option<&'static str>,
    /// The transport's error.
    #[source]
    pub source: Option<BoxError>,
}

impl ModelError {
    /// Our words, or the kind where we have none, and the status.
    fn line(&self) -> String {
        let what = if self.message.ours.is_empty() { self.kind.as_str() } else { &self.message.ours };
        self.status.map_or_else(|| what.into(), |status| format!("{what}, status {status}"))
    }
}

/// Words about a failure: ours, which a log may hold, and the service's, which it may not.
///
/// ```
/// use windlass_core::Words;
///
/// let words = Words { ours: "an error stood in the answer".into(), said: Some("bad prompt `My name is Ann`".into()) };
/// assert!(!format!("{words} {words:?}").contains("Ann"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Ours: no content, no keys. May be empty, where the kind and the status say it all.
    pub ours: String,
    /// The service's own, which may quote the conversation: neither for logs nor for clients. Whoever needs them reads
    /// them here; no formatting prints them.
    pub said: Option<String>,
}

/// Ours alone.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ours)
    }
}

/// Debug output ends in logs too, so it only counts what the service said.
impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.said.as_ref().map(|said| format!("{} bytes", said.len()));
        f.debug_struct("Words").field("ours", &self.ours).field("said", &said).finish()
    }
}

impl From<&str> for Words {
    fn from(ours: &str) -> Self {
        Words { ours: ours.into(), said: None }
    }
}

impl From<String> for Words {
    fn from(ours: String) -> Self {
        Words { ours, said: None }
    }
}

/// Classes of model failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelErrorKind {
    /// The key was refused (401, 403).
    Authentication,
    /// Too many requests (429), after retries.
    RateLimited {
        /// When the service said to come back.
        retry_after: Option<Duration>,
    },
    /// The request was refused (other 4xx).
    InvalidRequest,
    /// The conversation does not fit the model's window.
    ContextTooLong,
    /// The service failed (5xx) or an error arrived inside the stream.
    Server,
    /// The service could not be reached or the connection broke.
    Unavailable,
    /// The service answered what its protocol does not allow, or ended too soon.
    Protocol,
    /// The service was too slow.
    Timeout(Phase),
}

impl ModelErrorKind {
    /// The class's stable name, for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            ModelErrorKind::Authentication => "authentication",
            ModelErrorKind::RateLimited { .. } => "rate_limited",
            ModelErrorKind::InvalidRequest => "invalid_request",
            ModelErrorKind::ContextTooLong => "context_too_long",
            ModelErrorKind::Server => "server",
            ModelErrorKind::Unavailable => "unavailable",
            ModelErrorKind::Protocol => "protocol",
            ModelErrorKind::Timeout(_) => "timeout",
        }
    }
}

/// Which of the timeouts of a model call ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Opening the connection.
    Connect,
    /// Waiting for the first token (or the answer's head).
    FirstToken,
    /// Waiting for the next token.
    BetweenTokens,
    /// The whole call.
    Total,
}

impl Phase {
    /// The name clients see: `connect`, `first_token`, `between_tokens`, `total`.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Connect => "connect",
            Phase::FirstToken => "first_token",
            Phase::BetweenTokens => "between_tokens",
            Phase::Total => "total",
        }
    }
}

/// The output parser's complaint, with the text it got.
#[derive(Clone, thiserror::Error)]
#[error("{parser} could not read the model's text")]
pub struct ParseError {
    /// The parser's name.
    pub parser: &'static str,
    /// The class of the exception that Python raises: [`ParseError::EXCEPTION`], or `ValidationError`, `KeyError`, ...
    pub class: &'static str,
    /// What is wrong, in Python's words; repeats the text, so it is not for logs nor clients.
    pub message: String,
    /// The model's text, where Python keeps it; not for logs nor clients.
    pub llm_output: Option<String>,
}

impl ParseError {
    /// LangChain's own exception for text that a parser cannot read.
    pub const EXCEPTION: &str = "OutputParserException";

    /// LangChain's own exception. Its message ends with where to read more, as in Python.
    pub fn rejected(parser: &'static str, message: impl fmt::Display, llm_output: Option<String>) -> Self {
        let message = format!(
            "{message}\nFor troubleshooting, visit: \
             https://docs.langchain.com/oss/python/langchain/errors/OUTPUT_PARSING_FAILURE "
        );
        ParseError { parser, class: Self::EXCEPTION, message, llm_output }
    }

    /// An exception of another class.
    pub fn raised(parser: &'static str, class: &'static str, message: impl Into<String>) -> Self {
        ParseError { parser, class, message: message.into(), llm_output: None }
    }
}

/// Debug output ends in logs, so it leaves out what repeats the text.
impl fmt::Debug for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParseError")
            .field("parser", &self.parser)
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}

/// A step that failed or panicked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("step `{step}` failed")]
pub struct StepError {
    /// The step's name.
    pub step: String,
    /// Why.
    #[source]
    pub source: BoxError,
}

/// An exception as LangChain raises it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("step `{step}` failed: {class}")]
pub struct Raised {
    /// The step's name.
    pub step: Cow<'static, str>,
    /// The exception's class in Python.
    pub class: &'static str,
    /// Its text; may quote the conversation, so neither for logs nor for clients.
    pub message: String,
}

/// Without the text.
impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Raised { step, class, .. } = self;
        f.debug_struct("Raised").field("step", step).field("class", class).finish_non_exhaustive()
    }
}

impl Error {
    /// The exception of this class that LangChain's step of this name raises. The text may quote values.
    pub fn raised(
        step: impl Into<Cow<'static, str>>,
        class: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Error::Raised(Box::new(Raised { step: step.into(), class, message: message.into() }))
    }

    /// The failure of a step called `step`.
    pub fn step(
        step: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let source: Box<dyn std::error::Error + Send + Sync> = source.into();
        Error::Step(Box::new(StepError { step: step.into(), source: Arc::from(source) }))
    }

    /// A panic, with the payload's text.
    pub(crate) fn panicked(step: impl Into<String>, payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Error::step(step, format!("panicked: {}", text.unwrap_or_else(|| "unknown payload".into())))
    }

    /// An input of the wrong kind for a step.
    pub fn wrong_kind(expected: &str, got: &str) -> Self {
        Error::InvalidInput(vec![InputProblem {
            kind: "wrong_kind".into(),
            loc: vec!["body".into()],
            msg: format!("expected {expected}, got {got}"),
            input: serde_json::Value::Null,
            ctx: None,
        }])
    }
}

impl From<PromptError> for Error {
    fn from(error: PromptError) -> Self {
        Error::Prompt(Box::new(error))
    }
}

impl From<ModelError> for Error {
    fn from(error: ModelError) -> Self {
        Error::Model(Box::new(error))
    }
}

impl From<ParseError> for Error {
    fn from(error: ParseError) -> Self {
        Error::Parse(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ModelErrorKind, status: Option<u16>, words: Words, line: &str) {
        let (vendor, model) = ("openai".into(), "gpt-4o".into());
        let error = ModelError { vendor, model, kind, status, message: words, class: None, source: None };
        assert_eq!(error.to_string(), line);
        assert!(!format!("{error} {error:?} {:?}", Error::from(error.clone())).contains("Ann"));
    }

    #[test]
    fn the_line_of_a_models_failure_leaves_out_what_the_service_said() {
        let said = Some("My name is Ann".to_string());
        let refused = Words { ours: String::new(), said: said.clone() };
        check(
            ModelErrorKind::InvalidRequest,
            Some(400),
            refused,
            "openai (gpt-4o): invalid_request, status 400",
        );
        let told = Words { ours: "an error stood in the answer".into(), said };
        check(ModelErrorKind::Server, None, told, "openai (gpt-4o): an error stood in the answer");
        let late = "openai (gpt-4o): no token within 1m";
        check(ModelErrorKind::Timeout(Phase::FirstToken), None, "no token within 1m".into(), late);
    }
}
