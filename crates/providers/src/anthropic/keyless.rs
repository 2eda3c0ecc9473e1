//! A model without a key, as LangChain's class makes one: each call fails before anything is sent.

use futures_util::{StreamExt, stream};
use std::sync::Arc;
use windlass_core::{
    AiMessage, AiMessageChunk, ChatModel, Cx, Fut, Message, ModelError, ModelErrorKind, ModelIdentity, Out,
};

pub(super) struct Keyless {
    pub(super) identity: ModelIdentity,
}

impl Keyless {
    fn error(&self) -> ModelError {
        ModelError {
            vendor: self.identity.vendor.clone(),
            model: self.identity.model.clone(),
            kind: ModelErrorKind::Unavailable,
            status: None,
            message: "there is no key to send".into(),
            class: None,
            source: None,
        }
    }
}

impl ChatModel for Keyless {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn generate(self: Arc<Self>, _: Vec<Message>, _: Cx) -> Fut<AiMessage> {
        Box::pin(std::future::ready(Err(self.error().into())))
    }

    fn stream(self: Arc<Self>, _: Vec<Message>, _: Cx) -> Out<AiMessageChunk> {
        stream::iter([Err(self.error().into())]).boxed()
    }
}
