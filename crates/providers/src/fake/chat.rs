//! The fake model: the words of an answer, one after the other.

use super::FakeParams;
use crate::call::Call;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use windlass_core::{
    AiMessage, AiMessageChunk, ChatModel, Cx, Fut, Message, ModelError, ModelIdentity, Out, Result, RunInfo,
    Span, Usage, gather,
};

/// A fake model.
#[derive(Debug)]
pub(super) struct FakeChat {
    identity: Arc<ModelIdentity>,
    params: FakeParams,
    echo: &'static str,
}

impl FakeChat {
    /// `echo` is what stands before the question in the answer.
    pub(super) fn new(identity: ModelIdentity, params: FakeParams, echo: &'static str) -> Self {
        FakeChat { identity: Arc::new(identity), params, echo }
    }

    fn answer(&self, messages: &[Message]) -> String {
        match (&self.params.text, self.params.tokens) {
            (Some(text), _) => text.clone(),
            (None, Some(count)) => {
                (1..=count).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ")
            }
            (None, None) => {
                let asked = messages.iter().rev().find(|message| matches!(message, Message::Human(_)));
                let asked = asked.or(messages.last()).map(|message| message.content().to_text());
                format!("{}{}", self.echo, asked.unwrap_or_default())
            }
        }
    }

    fn error(&self) -> Option<ModelError> {
        let fail = self.params.fail?;
        Some(ModelError {
            vendor: self.identity.vendor.clone(),
            model: self.identity.model.clone(),
            kind: fail.kind.into(),
            status: None,
            message: "the fake model was told to fail".into(),
            class: None,
            source: None,
        })
    }
}

impl ChatModel for FakeChat {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn run_info(&self) -> RunInfo {
        RunInfo::chat_model("FakeListChatModel")
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Fut<AiMessage> {
        let pieces = self.stream(messages, cx.clone());
        Box::pin(async move { Ok(gather(pieces, cx).await?.unwrap_or_default()) })
    }

    fn stream(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Out<AiMessageChunk> {
        let answer = self.answer(&messages);
        let words: Vec<String> = answer.split_inclusive(' ').map(Into::into).collect();
        let input = messages.iter().map(|message| count_words(&message.content().to_text())).sum::<u64>();
        let speech = Speech {
            usage: Some(Usage {
                input_tokens: input,
                output_tokens: words.len() as u64,
                total_tokens: input + words.len() as u64,
                ..Usage::default()
            }),
            words: words.into_iter(),
            said: 0,
            call: None,
            cx,
            model: self,
        };
        stream::try_unfold(Box::new(speech), |speech| speech.next()).boxed()
    }
}

fn count_words(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// An answer being said.
struct Speech {
    model: Arc<FakeChat>,
    cx: Cx,
    call: Option<Call>,
    words: std::vec::IntoIter<String>,
    said: usize,
    /// Until it was told, with the last word.
    usage: Option<Usage>,
}

impl Speech {
    async fn next(mut self: Box<Self>) -> Result<Option<(AiMessage, Box<Self>)>> {
        let params = &self.model.params;
        let mut call = match self.call.take() {
            Some(call) => call,
            None => {
                let mut call = Call::begin(self.cx.clone(), self.model.identity.clone());
                call.attempt();
                call
            }
        };
        if self.said == 0 {
            wait(params.latency, &mut call).await;
            call.head();
        } else if self.words.len() > 0 {
            wait(params.gap, &mut call).await;
        }
        if let Some(error) = self.model.error().filter(|_| self.fails_now()) {
            call.failed(error.kind);
            return Err(error.into());
        }
        let Some(piece) = self.piece() else {
            call.succeeded();
            return Ok(None);
        };
        self.said += 1;
        self.call = Some(call);
        Ok(Some((piece, self)))
    }

    fn fails_now(&self) -> bool {
        self.model.params.fail.is_some_and(|fail| self.said >= fail.after || self.usage.is_none())
    }

    /// The next word; the last one brings what ends an answer.
    fn piece(&mut self) -> Option<AiMessage> {
        let mut piece = match self.words.next() {
            Some(word) => AiMessage::text(word),
            None => self.usage.is_some().then(AiMessage::default)?,
        };
        if self.words.len() == 0 {
            piece.usage = self.usage.take();
            piece.response_metadata = [("finish_reason".into(), Value::from("stop"))].into_iter().collect();
        }
        Some(piece)
    }
}

async fn wait(span: Option<Span>, call: &mut Call) {
    let Some(Span(time)) = span.filter(|span| span.0 > Duration::ZERO) else { return };
    tokio::time::sleep(time).await;
    call.waited(time);
}

#[cfg(test)]
mod tests;
