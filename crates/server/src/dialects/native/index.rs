//! `GET /`: the chains; a page for browsers, JSON for everybody else.

use super::JSON;
use crate::{
    app::Call,
    http::{Request, Response, header_text, json_response, prefers, whole},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use std::fmt::Write;

pub(super) fn answer(call: &Call) -> Response {
    let native = call.app.settings.dialects.get("native").prefix().unwrap_or_default();
    let base = format!("{}{native}", call.facts.prefix);
    let mut response = if prefers(call.request.headers(), "text/html", JSON) {
        page(call, &base)
    } else {
        let chains = call.site.chains.values().map(|mounted| {
            let endpoint = &mounted.endpoint;
            let card = format!("{base}/{}", endpoint.name());
            json!({"name": endpoint.name(), "description": endpoint.description(), "card": card})
        });
        let links = json!({"docs": format!("{}/docs", call.facts.prefix), "openapi": format!("{}/openapi.json", call.facts.prefix)});
        json_response(StatusCode::OK, &json!({"chains": chains.collect::<Vec<_>>(), "links": links}))
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1c1e21}\
h2{margin:2rem 0 .2rem}pre{background:#f4f5f7;padding:.8rem;border-radius:6px;overflow-x:auto}a{color:#0b57d0}\
@media(prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}pre{background:#23262c}a{color:#8ab4f8}}";

fn page(call: &Call, base: &str) -> Response {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Windlass</title><style>{STYLE}</style><h1>Windlass</h1><p><a href=\"{0}/docs\">API docs</a> · \
         <a href=\"{0}/openapi.json\">OpenAPI</a> · <a href=\"{0}/metrics\">metrics</a></p>",
        escaped(&call.facts.prefix)
    );
    let host = escaped(host(&call.request).unwrap_or("$HOST"));
    for mounted in call.site.chains.values() {
        let endpoint = &mounted.endpoint;
        let name = escaped(endpoint.name());
        let example =
            endpoint.examples().first().map_or_else(|| sample(endpoint.input_schema()), ToString::to_string);
        let description = escaped(endpoint.description().unwrap_or_default());
        let _ = write!(
            html,
            "<h2><a href=\"{0}/{name}\">{name}</a></h2><p>{description}</p><pre>curl --json '{1}' {host}{0}/{name}/invoke</pre>",
            escaped(base),
            escaped(&example.replace('\'', "'\\''"))
        );
    }
    let mut response = whole(StatusCode::OK, "text/html; charset=utf-8", html);
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// The host that the client asked, if it can be pasted into a shell.
fn host(request: &Request) -> Option<&str> {
    let asked = request.uri().authority().map(|authority| authority.as_str());
    let plain = |char: char| char.is_ascii_alphanumeric() || ".:-[]".contains(char);
    asked.or_else(|| header_text(request.headers(), "host")).filter(|host| host.chars().all(plain))
}

/// An input with a value for every required field.
fn sample(schema: &serde_json::Value) -> String {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
    let fields = required.map(|name| {
        let value = match schema["properties"][name]["type"].as_str() {
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => json!("..."),
        };
        (name.to_string(), value)
    });
    serde_json::Value::Object(fields.collect()).to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
