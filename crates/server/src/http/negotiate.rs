//! Media types: what a request's body is, and what its sender accepts.

use super::header_text;
use http::HeaderMap;

/// Whether the body is declared to be JSON (`application/json` or `application/*+json`).
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(declared) = header_text(headers, "content-type") else { return false };
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let utf8 = charset(declared).is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"));
    utf8 && (essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json")))
}

fn charset(declared: &str) -> Option<&str> {
    let parameters = declared.split(';').skip(1);
    let mut values = parameters.filter_map(|parameter| parameter.trim().strip_prefix("charset="));
    values.next().map(|value| value.trim_matches('"'))
}

/// How much the sender wants this media type: 0 to 1000; without an `Accept` header everything is wanted alike.
fn quality(headers: &HeaderMap, media_type: &str) -> u16 {
    let Some(accept) = header_text(headers, "accept") else { return 1000 };
    let family = media_type.split('/').next().unwrap_or_default();
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let range = parts.next()?.to_ascii_lowercase();
        let exactness = match range.as_str() {
            range if range == media_type => 3,
            range if range.strip_suffix("/*").is_some_and(|start| start == family) => 2,
            "*/*" => 1,
            _ => return None,
        };
        Some((exactness, weight(parts)))
    });
    ranges.max_by_key(|(exactness, _)| *exactness).map_or(0, |(_, weight)| weight)
}

/// The `q` among parameters: 0 to 1000.
fn weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> u16 {
    let q = parameters.find_map(|parameter| parameter.strip_prefix("q="));
    let weight: f32 = q.map_or(1.0, |q| q.trim().parse().unwrap_or(1.0));
    (weight.clamp(0.0, 1.0) * 1000.0) as u16
}

/// Whether the sender takes a body that is packed with gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let codings = header_text(headers, "accept-encoding").unwrap_or_default().split(',');
    codings.map(|coding| coding.split(';').map(str::trim)).any(|mut parts| {
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && weight(parts) > 0
    })
}

/// Whether the sender accepts any of these media types.
pub(crate) fn accepts(headers: &HeaderMap, media_types: &[&str]) -> bool {
    media_types.iter().any(|media_type| quality(headers, media_type) > 0)
}

/// Whether the sender names the first media type and wants it more than the second.
pub(crate) fn prefers(headers: &HeaderMap, first: &str, second: &str) -> bool {
    let named =
        header_text(headers, "accept").is_some_and(|accept| accept.to_ascii_lowercase().contains(first));
    let (first, second) = (quality(headers, first), quality(headers, second));
    named && first > 0 && first >= second
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn knows_json_by_its_declaration() {
        for declared in ["application/json", "Application/JSON; charset=UTF-8", "application/ld+json"] {
            assert!(is_json(&headers("content-type", declared)), "{declared}");
        }
        for declared in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""]
        {
            assert!(!is_json(&headers("content-type", declared)), "{declared}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn gzip_is_for_those_who_name_it_and_do_not_refuse_it() {
        assert!(accepts_gzip(&headers("accept-encoding", "br, GZIP;q=0.5")));
        assert!(!accepts_gzip(&headers("accept-encoding", "br, gzip;q=0")));
        assert!(!accepts_gzip(&headers("accept-encoding", "x-gzip-like")));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn weighs_what_is_accepted() {
        let (sse, ndjson) = ("text/event-stream", "application/x-ndjson");
        assert!(prefers(&headers("accept", "text/event-stream"), sse, ndjson));
        assert!(prefers(&headers("accept", "text/event-stream, */*;q=0.1"), sse, ndjson));
        assert!(!prefers(&headers("accept", "*/*"), sse, ndjson));
        assert!(!prefers(&headers("accept", "application/x-ndjson, text/event-stream;q=0.5"), sse, ndjson));
        assert!(!prefers(&HeaderMap::new(), sse, ndjson));
        assert!(accepts(&headers("accept", "application/*"), &["application/json"]));
        assert!(!accepts(&headers("accept", "application/json;q=0, */*"), &["application/json"]));
        assert!(!accepts(&headers("accept", "image/png"), &["application/json"]));
    }
}
