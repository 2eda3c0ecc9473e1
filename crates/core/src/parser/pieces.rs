//! A parser that reads its input piece by piece, and gives any number of pieces for each.

use super::{ModelOutput, json_patch::make_patch};
use crate::{Chunk, Error, Kind, Number, Out, ParseError, Result, Shape, Val};
use futures_util::{StreamExt, stream};
use std::collections::VecDeque;

/// The reading of one input under way.
pub(super) trait Reader: Send + 'static {
    /// The pieces it gives.
    type Out: Chunk;

    /// Reads a piece. What was put into `out` before an error is given before it.
    fn read(&mut self, piece: ModelOutput, out: &mut VecDeque<Self::Out>) -> Result<()>;

    /// Ends the input.
    fn end(&mut self, _: &mut VecDeque<Self::Out>) -> Result<()> {
        Ok(())
    }
}

/// What a reader makes of pieces.
pub(super) fn read_all<R: Reader>(reader: R, pieces: Out<ModelOutput>) -> Out<R::Out> {
    let reading = Reading { reader, pieces, ready: VecDeque::new(), failure: None, over: false };
    stream::unfold(reading, async |mut reading| Some((reading.next().await?, reading))).boxed()
}

struct Reading<R: Reader> {
    reader: R,
    pieces: Out<ModelOutput>,
    ready: VecDeque<R::Out>,
    failure: Option<Error>,
    over: bool,
}

impl<R: Reader> Reading<R> {
    async fn next(&mut self) -> Option<Result<R::Out>> {
        while self.ready.is_empty() && !self.over {
            let step = match self.pieces.next().await {
                Some(piece) => piece.and_then(|piece| self.reader.read(piece, &mut self.ready)),
                None => {
                    self.over = true;
                    self.reader.end(&mut self.ready)
                }
            };
            self.failure = step.err();
            self.over |= self.failure.is_some();
        }
        self.ready.pop_front().map(Ok).or_else(|| self.failure.take().map(Err))
    }
}

/// What a parser gives that parses the input again with every piece: LangChain's `BaseCumulativeTransformOutputParser`.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    diff: bool,
    last: Option<Val>,
    /// Whether the input comes as messages.
    messages: Option<bool>,
}

impl Snapshots {
    /// If `diff`, what changed since the last is given as a list of JSON patch operations.
    pub(super) fn new(diff: bool) -> Self {
        Snapshots { diff, ..Snapshots::default() }
    }

    /// Notes what a piece of input is: text and messages do not add.
    pub(super) fn note(&mut self, parser: &'static str, piece: &ModelOutput) -> Result<()> {
        let is_message = match piece {
            ModelOutput::Text(_) => false,
            ModelOutput::Message(_) => true,
            ModelOutput::Other(_) => return Ok(()),
        };
        let before = *self.messages.get_or_insert(is_message);
        if before == is_message {
            return Ok(());
        }
        let class = |is_message| match is_message {
            true => "<class 'langchain_core.outputs.chat_generation.ChatGenerationChunk'>",
            false => "<class 'langchain_core.outputs.generation.GenerationChunk'>",
        };
        let message =
            format!("unsupported operand type(s) for +: '{}' and '{}'", class(before), class(is_message));
        Err(ParseError::raised(parser, "TypeError", message).into())
    }

    /// Whether the last value is given again with every piece: in Python, what is no number differs from itself.
    pub(super) fn repeats(&self) -> bool {
        matches!(self.last, Some(Val::Number(Number::Float(float))) if float.is_nan())
    }

    /// What is given for the input so far, which was parsed to this: nothing if it is null or like the last.
    pub(super) fn next(&mut self, parsed: Option<Val>) -> Option<Val> {
        let next = parsed.filter(|parsed| *parsed != Val::Null)?;
        if self.last.as_ref().is_some_and(|last| differs_not(last, &next)) {
            return None;
        }
        let piece = if self.diff { make_patch(self.last.as_ref(), &next) } else { next.clone() };
        self.last = Some(next);
        Some(piece)
    }
}

/// Whether Python's `==` holds. No number equals itself only inside a list or an object, where identity comes first.
fn differs_not(last: &Val, next: &Val) -> bool {
    match (last, next) {
        (Val::Number(Number::Float(a)), Val::Number(Number::Float(b))) => a == b,
        _ => super::equal::equal(last, next),
    }
}

/// Any kind that JSON has.
pub(super) fn json_kind() -> Kind {
    [Kind::NULL, Kind::BOOL, Kind::NUMBER, Kind::TEXT, Kind::LIST].into_iter().fold(Kind::DICT, Kind::or)
}

/// A parser's node: it takes what models give.
pub(super) fn node(name: &'static str, gives: Kind, input: &Shape) -> crate::Node {
    crate::Node::leaf_of(name, ModelOutput::kind(), gives, input)
}
