//! The providers against servers on 127.0.0.1 that answer well, badly, late and not at all.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod anthropic;
mod cancel;
mod faults;
mod http1;
mod http2;
mod requests;
mod retries;
mod server;
mod timeouts;

use server::Server;
use std::sync::Arc;
use windlass_core::{AiMessage, ChatModel, Cx, EventKind, Message, Out, UpstreamCall};
use windlass_providers::{HttpPool, OpenAi, openai::OpenAiBuilder};

fn builder(server: &Server) -> OpenAiBuilder {
    OpenAi::model("gpt-4o-mini").api_key("sk-test").base_url(server.url()).pool(HttpPool::default())
}

fn model(server: &Server) -> Arc<dyn ChatModel> {
    chat(builder(server))
}

/// The builder's model; the builder gives a step, which holds one.
fn chat(builder: OpenAiBuilder) -> Arc<dyn ChatModel> {
    of_step(builder.build().unwrap())
}

fn of_step(step: windlass_core::ModelStep) -> Arc<dyn ChatModel> {
    Arc::new(Step(step))
}

struct Step(windlass_core::ModelStep);

impl ChatModel for Step {
    fn identity(&self) -> &windlass_core::ModelIdentity {
        self.0.identity()
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> windlass_core::Fut<AiMessage> {
        let input = windlass_core::PromptValue::Messages(messages);
        windlass_core::Runnable::invoke(Arc::new(self.0.clone()), input, cx)
    }

    fn stream(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Out<AiMessage> {
        let input = windlass_core::PromptValue::Messages(messages);
        windlass_core::Runnable::stream(Arc::new(self.0.clone()), input, cx)
    }
}

fn hello() -> Vec<Message> {
    vec![Message::human("hi")]
}

/// The calls that were reported and not yet taken.
fn calls(cx: &Cx) -> Vec<UpstreamCall> {
    std::iter::from_fn(|| cx.next_event())
        .filter_map(|event| match event.kind {
            EventKind::Upstream(call) => Some(call),
            _ => None,
        })
        .collect()
}
