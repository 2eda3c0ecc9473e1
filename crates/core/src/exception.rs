//! Which exception LangChain raises where a run fails here: its class with its bases, and its text.

use crate::{Error, ModelError, ModelErrorKind, PromptError};

/// Classes and their bases, nearest first, as Python's method resolution order has them.
static CLASSES: &[(&str, &[&str])] = &[
    ("Exception", &[]),
    ("ArithmeticError", &["Exception"]),
    ("AttributeError", &["Exception"]),
    ("LookupError", &["Exception"]),
    ("MemoryError", &["Exception"]),
    ("RuntimeError", &["Exception"]),
    ("StopIteration", &["Exception"]),
    ("SyntaxError", &["Exception"]),
    ("TypeError", &["Exception"]),
    ("ValueError", &["Exception"]),
    ("OSError", &["Exception"]),
    ("ConnectionError", &["OSError", "Exception"]),
    ("TimeoutError", &["OSError", "Exception"]),
    ("IndexError", &["LookupError", "Exception"]),
    ("KeyError", &["LookupError", "Exception"]),
    ("NotImplementedError", &["RuntimeError", "Exception"]),
    ("RecursionError", &["RuntimeError", "Exception"]),
    ("OverflowError", &["ArithmeticError", "Exception"]),
    ("ZeroDivisionError", &["ArithmeticError", "Exception"]),
    ("UnicodeError", &["ValueError", "Exception"]),
    ("UnicodeEncodeError", &["UnicodeError", "ValueError", "Exception"]),
    ("JSONDecodeError", &["ValueError", "Exception"]),
    ("ValidationError", &["ValueError", "Exception"]),
    ("ParseError", &["SyntaxError", "Exception"]),
    ("DefusedXmlException", &["ValueError", "Exception"]),
    ("DTDForbidden", &["DefusedXmlException", "ValueError", "Exception"]),
    ("EntitiesForbidden", &["DefusedXmlException", "ValueError", "Exception"]),
    ("ExternalReferenceForbidden", &["DefusedXmlException", "ValueError", "Exception"]),
    ("TemplateError", &["Exception"]),
    ("TemplateRuntimeError", &["TemplateError", "Exception"]),
    ("UndefinedError", &["TemplateRuntimeError", "TemplateError", "Exception"]),
    ("SecurityError", &["TemplateRuntimeError", "TemplateError", "Exception"]),
    ("TemplateSyntaxError", &["TemplateError", "Exception"]),
    ("TemplateAssertionError", &["TemplateSyntaxError", "TemplateError", "Exception"]),
    ("ChevronError", &["SyntaxError", "Exception"]),
    ("LangChainException", &["Exception"]),
    ("OutputParserException", &["ValueError", "LangChainException", "Exception"]),
    ("HTTPError", &["Exception"]),
    ("RequestError", &["HTTPError", "Exception"]),
    ("DecodingError", &["RequestError", "HTTPError", "Exception"]),
    ("TransportError", &["RequestError", "HTTPError", "Exception"]),
    ("TimeoutException", TRANSPORT_BASES),
    ("NetworkError", TRANSPORT_BASES),
    ("ProtocolError", TRANSPORT_BASES),
    ("ConnectTimeout", TIMEOUT_BASES),
    ("ReadTimeout", TIMEOUT_BASES),
    ("WriteTimeout", TIMEOUT_BASES),
    ("PoolTimeout", TIMEOUT_BASES),
    ("ConnectError", NETWORK_BASES),
    ("ReadError", NETWORK_BASES),
    ("WriteError", NETWORK_BASES),
    ("CloseError", NETWORK_BASES),
    ("LocalProtocolError", PROTOCOL_BASES),
    ("RemoteProtocolError", PROTOCOL_BASES),
    ("ModelError", &["LangChainException", "Exception"]),
    ("ModelAPIError", MODEL_BASES),
    ("ModelAuthenticationError", MODEL_BASES),
    ("ModelConnectionError", MODEL_BASES),
    ("ModelInvalidRequestError", MODEL_BASES),
    ("ModelNotFoundError", MODEL_BASES),
    ("ModelPermissionDeniedError", MODEL_BASES),
    ("ModelRateLimitError", MODEL_BASES),
    ("ModelTimeoutError", MODEL_BASES),
    ("ContextOverflowError", MODEL_BASES),
    (
        "OpenAIContextOverflowError",
        &[
            "BadRequestError",
            STATUS,
            "APIError",
            "OpenAIError",
            "ContextOverflowError",
            "ModelError",
            "LangChainException",
            "Exception",
        ],
    ),
    (
        "OpenAIAPIContextOverflowError",
        &["APIError", "OpenAIError", "ContextOverflowError", "ModelError", "LangChainException", "Exception"],
    ),
    ("LengthFinishReasonError", &["OpenAIError", "Exception"]),
    ("ContentFilterFinishReasonError", &["OpenAIError", "Exception"]),
];

