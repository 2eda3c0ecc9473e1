//! Failures as clients see them: the one place that maps kinds to status, stable code and public text.

use crate::http::{Response, json_response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;
use windlass_core::{Error, InputProblem, ModelErrorKind, Phase, PromptError, RunId};

/// A failure as a client sees it, with its cause for the log.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) code: Code,
    /// What a person reads.
    pub(crate) message: String,
    /// FastAPI's list of problems, for bad input.
    pub(crate) problems: Vec<InputProblem>,
    /// When to come back.
    pub(crate) retry_after: Option<Duration>,
    /// Which timeout ran out.
    pub(crate) phase: Option<Phase>,
    /// What 405 allows.
    pub(crate) allow: Option<String>,
    /// What happened, for the log only.
    pub(crate) cause: Option<Error>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $text:literal),* $(,)?) => {
        /// The stable codes of failures.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name),*
        }

        impl Code {
            /// All codes, for documentation.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// The HTTP status it comes with.
            pub fn status(self) -> StatusCode {
                let status: u16 = match self { $(Code::$name => $status),* };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
}

codes! {
    /// No chain has that name.
    ChainNotFound = 404 "chain_not_found",
    /// Nothing is at that path.
    NotFound = 404 "not_found",
    /// The path does not take that method.
    MethodNotAllowed = 405 "method_not_allowed",
    /// The client accepts nothing that the route can send.
    NotAcceptable = 406 "not_acceptable",
    /// The request's head or body came too slowly.
    RequestTimeout = 408 "request_timeout",
    /// The body is over the limit.
    BodyTooLarge = 413 "body_too_large",
    /// The body has the wrong content type.
    UnsupportedMediaType = 415 "unsupported_media_type",
    /// The body is not JSON.
    InvalidJson = 422 "invalid_json",
    /// The input does not fit the chain's schema.
    InvalidInput = 422 "invalid_input",
    /// The request breaks HTTP's own rules, or its body broke off.
    BadRequest = 400 "bad_request",
    /// A page of another site may not do this.
    Forbidden = 403 "forbidden",
    /// The conversation does not fit the model's window.
    ContextTooLong = 422 "context_too_long",
    /// The output parser rejected the model's text.
    ParseFailed = 422 "parse_failed",
    /// The model's service limits the rate.
    UpstreamRateLimited = 429 "upstream_rate_limited",
    /// A defect of this server.
    Internal = 500 "internal",
    /// A step of the chain failed.
    StepFailed = 500 "step_failed",
    /// The model's service failed.
    UpstreamError = 502 "upstream_error",
    /// The model's service refused the key.
    UpstreamAuth = 502 "upstream_auth",
    /// The model's service refused the request.
    UpstreamRejected = 502 "upstream_rejected",
    /// The model's service answered nonsense, or stopped too soon.
    UpstreamInvalid = 502 "upstream_invalid",
    /// Too many runs are under way and waiting.
    Overloaded = 503 "overloaded",
    /// The server is shutting down.
    Draining = 503 "draining",
    /// The model's service, or the run, was too slow.
    UpstreamTimeout = 504 "upstream_timeout",
}

impl ApiError {
    /// A failure with this text.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        ApiError {
            code,
            message: message.into(),
            problems: Vec::new(),
            retry_after: None,
            phase: None,
            allow: None,
            cause: None,
        }
    }

    /// Bad input, problem by problem.
    pub(crate) fn invalid_input(problems: Vec<InputProblem>) -> Self {
        let message = summary(&problems);
        ApiError { problems, ..ApiError::new(Code::InvalidInput, message) }
    }

    /// One thing wrong with one place of the request.
    pub(crate) fn invalid_field(loc: &[&str], kind: &str, msg: impl Into<String>, input: Value) -> Self {
        let loc = loc.iter().map(|part| json!(part)).collect();
        ApiError::invalid_input(vec![InputProblem {
            kind: kind.into(),
            loc,
            msg: msg.into(),
            input,
            ctx: None,
        }])
    }

    /// The server is shutting down.
    pub(crate) fn draining(retry_after: Duration) -> Self {
        let message =
            "the server is shutting down; send the request again, to another replica or in a moment";
        ApiError { retry_after: Some(retry_after), ..ApiError::new(Code::Draining, message) }
    }

    /// The `error` object of a body or a terminal line.
    pub(crate) fn object(&self, run: RunId) -> Value {
        let mut object = json!({"code": self.code.as_str(), "message": self.message, "run_id": run});
        if let Some(phase) = self.phase {
            object["phase"] = phase.as_str().into();
        }
        object
    }

    /// What is wrong, as FastAPI tells it: a text, or a list of problems.
    pub(crate) fn detail(&self) -> Value {
        match self.problems.is_empty() {
            true => self.message.clone().into(),
            false => serde_json::to_value(&self.problems).unwrap_or_default(),
        }
    }

    /// The failure as an answer of its own.
    pub(crate) fn into_response(self, run: RunId) -> Response {
        let body = json!({"detail": self.detail(), "error": self.object(run)});
        self.into_answer(&body)
    }

    /// The failure as an answer with this body.
    pub(crate) fn into_answer(self, body: &Value) -> Response {
        let mut response = json_response(self.code.status(), body);
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs_f64().ceil().max(1.0) as u64));
        }
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        if matches!(self.code, Code::Draining | Code::RequestTimeout | Code::BodyTooLarge) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// A run's failure; `cap` bounds what is passed on of the upstream's wish to wait.
    pub(crate) fn of_run(error: Error, cap: Duration) -> Self {
        let mut api = match &error {
            Error::InvalidInput(problems) => ApiError::invalid_input(problems.clone()),
            Error::Prompt(error) => prompt_problem(error),
            Error::Model(error) => of_model(error.kind, cap),
            Error::Parse(error) => ApiError::new(
                Code::ParseFailed,
                format!("the model's answer could not be read by {}", error.parser),
            ),
            Error::Step(error) => {
                ApiError::new(Code::StepFailed, format!("the step `{}` failed", error.step))
            }
            Error::Raised(error) => {
                ApiError::new(Code::StepFailed, format!("the step `{}` failed", error.step))
            }
            Error::BufferLimit { limit } => {
                ApiError::new(Code::StepFailed, format!("the run had to hold more than {limit} bytes"))
            }
            Error::Deadline { .. } => timeout(Phase::Total),
        };
        api.cause = Some(error);
        api
    }
}

