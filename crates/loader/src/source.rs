//! The text of a chain file, and where in it something stands.

use std::{fmt, sync::Arc};

/// The text of a file with the name people know it by; cheap to clone.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    name: String,
    text: String,
    /// Where each line starts, in bytes.
    lines: Vec<usize>,
}

/// A stretch of a [`Source`], in bytes; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A place as editors show it: both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Source {
    /// A file's name and text. A byte order mark is dropped.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source(Arc::new(Inner { name: name.into(), text, lines }))
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The line and column of a byte.
    ///
    /// ```
    /// let source = windlass_loader::Source::new("ask.yaml", "a: 1\nü: 2\n");
    /// assert_eq!(source.position(9).line, 2);
    /// assert_eq!(source.position(9).column, 4);
    /// ```
    pub fn position(&self, byte: usize) -> Position {
        let byte = floor(self.text(), byte);
        let line = self.0.lines.partition_point(|start| *start <= byte);
        let start = self.line_start(line);
        Position { line, column: self.text()[start..byte].chars().count() + 1 }
    }

    /// Where a line starts, in bytes; lines count from 1.
    pub(crate) fn line_start(&self, line: usize) -> usize {
        self.0.lines.get(line.saturating_sub(1)).copied().unwrap_or(0)
    }

    /// A line without its break.
    pub(crate) fn line(&self, line: usize) -> &str {
        let rest = &self.text()[self.line_start(line)..];
        rest.lines().next().unwrap_or_default()
    }

    /// The text of a stretch.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text().get(span.start..span.end).unwrap_or_default()
    }
}

/// The nearest start of a character at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    let byte = byte.min(text.len());
    (0..=byte).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.0.name).finish()
    }
}

impl Span {
    /// From one byte to another.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end: end.max(start) }
    }

    /// A place between two bytes.
    pub fn at(byte: usize) -> Self {
        Span::new(byte, byte)
    }

    /// Whether the other stretch lies in this one.
    pub(crate) fn contains(&self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}
