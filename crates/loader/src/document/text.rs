//! Finds a character of a text in the file it was written in.

use super::Style;
use crate::{Source, Span};

/// The place in the file of a stretch of a text: `text[start..end]`, which was written in `style` at `span`.
///
/// White space is where writing and text differ (indentation, folded lines), so what is counted is everything else.
pub(crate) fn place(
    source: &Source,
    span: Span,
    (text, style): (&str, Style),
    (start, end): (usize, usize),
) -> Span {
    let visible =
        |until: usize| text.get(..until).unwrap_or(text).chars().filter(|char| !is_space(*char)).count();
    let (first, after) = (visible(start), visible(end).max(visible(start) + 1));
    let written = written(source.slice(span), style);
    let mut visible = written.filter(|(char, ..)| char.is_some_and(|char| !is_space(char)));
    match visible.nth(first) {
        None => Span::at(span.end),
        Some((_, start, end)) => {
            let last = (after - first).checked_sub(2).and_then(|skip| visible.nth(skip));
            Span::new(span.start + start, span.start + last.map_or(end, |(.., end)| end))
        }
    }
}

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}

/// The characters as they stand in the file: what each means, where it starts and where it ends.
fn written(raw: &str, style: Style) -> impl Iterator<Item = (Option<char>, usize, usize)> {
    let quotes = usize::from(style != Style::Bare);
    let mut at = quotes;
    let end = raw.len().saturating_sub(quotes);
    std::iter::from_fn(move || {
        let rest = raw.get(at..end).filter(|rest| !rest.is_empty())?;
        let (char, length) = match style {
            Style::Single if rest.starts_with("''") => (Some('\''), 2),
            Style::Double if rest.starts_with('\\') => escape(rest),
            _ => (rest.chars().next(), rest.chars().next().map_or(1, char::len_utf8)),
        };
        at += length;
        Some((char, at - length, at))
    })
}

/// An escape in double quotes: what it means, and its length.
fn escape(rest: &str) -> (Option<char>, usize) {
    let Some(letter) = rest[1..].chars().next() else { return (None, 1) };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        return (code.and_then(char::from_u32), 2 + digits);
    }
    let char = match letter {
        'n' | 'r' | 't' | '\n' | '\r' => ' ',
        other => other,
    };
    (Some(char), 1 + letter.len_utf8())
}

#[cfg(test)]
mod tests {
    use crate::{Source, document};

    /// Where `{x}` of the text under `a` stands in the file.
    #[track_caller]
    fn check(yaml: &str, line: usize, column: usize) {
        let source = Source::new("test.yaml", yaml);
        let (item, mistakes) = document::read(&source);
        assert_eq!(mistakes.errors(), 0);
        let item = item.unwrap();
        let document::Content::Text(text, style) = &item.get("a").unwrap().content else { panic!("no text") };
        let start = text.find("{x}").unwrap();
        let span = super::place(&source, item.get("a").unwrap().span, (text, *style), (start, start + 3));
        let position = source.position(span.start);
        assert_eq!((position.line, position.column), (line, column));
        assert!(source.slice(span).ends_with('}'), "{}", source.slice(span));
    }

    #[test]
    fn finds_places_in_every_style() {
        check("a: say {x} now\n", 1, 8);
        check("a: 'it''s {x}'\n", 1, 11);
        check("a: \"\\u00fc \\n \\\"{x}\\\"\"\n", 1, 17);
        check("ü: 1\na: \"ü{x}\"\n", 2, 6);
        check("a: |\n  first\n\n    {x} deeper\n", 4, 5);
        check("a: >-\n  folded\n  text {x}\n", 3, 8);
        check("a: plain\n  over lines\n  {x}\n", 3, 3);
        check("a: \"quoted \\\n   over {x}\"\n", 2, 9);
        check("a: &name 'with an anchor {x}'\n", 1, 26);
        check("a: &name | # {x} is no text\n  block {x}\n", 2, 9);
        check("a: |2\n    {x}\n", 2, 5);
        check("{\"a\": \"{x}\"}", 1, 8);
    }
}
