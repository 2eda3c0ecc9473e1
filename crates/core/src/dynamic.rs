//! Chains whose types are known only when a file is loaded: the same steps, with joints checked at load.

use crate::{
    AiMessage, Chain, Chunk, ConfigSpec, Cx, Feeds, Fut, IntoChain, Joint, Kind, Merge, ModelOutput, Node,
    OnError, Out, PromptValue, Result, RunInfo, Runnable, RunnableClientTools, Shape, Val, Vars, gather,
    run::failed,
};
use futures_util::{StreamExt, stream};
use std::{any::Any, sync::Arc};

/// A chain with erased ends.
#[derive(Debug, Clone)]
pub struct DynChain {
    takes: Kind,
    run: Chain<Val, Val>,
    /// The chain with its types, for joints that need no erasing.
    typed: Arc<dyn Any + Send + Sync>,
}

impl DynChain {
    /// Erases the ends of a chain.
    pub fn new<I: Chunk, O: Chunk>(chain: Chain<I, O>) -> Self {
        let typed = Arc::new(chain.clone());
        DynChain { takes: I::kind(), run: Erased(chain).into_chain(), typed }
    }

    /// Puts `next` after this. What can be known of the joint is checked by [`DynChain::check`].
    #[must_use]
    pub fn pipe(self, next: DynChain) -> DynChain {
        if let Some(joined) = TYPED_JOINTS.iter().find_map(|join| join(&self, &next)) {
            return joined;
        }
        let run = self.run | next.run;
        DynChain { takes: self.takes, typed: Arc::new(run.clone()), run }
    }

    /// This chain with [`RunnableClientTools`] around it.
    #[must_use]
    pub fn with_client_tools(self) -> DynChain {
        match self.typed.downcast_ref::<Chain<PromptValue, AiMessage>>() {
            Some(model) => DynChain::new(RunnableClientTools::new(model.clone()).into_chain()),
            None => DynChain::new(RunnableClientTools::new(self.run).into_chain()),
        }
    }

    /// The kinds of value it takes.
    pub fn takes(&self) -> Kind {
        self.takes
    }

    /// The chain that runs.
    pub fn chain(&self) -> &Chain<Val, Val> {
        &self.run
    }

    /// What this chain is, given what flows in.
    pub fn describe(&self, input: &Shape) -> Node {
        self.run.describe(input)
    }

    /// What its runs are called if no configuration says otherwise: LangChain's name of the step, like `RunnableSequence`.
    pub fn run_name(&self) -> String {
        self.run.run_info(&Cx::default()).name.into_owned()
    }

    /// What is wrong with its joints, given what flows in.
    pub fn check(&self, input: &Shape) -> Vec<Joint> {
        self.describe(input).problems
    }

    /// What callers can configure in it.
    pub fn config_specs(&self) -> Vec<ConfigSpec> {
        self.describe(&Shape::of(Kind::ANY)).config_specs()
    }

    /// How the chunks of its output combine.
    pub fn merge(&self) -> Merge {
        self.run.merge()
    }
}

type TypedJoint = fn(&DynChain, &DynChain) -> Option<DynChain>;

/// The joints that nearly every chain has. Joined with their types, pieces cross them without turning into [`Val`]s and back.
const TYPED_JOINTS: [TypedJoint; 14] = [
    join_typed::<Vars, PromptValue, PromptValue, AiMessage>,
    join_typed::<Vars, AiMessage, AiMessage, String>,
    join_typed::<Vars, AiMessage, AiMessage, Val>,
    join_typed::<Vars, AiMessage, ModelOutput, String>,
    join_typed::<Vars, AiMessage, ModelOutput, Val>,
    join_typed::<Val, PromptValue, PromptValue, AiMessage>,
    join_typed::<Val, AiMessage, AiMessage, String>,
    join_typed::<Val, AiMessage, AiMessage, Val>,
    join_typed::<Val, AiMessage, ModelOutput, String>,
    join_typed::<Val, AiMessage, ModelOutput, Val>,
    join_typed::<PromptValue, AiMessage, AiMessage, String>,
    join_typed::<PromptValue, AiMessage, AiMessage, Val>,
    join_typed::<PromptValue, AiMessage, ModelOutput, String>,
    join_typed::<PromptValue, AiMessage, ModelOutput, Val>,
];

fn join_typed<A: Chunk, B: Feeds<C>, C: Chunk, D: Chunk>(
    first: &DynChain,
    next: &DynChain,
) -> Option<DynChain> {
    let first = first.typed.downcast_ref::<Chain<A, B>>()?;
    let next = next.typed.downcast_ref::<Chain<C, D>>()?;
    Some(DynChain::new(first.clone() | next.clone()))
}

/// A typed chain that takes and gives dynamic values.
struct Erased<I, O>(Chain<I, O>);

impl<I: Chunk, O: Chunk> Runnable for Erased<I, O> {
    type In = Val;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: Val, cx: Cx) -> Fut<Val> {
        Box::pin(async move { Ok(self.0.inner().invoke(I::from_val(input)?, cx).await?.into_whole()) })
    }

    fn stream(self: Arc<Self>, input: Val, cx: Cx) -> Out<Val> {
        match I::from_val(input) {
            Ok(input) => self.0.inner().stream(input, cx).map(|piece| piece.map(Chunk::into_val)).boxed(),
            Err(error) => failed(error),
        }
    }

    fn transform(self: Arc<Self>, input: Out<Val>, cx: Cx) -> Out<Val> {
        let pieces = if I::PIECEWISE {
            input.map(|piece| piece.and_then(I::from_val)).boxed()
        } else {
            let gathered = gather(input, cx.clone());
            let whole = async move { gathered.await?.map(I::from_val).transpose() };
            stream::once(whole).filter_map(async |result| result.transpose()).boxed()
        };
        self.0.inner().transform(pieces, cx).map(|piece| piece.map(Chunk::into_val)).boxed()
    }

    fn batch(self: Arc<Self>, items: Vec<(Val, Cx)>, on_error: OnError) -> Fut<Vec<Result<Val>>> {
        Box::pin(async move {
            let chain = self.0.clone();
            let (inputs, contexts): (Vec<_>, Vec<_>) = items.into_iter().unzip();
            let inputs = inputs.into_iter().map(I::from_val).zip(contexts);
            let outputs =
                crate::chain::batch_survivors(|alive| chain.batch_in(alive, on_error), inputs, on_error)
                    .await?;
            Ok(outputs.into_iter().map(|result| result.map(Chunk::into_whole)).collect())
        })
    }

    fn describe(&self, input: &Shape) -> Node {
        self.0.describe(input)
    }

    fn run_info(&self, cx: &Cx) -> RunInfo {
        self.0.run_info(cx)
    }

    fn merge(&self) -> Merge {
        self.0.merge()
    }

    fn gather_as(&self) -> Merge {
        self.0.gather_as()
    }

    fn passes_through(&self) -> bool {
        self.0.passes_through()
    }

    fn steps(&self) -> usize {
        self.0.inner().steps()
    }
}
