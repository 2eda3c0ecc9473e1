//! The model itself: texts in as few requests as the service takes, or the conversation as one text.

use super::protocol::Completions;
use crate::call::{BadRequest, VendorChat};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::Value;
use std::sync::Arc;
use windlass_core::{
    AiMessage, AiMessageChunk, ChatModel, CompletionModel, Content, Cx, Fut, Message, ModelIdentity, Out,
    PromptValue, Result, RunInfo, gather,
};

/// A model that goes on with a text.
pub(in super::super) struct TextModel {
    pub(in super::super) chat: Arc<VendorChat<Completions>>,
    /// How many prompts go into one request.
    pub(super) at_once: usize,
    /// Whether whole answers are asked for as streams too.
    pub(in super::super) streaming: bool,
}

impl TextModel {
    /// The texts that follow these prompts, in one request.
    async fn ask(&self, prompts: &[String], cx: Cx) -> Result<Vec<String>> {
        if !self.streaming {
            let prompts = prompts.iter().map(Message::human).collect();
            let answer = self.chat.clone().generate(prompts, cx).await?;
            return Ok(texts(answer.content));
        }
        let [prompt] = prompts else {
            let bad = BadRequest::value("Cannot stream results with multiple prompts.");
            return Err(self.chat.failures.of_request(bad).into());
        };
        let pieces = self.chat.clone().stream(vec![Message::human(prompt)], cx.clone());
        let whole = gather(pieces, cx).await?.unwrap_or_default();
        Ok(vec![whole.content.into_text()])
    }
}

fn texts(content: Content) -> Vec<String> {
    let Content::Blocks(blocks) = content else { return vec![content.into_text()] };
    let text = |block| if let Value::String(text) = block { text } else { String::new() };
    blocks.into_iter().map(text).collect()
}

impl CompletionModel for TextModel {
    fn identity(&self) -> &ModelIdentity {
        &self.chat.identity
    }

    fn run_info(&self) -> RunInfo {
        self.chat.run_info()
    }

    fn complete(self: Arc<Self>, prompts: Vec<String>, cx: Cx) -> Fut<Vec<String>> {
        Box::pin(async move {
            let mut texts = Vec::with_capacity(prompts.len());
            for prompts in prompts.chunks(self.at_once) {
                texts.extend(self.ask(prompts, cx.clone()).await?);
            }
            Ok(texts)
        })
    }

    fn stream(self: Arc<Self>, prompt: String, cx: Cx) -> Out<String> {
        let pieces = self.chat.clone().stream(vec![Message::human(prompt)], cx);
        pieces.map_ok(|piece| piece.content.into_text()).boxed()
    }
}

/// The prompt of a conversation: a single text of a person is itself, more is written line by line.
fn prompt(messages: Vec<Message>) -> String {
    match <[Message; 1]>::try_from(messages) {
        Ok([Message::Human(message)]) => message.content.into_text(),
        Ok(alone) => PromptValue::Messages(alone.into()).to_text(),
        Err(messages) => PromptValue::Messages(messages).to_text(),
    }
}

/// For chains that speak with models in messages.
impl ChatModel for TextModel {
    fn identity(&self) -> &ModelIdentity {
        &self.chat.identity
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Fut<AiMessage> {
        let texts = self.complete(vec![prompt(messages)], cx);
        Box::pin(async move { Ok(AiMessage::text(texts.await?.into_iter().next().unwrap_or_default())) })
    }

    fn stream(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Out<AiMessageChunk> {
        let pieces = CompletionModel::stream(self, prompt(messages), cx);
        pieces.map_ok(AiMessage::text).boxed()
    }
}
