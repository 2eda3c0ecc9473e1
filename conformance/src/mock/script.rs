//! Which recorded exchange a request belongs to, and what is wrong with the requests of a run.

use super::http::Received;
use crate::{
    Difference, Json,
    case::{Order, Reply, Request, Response, Upstream},
    compare::Comparison,
};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

/// Headers that are the client's own affair.
const POLICY: [&str; 9] = [
    "accept",
    "accept-encoding",
    "anthropic-version",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
];

/// Headers in which a key may be sent.
const KEYS: [&str; 3] = ["authorization", "api-key", "x-api-key"];

/// What is wrong with the requests of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// One came that is not the recorded one, or not in its order.
    Asked(Difference),
    /// One did not come.
    Missing(Difference),
}

/// The exchanges of a run, and how far they have come.
pub(super) struct Script {
    upstream: Upstream,
    address: String,
    came: Vec<usize>,
    wrong: Option<Difference>,
}

impl Script {
    pub(super) fn new(upstream: Upstream, address: SocketAddr) -> Self {
        Script { upstream, address: address.to_string(), came: Vec::new(), wrong: None }
    }

    /// Consumes the first exchange that matches, and gives its response.
    pub(super) fn answer(&mut self, request: &Received) -> Response {
        let mut closest: Option<(usize, usize, Difference)> = None;
        for index in (0..self.upstream.exchanges.len()).filter(|index| !self.came.contains(index)) {
            match matches(&self.upstream.exchanges[index].request, request) {
                Ok(()) => return self.consume(index, request),
                Err((rank, difference)) if closest.as_ref().is_none_or(|(best, ..)| rank > *best) => {
                    closest = Some((rank, index, difference));
                }
                Err(_) => {}
            }
        }
        let shown = format!("{} {} {}", request.method, request.path, String::from_utf8_lossy(&request.body));
        self.note(closest.map_or_else(
            || Difference::new(format!("request {}", self.came.len() + 1), "no more requests", shown),
            |(_, index, difference)| Difference {
                path: format!("request of exchange {index}: {}", difference.path),
                ..difference
            },
        ));
        unexpected()
    }

    fn consume(&mut self, index: usize, request: &Received) -> Response {
        let exchange = &self.upstream.exchanges[index];
        let response = exchange.response.clone();
        let differs = self.host(&exchange.request, request).or_else(|| headers(&exchange.request, request));
        if let Some(difference) = differs {
            self.note(Difference {
                path: format!("request of exchange {index}: {}", difference.path),
                ..difference
            });
        }
        self.came.push(index);
        response
    }

    /// A client that is led to us by changing the address cannot show the host.
    fn host(&self, wanted: &Request, got: &Received) -> Option<Difference> {
        let wanted = wanted.host.as_ref().filter(|_| got.host != self.address && !got.host.is_empty())?;
        (*wanted != got.host).then(|| Difference::new("host", wanted, &got.host))
    }

    fn note(&mut self, difference: Difference) {
        self.wrong.get_or_insert(difference);
    }

