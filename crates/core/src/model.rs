//! Chat models: what a vendor implements, and the step that runs one in a chain.

use crate::{
    AiMessage, AiMessageChunk, Chunk, Cx, EventKind, Feeds, Fut, IntoChain, Kind, Message, Node, Out,
    PromptValue, Result, RunId, RunInfo, Runnable, Shape, Wants, gather, runnable::short_type_name,
};
use futures_util::{StreamExt, TryStreamExt};
use std::{fmt, sync::Arc};

/// A chat model of some vendor.
///
/// An implementation reports each call with [`EventKind::Upstream`]; tokens go into [`AiMessage::usage`]. Dropping the
/// future or the stream must stop the work at the vendor.
pub trait ChatModel: Send + Sync + 'static {
    /// Who this is, for logs, metrics and errors.
    fn identity(&self) -> &ModelIdentity;

    /// How its runs are told of. Default: by the name of its type, and the model's name.
    fn run_info(&self) -> RunInfo {
        RunInfo::chat_model(short_type_name::<Self>()).with("ls_model_name", &*self.identity().model)
    }

    /// One answer, whole.
    fn generate(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Fut<AiMessage>;

    /// One answer in pieces. Empty pieces are allowed; the last piece with usage counts.
    fn stream(self: Arc<Self>, messages: Vec<Message>, cx: Cx) -> Out<AiMessageChunk>;
}

/// A model's vendor and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelIdentity {
    /// The vendor's id, as in a chain file: `openai`.
    pub vendor: Arc<str>,
    /// The model's name: `gpt-4o`.
    pub model: Arc<str>,
}

/// A chat model as a step of a chain.
#[derive(Clone)]
pub struct ModelStep(Arc<dyn ChatModel>);

impl fmt::Debug for ModelStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModelStep").field(self.0.identity()).finish()
    }
}

impl ModelStep {
    /// The model as a step.
    pub fn new(model: impl ChatModel) -> Self {
        ModelStep(Arc::new(model))
    }

    /// The shared model as a step.
    pub fn shared(model: Arc<dyn ChatModel>) -> Self {
        ModelStep(model)
    }

    /// Who the model is.
    pub fn identity(&self) -> &ModelIdentity {
        self.0.identity()
    }
}

impl ModelStep {
    /// The whole answer, of whose pieces the readers are told: LangChain streams too, where somebody listens.
    async fn told_piece_by_piece(self: Arc<Self>, input: PromptValue, cx: Cx) -> Result<AiMessage> {
        let told = cx.clone();
        let pieces = Runnable::stream(self, input, cx.clone());
        let pieces = pieces.inspect_ok(move |piece| told.emit(EventKind::Chunk(piece.clone().into_val())));
        let whole = gather(pieces.boxed(), cx).await?;
        Ok(whole.unwrap_or_default().settle())
    }
}

impl Runnable for ModelStep {
    type In = PromptValue;
    type Out = AiMessage;

    fn invoke(self: Arc<Self>, input: PromptValue, cx: Cx) -> Fut<AiMessage> {
        if cx.wants(Wants::Steps) {
            return Box::pin(self.told_piece_by_piece(input, cx));
        }
        Box::pin(async move {
            let mut message = self.0.clone().generate(input.into_messages(), cx.clone()).await?;
            message.id.get_or_insert_with(|| format!("{}-0", id_of_run(&cx)).into());
            if let Some(usage) = &message.usage {
                cx.emit(EventKind::Usage(usage.clone()));
            }
            Ok(message)
        })
    }

    fn stream(self: Arc<Self>, input: PromptValue, cx: Cx) -> Out<AiMessage> {
        let pieces = self.0.clone().stream(input.into_messages(), cx.clone());
        let mut id: Option<Arc<str>> = None;
        let told = pieces.map_ok(move |mut piece| {
            if let Some(usage) = &piece.usage {
                cx.emit(EventKind::Usage(usage.clone()));
            }
            piece.id.get_or_insert_with(|| id.get_or_insert_with(|| id_of_run(&cx).into()).clone());
            piece
        });
        told.boxed()
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        self.0.run_info()
    }

    fn describe(&self, input: &Shape) -> Node {
        let ModelIdentity { vendor, model } = self.0.identity();
        let takes = Kind::PROMPT.or(Kind::TEXT).or(Kind::LIST).or(Kind::MESSAGE);
        Node::leaf_of(format!("{vendor}: {model}"), takes, Kind::MESSAGE, input)
    }
}

/// What LangChain calls a message that the model gave no id. Where steps have no runs of their own each call still has an id.
fn id_of_run(cx: &Cx) -> String {
    let run = if cx.is_models() { cx.run() } else { RunId::new() };
    format!("lc_run--{run}")
}

crate::impl_pipe!(ModelStep);

impl Feeds<AiMessage> for String {
    fn feed(self) -> Result<AiMessage> {
        Ok(AiMessage::text(self))
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<AiMessage> {
        pieces.map(|piece| piece.map(AiMessage::text)).boxed()
    }
}

/// A shared model can stand in a chain by itself.
impl IntoChain for Arc<dyn ChatModel> {
    type In = PromptValue;
    type Out = AiMessage;

    fn into_chain(self) -> crate::Chain<PromptValue, AiMessage> {
        ModelStep(self).into_chain()
    }
}
