//! `StrOutputParser`: the message's text, piece by piece.

use crate::{AiMessage, Cx, Fut, Out, Runnable};
use futures_util::StreamExt;
use std::sync::Arc;

/// A step that gives the text of a message; empty pieces are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StrOutputParser;

impl Runnable for StrOutputParser {
    type In = AiMessage;
    type Out = String;

    fn invoke(self: Arc<Self>, message: AiMessage, _: Cx) -> Fut<String> {
        Box::pin(std::future::ready(Ok(message.content.into_text())))
    }

    fn transform(self: Arc<Self>, pieces: Out<AiMessage>, _: Cx) -> Out<String> {
        pieces.map(|piece| piece.map(|message| message.content.into_text())).boxed()
    }
}

crate::impl_pipe!(StrOutputParser);