const TRANSPORT_BASES: &[&str] = &["TransportError", "RequestError", "HTTPError", "Exception"];
const TIMEOUT_BASES: &[&str] =
    &["TimeoutException", "TransportError", "RequestError", "HTTPError", "Exception"];
const NETWORK_BASES: &[&str] = &["NetworkError", "TransportError", "RequestError", "HTTPError", "Exception"];
const PROTOCOL_BASES: &[&str] =
    &["ProtocolError", "TransportError", "RequestError", "HTTPError", "Exception"];
const MODEL_BASES: &[&str] = &["ModelError", "LangChainException", "Exception"];

/// How a vendor's SDK and LangChain's package for it name a failure.
struct Family {
    /// LangChain's own class, if it has one for this: `{Vendor}RateLimitError`.
    wrapped: Option<&'static str>,
    /// The SDK's classes, nearest first, without the common end.
    sdk: &'static [&'static str],
    /// LangChain's class for all vendors.
    common: Option<&'static str>,
}

const fn family(
    wrapped: Option<&'static str>,
    sdk: &'static [&'static str],
    common: Option<&'static str>,
) -> Family {
    Family { wrapped, sdk, common }
}

static AUTHENTICATION: Family =
    family(Some("AuthenticationError"), &["AuthenticationError", STATUS], Some("ModelAuthenticationError"));
static PERMISSION: Family = family(
    Some("PermissionDeniedError"),
    &["PermissionDeniedError", STATUS],
    Some("ModelPermissionDeniedError"),
);
static NOT_FOUND: Family =
    family(Some("ModelNotFoundError"), &["NotFoundError", STATUS], Some("ModelNotFoundError"));
static RATE_LIMIT: Family =
    family(Some("RateLimitError"), &["RateLimitError", STATUS], Some("ModelRateLimitError"));
static INVALID: Family =
    family(Some("InvalidRequestError"), &["BadRequestError", STATUS], Some("ModelInvalidRequestError"));
static CONTEXT: Family =
    family(Some("ContextOverflowError"), &["BadRequestError", STATUS], Some("ContextOverflowError"));
static CONFLICT: Family = family(None, &["ConflictError", STATUS], None);
static UNPROCESSABLE: Family = family(None, &["UnprocessableEntityError", STATUS], None);
static PAYMENT: Family = family(None, &["PaymentRequiredError", STATUS], None);
static REQUEST_TIMEOUT: Family = family(None, &["RequestTimeoutError", STATUS], None);
static PRECONDITION: Family = family(None, &["PreconditionFailedError", STATUS], None);
static HEADERS_TOO_LARGE: Family = family(None, &["RequestHeaderFieldsTooLargeError", STATUS], None);
static CLIENT_CLOSED: Family = family(None, &["ClientClosedRequestError", STATUS], None);
static TOO_LARGE: Family = family(None, &["ContentTooLargeError", STATUS], None);
static OTHER_STATUS: Family = family(None, &[STATUS], None);
static SERVER: Family = family(Some("APIError"), &["InternalServerError", STATUS], Some("ModelAPIError"));
static OVERLOADED: Family = family(
    Some("OverloadedError"),
    &["OverloadedError", "InternalServerError", STATUS],
    Some("ModelAPIError"),
);
static IN_STREAM: Family = family(None, &[], None);
static CONNECTION: Family =
    family(Some("ConnectionError"), &["APIConnectionError"], Some("ModelConnectionError"));
