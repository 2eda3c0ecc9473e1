//! `JsonOutputParser` as Python has it.

use super::{NAME, markdown::MarkdownJson, no_json};
use crate::{
    Buffer, Cx, Fut, Merge, ModelOutput, Node, Out, Result, RunInfo, Runnable, Shape, Val,
    parser::pieces::{Reader, Snapshots, json_kind, node, read_all},
};
use std::{collections::VecDeque, sync::Arc};

/// [`JsonOutputParser`](crate::JsonOutputParser) as Python has it, for chains that LangChain wrote.
///
/// A stream of text that is no JSON gives nothing and ends well; text that closes a bracket it did not open reads as null;
/// broken JSON is cut back to what fits with the brackets that are open at its end; `1.0` after `1` is no change; a string
/// that ends inside `\uXXXX` disappears until the escape is whole; where a next step needs the whole, the pieces of the
/// output add up as Python's do, and for clients each replaces the one before. Nesting deeper than 128 and integers of
/// more than 4,300 digits are no JSON.
///
/// Half a surrogate pair, which Python shows, is U+FFFD. The text is read once however many pieces it comes in; each value
/// given costs its size, and a value that is given as a difference costs as much as comparing it with the last.
///
/// ```
/// use windlass_core::{IntoChain, JsonOutputParser, ModelOutput, Val};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let parser = JsonOutputParser::langchain().into_chain();
/// let val = parser.invoke(ModelOutput::from(r#"{"a": [1, 2}, ignored"#)).await.unwrap();
/// assert_eq!(val, Val::Null);
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LangChainJsonOutputParser {
    diff: bool,
}

impl LangChainJsonOutputParser {
    /// Whether a stream gives what changed, as lists of JSON patch operations (RFC 6902), in place of the value so far.
    /// Default: no.
    #[must_use]
    pub fn diff(mut self, diff: bool) -> Self {
        self.diff = diff;
        self
    }
}

impl Runnable for LangChainJsonOutputParser {
    type In = ModelOutput;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: ModelOutput, _: Cx) -> Fut<Val> {
        let val = input.into_text(NAME, "Generation").and_then(|text| {
            let mut json = MarkdownJson::new();
            json.push(&text);
            json.value().ok_or_else(|| no_json(text.trim().to_owned()))
        });
        Box::pin(std::future::ready(val))
    }

    fn transform(self: Arc<Self>, pieces: Out<ModelOutput>, cx: Cx) -> Out<Val> {
        let snapshots = Snapshots::new(self.diff);
        read_all(JsonReader { json: MarkdownJson::new(), snapshots, held: cx.buffer() }, pieces)
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::parser(NAME)
    }

    fn describe(&self, input: &Shape) -> Node {
        node(NAME, json_kind(), input)
    }

    fn merge(&self) -> Merge {
        if self.diff { Merge::Append } else { Merge::Replace }
    }

    fn gather_as(&self) -> Merge {
        Merge::Append
    }
}

crate::impl_pipe!(LangChainJsonOutputParser);

struct JsonReader {
    json: MarkdownJson,
    snapshots: Snapshots,
    held: Buffer,
}

impl Reader for JsonReader {
    type Out = Val;

    fn read(&mut self, piece: ModelOutput, out: &mut VecDeque<Val>) -> Result<()> {
        self.snapshots.note(NAME, &piece)?;
        let text = piece.into_text(NAME, "GenerationChunk")?;
        let made = self.json.made();
        self.json.push(&text);
        let made = self.json.made().saturating_sub(made);
        // The text is held once bare and once in a fence; the value is held once more as the last that was given.
        self.held.charge(3 * text.len() + 2 * made * size_of::<Val>())?;
        if self.json.take_changed() || self.snapshots.repeats() {
            out.extend(self.snapshots.next(self.json.value()));
        }
        Ok(())
    }
}
