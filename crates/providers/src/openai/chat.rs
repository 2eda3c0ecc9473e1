//! The model itself: sends, waits, retries, reports.

use super::{
    error::{Failures, json_mistake},
    reading::Reading,
    request::RequestPlan,
    response,
};
use crate::{
    call::{Call, Clock, Deadline, Timeouts, retry_pause},
    http::{HttpError, Lane, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
};
use http_body_util::Full;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use windlass_core::{
    AiMessage, AiMessageChunk, ChatModel, Cx, Fut, Message, ModelError, ModelErrorKind, ModelIdentity, Out,
    Phase, Result, gather,
};

/// The largest answer that is taken when it does not come as a stream, in bytes.
const LARGEST_ANSWER: usize = 16 << 20;
/// How much of the answer to a failed request is read, in bytes.
const LARGEST_ERROR: usize = 64 << 10;

/// What `extra_headers` of a call cannot change: whose key is used, and where and how the request goes.
const OURS: [HeaderName; 4] = [AUTHORIZATION, HOST, CONTENT_LENGTH, TRANSFER_ENCODING];

/// A chat model that speaks as OpenAI does.
pub(super) struct OpenAiChat {
    pub(super) identity: Arc<ModelIdentity>,
    pub(super) lane: Arc<Lane>,
    pub(super) url: Uri,
    /// What every request carries, the key included.
    pub(super) headers: HeaderMap,
    pub(super) failures: Failures,
    pub(super) plan: RequestPlan,
    pub(super) timeouts: Timeouts,
    pub(super) max_retries: u32,
}

/// A call under way: its report and its clock.
pub(super) struct Session {
    pub(super) call: Call,
    pub(super) clock: Clock,
}

/// A request as it is sent, each time the same.
struct Outgoing {
    headers: HeaderMap,
    body: Bytes,
    stream: bool,
}

/// What a request that went well brought.
enum Answer {
    /// A stream's head, and when its first token must be there.
    Stream(Box<Response>, Deadline),
    Whole(Bytes),
}

/// A request that failed, and how long to wait before it is sent again, if it may be.
struct Failed {
    error: Box<ModelError>,
    pause: Option<Duration>,
}

impl OpenAiChat {
    fn error(&self, kind: ModelErrorKind, ours: &str) -> ModelError {
        self.failures.error(kind, ours, None)
    }

    fn session(&self, cx: &Cx) -> Session {
        Session {
            call: Call::begin(cx.clone(), self.identity.clone()),
            clock: Clock::start(self.timeouts.clone()),
        }
    }

    fn outgoing(&self, messages: &[Message], cx: &Cx, stream: bool) -> Result<Outgoing, ModelError> {
        let body = self.plan.body(messages, cx.kwargs(), stream);
        let body = body.map_err(|error| self.error(ModelErrorKind::InvalidRequest, &json_mistake(&error)))?;
        Ok(Outgoing { headers: self.headers_of(cx), body: body.into(), stream })
    }

    /// The model's headers and the call's own; those of [`OURS`] are passed over.
    fn headers_of(&self, cx: &Cx) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(trace) = cx.traceparent().and_then(|trace| HeaderValue::from_str(trace).ok()) {
            headers.insert("traceparent", trace);
        }
        let extra = cx.kwargs().and_then(|kwargs| kwargs.get("extra_headers")?.as_object());
        for (name, value) in extra.into_iter().flatten() {
            let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
            let name = HeaderName::try_from(name.as_str()).ok().filter(|name| !OURS.contains(name));
            if let (Some(name), Some(value)) = (name, value) {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// Sends a request, again if it fails in a way that may pass.
    async fn send(&self, session: &mut Session, outgoing: &Outgoing) -> Result<Answer, ModelError> {
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
        let mut request = Request::new(Full::new(outgoing.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = outgoing.headers.clone();
        let sent = Instant::now();
        let deadline = session.clock.first_token(sent);
        let response = session.clock.within(deadline, self.lane.send(request)).await;
        session.call.waited(sent.elapsed());
        let response = self.settled(session, response, retries)?;
        if !response.status().is_success() {
            return Err(self.refused(session, response, deadline, retries).await);
        }
        session.call.head();
        if outgoing.stream {
            return Ok(Answer::Stream(Box::new(response), deadline));
        }
        let began = Instant::now();
        let end = session.clock.end();
        let body = session.clock.within(end, response.whole(LARGEST_ANSWER)).await;
        session.call.waited(began.elapsed());
        self.settled(session, body, retries).map(Answer::Whole)
    }

    /// Timeouts and broken connections as failed requests.
    fn settled<T>(
        &self,
        session: &Session,
        outcome: Result<Result<T, HttpError>, Phase>,
        retries: u32,
    ) -> Result<T, Failed> {
        let again = retry_pause(None, retries);
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
        response: Response,
        deadline: Deadline,
        retries: u32,
    ) -> Failed {
        let (status, headers) = (response.status(), response.headers().clone());
        let body =
            session.clock.within(deadline, response.beginning(LARGEST_ERROR)).await.unwrap_or_default();
        let pause = retry_pause(Some((status, &headers)), retries);
        Failed { error: Box::new(self.failures.of_status(status, &headers, &body)), pause }
    }

    async fn ask(&self, messages: Vec<Message>, cx: Cx) -> Result<AiMessage, ModelError> {
        let mut session = self.session(&cx);
        let answered = self.ask_in(&mut session, &messages, &cx).await;
        match &answered {
            Ok(_) => session.call.succeeded(),
            Err(error) => session.call.failed(error.kind),
        }
        answered
    }

    async fn ask_in(
        &self,
        session: &mut Session,
        messages: &[Message],
        cx: &Cx,
    ) -> Result<AiMessage, ModelError> {
        let outgoing = self.outgoing(messages, cx, false)?;
        match self.send(session, &outgoing).await? {
            Answer::Whole(body) => response::whole(&body).map_err(|bad| self.failures.of_answer(bad)),
            Answer::Stream(..) => Err(self.error(ModelErrorKind::Protocol, "a stream was not asked for")),
        }
    }

    /// Sends a request for a stream; ready when its head is there.
    async fn open(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Result<Box<Reading>> {
        let mut session = self.session(&cx);
        let opened = match self.outgoing(&messages, &cx, true) {
            Ok(outgoing) => self.send(&mut session, &outgoing).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(Answer::Stream(response, deadline)) => {
                Ok(Box::new(Reading::new(self, *response, session, deadline)))
            }
            Ok(Answer::Whole(_)) => {
                Err(self.error(ModelErrorKind::Protocol, "a stream was asked for").into())
            }
            Err(error) => {
                session.call.failed(error.kind);
                Err(error.into())
            }
        }
    }
}

impl ChatModel for OpenAiChat {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Fut<AiMessage> {
        Box::pin(async move {
            if self.plan.streams(false, cx.kwargs()) {
                let pieces = gather(self.stream(messages, cx.clone()), cx).await?;
                return Ok(pieces.unwrap_or_default().settle());
            }
            Ok(self.ask(messages, cx).await?)
        })
    }

    fn stream(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Out<AiMessageChunk> {
        if !self.plan.streams(true, cx.kwargs()) {
            return stream::once(self.generate(messages, cx)).boxed();
        }
        // The boxed future gives its memory back when the head is there; a stream is open for much longer.
        let opening = Box::pin(self.open(messages, cx));
        stream::once(opening)
            .map_ok(|reading| stream::try_unfold(reading, Reading::step))
            .try_flatten()
            .boxed()
    }
}
