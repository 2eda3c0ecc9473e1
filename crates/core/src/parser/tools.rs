//! `JsonOutputToolsParser` and `JsonOutputKeyToolsParser`: the calls of tools that a message asks for.

mod calls;

use super::{
    ModelOutput,
    pieces::{Reader, Snapshots, json_kind, node, read_all},
};
use crate::{Buffer, Cx, Fut, Merge, Message, Node, Out, Result, RunInfo, Runnable, Shape, Val};
use calls::{Call, Calls};
use std::{collections::VecDeque, sync::Arc};

/// A step that gives the calls of tools that a message asks for: `[{"args": {..}, "type": "get_weather"}]`.
///
/// A message that asks for none gives `[]`; so it is, as in Python, even if only the first call is wanted and there are no
/// calls at all. Calls whose arguments are no JSON object are left out. Text is Python's error.
///
/// Streamed, it gives all calls so far each time they differ, with the arguments as far as they can be read: snapshots
/// that replace each other ([`Merge::Replace`]).
///
/// ```
/// use windlass_core::{AiMessage, IntoChain, JsonOutputToolsParser, ModelOutput, ToolCall, Val};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let call = ToolCall {
///     name: "get_weather".into(),
///     args: serde_json::json!({"city": "Oslo"}).as_object().unwrap().clone(),
///     id: Some("c1".into()),
/// };
/// let message = AiMessage { tool_calls: vec![call], ..AiMessage::default() };
/// let parser = JsonOutputToolsParser::new().return_id(true).into_chain();
/// let calls = parser.invoke(ModelOutput::from(message)).await.unwrap();
/// let expect = serde_json::json!([{"args": {"city": "Oslo"}, "id": "c1", "type": "get_weather"}]);
/// assert_eq!(calls, Val::from(expect));
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonOutputToolsParser {
    options: Options,
}

/// A step that gives the arguments of the calls of one tool: `[{"city": "Oslo"}]`; otherwise as [`JsonOutputToolsParser`].
///
/// If only the first call is wanted and there is none, it gives null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonOutputKeyToolsParser {
    key_name: String,
    options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Options {
    first_tool_only: bool,
    return_id: bool,
    strict: bool,
    /// How a next step adds the pieces up.
    gather: Merge,
}

const DEFAULTS: Options =
    Options { first_tool_only: false, return_id: false, strict: false, gather: Merge::Replace };

macro_rules! options {
    ($parser:ty) => {
        impl $parser {
            /// Whether only the first call is given, alone. Default: no.
            #[must_use]
            pub fn first_tool_only(mut self, first_tool_only: bool) -> Self {
                self.options.first_tool_only = first_tool_only;
                self
            }

            /// Whether calls have their `id`. Default: no.
            #[must_use]
            pub fn return_id(mut self, return_id: bool) -> Self {
                self.options.return_id = return_id;
                self
            }

            /// Whether arguments in `additional_kwargs` may hold no raw control characters. Default: no.
            #[must_use]
            pub fn strict(mut self, strict: bool) -> Self {
                self.options.strict = strict;
                self
            }

            /// Lets a next step add the pieces of a stream up as Python does ([`Merge::Append`]), for chains that LangChain wrote.
            #[must_use]
            pub fn langchain(mut self) -> Self {
                self.options.gather = Merge::Append;
                self
            }
        }
    };
}

options!(JsonOutputToolsParser);
options!(JsonOutputKeyToolsParser);

impl JsonOutputToolsParser {
    /// A parser of all calls, without their ids.
    pub fn new() -> Self {
        JsonOutputToolsParser { options: DEFAULTS }
    }
}

impl Default for JsonOutputToolsParser {
    fn default() -> Self {
        JsonOutputToolsParser::new()
    }
}

impl JsonOutputKeyToolsParser {
    /// A parser of all calls of the tool `key_name`.
    pub fn new(key_name: impl Into<String>) -> Self {
        JsonOutputKeyToolsParser { key_name: key_name.into(), options: DEFAULTS }
    }
}

