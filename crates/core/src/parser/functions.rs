//! The parsers of `additional_kwargs.function_call`, which came before tools.

mod call;

use super::{
    ModelOutput,
    json::loads,
    pieces::{Reader, Snapshots, json_kind, node, read_all},
};
use crate::{
    Buffer, Cx, Dict, Error, Fut, Kind, Merge, Node, Out, ParseError, Result, RunInfo, Runnable, Shape,
    Telling, Val, python,
};
use call::FunctionCall;
use std::{collections::VecDeque, sync::Arc};

/// A step that gives the arguments of the function a message calls, as the text they came in; with
/// [`args_only(false)`](OutputFunctionsParser::args_only) the call itself, `{"name": .., "arguments": ".."}`.
///
/// A message without a call, and text, are errors. Streamed, it gives one piece at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputFunctionsParser {
    args_only: bool,
}

/// A step that gives the arguments of the function a message calls, read as JSON; with
/// [`args_only(false)`](JsonOutputFunctionsParser::args_only) the call itself, its arguments read.
///
/// A message without a call, arguments that are no JSON, and text are errors. Streamed, it gives the arguments so far each
/// time they differ ([`Merge::Replace`]); a message without a call gives nothing, and arguments that are no JSON are no
/// error.
///
/// ```
/// use windlass_core::{AiMessage, IntoChain, JsonOutputFunctionsParser, ModelOutput, Val};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let call = serde_json::json!({"name": "person", "arguments": r#"{"age": 42}"#});
/// let additional_kwargs = [("function_call".to_owned(), call)].into_iter().collect();
/// let message = AiMessage { additional_kwargs, ..AiMessage::default() };
/// let parser = JsonOutputFunctionsParser::new().into_chain();
/// let args = parser.invoke(ModelOutput::from(message)).await.unwrap();
/// assert_eq!(args, Val::from(serde_json::json!({"age": 42})));
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonOutputFunctionsParser {
    options: Options,
}

/// A step that gives one of the arguments of the function a message calls; otherwise as [`JsonOutputFunctionsParser`].
///
/// An argument that is not there is Python's `KeyError`; streamed, it gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonKeyOutputFunctionsParser {
    key_name: String,
    options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Options {
    args_only: bool,
    strict: bool,
    diff: bool,
    /// How a next step adds the pieces up.
    gather: Merge,
}

const DEFAULTS: Options = Options { args_only: true, strict: false, diff: false, gather: Merge::Replace };

impl OutputFunctionsParser {
    /// A parser that gives the arguments alone.
    pub fn new() -> Self {
        OutputFunctionsParser { args_only: true }
    }

    /// Whether only the arguments are given. Default: yes.
    #[must_use]
    pub fn args_only(mut self, args_only: bool) -> Self {
        self.args_only = args_only;
        self
    }
}

impl Default for OutputFunctionsParser {
    fn default() -> Self {
        OutputFunctionsParser::new()
    }
}

impl JsonOutputFunctionsParser {
    /// A parser that gives the arguments alone.
    pub fn new() -> Self {
        JsonOutputFunctionsParser { options: DEFAULTS }
    }
}

impl Default for JsonOutputFunctionsParser {
    fn default() -> Self {
        JsonOutputFunctionsParser::new()
    }
}

impl JsonKeyOutputFunctionsParser {
    /// A parser that gives the argument `key_name`.
    pub fn new(key_name: impl Into<String>) -> Self {
        JsonKeyOutputFunctionsParser { key_name: key_name.into(), options: DEFAULTS }
    }
}