static TIMEOUT: Family =
    family(Some("TimeoutError"), &["APITimeoutError", "APIConnectionError"], Some("ModelTimeoutError"));

const STATUS: &str = "APIStatusError";

/// What Anthropic's SDK says of a request that took too long.
const TIMED_OUT_OR_INTERRUPTED: &str = "Request timed out or interrupted. This could be due to a network timeout, dropped connection, or request cancellation. See https://docs.anthropic.com/en/api/errors#long-requests for more details.";

/// The exception that LangChain would have raised.
#[derive(Clone, PartialEq, Eq)]
pub struct Exception {
    /// The class's name, then its bases' names, nearest first, up to `Exception`.
    pub classes: Vec<String>,
    /// `str(exception)`: may quote the conversation, so neither for logs nor for clients.
    pub text: String,
}

/// Without the text, which may quote the conversation.
impl std::fmt::Debug for Exception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exception").field("classes", &self.classes).finish_non_exhaustive()
    }
}

impl Exception {
    /// The exception for an error.
    ///
    /// ```
    /// use windlass_core::{Error, Exception};
    ///
    /// let error = Error::raised("RunnablePick", "ValueError", "not a dict");
    /// assert_eq!(Exception::of(&error).classes, ["ValueError", "Exception"]);
    /// ```
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Raised(raised) => Exception::builtin(raised.class, &raised.message),
            Error::Parse(error) => Exception::builtin(error.class, &error.message),
            Error::Prompt(error) => Exception::of_prompt(error),
            Error::Model(error) => Exception::of_model(error),
            Error::InvalidInput(_) => Exception::builtin("TypeError", &error.to_string()),
            Error::Step(step) => Exception::builtin("Exception", &step.source.to_string()),
            Error::BufferLimit { .. } => Exception::builtin("RuntimeError", &error.to_string()),
            Error::Deadline { .. } => Exception::builtin("TimeoutError", &error.to_string()),
        }
    }

    /// The class's name.
    pub fn class(&self) -> &str {
        self.classes.first().map_or("Exception", String::as_str)
    }

    /// Whether `except class` catches it.
    pub fn is_a(&self, class: &str) -> bool {
        class == "BaseException" || self.classes.iter().any(|own| own == class)
    }

    /// Whether a class of this name can be raised by a chain; a list of exceptions to handle can name no other.
    pub fn is_known(class: &str) -> bool {
        let of_vendors = ["OpenAI", "Anthropic"].iter().any(|vendor| {
            FAMILIES.iter().any(|family| classes_of(vendor, family).iter().any(|known| known == class))
        });
        class == "BaseException" || of_vendors || CLASSES.iter().any(|(known, _)| *known == class)
    }

    fn builtin(class: &'static str, text: &str) -> Self {
        let bases =
            CLASSES.iter().find(|(known, _)| *known == class).map_or(&["Exception"][..], |known| known.1);
        let classes = std::iter::once(&class).chain(bases).map(ToString::to_string).collect();
        Exception { classes, text: text.into() }
    }

    fn of_prompt(error: &PromptError) -> Self {
        let raised = error.python_error();
        Exception::builtin(raised.class, &raised.text)
    }

    fn of_model(error: &ModelError) -> Self {
        let text = error.message.said.as_deref().unwrap_or(&error.message.ours);
        if let Some(class) = error.class {
            return Exception::builtin(class, text);
        }
        let text = match (error.kind, error.status) {
            (ModelErrorKind::Timeout(_), None) if &*error.vendor == "anthropic" => TIMED_OUT_OR_INTERRUPTED,
            (ModelErrorKind::Timeout(_), None) => "Request timed out.",
            (ModelErrorKind::Unavailable, None) => "Connection error.",
            _ => text,
        };
        let family = family_of(error);
        let classes = match &*error.vendor {
            "anthropic" => classes_of("Anthropic", family),
            // LangChain wraps what the SDK raises for its chat models only.
            "openai_completions" => {
                classes_of("OpenAI", &Family { wrapped: None, sdk: family.sdk, common: None })
            }
            _ => classes_of("OpenAI", family),
        };
        Exception { classes, text: text.into() }
    }
}

