//! What a run sends to the provider, and what the provider answers.

use super::files::{or_default, present};
use crate::Json;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, time::Duration};

/// All exchanges of a run.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Upstream {
    /// Whether they have an order.
    #[serde(default, deserialize_with = "or_default")]
    pub order: Order,
    /// Whether some may be left out, because they race with a failure.
    #[serde(default, deserialize_with = "or_default")]
    pub requests_optional: bool,
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
}

/// The order of exchanges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// That of the list.
    #[default]
    Sequential,
    /// None.
    Any,
}

/// A request with its response.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// What is sent.
    pub request: Request,
    /// What is answered.
    pub response: Response,
}

/// A request as Python sent it.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The original host, with the port if it is not the scheme's own.
    pub host: Option<String>,
    /// The path with the query.
    pub path: String,
    /// The headers that do not change from run to run.
    #[serde(default, deserialize_with = "or_default")]
    pub headers: BTreeMap<String, String>,
    /// The body, if it is JSON.
    pub body: Option<Json>,
    /// The body, as it was sent.
    pub body_raw: Option<String>,
}

/// A response.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "ResponseFile")]
pub struct Response {
    /// How long the provider takes before it says anything.
    pub delay: Duration,
    /// What it says.
    pub reply: Reply,
}

/// What a provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing: it closes the connection.
    Close,
    /// A whole body.
    Whole {
        /// The status.
        status: u16,
        /// The headers.
        headers: BTreeMap<String, String>,
        /// The body.
        body: String,
    },
    /// A body in pieces, as server-sent events.
    Frames {
        /// The status.
        status: u16,
        /// The headers.
        headers: BTreeMap<String, String>,
        /// The pieces.
        frames: Vec<String>,
        /// How long it waits between two of them.
        pause: Duration,
        /// Whether the connection is cut after the last one, so that the body has no end.
        cut: bool,
    },
}

#[derive(Deserialize)]
struct ResponseFile {
    status: Option<u16>,
    #[serde(default, deserialize_with = "or_default")]
    headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "present")]
    body_json: Option<Box<RawValue>>,
    body_raw: Option<String>,
    sse_frames: Option<Vec<String>>,
    end: Option<End>,
    #[serde(default, deserialize_with = "or_default")]
    frame_delay_ms: f64,
    behaviour: Option<Behaviour>,
    #[serde(default, deserialize_with = "or_default")]
    delay_ms: f64,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum End {
    Complete,
    ConnectionCut,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Behaviour {
    CloseWithoutResponse,
    DelayThenRespond,
}

impl TryFrom<ResponseFile> for Response {
    type Error = &'static str;

    fn try_from(file: ResponseFile) -> Result<Self, Self::Error> {
        let (delay, pause) = (milliseconds(file.delay_ms)?, milliseconds(file.frame_delay_ms)?);
        if file.behaviour == Some(Behaviour::CloseWithoutResponse) {
            return Ok(Response { delay, reply: Reply::Close });
        }
        let (status, headers) = (file.status.ok_or("a response without `status`")?, file.headers);
        let cut = file.end == Some(End::ConnectionCut);
        let reply = match (file.body_json, file.body_raw, file.sse_frames) {
            (None, None, Some(frames)) => Reply::Frames { status, headers, frames, pause, cut },
            (Some(json), None, None) => Reply::Whole { status, headers, body: json.get().to_owned() },
            (None, raw, None) => Reply::Whole { status, headers, body: raw.unwrap_or_default() },
            _ => return Err("a response with more than one body"),
        };
        if cut && !matches!(reply, Reply::Frames { .. }) {
            return Err("only `sse_frames` can be cut");
        }
        Ok(Response { delay, reply })
    }
}

fn milliseconds(number: f64) -> Result<Duration, &'static str> {
    Duration::try_from_secs_f64(number / 1000.0).map_err(|_| "a delay that is no time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, delay: u64, reply: &Reply) {
        let response: Response = serde_json::from_str(text).unwrap();
        assert_eq!((response.delay, &response.reply), (Duration::from_millis(delay), reply));
    }

    fn frames(pause: u64, cut: bool) -> Reply {
        let pause = Duration::from_millis(pause);
        Reply::Frames { status: 200, headers: BTreeMap::new(), frames: vec!["a".into()], pause, cut }
    }

    fn whole(body: &str) -> Reply {
        Reply::Whole { status: 200, headers: BTreeMap::new(), body: body.into() }
    }

    #[test]
    fn every_kind_of_response() {
        check(r#"{"status": 200, "sse_frames": ["a"], "end": "complete"}"#, 0, &frames(0, false));
        check(r#"{"status": 200, "sse_frames": ["a"], "frame_delay_ms": 3}"#, 0, &frames(3, false));
        check(r#"{"status": 200, "sse_frames": ["a"], "end": "connection_cut"}"#, 0, &frames(0, true));
        check(r#"{"status": 200, "body_json": {"a": 1.0}}"#, 0, &whole(r#"{"a": 1.0}"#));
        check(r#"{"status": 200, "body_json": null}"#, 0, &whole("null"));
        check(r#"{"status": 200, "body_raw": "<html>", "delay_ms": 5}"#, 5, &whole("<html>"));
        check(r#"{"status": 200}"#, 0, &whole(""));
        check(r#"{"status": 200, "delay_ms": null, "headers": null, "sse_frames": null}"#, 0, &whole(""));
        check(r#"{"behaviour": "close_without_response"}"#, 0, &Reply::Close);
        check(
            r#"{"behaviour": "delay_then_respond", "delay_ms": 7, "status": 200, "body_json": 1}"#,
            7,
            &whole("1"),
        );
    }

    #[test]
    fn what_is_not_understood_is_not_passed_over() {
        for text in [
            r#"{"behaviour": "explode", "status": 200}"#,
            r#"{"status": 200, "sse_frames": [], "end": "slowly"}"#,
            r#"{"body_json": 1}"#,
            r#"{"status": 200, "body_json": 1, "end": "connection_cut"}"#,
            r#"{"status": 200, "body_json": 1, "delay_ms": -1}"#,
            r#"{"status": 200, "body_json": 1, "sse_frames": []}"#,
        ] {
            assert!(serde_json::from_str::<Response>(text).is_err(), "{text}");
        }
    }
}