/// What is common to both.
trait ToolsParser: Send + Sync + 'static {
    const NAME: &str;

    fn options(&self) -> Options;

    /// What is made of the calls; `None` if the message has no place for any.
    fn select(&self, calls: Option<Vec<Call>>) -> Val;
}

impl ToolsParser for JsonOutputToolsParser {
    const NAME: &str = "JsonOutputToolsParser";

    fn options(&self) -> Options {
        self.options
    }

    fn select(&self, calls: Option<Vec<Call>>) -> Val {
        let Some(calls) = calls else { return Val::List(Vec::new()) };
        let mut calls = calls.into_iter().map(|call| call.into_val(self.options.return_id));
        match self.options.first_tool_only {
            true => calls.next().unwrap_or(Val::Null),
            false => Val::List(calls.collect()),
        }
    }
}

impl ToolsParser for JsonOutputKeyToolsParser {
    const NAME: &str = "JsonOutputKeyToolsParser";

    fn options(&self) -> Options {
        self.options
    }

    fn select(&self, calls: Option<Vec<Call>>) -> Val {
        let Options { first_tool_only, return_id, .. } = self.options;
        let own = calls.into_iter().flatten().filter(|call| call.name == self.key_name);
        let mut own = own.map(|call| if return_id { call.into_val(true) } else { call.args });
        match first_tool_only {
            true => own.next().unwrap_or(Val::Null),
            false => Val::List(own.collect()),
        }
    }
}

fn invoke<P: ToolsParser>(parser: &P, input: ModelOutput) -> Result<Val> {
    let message = input.into_message(P::NAME, "Generation")?;
    Ok(parser.select(Calls::of_message(P::NAME, &message, parser.options().strict)?))
}

struct ToolsReader<P> {
    parser: Arc<P>,
    calls: Calls,
    snapshots: Snapshots,
    held: Buffer,
    began: bool,
}

impl<P: ToolsParser> Reader for ToolsReader<P> {
    type Out = Val;

    fn read(&mut self, piece: ModelOutput, out: &mut VecDeque<Val>) -> Result<()> {
        let message = piece.into_message(P::NAME, "GenerationChunk")?;
        let (changed, weight) = self.calls.push(&message);
        self.held.charge(weight)?;
        if changed || !std::mem::replace(&mut self.began, true) {
            out.extend(self.snapshots.next(Some(self.parser.select(self.calls.so_far()))));
        }
        Ok(())
    }
}

macro_rules! runnable {
    ($parser:ty) => {
        impl Runnable for $parser {
            type In = ModelOutput;
            type Out = Val;

            fn invoke(self: Arc<Self>, input: ModelOutput, _: Cx) -> Fut<Val> {
                Box::pin(std::future::ready(invoke(&*self, input)))
            }

            fn transform(self: Arc<Self>, pieces: Out<ModelOutput>, cx: Cx) -> Out<Val> {
                let calls = Calls::new(self.options.strict);
                let (snapshots, held) = (Snapshots::new(false), cx.buffer());
                read_all(ToolsReader { parser: self, calls, snapshots, held, began: false }, pieces)
            }

            fn run_info(&self, _: &Cx) -> RunInfo {
                RunInfo::parser(<Self as ToolsParser>::NAME)
            }

            fn describe(&self, input: &Shape) -> Node {
                node(<Self as ToolsParser>::NAME, json_kind(), input)
            }

            fn merge(&self) -> Merge {
                Merge::Replace
            }

            fn gather_as(&self) -> Merge {
                self.options.gather
            }
        }
    };
}

runnable!(JsonOutputToolsParser);
runnable!(JsonOutputKeyToolsParser);
crate::impl_pipe!(JsonOutputToolsParser, JsonOutputKeyToolsParser);

/// The objects beside a message that vendors of old put calls in.
pub(super) fn additional_kwargs(message: &Message) -> Option<&crate::Metadata> {
    match message {
        Message::System(message) => Some(&message.additional_kwargs),
        Message::Human(message) => Some(&message.additional_kwargs),
        Message::Ai(message) => Some(&message.additional_kwargs),
        Message::Function(message) => Some(&message.additional_kwargs),
        Message::Chat(message) => Some(&message.additional_kwargs),
        Message::Tool(_) => None,
    }
}
