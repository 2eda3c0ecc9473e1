//! Browsers of other sites: who may call, and the CORS headers that tell a browser so.

use crate::{
    dialects,
    error::{ApiError, Code},
    http::{Response, ResponseBody, header_text},
    settings::Cors,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::sync::LazyLock;

/// Refuses what a page of another site sends, unless its origin is allowed.
///
/// Browsers say in `Sec-Fetch-Site` whose page a request comes from; old ones send `Origin`. Programs send neither.
pub(crate) fn check(headers: &HeaderMap, cors: &Cors) -> Result<(), ApiError> {
    let foreign = match header_text(headers, "sec-fetch-site") {
        Some(site) => matches!(site, "cross-site" | "same-site"),
        None => header_text(headers, "origin").is_some_and(|origin| !is_own(origin, headers)),
    };
    if !foreign || allowed(headers, cors).is_some() {
        return Ok(());
    }
    let origin = header_text(headers, "origin").unwrap_or("of another site");
    let message = format!(
        "pages from the origin {origin} may not call this server; the operator can add it to `cors.allow_origins`"
    );
    Err(ApiError::new(Code::Forbidden, message))
}

fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = header_text(headers, "host");
    origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
}

/// The request's origin, if it is one that may call.
fn allowed<'a>(headers: &'a HeaderMap, cors: &Cors) -> Option<&'a HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let named = || cors.allow_origins.iter().any(|allowed| origin == allowed.as_str());
    (cors.allows_any() || named()).then_some(origin)
}

/// What a response tells browsers of an allowed origin.
pub(crate) struct CorsHeaders {
    origin: Option<HeaderValue>,
    credentials: bool,
}

/// The headers of answers that pages of other sites may read.
static EXPOSED: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let of_dialects = dialects::ALL.iter().flat_map(|dialect| dialect.exposes).copied();
    let names: Vec<_> = ["x-run-id", "retry-after"].into_iter().chain(of_dialects).collect();
    HeaderValue::from_str(&names.join(", ")).ok()
});

impl CorsHeaders {
    pub(crate) fn of(headers: &HeaderMap, cors: &Cors) -> Self {
        let any = cors.allows_any().then(|| HeaderValue::from_static("*"));
        let origin = allowed(headers, cors).cloned();
        CorsHeaders {
            origin: origin.map(|origin| any.unwrap_or(origin)),
            credentials: cors.allow_credentials,
        }
    }

    /// Adds the headers.
    pub(crate) fn add(self, response: &mut Response) {
        let Some(origin) = self.origin else { return };
        let headers = response.headers_mut();
        if origin != "*" {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        headers.extend(EXPOSED.clone().map(|exposed| (header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed)));
    }
}

/// The answer to a browser's question before a request, if this is one from an allowed origin.
pub(crate) fn preflight(
    method: &Method,
    headers: &HeaderMap,
    cors: &Cors,
    methods: &str,
) -> Option<Response> {
    let asks = method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !asks || allowed(headers, cors).is_none() {
        return None;
    }
    let mut response = Response::new(ResponseBody::Whole(None));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let answer = response.headers_mut();
    answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_str(methods).ok()?);
    if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn verdict(pairs: &[(&'static str, &str)]) -> bool {
        let pairs =
            pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
        let cors = Cors { allow_origins: vec!["https://app.example".into()], ..Cors::default() };
        check(&pairs.collect(), &cors).is_ok()
    }

    #[test]
    fn only_pages_of_this_site_and_of_allowed_origins_may_call() {
        assert!(verdict(&[]));
        assert!(verdict(&[("sec-fetch-site", "same-origin"), ("origin", "https://here.example")]));
        assert!(verdict(&[("sec-fetch-site", "none")]));
        assert!(verdict(&[("sec-fetch-site", "cross-site"), ("origin", "https://app.example")]));
        assert!(!verdict(&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]));
        assert!(!verdict(&[("sec-fetch-site", "cross-site")]));
        assert!(!verdict(&[("origin", "https://evil.example"), ("host", "here.example")]));
        assert!(verdict(&[("origin", "http://here.example"), ("host", "here.example")]));
        assert!(!verdict(&[("origin", "null"), ("host", "here.example")]));
    }
}
