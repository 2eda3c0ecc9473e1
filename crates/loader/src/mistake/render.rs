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
    parts.collect::<Vec<_>>().join("\n")
}

fn render_one(report: &Report, mistake: &Mistake, colours: bool) -> String {
    let Paint { severity, bold, blue, off } = Paint::new(colours, mistake.severity);
    let word = match mistake.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let Mistake { file, line, column, message, remedy, .. } = mistake;
    let gutter = " ".repeat(line.to_string().len());
    let (excerpt, underline) = excerpt(report, mistake);
    let mut text = String::new();
    let _ = writeln!(text, "{severity}{word}{off}{bold}: {message}{off}");
    let _ = writeln!(text, "{gutter}{blue}-->{off} {file}:{line}:{column}");
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
    let chars = hidden(line, start, &report.secrets);
    let from = mistake.column - 1;
    let end = mistake.span.end.clamp(start, start + line.len());
    let length = source.position(end).column.saturating_sub(mistake.column).max(1);
    let skip = if from < WIDTH * 3 / 4 { 0 } else { from - WIDTH / 2 };
    let shown: String = chars.iter().skip(skip).take(WIDTH).collect();
    let lead = if skip > 0 { "…" } else { "" };
    let tail = if chars.len() > skip + WIDTH { "…" } else { "" };
    let indent = " ".repeat(from - skip + lead.chars().count());
    let carets = "^".repeat(length.min(WIDTH.saturating_sub(from - skip)).max(1));
    (format!("{lead}{shown}{tail}"), format!("{indent}{carets}"))
}

/// The characters of a line, with `*` where a secret stands, and a space for each tab.
fn hidden(line: &str, start: usize, secrets: &[Span]) -> Vec<char> {
    let looks = looks_secret(line);
    let is_secret = |at: usize| {
        let byte = start + at;
        looks.iter().any(|span| span.start <= at && at < span.end)
            || secrets.iter().any(|span| span.start <= byte && byte < span.end)
    };
    let shown = line.char_indices().map(|(at, char)| match char {
        _ if is_secret(at) => '*',
        char if char.is_control() => ' ',
        char => char,
    });
    shown.collect()
}

/// What stands after a key that is named like one for secrets, whether it is in the right place or not.
fn looks_secret(line: &str) -> Vec<Span> {
    let lower = line.to_ascii_lowercase();
    let words = ["key", "token", "secret", "password"];
    let ends = words.iter().flat_map(|word| lower.match_indices(word).map(|(at, word)| at + word.len()));
    ends.filter_map(|end| {
        let value = line[end..].trim_start_matches(['"', '\'', ' ']).strip_prefix(':')?.trim_start();
        let start = line.len() - value.len();
        let length = value.find([',', '}', ' ', ']']).unwrap_or(value.len());
        (!value.starts_with("${") && !value.starts_with("\"${")).then(|| Span::new(start, start + length))
    })
    .collect()
}