static FAMILIES: [&Family; 19] = [
    &AUTHENTICATION,
    &PERMISSION,
    &NOT_FOUND,
    &RATE_LIMIT,
    &INVALID,
    &CONTEXT,
    &CONFLICT,
    &UNPROCESSABLE,
    &PAYMENT,
    &REQUEST_TIMEOUT,
    &PRECONDITION,
    &HEADERS_TOO_LARGE,
    &CLIENT_CLOSED,
    &TOO_LARGE,
    &SERVER,
    &OVERLOADED,
    &IN_STREAM,
    &CONNECTION,
    &TIMEOUT,
];

fn family_of(error: &ModelError) -> &'static Family {
    let own = if &*error.vendor == "anthropic" { of_anthropic(error) } else { None };
    own.unwrap_or_else(|| of_both(error))
}

/// What only Anthropic's SDK and LangChain's package for it have classes for.
fn of_anthropic(error: &ModelError) -> Option<&'static Family> {
    match (error.kind, error.status?) {
        (ModelErrorKind::ContextTooLong, _) => Some(&CONTEXT),
        (_, 402) => Some(&PAYMENT),
        (_, 408) => Some(&REQUEST_TIMEOUT),
        (_, 412) => Some(&PRECONDITION),
        (_, 413) => Some(&TOO_LARGE),
        (_, 431) => Some(&HEADERS_TOO_LARGE),
        (_, 499) => Some(&CLIENT_CLOSED),
        (_, 529) => Some(&OVERLOADED),
        _ => None,
    }
}

fn of_both(error: &ModelError) -> &'static Family {
    match (error.kind, error.status) {
        (ModelErrorKind::Timeout(_), _) => &TIMEOUT,
        (ModelErrorKind::Unavailable, None) => &CONNECTION,
        (_, Some(400)) => &INVALID,
        (_, Some(401)) => &AUTHENTICATION,
        (_, Some(403)) => &PERMISSION,
        (_, Some(404)) => &NOT_FOUND,
        (_, Some(409)) => &CONFLICT,
        (_, Some(422)) => &UNPROCESSABLE,
        (_, Some(429)) => &RATE_LIMIT,
        (_, Some(500..)) => &SERVER,
        (_, Some(_)) => &OTHER_STATUS,
        (_, None) => &IN_STREAM,
    }
}