/// How many problems the message names; `detail` has them all.
const NAMED_PROBLEMS: usize = 3;

fn summary(problems: &[InputProblem]) -> String {
    let named: Vec<_> = problems.iter().take(NAMED_PROBLEMS).map(ToString::to_string).collect();
    let message = named.join("; ");
    match problems.len().saturating_sub(NAMED_PROBLEMS) {
        0 => message,
        more => format!("{message}; and {more} more"),
    }
}

fn prompt_problem(error: &PromptError) -> ApiError {
    match error {
        PromptError::MissingVariables { missing, .. } => {
            let problem = |name: &String| InputProblem {
                kind: "missing".into(),
                loc: vec!["body".into(), name.as_str().into()],
                msg: "Field required".into(),
                input: Value::Null,
                ctx: None,
            };
            ApiError::invalid_input(missing.iter().map(problem).collect())
        }
        PromptError::NotMapping { got, .. } => {
            let msg = format!("Input should be an object of variables, not {got}");
            ApiError::invalid_field(&["body"], "dict_type", msg, Value::Null)
        }
        PromptError::Raised(raised) => {
            // Its text may quote the input, or an example of the chain.
            let msg = format!("The prompt cannot be rendered with this input: {raised}");
            ApiError::invalid_field(&["body"], "value_error", msg, Value::Null)
        }
        PromptError::NotMessages { variable, got, .. } => {
            let msg = format!("Input should be a list of messages, not {got}");
            ApiError::invalid_field(&["body", variable], "list_type", msg, Value::Null)
        }
    }
}

fn timeout(phase: Phase) -> ApiError {
    let message = match phase {
        Phase::Connect => "the model's service could not be reached in time",
        Phase::FirstToken => "the model's service did not begin to answer in time",
        Phase::BetweenTokens => "the model's service stopped in the middle of its answer",
        Phase::Total => "the run took longer than it may",
    };
    ApiError { phase: Some(phase), ..ApiError::new(Code::UpstreamTimeout, message) }
}

fn of_model(kind: ModelErrorKind, cap: Duration) -> ApiError {
    let new = ApiError::new;
    match kind {
        ModelErrorKind::Authentication => {
            new(Code::UpstreamAuth, "the model's service refused the server's key")
        }
        ModelErrorKind::RateLimited { retry_after } => {
            let wait = retry_after.unwrap_or(Duration::from_secs(1)).min(cap);
            let error =
                new(Code::UpstreamRateLimited, "the model's service limits the rate; try again later");
            ApiError { retry_after: Some(wait), ..error }
        }
        ModelErrorKind::InvalidRequest => {
            new(Code::UpstreamRejected, "the model's service refused the request")
        }
        ModelErrorKind::ContextTooLong => {
            new(Code::ContextTooLong, "the input does not fit the model's context window")
        }
        ModelErrorKind::Server | ModelErrorKind::Unavailable => {
            new(Code::UpstreamError, "the model's service failed")
        }
        ModelErrorKind::Protocol => {
            new(Code::UpstreamInvalid, "the model's service gave an answer that is broken or incomplete")
        }
        ModelErrorKind::Timeout(phase) => timeout(phase),
    }
}
