//! YAML events to a tree; what a chain file may not hold is refused on the way, with limits on size, depth and aliases.

use super::{Content, Entry, Item, Style, scalar};
use crate::{Source, Span, mistake::Mistakes, suggest::shorten};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};
use std::collections::{HashMap, HashSet};

/// The longest file, in bytes.
const FILE_LIMIT: usize = 1 << 20;
/// How deep values may be nested.
const DEPTH_LIMIT: usize = 64;
/// How many values a file may have, those that aliases repeat included.
const NODE_LIMIT: usize = 20_000;
/// How many bytes of text a file may have, those that aliases repeat included.
const TEXT_LIMIT: usize = 4 << 20;

/// Reads a file: its tree, unless the YAML itself is broken, and what is wrong with it.
pub(crate) fn read(source: &Source) -> (Option<Item>, Mistakes) {
    let mut reader = Reader::new(source);
    let root = reader.run().ok();
    (root, reader.mistakes)
}

/// Reading cannot go on; the mistake is noted.
struct Stop;

struct Reader<'s> {
    source: &'s Source,
    /// Where each character starts, in bytes; empty if all are one byte long.
    bytes: Vec<usize>,
    open: Vec<Open>,
    root: Option<Item>,
    anchors: HashMap<usize, (Item, Size)>,
    used: Size,
    mistakes: Mistakes,
}

/// A list or mapping whose end has not come yet.
struct Open {
    start: usize,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Item>),
    Map { entries: Vec<Entry>, known: HashSet<String>, key: Option<Key> },
}

/// A key that waits for its value.
struct Key {
    text: String,
    span: Span,
    /// Whether the entry is left out, because the key was refused.
    refused: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    depth: usize,
}

impl<'s> Reader<'s> {
    fn new(source: &'s Source) -> Self {
        let text = source.text();
        let bytes = if text.is_ascii() || text.len() > FILE_LIMIT {
            Vec::new()
        } else {
            text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect()
        };
        Reader {
            source,
            bytes,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            used: Size::default(),
            mistakes: Mistakes::default(),
        }
    }

