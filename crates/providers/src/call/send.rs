//! Sends a request: again if it fails in a way that may pass, and within the call's timeouts.

use super::{Call, Clock, Deadline, Protocol, VendorChat, retry_pause};
use crate::http::{Body, HttpError, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use serde_json::{Map, Value};
use std::{pin::pin, time::Duration};
use tokio::time::{Instant, sleep};
use windlass_core::{Cx, ModelError, Phase};

/// The largest answer that is taken when it does not come as a stream, in bytes.
const LARGEST_ANSWER: usize = 16 << 20;
/// How much of the answer to a failed request is read, in bytes.
const LARGEST_ERROR: usize = 64 << 10;

/// What `extra_headers` of a call cannot change: whose key is used, and where and how the request goes.
const OURS: [HeaderName; 6] = [
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
];

/// A call under way: its report and its clock.
pub(super) struct Session {
    pub(super) call: Call,
    pub(super) clock: Clock,
}

/// A request as it is sent, each time the same.
pub(super) struct Outgoing {
    pub(super) request: Request<Bytes>,
    pub(super) stream: bool,
}

/// What a request that went well brought.
pub(super) enum Answer {
    /// A stream's body, and when its first token must be there.
    Stream(Body, Deadline),
    /// A whole body, and whether it says it is JSON.
    Whole(Bytes, bool),
}

/// A request that failed, and how long to wait before it is sent again, if it may be.
struct Failed {
    error: Box<ModelError>,
    pause: Option<Duration>,
}

/// Puts a call's own headers over the model's; those of [`OURS`] are passed over.
pub(super) fn add_headers(headers: &mut HeaderMap, cx: &Cx) {
    if let Some(trace) = cx.traceparent().and_then(|trace| HeaderValue::from_str(trace).ok()) {
        headers.insert("traceparent", trace);
    }
    if let Some(extra) = cx.kwargs().and_then(|kwargs| kwargs.get("extra_headers")?.as_object()) {
        headers.extend(extra_headers(extra));
    }
}

/// Headers as a chain writes them; those of [`OURS`] and those that are none are passed over.
pub(crate) fn extra_headers(extra: &Map<String, Value>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in extra {
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        let name = HeaderName::try_from(name.as_str()).ok().filter(|name| !OURS.contains(name));
        if let (Some(name), Some(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    headers
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().ends_with("json"))
}

impl<P: Protocol> VendorChat<P> {
    /// Sends a request, again if it fails in a way that may pass.
    pub(super) async fn send(
        &self,
        session: &mut Session,
        outgoing: &Outgoing,
    ) -> Result<Answer, ModelError> {
        loop {
            let retries = session.call.attempt() - 1;
            let failed = match self.attempt(session, outgoing, retries).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let Some(pause) = failed.pause.filter(|_| retries < self.max_retries) else {
                return Err(*failed.error);
            };
            if Instant::now() + pause >= session.clock.total() {
                return Err(*failed.error);
            }
            sleep(pause).await;
            session.call.waited(pause);
        }
    }

    async fn attempt(
        &self,
        session: &mut Session,
        outgoing: &Outgoing,
        retries: u32,
    ) -> Result<Answer, Failed> {
        let sent = Instant::now();
        let deadline = session.clock.first_token(sent);
        let response = session.clock.within(deadline, pin!(self.lane.send(&outgoing.request))).await;
        session.call.waited(sent.elapsed());
        let response = self.settled(session, response, retries)?;
        if !response.status().is_success() {
            // Boxed: few need its place.
            return Err(Box::pin(self.refused(session, response, deadline, retries)).await);
        }
        session.call.head();
        let is_json = is_json(response.headers());
        let body = self.settled(session, Ok(response.into_body()), retries)?;
        if outgoing.stream {
            return Ok(Answer::Stream(body, deadline));
        }
        let began = Instant::now();
        let end = session.clock.end();
        let body = session.clock.within(end, pin!(body.whole(LARGEST_ANSWER))).await;
        session.call.waited(began.elapsed());
        self.settled(session, body, retries).map(|body| Answer::Whole(body, is_json))
    }

    /// Timeouts and broken connections as failed requests.
    fn settled<T>(
        &self,
        session: &Session,
        outcome: Result<Result<T, HttpError>, Phase>,
        retries: u32,
    ) -> Result<T, Failed> {
        let again = retry_pause(None, retries, self.protocol.longest_asked());
        let (error, pause) = match outcome {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(failure @ (HttpError::TooLarge { .. } | HttpError::Packed))) => {
                (self.failures.of_http(failure), None)
            }
            Ok(Err(failure)) => (self.failures.of_http(failure), again),
            Err(phase) => {
                let pause = again.filter(|_| phase != Phase::Total);
                (self.failures.of_timeout(phase, &session.clock), pause)
            }
        };
        Err(Failed { error: Box::new(error), pause })
    }

    async fn refused(
        &self,
        session: &mut Session,
        mut response: Response,
        deadline: Deadline,
        retries: u32,
    ) -> Failed {
        let body = session.clock.within(deadline, pin!(response.beginning(LARGEST_ERROR))).await;
        let body = body.unwrap_or_default();
        let (status, headers) = (response.status(), response.headers());
        let pause = retry_pause(Some((status, headers)), retries, self.protocol.longest_asked());
        let bad = self.protocol.refusal(status, headers, &body);
        Failed { error: Box::new(self.failures.of_status(status, bad)), pause }
    }
}
