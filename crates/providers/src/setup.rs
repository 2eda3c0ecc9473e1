//! What a model is set up with, whoever its vendor is: key, URL and headers, checked before anything is sent.

use crate::{params::problem, secret::SecretRef};
use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};
use url::Url;
use windlass_core::{Environment, SpecProblem};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const WINDLASS: HeaderValue = HeaderValue::from_static(concat!("windlass/", env!("CARGO_PKG_VERSION")));

/// Everything that is wrong with a model.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildError(pub Vec<SpecProblem>);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, SpecProblem { message, remedy, .. }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{message} ({remedy})")?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildError {}

/// An environment without variables, for models that are built in Rust.
pub(crate) struct Nothing;

impl Environment for Nothing {
    fn var(&self, _: &str) -> Option<SecretString> {
        None
    }
}

/// The value, or a note of what is wrong with it.
pub(crate) fn noted<T>(result: Result<T, SpecProblem>, problems: &mut Vec<SpecProblem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// The key the environment holds: in the variable that was named, or else in `usual`.
pub(crate) fn key(
    named: Option<&SecretRef>,
    usual: &str,
    environment: &dyn Environment,
) -> Result<SecretString, SpecProblem> {
    let name = named.map_or(usual, SecretRef::name);
    environment.var(name).ok_or_else(|| {
        let remedy = format!("set {name} to your key, or start with `--demo`, which needs none");
        problem("api_key", format!("the environment variable {name} is not set"), remedy)
    })
}

/// What is wrong with a model that was given no key in Rust.
pub(crate) fn no_key() -> SpecProblem {
    problem("api_key", "there is no key", "call `.api_key(..)`, or build with `.build_with(environment)`")
}

/// Where the requests go: `path` below the base URL. A message about it does not hold it: it may hold a password.
pub(crate) fn url(base: &str, path: &str, query: &Map<String, Value>) -> Result<Uri, SpecProblem> {
    let wrong = |message: String| {
        problem(
            "base_url",
            message,
            "write a URL like `https://llm.example.com/v1`; a key goes into `api_key`",
        )
    };
    if base.contains(['?', '#']) {
        return Err(wrong("the base URL has a query; `default_query` is the place for one".into()));
    }
    let mut url: Url = format!("{}{path}", base.trim_end_matches('/'))
        .parse()
        .map_err(|error| wrong(format!("the base URL is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("the base URL is `{}`, which is not HTTP", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the base URL holds a user name or a password".into()));
    }
    add_query(&mut url, query);
    url.as_str().parse().map_err(|error| wrong(format!("the base URL is not a URL: {error}")))
}

/// A name as one part of a path, whatever is in it: a caller may choose it.
pub(crate) fn segment(name: &str) -> impl fmt::Display + '_ {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(name, PLAIN)
}

fn add_query(url: &mut Url, query: &Map<String, Value>) {
    let mut pairs = Vec::new();
    query.iter().for_each(|(name, value)| add_pairs(name, value, &mut pairs));
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
}

/// As the SDKs write them: `name[]` for what stands in a list, `name[key]` in a mapping, and nothing for null.
fn add_pairs(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| add_pairs(&format!("{name}[]"), item, pairs)),
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| add_pairs(&format!("{name}[{key}]"), value, pairs));
        }
        Value::String(text) => pairs.push((name.into(), text.clone())),
        other => pairs.push((name.into(), other.to_string())),
    }
}

/// The URL with a call's own parameters; the URL alone if that makes none.
pub(crate) fn with_query(uri: &Uri, query: &Map<String, Value>) -> Uri {
    let Ok(mut url) = uri.to_string().parse::<Url>() else { return uri.clone() };
    add_query(&mut url, query);
    url.as_str().parse().unwrap_or_else(|_| uri.clone())
}

/// What every request of every vendor carries.
pub(crate) fn common_headers() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT, JSON), (CONTENT_TYPE, JSON), (USER_AGENT, WINDLASS)])
}

/// The key as the value of a header, after `prefix`.
pub(crate) fn key_value(prefix: &str, key: &SecretString) -> Result<HeaderValue, SpecProblem> {
    secret_value(&format!("{prefix}{}", key.expose_secret())).ok_or_else(|| {
        problem(
            "api_key",
            "the key cannot be sent in a header",
            "look for a line break or a space in the variable",
        )
    })
}

/// Adds the further headers; the value of each may be that of a variable.
pub(crate) fn add_headers(
    headers: &mut HeaderMap,
    further: &BTreeMap<String, String>,
    environment: &dyn Environment,
    problems: &mut Vec<SpecProblem>,
) {
    for (name, value) in further {
        if let Some((name, value)) = noted(header(name, value, environment), problems) {
            headers.insert(name, value);
        }
    }
}

fn header(
    name: &str,
    value: &str,
    environment: &dyn Environment,
) -> Result<(HeaderName, HeaderValue), SpecProblem> {
    let wrong = |message, remedy: &str| problem("default_headers", message, remedy);
    let header = HeaderName::try_from(name)
        .map_err(|_| wrong(format!("`{name}` is not the name of a header"), "write a name like `X-Team`"))?;
    let value = match SecretRef::parse(value) {
        None => HeaderValue::from_str(value).ok(),
        Some(variable) => {
            let variable = variable.name();
            let secret = environment.var(variable).ok_or_else(|| {
                wrong(
                    format!("the environment variable {variable} is not set"),
                    "set it, or leave the header out",
                )
            })?;
            secret_value(secret.expose_secret())
        }
    };
    let value = value.ok_or_else(|| {
        wrong(
            format!("the value of `{name}` cannot be sent in a header"),
            "write plain text without line breaks",
        )
    })?;
    Ok((header, value))
}

fn secret_value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_and_mappings_have_brackets_in_a_query() {
        let query = json!({"a": 1, "b": [1, "x y"], "c": true, "d": null, "e": {"f": 2}});
        let url = url("https://llm.example.com/v1", "/chat", query.as_object().unwrap()).unwrap();
        assert_eq!(url.query(), Some("a=1&b%5B%5D=1&b%5B%5D=x+y&c=true&e%5Bf%5D=2"));
        let nothing = url_of_nothing(&json!({"a": null}));
        assert_eq!(nothing.query(), None);
    }

    #[test]
    fn a_name_in_a_path_stays_one_part_of_it() {
        assert_eq!(segment("gpt-4.1_mini").to_string(), "gpt-4.1_mini");
        assert_eq!(segment("a/../b?c#d%2f é").to_string(), "a%2F..%2Fb%3Fc%23d%252f%20%C3%A9");
    }

    fn url_of_nothing(query: &Value) -> Uri {
        url("https://llm.example.com/v1", "/chat", query.as_object().unwrap()).unwrap()
    }
}
