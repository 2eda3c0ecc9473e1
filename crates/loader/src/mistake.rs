//! What is wrong in a chain file, where, and what to write instead.

mod render;

use crate::{Source, Span, document::Item};
use std::fmt;

/// How bad a [`Mistake`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot be served.
    Error,
    /// The file can be served, but not all of it has a use.
    Warning,
}

/// One thing that is wrong in a chain file.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Mistake {
    /// Whether it stops the file from being served.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The stretch of the file that it is about, in bytes.
    pub span: Span,
    /// The keys and indexes that lead there: `chains.ask.model`, in LangChain's JSON `$.kwargs.first`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write or do instead.
    pub remedy: String,
}

/// Everything that is wrong in a chain file, in the order of its lines; prints with the lines it is about.
#[derive(Clone)]
pub struct Report {
    source: Source,
    mistakes: Vec<Mistake>,
    omitted: usize,
    secrets: Vec<Span>,
}

impl Report {
    /// What is wrong, in the order of the file.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// How many more there are; a report lists 100.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// The file it is about.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The report for people, in colours if the terminal shows them. Secrets in the lines it quotes are hidden.
    pub fn render(&self, colours: bool) -> String {
        render::render(self, colours)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.mistakes).finish()
    }
}

impl std::error::Error for Report {}

/// How many mistakes a report lists, and how long each message can be, in bytes.
const LIMIT: usize = 100;
const MESSAGE_LIMIT: usize = 600;

/// What is found while a file is read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Mistakes {
    found: Vec<Found>,
    omitted: usize,
    secrets: Vec<Span>,
}

#[derive(Debug, PartialEq)]
struct Found {
    severity: Severity,
    span: Span,
    message: String,
    remedy: String,
}

impl Mistakes {
    /// Notes an error.
    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>, remedy: impl Into<String>) {
        self.note(Severity::Error, span, message.into(), remedy.into());
    }

    /// Notes a warning.
    pub(crate) fn warning(&mut self, span: Span, message: impl Into<String>, remedy: impl Into<String>) {
        self.note(Severity::Warning, span, message.into(), remedy.into());
    }

    fn note(&mut self, severity: Severity, span: Span, message: String, remedy: String) {
        let found = Found { severity, span, message: cut(message), remedy: cut(remedy) };
        if self.found.len() >= LIMIT {
            self.omitted += 1;
        } else if !self.found.contains(&found) {
            self.found.push(found);
        }
    }

    /// Whether something is noted of just this stretch.
    pub(crate) fn any_at(&self, span: Span) -> bool {
        self.found.iter().any(|found| found.span == span)
    }

    /// Hides a stretch of the file in reports.
    pub(crate) fn hide(&mut self, span: Span) {
        self.secrets.push(span);
    }

    /// How many of them stop the file from being served; who sees the same number later knows that none was found between.
    pub(crate) fn errors(&self) -> usize {
        self.found.iter().filter(|found| found.severity == Severity::Error).count() + self.omitted
    }

    /// Whether any of them stops the file from being served.
    pub(crate) fn any_error(&self) -> bool {
        self.found.iter().any(|found| found.severity == Severity::Error)
    }

    /// The report: the errors, or the warnings if there are none.
    pub(crate) fn report(self, source: &Source, root: Option<&Item>) -> Report {
        self.report_at(source, |span| root.map(|root| root.path_to(span)).unwrap_or_default())
    }

    /// The same with the paths that `path` gives.
    pub(crate) fn report_at(self, source: &Source, path: impl Fn(Span) -> String) -> Report {
        let severity = if self.any_error() { Severity::Error } else { Severity::Warning };
        let mut found = self.found;
        found.retain(|found| found.severity == severity);
        found.sort_by_key(|found| found.span);
        let mistakes = found.into_iter().map(|found| found.placed(source, &path)).collect();
        Report { source: source.clone(), mistakes, omitted: self.omitted, secrets: self.secrets }
    }
}

/// A message that repeats what somebody wrote must not repeat a megabyte.
fn cut(mut message: String) -> String {
    if message.len() > MESSAGE_LIMIT {
        let end = (0..=MESSAGE_LIMIT).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
    message
}

impl Found {
    fn placed(self, source: &Source, path: impl Fn(Span) -> String) -> Mistake {
        let position = source.position(self.span.start);
        Mistake {
            severity: self.severity,
            file: source.name().into(),
            line: position.line,
            column: position.column,
            span: self.span,
            path: path(self.span),
            message: self.message,
            remedy: self.remedy,
        }
    }
}
