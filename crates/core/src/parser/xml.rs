//! `XMLOutputParser`: XML from the model's text as nested objects, whole or leaf by leaf.

mod doctype;
mod names;
mod reader;
mod tree;

use super::{
    ModelOutput,
    pieces::{Reader, node, read_all},
};
use crate::{
    Buffer, Cx, Dict, Error, Fut, Kind, Merge, Node, Out, ParseError, Result, RunInfo, Runnable, Shape, Val,
};
use reader::{Event, Problem, XmlReader};
use std::{collections::VecDeque, sync::Arc};

/// A step that reads the model's text as XML.
///
/// An element with children is `{"tag": [{"child": ..}, ..]}`, one without is `{"tag": "text"}` (null if it is empty);
/// attributes, comments, and text beside children are left out, and text before them stands in their place. A markdown fence
/// is stripped. Entities are refused, as `defusedxml` does. Nesting deeper than 128 is refused as Python refuses deeper one.
///
/// Streamed, it gives one object for each leaf as soon as that is closed, with the elements around it; what stands before the
/// first element and behind the last is ignored. The objects' lists join ([`Merge::ByKey`]). Malformed XML is Python's error:
/// `OutputParserException` for a whole text, `ParseError` in a stream.
///
/// The reader is our own: none that we know says what expat says, where expat says it, or reads elements while
/// they are coming.
///
/// ```
/// use windlass_core::{IntoChain, ModelOutput, Val, XMLOutputParser};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let parser = XMLOutputParser::new().into_chain();
/// let text = "```xml\n<films><film year=\"1979\"><title>Alien</title></film></films>\n```";
/// let films = parser.invoke(ModelOutput::from(text)).await.unwrap();
/// assert_eq!(films, Val::from(serde_json::json!({"films": [{"film": [{"title": "Alien"}]}]})));
/// # });
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XMLOutputParser {
    tags: Option<Vec<String>>,
}

const NAME: &str = "XMLOutputParser";

impl XMLOutputParser {
    /// A parser of any XML.
    pub fn new() -> Self {
        XMLOutputParser::default()
    }

    /// The tags that the model is told to use; what it uses is not checked.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// What a prompt tells the model about the form of its answer, as in LangChain.
    pub fn format_instructions(&self) -> String {
        let tags = self
            .tags
            .as_ref()
            .map_or(Val::Null, |tags| Val::List(tags.iter().map(|tag| Val::from(tag.as_str())).collect()));
        include_str!("xml/instructions.txt").trim_end().replace("{tags}", &crate::python::str(&tags))
    }
}

impl Runnable for XMLOutputParser {
    type In = ModelOutput;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: ModelOutput, _: Cx) -> Fut<Val> {
        let val = input.into_text(NAME, "Generation").and_then(|text| {
            let xml = tree::find_xml(&text);
            tree::read(xml).map_err(|problem| match problem {
                Problem::Malformed(words) => {
                    let message = format!("Failed to parse XML format from completion {xml}. Got: {words}");
                    ParseError::rejected(NAME, message, Some(xml.into())).into()
                }
                other => raised(other),
            })
        });
        Box::pin(std::future::ready(val))
    }

    fn transform(self: Arc<Self>, pieces: Out<ModelOutput>, cx: Cx) -> Out<Val> {
        let reader = LeafReader {
            xml: None,
            last: None,
            path: Vec::new(),
            has_children: false,
            held: cx.buffer(),
            over: false,
        };
        read_all(reader, pieces)
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::parser(NAME)
    }

    fn describe(&self, input: &Shape) -> Node {
        node(NAME, Kind::DICT, input)
    }

    fn merge(&self) -> Merge {
        Merge::ByKey
    }
}

crate::impl_pipe!(XMLOutputParser);

fn raised(problem: Problem) -> Error {
    let (class, message) = match problem {
        Problem::Malformed(words) => ("ParseError", words),
        Problem::EntitiesForbidden(words) => ("EntitiesForbidden", words),
        Problem::TooDeep => ("RecursionError", "maximum recursion depth exceeded".into()),
        Problem::LargeNames => ("MemoryError", "the names of the elements are too long".into()),
        Problem::Outside => ("ParseError", "syntax error".into()),
    };
    ParseError::raised(NAME, class, message).into()
}

/// Gives each leaf of a stream with the elements around it.
struct LeafReader {
    /// Once the first element began.
    xml: Option<XmlReader>,
    /// The last character before that.
    last: Option<char>,
    path: Vec<String>,
    has_children: bool,
    held: Buffer,
    over: bool,
}

impl LeafReader {
    /// Reads a character; gives what was closed by it.
    fn push(&mut self, char: char, events: &mut Vec<Event>) -> Result<(), Problem> {
        match &mut self.xml {
            Some(xml) => xml.push(char, events),
            None if self.last == Some('<') && (char.is_ascii_alphabetic() || matches!(char, ':' | '_')) => {
                let xml = self.xml.insert(XmlReader::new());
                xml.push('<', events)?;
                xml.push(char, events)
            }
            None => {
                self.last = Some(char);
                Ok(())
            }
        }
    }

    fn tell(&mut self, event: Event, out: &mut VecDeque<Val>) {
        match event {
            Event::Start(tag) => {
                self.path.push(tag);
                self.has_children = false;
            }
            Event::End(text) => {
                let tag = self.path.pop().unwrap_or_default();
                if !self.has_children {
                    let leaf = element(tag, text.map_or(Val::Null, Val::Text));
                    let around = self.path.iter().rev();
                    out.push_back(
                        around.fold(leaf, |inner, tag| element(tag.clone(), Val::List(vec![inner]))),
                    );
                }
                self.has_children = true;
                self.over = self.path.is_empty();
            }
        }
    }
}

fn element(tag: String, inner: Val) -> Val {
    Val::AddDict(Dict::from_iter([(tag, inner)]))
}

impl Reader for LeafReader {
    type Out = Val;

    fn read(&mut self, piece: ModelOutput, out: &mut VecDeque<Val>) -> Result<()> {
        let Some(text) = piece.into_plain_text(NAME)? else { return Ok(()) };
        let mut events = Vec::new();
        self.held.charge(text.len())?;
        for char in text.chars() {
            if self.over {
                return Ok(());
            }
            let read = self.push(char, &mut events);
            events.drain(..).for_each(|event| self.tell(event, out));
            // What is wrong behind the last element, or in the first tag, is ignored.
            match read {
                Err(_) if self.path.is_empty() => self.over = true,
                other => other.map_err(raised)?,
            }
        }
        Ok(())
    }
}
