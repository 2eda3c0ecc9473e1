//! A report for people: each mistake with its line, underlined.

use super::{Mistake, Report, Severity};
use crate::Span;
use std::fmt::Write;

/// How wide an excerpt is, in characters.
const WIDTH: usize = 100;

/// ANSI codes, or nothing.
struct Paint {
    severity: &'static str,
    bold: &'static str,
    blue: &'static str,
    off: &'static str,
}

impl Paint {
    fn new(colours: bool, severity: Severity) -> Self {
        if !colours {
            return Paint { severity: "", bold: "", blue: "", off: "" };
        }
        let severity = match severity {
            Severity::Error => "\u{1b}[1;31m",
            Severity::Warning => "\u{1b}[1;33m",
        };
        Paint { severity, bold: "\u{1b}[1m", blue: "\u{1b}[1;34m", off: "\u{1b}[0m" }
    }
}

pub(super) fn render(report: &Report, colours: bool) -> String {
    let parts = report.mistakes.iter().map(|mistake| render_one(report, mistake, colours));
    let mut text = parts.collect::<Vec<_>>().join("\n");
    if report.omitted > 0 {
        let _ = writeln!(text, "\nand {} more", report.omitted);
    }
    text
}

fn render_one(report: &Report, mistake: &Mistake, colours: bool) -> String {
    let Paint { severity, bold, blue, off } = Paint::new(colours, mistake.severity);
    let word = match mistake.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let Mistake { file, line, column, message, remedy, path, .. } = mistake;
    // Many JSON files are one line, where the path says more than the column.
    let path = if path.starts_with('$') { format!(" at {path}") } else { String::new() };
    let gutter = " ".repeat(line.to_string().len());
    let (excerpt, underline) = excerpt(report, mistake);
    let mut text = String::new();
    let _ = writeln!(text, "{severity}{word}{off}{bold}: {message}{off}");
    let _ = writeln!(text, "{gutter}{blue}-->{off} {file}:{line}:{column}{path}");
    let _ = writeln!(text, "{gutter} {blue}|{off}");
    let _ = writeln!(text, "{blue}{line} |{off} {excerpt}");
    let _ = writeln!(text, "{gutter} {blue}|{off} {severity}{underline}{off}");
    if !remedy.is_empty() {
        let _ = writeln!(text, "{gutter} {blue}={off} {bold}help{off}: {remedy}");
    }
    text
}

/// The line of a mistake, with secrets hidden and cut to size, and what underlines it.
fn excerpt(report: &Report, mistake: &Mistake) -> (String, String) {
    let source = &report.source;
    let start = source.line_start(mistake.line);
    let line = source.line(mistake.line);
    let from = mistake.column - 1;
    let end = mistake.span.end.clamp(start, start + line.len());
    let length = source.position(end).column.saturating_sub(mistake.column).max(1);
    let skip = if from < WIDTH * 3 / 4 { 0 } else { from - WIDTH / 2 };
    let shown = window(line, start, skip, &report.secrets);
    let lead = if skip > 0 { "…" } else { "" };
    let tail = if line.chars().nth(skip + WIDTH).is_some() { "…" } else { "" };
    let indent = " ".repeat(from - skip + lead.chars().count());
    let carets = "^".repeat(length.min(WIDTH.saturating_sub(from - skip)).max(1));
    (format!("{lead}{shown}{tail}"), format!("{indent}{carets}"))
}

/// A part of a line that starts at `start`: `*` where a secret stands, and a space for each control character.
fn window(line: &str, start: usize, skip: usize, secrets: &[Span]) -> String {
    let named = named_secret(line);
    let is_secret = |at: usize| {
        let within = |span: &Span, byte: usize| span.start <= byte && byte < span.end;
        named.iter().any(|span| within(span, at)) || secrets.iter().any(|span| within(span, start + at))
    };
    let shown = line.char_indices().skip(skip).take(WIDTH).map(|(at, char)| match char {
        _ if is_secret(at) => '*',
        char if char.is_control() => ' ',
        char => char,
    });
    shown.collect()
}

/// What stands after a key that is named like one for secrets, in the right place or not.
fn named_secret(line: &str) -> Vec<Span> {
    let lower = line.to_ascii_lowercase();
    let words = ["key", "token", "secret", "password"];
    let ends = words.iter().flat_map(|word| lower.match_indices(word).map(|(at, word)| at + word.len()));
    let values = ends.filter_map(|end| {
        let value = line[end..].trim_start_matches(['"', '\'', ' ']).strip_prefix(':')?.trim_start();
        let bare = value.trim_start_matches(['"', '\'']);
        let quote = value.chars().next().filter(|_| bare.len() < value.len());
        let length = match quote {
            Some(quote) => value[1..].find(quote).map(|at| at + 2),
            None => value.find([',', '}', ' ', ']']),
        };
        let start = line.len() - value.len();
        (!bare.starts_with("${")).then(|| Span::new(start, start + length.unwrap_or(value.len())))
    });
    values.collect()
}
