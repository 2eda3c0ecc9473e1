//! Completion models: text in, text out; and the step that runs one in a chain.

use crate::{
    Cx, Fut, Kind, ModelIdentity, Node, OnError, Out, PromptValue, Result, RunInfo, Runnable, Shape,
    runnable::settle, runnable::short_type_name,
};
use std::{fmt, sync::Arc};

/// A model that goes on with a text, as LangChain's `LLM` classes do.
///
/// An implementation reports each call with [`EventKind::Upstream`](crate::EventKind::Upstream). Dropping the future or
/// the stream must stop the work at the vendor.
pub trait CompletionModel: Send + Sync + 'static {
    /// Who this is, for logs, metrics and errors.
    fn identity(&self) -> &ModelIdentity;

    /// How its runs are told of. Default: by the name of its type, and the model's name.
    fn run_info(&self) -> RunInfo {
        RunInfo::llm(short_type_name::<Self>()).with("ls_model_name", &*self.identity().model)
    }

    /// The texts that follow the prompts, in their order; as few requests as the vendor takes.
    fn complete(self: Arc<Self>, prompts: Vec<String>, cx: Cx) -> Fut<Vec<String>>;

    /// The text that follows the prompt, in pieces.
    fn stream(self: Arc<Self>, prompt: String, cx: Cx) -> Out<String>;
}

/// A completion model as a step of a chain. A batch is one call.
#[derive(Clone)]
pub struct CompletionStep(Arc<dyn CompletionModel>);

impl fmt::Debug for CompletionStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CompletionStep").field(self.0.identity()).finish()
    }
}

impl CompletionStep {
    /// The model as a step.
    pub fn new(model: impl CompletionModel) -> Self {
        CompletionStep(Arc::new(model))
    }

    /// The shared model as a step.
    pub fn shared(model: Arc<dyn CompletionModel>) -> Self {
        CompletionStep(model)
    }

    /// The texts that follow the inputs; as many at once as the first input's configuration allows.
    async fn complete_all(self: Arc<Self>, items: Vec<(PromptValue, Cx)>) -> Result<Vec<String>> {
        let Some((_, cx)) = items.first() else { return Ok(Vec::new()) };
        let cx = cx.clone();
        let at_once = cx.config().max_concurrency.unwrap_or(items.len()).max(1);
        let prompts: Vec<String> = items.iter().map(|(prompt, _)| prompt.to_text()).collect();
        let mut texts = Vec::with_capacity(prompts.len());
        for prompts in prompts.chunks(at_once) {
            texts.extend(self.0.clone().complete(prompts.to_vec(), cx.clone()).await?);
        }
        Ok(texts)
    }
}

impl Runnable for CompletionStep {
    type In = PromptValue;
    type Out = String;

    fn invoke(self: Arc<Self>, input: PromptValue, cx: Cx) -> Fut<String> {
        Box::pin(async move {
            let texts = self.0.clone().complete(vec![input.to_text()], cx).await?;
            Ok(texts.into_iter().next().unwrap_or_default())
        })
    }

    fn stream(self: Arc<Self>, input: PromptValue, cx: Cx) -> Out<String> {
        self.0.clone().stream(input.to_text(), cx)
    }

    fn batch(self: Arc<Self>, items: Vec<(PromptValue, Cx)>, on_error: OnError) -> Fut<Vec<Result<String>>> {
        Box::pin(async move {
            let count = items.len();
            let all = match self.complete_all(items).await {
                Ok(texts) => texts.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error); count],
            };
            settle(all, on_error)
        })
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        self.0.run_info()
    }

    fn describe(&self, input: &Shape) -> Node {
        let ModelIdentity { vendor, model } = self.0.identity();
        let takes = Kind::PROMPT.or(Kind::TEXT).or(Kind::LIST).or(Kind::MESSAGE);
        Node::leaf_of(format!("{vendor}: {model}"), takes, Kind::TEXT, input)
    }
}

crate::impl_pipe!(CompletionStep);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IntoChain, RunnableConfig};
    use futures_util::{StreamExt, stream};
    use std::sync::Mutex;

    /// Says each prompt in capitals, and notes how many came at once.
    struct Loud(Arc<Mutex<Vec<usize>>>, ModelIdentity);

    impl CompletionModel for Loud {
        fn identity(&self) -> &ModelIdentity {
            &self.1
        }

        fn complete(self: Arc<Self>, prompts: Vec<String>, _: Cx) -> Fut<Vec<String>> {
            self.0.lock().unwrap().push(prompts.len());
            Box::pin(async move { Ok(prompts.iter().map(|prompt| prompt.to_uppercase()).collect()) })
        }

        fn stream(self: Arc<Self>, prompt: String, _: Cx) -> Out<String> {
            stream::iter(prompt.chars().map(|char| Ok(char.to_string())).collect::<Vec<_>>()).boxed()
        }
    }

    #[tokio::test]
    async fn a_batch_is_one_call_unless_that_is_too_many_at_once() {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let identity = ModelIdentity { vendor: "loud".into(), model: "m".into() };
        let step = Arc::new(CompletionStep::new(Loud(calls.clone(), identity)));
        let items =
            |cx: Cx| ["a", "b", "c"].map(|text| (PromptValue::Text(text.into()), cx.clone())).to_vec();
        let texts = step.clone().batch(items(Cx::default()), OnError::Fail).await.unwrap();
        assert_eq!(texts.into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["A", "B", "C"]);
        let config = RunnableConfig { max_concurrency: Some(2), ..RunnableConfig::default() };
        step.clone().batch(items(Cx::builder().config(config).build()), OnError::Fail).await.unwrap();
        assert_eq!(*calls.lock().unwrap(), [3, 2, 1]);
        assert_eq!((*step).clone().into_chain().invoke(PromptValue::Text("d".into())).await.unwrap(), "D");
    }
}