    /// What is wrong so far.
    pub(super) fn verdict(&self) -> Result<(), Wrong> {
        if let Some(difference) = &self.wrong {
            return Err(Wrong::Asked(difference.clone()));
        }
        let exchanges = &self.upstream.exchanges;
        if let Some(missing) = (0..exchanges.len()).find(|index| !self.came.contains(index))
            && !self.upstream.requests_optional
        {
            let request = &exchanges[missing].request;
            let wanted = format!("{} {} {}", request.method, request.path, body_text(request));
            let path = format!("request of exchange {missing}");
            return Err(Wrong::Missing(Difference::new(path, wanted, "no such request")));
        }
        match self.came.iter().zip(self.came.iter().skip(1)).find(|(one, next)| one > next) {
            Some((one, next)) if self.upstream.order == Order::Sequential => {
                let order = format!("{:?}", self.came);
                let wanted = format!("exchange {next} before exchange {one}");
                Err(Wrong::Asked(Difference::new("order of requests", wanted, order)))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a request is the recorded one; else how near it comes and where it differs.
fn matches(wanted: &Request, got: &Received) -> Result<(), (usize, Difference)> {
    if wanted.method != got.method {
        return Err((0, Difference::new("method", &wanted.method, &got.method)));
    }
    if wanted.path != got.path {
        return Err((0, Difference::new("path", &wanted.path, &got.path)));
    }
    let text = String::from_utf8_lossy(&got.body);
    match (&wanted.body, Json::parse(&text)) {
        (Some(wanted), Ok(got)) => {
            Comparison::of_requests().values(wanted, &got).map_err(|mut difference| {
                let rank = 1 + likeness(wanted, &got);
                difference.path = format!("body {}", difference.path);
                (rank, difference)
            })
        }
        _ if body_text(wanted) == text => Ok(()),
        _ => Err((1, Difference::new("body", body_text(wanted), text))),
    }
}

/// How many members of two bodies are the same.
fn likeness(wanted: &Json, got: &Json) -> usize {
    let Some(members) = wanted.as_object() else { return 0 };
    members.iter().filter(|(key, value)| got.get(key) == Some(value)).count()
}

fn body_text(request: &Request) -> String {
    let raw = request.body_raw.clone();
    raw.or_else(|| Some(request.body.as_ref()?.to_string())).unwrap_or_default()
}

/// The recorded headers have to be there; a key may be in any of the headers for keys.
fn headers(wanted: &Request, got: &Received) -> Option<Difference> {
    wanted.headers.iter().find_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        if POLICY.contains(&name.as_str()) || name.starts_with("x-stainless-") {
            return None;
        }
        let (names, value): (&[&str], _) = if KEYS.contains(&name.as_str()) {
            (&KEYS, secret(value))
        } else {
            (&[name.as_str()], value.as_str())
        };
        let values: Vec<&str> = got
            .headers
            .iter()
            .filter(|(known, _)| names.contains(&known.as_str()))
            .map(|(known, value)| if KEYS.contains(&known.as_str()) { secret(value) } else { value.as_str() })
            .collect();
        let there = values.contains(&value) || values.join(", ") == value;
        (!there).then(|| Difference::new(format!("header {name}"), value, values.join(", ")))
    })
}

fn secret(value: &str) -> &str {
    value.strip_prefix("Bearer ").unwrap_or(value)
}

/// An answer after which no client tries again.
fn unexpected() -> Response {
    let headers = [("content-type", "application/json"), ("x-should-retry", "false")];
    Response {
        delay: Duration::ZERO,
        reply: Reply::Whole {
            status: 400,
            headers: BTreeMap::from(headers.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            body: r#"{"error":{"message":"the case has no such request","type":"conformance"}}"#.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "127.0.0.1:9";

    fn script(exchanges: &str, more: &str) -> Script {
        let upstream = format!(r#"{{"exchanges": [{exchanges}] {more}}}"#);
        Script::new(serde_json::from_str(&upstream).unwrap(), ADDRESS.parse().unwrap())
    }

    fn exchange(path: &str, body: &str, status: u16) -> String {
        format!(
            r#"{{"request": {{"method": "POST", "host": "api.example", "path": "{path}", "body": {body},
                 "headers": {{"accept": "x", "authorization": "Bearer k", "X-Team": "t"}}}},
                 "response": {{"status": {status}}}}}"#
        )
    }

    fn request(path: &str, body: &str) -> Received {
        let headers = [("host", ADDRESS), ("x-api-key", "k"), ("x-team", "t")];
        Received {
            method: "POST".into(),
            host: ADDRESS.into(),
            path: path.into(),
            headers: headers.map(|(name, value)| (name.into(), value.into())).into(),
            body: body.into(),
            last: false,
        }
    }

    fn status(response: &Response) -> u16 {
        match &response.reply {
            Reply::Whole { status, .. } | Reply::Frames { status, .. } => *status,
            Reply::Close => 0,
        }
    }

    fn path(script: &Script) -> Option<String> {
        script.verdict().err().map(|(Wrong::Asked(difference) | Wrong::Missing(difference))| difference.path)
    }

    #[track_caller]
    fn wrong(script: &Script, wanted: &str) {
        assert_eq!(path(script).as_deref(), Some(wanted));
    }

    #[test]
    fn retries_are_answered_in_order() {
        let mut script = script(&[exchange("/a", "{}", 500), exchange("/a", "{}", 200)].join(","), "");
        assert_eq!(status(&script.answer(&request("/a", "{}"))), 500);
        wrong(&script, "request of exchange 1");
        assert_eq!(status(&script.answer(&request("/a", "{}"))), 200);
        script.verdict().unwrap();
        assert_eq!(status(&script.answer(&request("/a", "{}"))), 400);
        wrong(&script, "request 3");
    }

    #[test]
    fn bodies_are_the_same_as_json() {
        let mut script = script(&exchange("/a", r#"{"t": 0.0, "m": [1]}"#, 200), "");
        assert_eq!(status(&script.answer(&request("/a", r#" {"m":[1.0],"t":0}"#))), 200);
        script.verdict().unwrap();
    }

    #[test]
    fn the_closest_exchange_is_named_with_its_first_difference() {
        let exchanges = [
            exchange("/b", "{}", 200),
            exchange("/a", r#"{"x": 1, "y": 1}"#, 200),
            exchange("/a", r#"{"x": 2, "y": 2}"#, 200),
        ];
        let mut script = script(&exchanges.join(","), "");
        script.answer(&request("/a", r#"{"x": 2, "y": 3}"#));
        wrong(&script, "request of exchange 2: body $.y");
    }

    #[test]
    fn paths_and_queries_count() {
        let mut one = script(&exchange("/a?b=1", "{}", 200), "");
        one.answer(&request("/a", "{}"));
        wrong(&one, "request of exchange 0: path");
    }

    #[test]
    fn a_sequence_has_an_order() {
        let exchanges = [exchange("/a", "1", 200), exchange("/a", "2", 200)].join(",");
        let mut one = script(&exchanges, "");
        one.answer(&request("/a", "2"));
        one.answer(&request("/a", "1"));
        wrong(&one, "order of requests");
        let mut any = script(&exchanges, r#", "order": "any""#);
        any.answer(&request("/a", "2"));
        any.answer(&request("/a", "1"));
        any.verdict().unwrap();
    }

    #[test]
    fn optional_requests_need_not_come() {
        let one = exchange("/a", "1", 200);
        wrong(&script(&one, ""), "request of exchange 0");
        let mut optional = script(&one, r#", "requests_optional": true"#);
        optional.verdict().unwrap();
        optional.answer(&request("/a", "3"));
        wrong(&optional, "request of exchange 0: body $");
    }

    #[test]
    fn headers_and_hosts_count_but_for_policy() {
        let asked = |change: fn(&mut Received)| {
            let mut script = script(&exchange("/a", "1", 200), "");
            let mut request = request("/a", "1");
            change(&mut request);
            script.answer(&request);
            path(&script)
        };
        assert_eq!(asked(|_| {}), None);
        assert_eq!(asked(|request| request.host = "api.example".into()), None);
        let differs = |what: &str| Some(format!("request of exchange 0: {what}"));
        assert_eq!(asked(|request| request.host = "other.example".into()), differs("host"));
        assert_eq!(asked(|request| request.headers[1].1 = "K".into()), differs("header authorization"));
        assert_eq!(asked(|request| request.headers[2].1 = "T".into()), differs("header x-team"));
        assert_eq!(asked(|request| request.headers.truncate(2)), differs("header x-team"));
    }
}