macro_rules! options {
    ($parser:ty) => {
        impl $parser {
            /// Whether only the arguments are looked at, not the call around them. Default: yes.
            #[must_use]
            pub fn args_only(mut self, args_only: bool) -> Self {
                self.options.args_only = args_only;
                self
            }

            /// Whether arguments may hold no raw control characters. Default: no.
            #[must_use]
            pub fn strict(mut self, strict: bool) -> Self {
                self.options.strict = strict;
                self
            }

            /// Whether a stream gives what changed, as lists of JSON patch operations, which add up. Default: no.
            #[must_use]
            pub fn diff(mut self, diff: bool) -> Self {
                self.options.diff = diff;
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

options!(JsonOutputFunctionsParser);
options!(JsonKeyOutputFunctionsParser);

impl Runnable for OutputFunctionsParser {
    type In = ModelOutput;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: ModelOutput, _: Cx) -> Fut<Val> {
        let mut call = FunctionCall::new(false);
        let read = call.read(TEXT_NAME, input, "Generation");
        Box::pin(std::future::ready(read.and_then(|_| self.give(call))))
    }

    fn transform(self: Arc<Self>, pieces: Out<ModelOutput>, cx: Cx) -> Out<Val> {
        let call = Some(FunctionCall::new(false));
        read_all(WholeReader { parser: self, call, held: cx.buffer(), began: false }, pieces)
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::parser(TEXT_NAME).telling(Telling::Whole)
    }

    fn describe(&self, input: &Shape) -> Node {
        node(TEXT_NAME, if self.args_only { Kind::TEXT } else { Kind::DICT }, input)
    }
}

const TEXT_NAME: &str = "OutputFunctionsParser";

impl OutputFunctionsParser {
    fn give(self, call: FunctionCall) -> Result<Val> {
        let Some(mut fields) = call.into_fields() else { return Err(no_call(TEXT_NAME)) };
        if !self.args_only {
            return Ok(Val::Dict(fields));
        }
        let arguments = fields.swap_remove("arguments");
        arguments.ok_or_else(|| ParseError::raised(TEXT_NAME, "KeyError", "'arguments'").into())
    }
}

/// Gathers the call of a stream.
struct WholeReader {
    parser: Arc<OutputFunctionsParser>,
    call: Option<FunctionCall>,
    held: Buffer,
    began: bool,
}

impl Reader for WholeReader {
    type Out = Val;

    fn read(&mut self, piece: ModelOutput, _: &mut VecDeque<Val>) -> Result<()> {
        self.began = true;
        let Some(call) = &mut self.call else { return Ok(()) };
        self.held.charge(call.read(TEXT_NAME, piece, "Generation")?)
    }

    fn end(&mut self, out: &mut VecDeque<Val>) -> Result<()> {
        if let Some(call) = self.call.take().filter(|_| self.began) {
            out.push_back(self.parser.give(call)?);
        }
        Ok(())
    }
}

fn no_call(parser: &'static str) -> Error {
    ParseError::rejected(parser, "Could not parse function call: 'function_call'", None).into()
}

/// What is common to the parsers that read the arguments.
trait FunctionsParser: Send + Sync + 'static {
    const NAME: &str;

    fn options(&self) -> Options;

    /// What is made of the arguments, or of the call around them.
    fn select(&self, val: Val) -> Result<Val>;

    /// What is made of them while they are coming.
    fn select_so_far(&self, val: Val) -> Result<Val>;
}

impl FunctionsParser for JsonOutputFunctionsParser {
    const NAME: &str = "JsonOutputFunctionsParser";

    fn options(&self) -> Options {
        self.options
    }

    fn select(&self, val: Val) -> Result<Val> {
        Ok(val)
    }

    fn select_so_far(&self, val: Val) -> Result<Val> {
        Ok(val)
    }
}

impl FunctionsParser for JsonKeyOutputFunctionsParser {
    const NAME: &str = "JsonKeyOutputFunctionsParser";

    fn options(&self) -> Options {
        self.options
    }

    fn select(&self, val: Val) -> Result<Val> {
        let (class, message) = match val {
            Val::Dict(mut dict) => match dict.swap_remove(&self.key_name) {
                Some(val) => return Ok(val),
                None => ("KeyError", python::repr(&Val::from(self.key_name.as_str()))),
            },
            Val::List(_) => ("TypeError", "list indices must be integers or slices, not str".into()),
            Val::Text(_) => ("TypeError", "string indices must be integers, not 'str'".into()),
            other => {
                let message = format!("'{}' object is not subscriptable", python::type_name(&other));
                ("TypeError", message)
            }
        };
        Err(ParseError::raised(Self::NAME, class, message).into())
    }

    fn select_so_far(&self, val: Val) -> Result<Val> {
        match val {
            Val::Null => Ok(Val::Null),
            Val::Dict(mut dict) => Ok(dict.swap_remove(&self.key_name).unwrap_or(Val::Null)),
            other => {
                let message = format!("'{}' object has no attribute 'get'", python::type_name(&other));
                Err(ParseError::raised(Self::NAME, "AttributeError", message).into())
            }
        }
    }
}

fn invoke<P: FunctionsParser>(parser: &P, input: ModelOutput) -> Result<Val> {
    let Options { args_only, strict, .. } = parser.options();
    let mut call = FunctionCall::new(strict);
    call.read(P::NAME, input, "Generation")?;
    let Some(mut fields) = call.into_fields() else { return Err(no_call(P::NAME)) };
    let read = match fields.get("arguments") {
        None => return parser.select(Val::Null),
        Some(Val::Text(text)) => loads(text, strict).map_err(|error| (error.class, error.message)),
        Some(other) => Err(("TypeError", no_text(other))),
    };
    match read {
        Ok(val) if args_only => parser.select(val),
        Ok(val) => {
            fields.insert("arguments".into(), val);
            parser.select(Val::Dict(fields))
        }
        Err(("JSONDecodeError" | "TypeError", message)) => {
            let message = format!("Could not parse function call data: {message}");
            Err(ParseError::rejected(P::NAME, message, None).into())
        }
        Err((class, message)) => Err(ParseError::raised(P::NAME, class, message).into()),
    }
}

fn no_text(val: &Val) -> String {
    format!("the JSON object must be str, bytes or bytearray, not {}", python::type_name(val))
}

struct FunctionsReader<P> {
    parser: Arc<P>,
    call: FunctionCall,
    snapshots: Snapshots,
    held: Buffer,
}

impl<P: FunctionsParser> FunctionsReader<P> {
    /// The value so far; `None` where Python has none.
    fn so_far(&self) -> Result<Option<Val>> {
        let Some(fields) = self.call.fields() else { return Ok(None) };
        match fields.get("arguments") {
            None => return Ok(None),
            Some(Val::Text(_)) => {}
            Some(other) => return Err(ParseError::raised(P::NAME, "TypeError", no_text(other)).into()),
        }
        let Some(args) = self.call.arguments() else { return Ok(None) };
        let val = match self.parser.options().args_only {
            true => args,
            false => {
                let field = |(key, val): (&String, &Val)| {
                    let val = if key == "arguments" { args.clone() } else { val.clone() };
                    (key.clone(), val)
                };
                Val::Dict(fields.iter().map(field).collect::<Dict>())
            }
        };
        self.parser.select_so_far(val).map(Some)
    }
}

impl<P: FunctionsParser> Reader for FunctionsReader<P> {
    type Out = Val;

    fn read(&mut self, piece: ModelOutput, out: &mut VecDeque<Val>) -> Result<()> {
        let grown = self.call.read(P::NAME, piece, "GenerationChunk")?;
        self.held.charge(grown)?;
        if grown > 0 {
            let val = self.so_far()?;
            out.extend(self.snapshots.next(val));
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
                let call = FunctionCall::new(self.options.strict);
                let (snapshots, held) = (Snapshots::new(self.options.diff), cx.buffer());
                read_all(FunctionsReader { parser: self, call, snapshots, held }, pieces)
            }

            fn run_info(&self, _: &Cx) -> RunInfo {
                RunInfo::parser(<Self as FunctionsParser>::NAME)
            }

            fn describe(&self, input: &Shape) -> Node {
                node(<Self as FunctionsParser>::NAME, json_kind(), input)
            }

            fn merge(&self) -> Merge {
                if self.options.diff { Merge::Append } else { Merge::Replace }
            }

            fn gather_as(&self) -> Merge {
                if self.options.diff { Merge::Append } else { self.options.gather }
            }
        }
    };
}

runnable!(JsonOutputFunctionsParser);
runnable!(JsonKeyOutputFunctionsParser);
crate::impl_pipe!(OutputFunctionsParser, JsonOutputFunctionsParser, JsonKeyOutputFunctionsParser);
