//! `StrOutputParser`: the message's text, piece by piece.

use super::{ModelOutput, pieces::node};
use crate::{AiMessage, Cx, Fut, Kind, Node, Out, RunInfo, Runnable, Shape};
use futures_util::StreamExt;
use std::sync::Arc;

/// A step that gives the text of a message; empty pieces are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StrOutputParser;

impl StrOutputParser {
    /// The parser as Python has it, for chains that LangChain wrote; see [`LangChainStrOutputParser`].
    pub fn langchain() -> LangChainStrOutputParser {
        LangChainStrOutputParser
    }
}

impl Runnable for StrOutputParser {
    type In = AiMessage;
    type Out = String;

    fn invoke(self: Arc<Self>, message: AiMessage, _: Cx) -> Fut<String> {
        Box::pin(std::future::ready(Ok(message.content.into_text())))
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::parser(NAME)
    }

    fn transform(self: Arc<Self>, pieces: Out<AiMessage>, _: Cx) -> Out<String> {
        pieces.map(|piece| piece.map(|message| message.content.into_text())).boxed()
    }
}

/// [`StrOutputParser`] as Python has it: text goes through as it is, blocks of old (text without a type) count, and what is
/// neither text nor a message is Python's error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LangChainStrOutputParser;

const NAME: &str = "StrOutputParser";

impl Runnable for LangChainStrOutputParser {
    type In = ModelOutput;
    type Out = String;

    fn invoke(self: Arc<Self>, input: ModelOutput, _: Cx) -> Fut<String> {
        Box::pin(std::future::ready(input.into_text(NAME, "Generation")))
    }

    fn transform(self: Arc<Self>, pieces: Out<ModelOutput>, _: Cx) -> Out<String> {
        pieces.map(|piece| piece.and_then(|piece| piece.into_text(NAME, "Generation"))).boxed()
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::parser(NAME)
    }

    fn describe(&self, input: &Shape) -> Node {
        node(NAME, Kind::TEXT, input)
    }
}

crate::impl_pipe!(StrOutputParser, LangChainStrOutputParser);
