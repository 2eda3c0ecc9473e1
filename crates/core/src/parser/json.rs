//! `JsonOutputParser`: JSON from the model's text, whole, or as the value grown so far.

mod find;
mod langchain;
mod loads;
mod markdown;
mod python;
mod scan;

pub use langchain::LangChainJsonOutputParser;
pub(super) use {loads::loads, python::PartialJson};

use super::pieces::json_kind;
use crate::{
    AiMessage, Buffer, Chunk, Cx, Error, Fut, Merge, Node, Out, ParseError, Result, RunInfo, Runnable, Shape,
    Typed, Val,
};
use find::JsonText;
use futures_util::{StreamExt, stream};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, marker::PhantomData, sync::Arc};

/// A step that reads the model's text as JSON.
///
/// Models do not write JSON as a program does, so more is read than the standard allows: JSON that ends too soon is
/// completed (what is half, as `tru` or a key without a value, is left out), strings may hold raw line breaks and tabs, a
/// markdown fence (the first one) and single back-ticks are stripped with the text around them, and what follows a whole
/// value is ignored. Everything else that is no JSON is a [`ParseError`] with the text: prose, single quotes, a trailing
/// comma, nesting deeper than 128.
///
/// Integers are exact up to 4,300 digits. `NaN`, `Infinity` and numbers beyond any float, which Python reads, are null where
/// JSON is written. Half a surrogate pair is U+FFFD.
///
/// Streamed, it gives the whole value so far each time it differs from the last one ([`Merge::Replace`]), never null; a
/// stream without any JSON ends with the error, so that a client can tell. The text is read once however many pieces it
/// comes in; each value given is a copy, at the cost of its size.
///
/// ```
/// use windlass_core::{AiMessage, IntoChain, JsonOutputParser, Val};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let parser = JsonOutputParser.into_chain();
/// let text = "Here it is:\n```json\n{\"name\": \"Ada\", \"tags\": [\"a\", \"b";
/// let val = parser.invoke(AiMessage::text(text)).await.unwrap();
/// assert_eq!(val, Val::from(serde_json::json!({"name": "Ada", "tags": ["a", "b"]})));
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonOutputParser;

impl JsonOutputParser {
    /// The parser as Python has it, for chains that LangChain wrote; see [`LangChainJsonOutputParser`].
    pub fn langchain() -> LangChainJsonOutputParser {
        LangChainJsonOutputParser::default()
    }

    /// A parser whose output is a serde type; streamed, it gives one piece, because half a value is no `T`.
    ///
    /// ```
    /// use windlass_core::{AiMessage, IntoChain, JsonOutputParser, Typed};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    ///
    /// #[derive(Clone, serde::Serialize, serde::Deserialize)]
    /// struct Person { name: String }
    ///
    /// let parser = JsonOutputParser::typed::<Person>().into_chain();
    /// let Typed(person) = parser.invoke(AiMessage::text(r#"{"name": "Ada"}"#)).await.unwrap();
    /// assert_eq!(person.name, "Ada");
    /// # });
    /// ```
    pub fn typed<T>() -> TypedJsonOutputParser<T> {
        TypedJsonOutputParser(PhantomData)
    }
}

/// [`JsonOutputParser`] for a serde type; see [`JsonOutputParser::typed`].
pub struct TypedJsonOutputParser<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for TypedJsonOutputParser<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

const NAME: &str = "JsonOutputParser";

impl Runnable for JsonOutputParser {
    type In = AiMessage;
    type Out = Val;

    fn invoke(self: Arc<Self>, message: AiMessage, cx: Cx) -> Fut<Val> {
        Box::pin(std::future::ready(Reader::new(&cx).read_whole(&message)))
    }

    fn transform(self: Arc<Self>, pieces: Out<AiMessage>, cx: Cx) -> Out<Val> {
        Reader::new(&cx).read_pieces(pieces)
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::parser(NAME)
    }

    fn describe(&self, input: &Shape) -> Node {
        describe(input)
    }

    fn merge(&self) -> Merge {
        Merge::Replace
    }
}

impl<T: Serialize + DeserializeOwned + Clone + Send + 'static> Runnable for TypedJsonOutputParser<T> {
    type In = AiMessage;
    type Out = Typed<T>;

    fn invoke(self: Arc<Self>, message: AiMessage, cx: Cx) -> Fut<Typed<T>> {
        let val = Reader::new(&cx).read_whole(&message);
        let typed = val.and_then(|val| {
            serde_json::from_value(val.into()).map(Typed).map_err(|error| unfit::<T>(&error, &message))
        });
        Box::pin(std::future::ready(typed))
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::parser(NAME)
    }

    fn describe(&self, input: &Shape) -> Node {
        describe(input)
    }
}

crate::impl_pipe!(JsonOutputParser);
crate::impl_pipe!([T: Serialize + DeserializeOwned + Clone + Send + 'static] TypedJsonOutputParser<T>);

fn describe(input: &Shape) -> Node {
    Node::leaf_of(NAME, AiMessage::kind(), json_kind(), input)
}

fn short_name<T>() -> &'static str {
    crate::runnable::short_type_name::<T>()
}

/// JSON that is not what was asked for, in our own words.
fn unfit<T>(error: &serde_json::Error, message: &AiMessage) -> Error {
    let words = format!("The JSON is no {}: {error}", short_name::<T>());
    let llm_output = Some(message.content.to_text().trim().to_owned());
    ParseError { llm_output, ..ParseError::raised(NAME, ParseError::EXCEPTION, words) }.into()
}

fn no_json(text: String) -> Error {
    let message = format!("Invalid json output: {text}");
    ParseError::rejected(NAME, message, Some(text)).into()
}

/// The reading of one message, whole or in pieces.
struct Reader {
    json: JsonText,
    held: Buffer,
    over: bool,
}

impl Reader {
    fn new(cx: &Cx) -> Self {
        Reader { json: JsonText::new(), held: cx.buffer(), over: false }
    }

    fn read_whole(mut self, message: &AiMessage) -> Result<Val> {
        self.push(message)?;
        self.json.finish().map_err(no_json)
    }

    fn read_pieces(self, pieces: Out<AiMessage>) -> Out<Val> {
        stream::unfold((self, pieces), async |(mut reader, mut pieces)| {
            let item = reader.next(&mut pieces).await?;
            Some((item, (reader, pieces)))
        })
        .boxed()
    }

    async fn next(&mut self, pieces: &mut Out<AiMessage>) -> Option<Result<Val>> {
        while !self.over {
            let step = match pieces.next().await {
                Some(piece) => piece.and_then(|piece| self.grow(&piece)).transpose(),
                None => {
                    self.over = true;
                    self.json.check().map_err(no_json).err().map(Err)
                }
            };
            self.over |= matches!(step, Some(Err(_)));
            if step.is_some() {
                return step;
            }
        }
        None
    }

    fn grow(&mut self, piece: &AiMessage) -> Result<Option<Val>> {
        self.push(piece)?;
        Ok(self.json.next_value())
    }

    /// Reads a piece; the text and the values made of it are held until the end.
    fn push(&mut self, piece: &AiMessage) -> Result<()> {
        let text = piece.content.to_text();
        let made = self.json.made();
        self.json.push(&text);
        let made = self.json.made().saturating_sub(made);
        self.held.charge(2 * text.len() + made * size_of::<Val>())
    }
}