/// `OpenAIRateLimitError`, `RateLimitError`, `APIStatusError`, `APIError`, `OpenAIError`, `ModelRateLimitError`, ...
fn classes_of(vendor: &str, family: &Family) -> Vec<String> {
    let mut classes: Vec<String> = family.wrapped.map(|name| format!("{vendor}{name}")).into_iter().collect();
    classes.extend(family.sdk.iter().chain(&["APIError"]).map(ToString::to_string));
    classes.push(format!("{vendor}Error"));
    if let Some(common) = family.common {
        classes.push(common.into());
        classes.extend(["ModelError", "LangChainException"].map(String::from));
    }
    classes.push("Exception".into());
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Phase, Words};

    #[track_caller]
    fn check(vendor: &str, kind: ModelErrorKind, status: Option<u16>, expect: &str) {
        let message = Words { ours: String::new(), said: Some("words".into()) };
        let (vendor, model) = (vendor.into(), "m".into());
        let error = ModelError { vendor, model, kind, status, message, class: None, source: None };
        let of_anthropic = &*error.vendor == "anthropic";
        let text = match (kind, status) {
            (ModelErrorKind::Timeout(_), None) if of_anthropic => TIMED_OUT_OR_INTERRUPTED,
            (ModelErrorKind::Timeout(_), None) => "Request timed out.",
            (ModelErrorKind::Unavailable, None) => "Connection error.",
            _ => "words",
        };
        let exception = Exception::of(&error.into());
        assert_eq!(exception.classes.join(" "), expect);
        assert_eq!(exception.text, text);
        assert!(
            exception.is_a("Exception") && exception.classes.iter().all(|class| Exception::is_known(class))
        );
    }

    #[test]
    fn completion_models_raise_what_the_sdk_raises() {
        let limited = ModelErrorKind::RateLimited { retry_after: None };
        let bases = "RateLimitError APIStatusError APIError OpenAIError Exception";
        check("openai_completions", limited, Some(429), bases);
        let bases = "APIConnectionError APIError OpenAIError Exception";
        check("openai_completions", ModelErrorKind::Unavailable, None, bases);
    }

    #[test]
    fn a_models_failure_has_the_vendors_class_and_langchains() {
        check(
            "openai",
            ModelErrorKind::RateLimited { retry_after: None },
            Some(429),
            "OpenAIRateLimitError RateLimitError APIStatusError APIError OpenAIError ModelRateLimitError ModelError \
             LangChainException Exception",
        );
        check(
            "anthropic",
            ModelErrorKind::ContextTooLong,
            Some(400),
            "AnthropicContextOverflowError BadRequestError APIStatusError APIError AnthropicError ContextOverflowError \
             ModelError LangChainException Exception",
        );
        check(
            "openai",
            ModelErrorKind::ContextTooLong,
            Some(400),
            "OpenAIInvalidRequestError BadRequestError APIStatusError APIError OpenAIError ModelInvalidRequestError \
             ModelError LangChainException Exception",
        );
        check(
            "openai",
            ModelErrorKind::Timeout(Phase::FirstToken),
            None,
            "OpenAITimeoutError APITimeoutError APIConnectionError APIError OpenAIError ModelTimeoutError ModelError \
             LangChainException Exception",
        );
        check(
            "openai",
            ModelErrorKind::InvalidRequest,
            Some(409),
            "ConflictError APIStatusError APIError OpenAIError Exception",
        );
        check("openai", ModelErrorKind::Server, None, "APIError OpenAIError Exception");
        check(
            "anthropic",
            ModelErrorKind::Unavailable,
            None,
            "AnthropicConnectionError APIConnectionError APIError AnthropicError ModelConnectionError ModelError \
             LangChainException Exception",
        );
    }

    #[test]
    fn the_sdk_of_anthropic_has_more_classes() {
        for (status, class) in [
            (402, "PaymentRequiredError "),
            (408, "RequestTimeoutError "),
            (412, "PreconditionFailedError "),
            (413, "ContentTooLargeError "),
            (418, ""),
            (431, "RequestHeaderFieldsTooLargeError "),
            (499, "ClientClosedRequestError "),
        ] {
            let of = |vendor: &str| format!("APIStatusError APIError {vendor}Error Exception");
            let invalid = ModelErrorKind::InvalidRequest;
            check("anthropic", invalid, Some(status), &format!("{class}{}", of("Anthropic")));
            check("openai", invalid, Some(status), &of("OpenAI"));
        }
    }

    #[test]
    fn a_stream_that_breaks_may_raise_the_http_clients_own_classes() {
        let timeout = Exception::builtin("ReadTimeout", "");
        assert_eq!(
            timeout.classes.join(" "),
            "ReadTimeout TimeoutException TransportError RequestError HTTPError Exception"
        );
        assert!(Exception::builtin("RemoteProtocolError", "").is_a("ProtocolError"));
    }

    #[test]
    fn what_is_raised_is_caught_by_its_bases() {
        let exception = Exception::of(&Error::raised("get", "KeyError", "'q'"));
        assert!(exception.is_a("KeyError") && exception.is_a("LookupError") && !exception.is_a("ValueError"));
        assert!(!Exception::is_known("os.system") && Exception::is_known("AnthropicOverloadedError"));
    }
}
