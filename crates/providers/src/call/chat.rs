//! The model itself, whatever protocol its vendor has: asks, streams, reports.

use super::{
    BadAnswer, Call, Clock, Failures, Prepared, Protocol, Reader, Timeouts,
    reading::{Reading, Reply},
    send::{Answer, Outgoing, Session, add_headers},
};
use crate::http::Lane;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, Request};
use serde_json::{Map, Value};
use std::{borrow::Cow, sync::Arc};
use windlass_core::{
    AiMessage, AiMessageChunk, CLIENT_TOOLS, ChatModel, Cx, Fut, Message, ModelError, ModelIdentity, Out,
    Result, RunInfo, gather,
};

/// A chat model of a vendor with this protocol.
pub(crate) struct VendorChat<P> {
    pub(crate) identity: Arc<ModelIdentity>,
    pub(crate) lane: Arc<Lane>,
    /// What every request carries, the key included.
    pub(crate) headers: HeaderMap,
    pub(crate) failures: Failures,
    pub(crate) protocol: P,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_retries: u32,
}

impl<P: Protocol> VendorChat<P> {
    fn session(&self, cx: &Cx) -> Session {
        Session {
            call: Call::begin(cx.clone(), self.identity.clone()),
            clock: Clock::start(self.timeouts.clone()),
        }
    }

    /// The arguments of one call, in which tools that a client brought stand as the vendor takes them.
    fn arguments<'a>(&self, cx: &'a Cx) -> Option<Cow<'a, Map<String, Value>>> {
        let kwargs = cx.kwargs()?;
        let Some(Value::Object(brought)) = kwargs.get(CLIENT_TOOLS) else {
            return Some(Cow::Borrowed(kwargs));
        };
        let mut arguments = kwargs.clone();
        arguments.shift_remove(CLIENT_TOOLS);
        arguments.extend(self.protocol.brought(brought.clone()));
        Some(Cow::Owned(arguments))
    }

    fn outgoing(
        &self,
        messages: &[Message],
        cx: &Cx,
        stream: bool,
    ) -> Result<(Outgoing, P::Reader), Box<ModelError>> {
        let prepared = self.protocol.request(messages, self.arguments(cx).as_deref(), stream);
        let Prepared { uri, headers: own, body, reader } =
            prepared.map_err(|bad| Box::new(self.failures.of_request(bad)))?;
        let mut request = Request::new(body);
        (*request.method_mut(), *request.uri_mut()) = (Method::POST, uri);
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        headers.extend(own);
        add_headers(headers, cx);
        Ok((Outgoing { request, stream }, reader))
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
        let (outgoing, mut reader) = self.outgoing(messages, cx, false).map_err(|error| *error)?;
        let bad = match self.send(session, &outgoing).await? {
            Answer::Whole(body, is_json) => {
                let read = if is_json { reader.whole(&body) } else { reader.plain(&body) };
                match read {
                    Ok(message) => return Ok(message),
                    Err(bad) => bad,
                }
            }
            Answer::Stream(..) => BadAnswer::nonsense("a stream was not asked for"),
        };
        Err(self.failures.of_answer(bad))
    }

    /// Sends a request for a stream; ready when its head is there.
    async fn open(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Result<Box<Reading<P>>> {
        let mut session = self.session(&cx);
        match self.open_in(&mut session, &messages, &cx).await {
            Ok((Answer::Stream(body, deadline), reader)) => {
                Ok(Box::new(Reading::new(self, body, session, (reader, deadline))))
            }
            Ok((Answer::Whole(..), _)) => {
                Err(self.failures.of_answer(BadAnswer::nonsense("a stream was asked for")).into())
            }
            Err(error) => {
                session.call.failed(error.kind);
                Err(error.into())
            }
        }
    }

    async fn open_in(
        &self,
        session: &mut Session,
        messages: &[Message],
        cx: &Cx,
    ) -> Result<(Answer, P::Reader), ModelError> {
        let (outgoing, reader) = self.outgoing(messages, cx, true).map_err(|error| *error)?;
        Ok((self.send(session, &outgoing).await?, reader))
    }
}

impl<P: Protocol> ChatModel for VendorChat<P> {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn run_info(&self) -> RunInfo {
        self.protocol.run_info().with("ls_model_name", &*self.identity.model)
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Fut<AiMessage> {
        Box::pin(async move {
            if self.protocol.streams(false, self.arguments(&cx).as_deref()) {
                let pieces = gather(self.stream(messages, cx.clone()), cx).await;
                return Ok(pieces.map_err(Failures::of_sum)?.unwrap_or_default().settle());
            }
            Ok(self.ask(messages, cx).await?)
        })
    }

    fn stream(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Out<AiMessageChunk> {
        if !self.protocol.streams(true, self.arguments(&cx).as_deref()) {
            return stream::once(self.generate(messages, cx)).boxed();
        }
        Box::pin(Reply::Opening(Box::pin(self.open(messages, cx))))
    }
}
