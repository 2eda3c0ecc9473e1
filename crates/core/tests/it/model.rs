//! Models in chains.

use crate::support::{all, model};
use std::sync::Arc;
use windlass_core::{
    AiMessage, ChatModel, ChatPromptTemplate, Content, IntoChain, Message, ModelIdentity, ModelStep,
    PromptTemplate, RunnableLambda, StrOutputParser, vars,
};

#[tokio::test]
async fn a_prompt_a_model_and_a_parser() {
    let (model, seen) = model(&["Hel", "", "lo"]);
    let chain = ChatPromptTemplate::from_template("Say {word}").unwrap() | model | StrOutputParser;
    assert_eq!(chain.invoke(vars! { "word" => "hello" }).await.unwrap(), "Hello");
    assert_eq!(all(chain.stream(vars! { "word" => "hi" })).await, ["Hel", "", "lo", ""]);
    assert_eq!(seen.take(), [[Message::human("Say hello")], [Message::human("Say hi")]]);
}

#[tokio::test]
async fn a_model_after_a_model_sees_the_whole_text() {
    let (first, _) = model(&["What", " is", " it?"]);
    let (second, seen) = model(&["It"]);
    let chain = PromptTemplate::from_template("{q}").unwrap() | first | StrOutputParser | second;
    assert_eq!(all(chain.stream(vars! { "q" => "?" })).await.len(), 2);
    assert_eq!(seen.take(), [[Message::human("What is it?")]]);
}

#[tokio::test]
async fn text_is_a_human_message_and_usage_merges() {
    let (model, seen) = model(&["a", "b"]);
    let message = model.into_chain().invoke("hi".to_owned()).await.unwrap();
    assert_eq!(message.content, Content::from("ab"));
    assert_eq!(message.usage.unwrap().output_tokens, 2);
    assert_eq!(seen.take(), [[Message::human("hi")]]);
}

#[tokio::test]
async fn a_shared_model_stands_in_a_chain() {
    struct Mirror(ModelIdentity);
    impl ChatModel for Mirror {
        fn identity(&self) -> &ModelIdentity {
            &self.0
        }
        fn generate(
            self: Arc<Self>,
            messages: Vec<Message>,
            _: windlass_core::Cx,
        ) -> windlass_core::Fut<AiMessage> {
            let text = messages[0].content().to_text().chars().rev().collect::<String>();
            Box::pin(async { Ok(AiMessage::text(text)) })
        }
        fn stream(
            self: Arc<Self>,
            messages: Vec<Message>,
            cx: windlass_core::Cx,
        ) -> windlass_core::Out<AiMessage> {
            Box::pin(futures_util::stream::once(self.generate(messages, cx)))
        }
    }
    let shared: Arc<dyn ChatModel> =
        Arc::new(Mirror(ModelIdentity { vendor: "mirror".into(), model: "m".into() }));
    let trim = RunnableLambda::quick(|text: String| Ok(text.trim().to_owned()));
    let chain = trim | shared.clone() | StrOutputParser;
    assert_eq!(chain.invoke(" abc ".to_owned()).await.unwrap(), "cba");
    assert_eq!(ModelStep::shared(shared).identity().vendor.as_ref(), "mirror");
}