    fn run(&mut self) -> Result<Item, Stop> {
        let text = self.source.text();
        if text.len() > FILE_LIMIT {
            return self.stop(Span::at(0), "the file is longer than 1 MiB", "split it into several files");
        }
        if let Some(at) = text.find('\0') {
            let remedy = "save the file as UTF-8 text";
            return self.stop(Span::new(at, at + 1), "there is a NUL character in the file", remedy);
        }
        for event in Parser::new_from_str(text) {
            match event {
                Ok((event, span)) => self.take(event, self.span(span))?,
                Err(error) => return self.syntax(&error),
            }
        }
        match self.root.take() {
            Some(root) => Ok(root),
            None => self.stop(Span::at(0), "the file is empty", "begin with `chains:`"),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let tag = match &event {
            Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => tag,
            _ => &None,
        };
        if let Some(tag) = tag {
            let message = format!("the tag `{}` has no meaning here", shorten(&tag.to_string()));
            let line_end = Span::new(span.start, span.start + tag_length(self.source.slice(span)));
            self.mistakes.error(line_end, message, "leave it out; put quotes around what is meant as text");
        }
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let remedy = "give each document a file of its own";
                self.stop(span, "a second document begins here", remedy)
            }
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor, span),
            Event::SequenceStart(anchor, _) => self.begin(Inside::List(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => {
                let inside = Inside::Map { entries: Vec::new(), known: HashSet::new(), key: None };
                self.begin(inside, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Span) -> Result<(), Stop> {
        let span = self.own(span, anchor, style);
        self.charge(Size { nodes: 1, bytes: text.len(), depth: 0 }, span)?;
        if self.wants_key() {
            return self.key(text, style, span);
        }
        let content = match style {
            ScalarStyle::Plain => scalar::resolve(text),
            ScalarStyle::SingleQuoted => Content::Text(text.into(), Style::Single),
            ScalarStyle::DoubleQuoted => Content::Text(text.into(), Style::Double),
            ScalarStyle::Literal | ScalarStyle::Folded => Content::Text(text.into(), Style::Bare),
        };
        self.put(Item { span, content }, anchor)
    }

    fn key(&mut self, text: &str, style: ScalarStyle, span: Span) -> Result<(), Stop> {
        let plain = style == ScalarStyle::Plain;
        if plain && text.is_empty() {
            return self.stop(span, "a key is missing before the `:`", "write the key, or remove the line");
        }
        let Some(Open { inside: Inside::Map { known, key, .. }, .. }) = self.open.last_mut() else {
            return Ok(());
        };
        let merge = plain && text == "<<";
        let repeated = !merge && !known.insert(text.into());
        *key = Some(Key { text: text.into(), span, refused: merge || repeated });
        if merge {
            let remedy = "write the keys out; a model that is used twice can be named once under `models:`";
            self.mistakes.error(span, "merge keys (`<<`) are not supported", remedy);
        } else if repeated {
            let message = format!("the key `{}` is here twice", shorten(text));
            self.mistakes.error(span, message, "remove one of the two, or give it another name");
        }
        Ok(())
    }

    fn begin(&mut self, inside: Inside, anchor: usize, span: Span) -> Result<(), Stop> {
        if self.wants_key() {
            return self.stop(
                span,
                "a key must be text",
                "put quotes around text that begins with `{` or `[`",
            );
        }
        let start = self.own(span, anchor, ScalarStyle::Plain).start;
        self.charge(Size { nodes: 1, bytes: 0, depth: 1 }, span)?;
        self.open.push(Open { start, anchor, inside });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Stop> {
        let Some(Open { start, anchor, inside }) = self.open.pop() else { return Ok(()) };
        let (content, last) = match inside {
            Inside::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (Content::List(items), last)
            }
            Inside::Map { entries, .. } => {
                let last = entries.last().map(|entry| entry.value.span.end);
                (Content::Map(entries), last)
            }
        };
        let closed = self.source.slice(span).starts_with([']', '}']);
        let end = if closed { span.start + 1 } else { last.unwrap_or(start) };
        self.put(Item { span: Span::new(start, end), content }, anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        if self.wants_key() {
            return self.stop(span, "an alias cannot be a key", "write the key out");
        }
        match self.anchors.get(&anchor).cloned() {
            Some((item, size)) => {
                self.charge(size, span)?;
                self.put(item, 0)
            }
            None => self.stop(span, "an alias stands inside what it repeats", "write the value out"),
        }
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, item: Item, anchor: usize) -> Result<(), Stop> {
        if anchor > 0 {
            let size = measure(&item);
            self.charge(Size { depth: 0, ..size }, item.span)?;
            self.anchors.insert(anchor, (item.clone(), size));
        }
        match self.open.last_mut() {
            None => self.root = Some(item),
            Some(Open { inside: Inside::List(items), .. }) => items.push(item),
            Some(Open { inside: Inside::Map { entries, key, .. }, .. }) => match key.take() {
                Some(key) if !key.refused => {
                    entries.push(Entry { key: key.text, span: key.span, value: item });
                }
                _ => {}
            },
        }
        Ok(())
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { inside: Inside::Map { key: None, .. }, .. }))
    }

    fn charge(&mut self, size: Size, span: Span) -> Result<(), Stop> {
        self.used.nodes += size.nodes;
        self.used.bytes += size.bytes;
        if self.open.len() + size.depth > DEPTH_LIMIT {
            let message = format!("values are nested more than {DEPTH_LIMIT} deep");
            return self.stop(span, message, "flatten the file");
        }
        if self.used.nodes > NODE_LIMIT || self.used.bytes > TEXT_LIMIT {
            let message = format!("the file has more than {NODE_LIMIT} values, counting what aliases repeat");
            return self.stop(span, message, "split it into several files, and use fewer aliases");
        }
        Ok(())
    }

    fn stop<T>(&mut self, span: Span, message: impl Into<String>, remedy: &str) -> Result<T, Stop> {
        self.mistakes.error(span, message, remedy);
        Err(Stop)
    }

    fn syntax<T>(&mut self, error: &ScanError) -> Result<T, Stop> {
        let at = self.byte(error.marker().index());
        let (message, remedy) = explain(error.info());
        self.stop(Span::new(at, at + 1), message, remedy)
    }

    fn byte(&self, char: usize) -> usize {
        let end = self.source.text().len();
        if self.bytes.is_empty() { char.min(end) } else { self.bytes.get(char).copied().unwrap_or(end) }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        Span::new(self.byte(span.start.index()), self.byte(span.end.index()))
    }

    /// Where a value itself stands: without its anchor, and without the white space around it.
    fn own(&self, span: Span, anchor: usize, style: ScalarStyle) -> Span {
        let mut text = self.source.slice(span);
        if anchor > 0 && text.starts_with('&') {
            text = text.trim_start_matches(|char: char| !char.is_whitespace()).trim_start();
            if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                text = text.split_once('\n').map_or("", |(_, block)| block);
            }
        }
        let start = span.end - text.len() + (text.len() - text.trim_start().len());
        Span::new(start.min(span.end), start + text.trim().len())
    }
}

fn measure(item: &Item) -> Size {
    let mut size = Size { nodes: 1, bytes: item.as_text().map_or(0, str::len), depth: 0 };
    let keys = item.entries().iter().map(|entry| (&entry.value, 1, entry.key.len()));
    for (item, nodes, bytes) in keys.chain(item.items().iter().map(|item| (item, 0, 0))) {
        let inner = measure(item);
        size.nodes += inner.nodes + nodes;
        size.bytes += inner.bytes + bytes;
        size.depth = size.depth.max(inner.depth + 1);
    }
    size
}

fn tag_length(text: &str) -> usize {
    text.find(char::is_whitespace).unwrap_or(text.len())
}

/// The parser's complaint in words for people who do not know YAML's grammar, and what to do.
fn explain(info: &str) -> (String, &'static str) {
    let known = [
        ("tab", "a tab where YAML wants spaces", "indent with spaces"),
        (
            "mapping values are not allowed",
            "a `:` where no key can be",
            "put quotes around text that holds `: `, and keep keys of one mapping in one column",
        ),
        (
            "did not find expected key",
            "this belongs to no mapping",
            "keep keys of one mapping in one column, and put quotes around text that begins with `{`, `[` or a quote",
        ),
        ("quoted scalar, found unexpected end", "the quote that begins here is never closed", "close it"),
        (
            "expected ',' or ']'",
            "the list is not closed",
            "put `]` behind its last item, and `,` between items",
        ),
        (
            "expected ',' or '}'",
            "the mapping is not closed",
            "put `}` behind its last value, and `,` between",
        ),
        (
            "unknown anchor",
            "there is no anchor of this name before",
            "define it with `&name`, or quote the text",
        ),
        ("unexpected character", "text cannot begin with this character", "put quotes around the text"),
    ];
    match known.into_iter().find(|(part, ..)| info.contains(part)) {
        Some((_, message, remedy)) => (message.into(), remedy),
        None => {
            (format!("this is not YAML: {info}"), "check the indentation, and put quotes around special text")
        }
    }
}
