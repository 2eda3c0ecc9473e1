//! The head of a request as bytes. Pure.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Uri,
    header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
};

/// Room for the request line, the length and the signs between, in bytes.
const AROUND: usize = 64;

/// What stands in `host` for an origin: no user, and no port that goes without saying.
pub(super) fn host(origin: &Uri) -> HeaderValue {
    let name = origin.host().unwrap_or_default();
    let own = if origin.scheme_str() == Some("https") { 443 } else { 80 };
    let host = match origin.port_u16().filter(|port| *port != own) {
        None => name.into(),
        Some(port) => format!("{name}:{port}"),
    };
    HeaderValue::try_from(host).unwrap_or(HeaderValue::from_static(""))
}

/// Everything before the body. The body goes as it is, so the headers say nothing else of its framing.
pub(super) fn encode(request: &Request<Bytes>, host: &HeaderValue) -> Vec<u8> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let headers = request.headers();
    let lines: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let mut bytes = Vec::with_capacity(AROUND + path.len() + host.len() + lines);
    extend(&mut bytes, [request.method().as_str(), " ", path, " HTTP/1.1\r\n"].map(str::as_bytes));
    if !headers.contains_key(HOST) {
        line(&mut bytes, HOST.as_str(), host.as_bytes());
    }
    for (name, value) in
        headers.iter().filter(|(name, _)| ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(name))
    {
        line(&mut bytes, name.as_str(), value.as_bytes());
    }
    let length = request.body().len();
    if length > 0 || ![Method::GET, Method::HEAD].contains(request.method()) {
        line(&mut bytes, CONTENT_LENGTH.as_str(), length.to_string().as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

fn line(bytes: &mut Vec<u8>, name: &str, value: &[u8]) {
    extend(bytes, [name.as_bytes(), b": ", value, b"\r\n"]);
}

fn extend(bytes: &mut Vec<u8>, parts: [&[u8]; 4]) {
    for part in parts {
        bytes.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: Method, url: &str, headers: &[(&str, &str)], body: &'static str, expect: &str) {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
        let bytes = encode(&request, &host(request.uri()));
        assert_eq!(String::from_utf8(bytes).unwrap(), expect);
    }

    #[test]
    fn a_request_is_encoded_as_hyper_does() {
        let url = "http://user:secret@llm.example:8080/v1/chat?a=b";
        let expect = "POST /v1/chat?a=b HTTP/1.1\r\nhost: llm.example:8080\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\n";
        check(Method::POST, url, &[("x-a", "1"), ("X-A", "2")], "{}", expect);
        let plain = "GET / HTTP/1.1\r\nhost: llm.example\r\n\r\n";
        check(Method::GET, "http://llm.example", &[], "", plain);
        check(Method::GET, "http://llm.example:80", &[], "", plain);
        let v6 = "POST / HTTP/1.1\r\nhost: [::1]:9\r\ncontent-length: 0\r\n\r\n";
        check(Method::POST, "http://[::1]:9/", &[], "", v6);
    }

    #[test]
    fn headers_cannot_change_the_framing_but_may_name_another_host() {
        let headers = [("content-length", "7"), ("transfer-encoding", "chunked"), ("host", "other.example")];
        let expect = "POST /v1 HTTP/1.1\r\nhost: other.example\r\ncontent-length: 1\r\n\r\n";
        check(Method::POST, "http://llm.example/v1", &headers, "x", expect);
    }
}
