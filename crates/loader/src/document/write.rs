//! A tree as clean YAML that reads back as the same tree.

use super::{Content, Entry, Item, scalar};
use std::fmt::Write;
use windlass_core::Number;

/// How many spaces each level is indented by.
const STEP: usize = 2;
/// The longest key that YAML lets stand before a `:` on its line, in characters; others get a `?`.
const KEY_LIMIT: usize = 500;

/// The tree as YAML, with a line break at its end.
pub(crate) fn to_yaml(item: &Item) -> String {
    let mut out = String::new();
    match &item.content {
        Content::Map(entries) if !entries.is_empty() => map(&mut out, entries, 0),
        Content::List(items) if !items.is_empty() => list(&mut out, items, 0),
        _ => {
            // A text's block is indented by its place in a parent, of which the document has none.
            out.push_str(&inline(item).unwrap_or_else(|| quoted(item.as_text().unwrap_or_default())));
            out.push('\n');
        }
    }
    out
}

/// Entries, the first where the writing stands and the others on lines of their own.
fn map(out: &mut String, entries: &[Entry], indent: usize) {
    for (index, Entry { key, value, .. }) in entries.iter().enumerate() {
        if index > 0 {
            spaces(out, indent);
        }
        if key.chars().count() > KEY_LIMIT {
            out.push_str("? ");
            out.push_str(&quoted(key));
            out.push('\n');
            spaces(out, indent);
        } else {
            out.push_str(&if is_word(key) { key.clone() } else { quoted(key) });
        }
        out.push(':');
        nested(out, value, indent);
    }
}

fn list(out: &mut String, items: &[Item], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            spaces(out, indent);
        }
        out.push('-');
        match &item.content {
            Content::Map(entries) if !entries.is_empty() => {
                out.push(' ');
                map(out, entries, indent + STEP);
            }
            Content::List(items) if !items.is_empty() => {
                out.push(' ');
                list(out, items, indent + STEP);
            }
            _ => scalar_behind(out, item, indent),
        }
    }
}

/// A value behind a `:`.
fn nested(out: &mut String, item: &Item, indent: usize) {
    match &item.content {
        Content::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            spaces(out, indent + STEP);
            map(out, entries, indent + STEP);
        }
        Content::List(items) if !items.is_empty() => {
            out.push('\n');
            spaces(out, indent + STEP);
            list(out, items, indent + STEP);
        }
        _ => scalar_behind(out, item, indent),
    }
}

fn scalar_behind(out: &mut String, item: &Item, indent: usize) {
    out.push(' ');
    match inline(item) {
        Some(text) => {
            out.push_str(&text);
            out.push('\n');
        }
        None => block(out, item.as_text().unwrap_or_default(), indent + STEP),
    }
}

/// What stands on one line; `None` for text that is a block.
fn inline(item: &Item) -> Option<String> {
    Some(match &item.content {
        Content::Null => "null".into(),
        Content::Bool(bool) => bool.to_string(),
        Content::Number(number) => written_number(number),
        Content::List(_) => "[]".into(),
        Content::Map(_) => "{}".into(),
        Content::Text(text, _) if is_block(text) => return None,
        Content::Text(text, _) if is_plain(text) => text.clone(),
        Content::Text(text, _) => quoted(text),
    })
}

fn written_number(number: &Number) -> String {
    match number {
        Number::Float(float) if float.is_nan() => ".nan".into(),
        Number::Float(float) if float.is_infinite() => if *float > 0.0 { ".inf" } else { "-.inf" }.into(),
        number => number.to_string(),
    }
}

/// Lines after `|`.
fn block(out: &mut String, text: &str, indent: usize) {
    let body = text.strip_suffix('\n');
    out.push_str(if body.is_some() { "|\n" } else { "|-\n" });
    for line in body.unwrap_or(text).split('\n') {
        if !line.is_empty() {
            spaces(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Whether a text has several lines that a block holds exactly.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let fits = |line: &str| !line.starts_with('\t') && (line.is_empty() || !line.trim().is_empty());
    let ends = body.split('\n').next_back().is_some_and(|line| !line.is_empty());
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && ends
        && body.split('\n').all(fits)
        && text.chars().all(|char| matches!(char, '\n' | '\t') || is_printed(char))
}

/// Whether a text can stand without quotes, and is text then.
fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|char: char| char.is_alphanumeric() || "_/($".contains(char));
    starts
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(is_printed)
        && matches!(scalar::resolve(text), Content::Text(..))
}

/// Whether a key is a plain word.
fn is_word(key: &str) -> bool {
    let inner = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/');
    key.chars().all(inner) && is_plain(key)
}

/// Whether a character stands for itself: no control character, and none that some readers take for a line break.
fn is_printed(char: char) -> bool {
    let hidden = matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    !char.is_control() && !hidden
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            char if is_printed(char) => out.push(char),
            char => {
                let _ = write!(out, "\\U{:08x}", u32::from(char));
            }
        }
    }
    out.push('"');
    out
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Source, Span,
        document::{Style, read},
    };
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn item(value: &Value) -> Item {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(bool) => Content::Bool(*bool),
            Value::Number(number) => Content::Number(number.clone().into()),
            Value::String(text) => Content::Text(text.clone(), Style::Bare),
            Value::Array(items) => Content::List(items.iter().map(item).collect()),
            Value::Object(map) => {
                let entry = |(key, value): (&String, &Value)| Entry {
                    key: key.clone(),
                    span: Span::at(0),
                    value: item(value),
                };
                Content::Map(map.iter().map(entry).collect())
            }
        };
        Item { span: Span::at(0), content }
    }

    fn read_back(yaml: &str) -> Item {
        let (item, mistakes) = read(&Source::new("out.yaml", yaml));
        assert!(!mistakes.any_error(), "{yaml}");
        item.unwrap()
    }

    /// Whether both hold the same, wherever it stands and however it is quoted.
    fn same(left: &Item, right: &Item) -> bool {
        match (&left.content, &right.content) {
            (Content::Number(left), Content::Number(right)) => format!("{left:?}") == format!("{right:?}"),
            (Content::Text(left, _), Content::Text(right, _)) => left == right,
            (Content::List(left), Content::List(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
            }
            (Content::Map(left), Content::Map(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|(left, right)| left.key == right.key && same(&left.value, &right.value))
            }
            (left, right) => left == right,
        }
    }

    #[track_caller]
    fn check(value: &Value, expect: &str) {
        let written = to_yaml(&item(value));
        assert_eq!(written, expect);
        assert!(same(&read_back(&written), &item(value)), "{written}");
    }

    #[test]
    fn writes_what_people_would_write() {
        check(
            &json!({"a": 1, "b": [1.0, "x", {"c": null, "d": true}], "e": {}, "f": []}),
            "a: 1\nb:\n  - 1.0\n  - x\n  - c: null\n    d: true\ne: {}\nf: []\n",
        );
        check(&json!([["a", ["b"]], [{"k": {"l": "m"}}]]), "- - a\n  - - b\n- - k:\n      l: m\n");
        check(&json!({"text": "one\n\n  two\n"}), "text: |\n  one\n\n    two\n");
        check(&json!(["one\ntwo"]), "- |-\n  one\n  two\n");
        check(&json!("Answer: {q}"), "\"Answer: {q}\"\n");
    }

    #[test]
    fn quotes_what_would_be_read_as_something_else() {
        for text in [
            "",
            "1",
            "1e3",
            "true",
            "null",
            "~",
            "0x1F",
            ".inf",
            "a: b",
            "a:",
            "- a",
            "{q}",
            "[a]",
            "a #b",
            " a",
            "a ",
            "&a",
            "*a",
            "!t",
            "%a",
            "@a",
            "`a`",
            "'a'",
            "?",
            "a\tb",
            "\u{7f}",
            "\u{85}x",
            "\u{feff}",
            "a\u{2028}b",
        ] {
            let written = to_yaml(&item(&json!({"k": text})));
            assert!(written.starts_with("k: \""), "{written}");
            assert!(same(&read_back(&written), &item(&json!({"k": text}))), "{written}");
        }
        for text in
            ["no", "on", "012", "1_000", "12:30", "gpt-4o", "a, b [c] {d}", "https://a.b/c", "ü🦜", "${A}"]
        {
            check(&json!(text), &format!("{text}\n"));
        }
    }

    #[test]
    fn keeps_numbers_that_json_cannot_hold() {
        for text in
            ["1180591620717411303424", ".nan", "-.inf", "-0.0", "1e+16", "0.1", "-9223372036854775808"]
        {
            let read = read_back(&format!("- {text}\n"));
            assert_eq!(to_yaml(&read), format!("- {text}\n"));
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,12}",
            "\\PC{0,8}",
            "[a-c \\n\\t:#\\-|>{}\"']{0,16}",
            "[a-z]{1,4}(\\n[a-z ]{0,4}){0,4}\\n?",
            any::<Vec<char>>().prop_map(|chars| chars.into_iter().take(8).collect()),
            "[a]{490,1100}",
        ]
    }

    fn trees() -> impl Strategy<Value = Item> {
        let scalar = prop_oneof![
            Just(Content::Null),
            any::<bool>().prop_map(Content::Bool),
            any::<i64>().prop_map(|int| Content::Number(int.into())),
            any::<f64>().prop_map(|float| Content::Number(float.into())),
            texts().prop_map(|text| Content::Text(text, Style::Double)),
        ];
        let at = |content| Item { span: Span::at(0), content };
        scalar.prop_map(at).prop_recursive(5, 40, 6, move |inner| {
            let entry = |(key, value)| Entry { key, span: Span::at(0), value };
            let map = proptest::collection::hash_map(texts(), inner.clone(), 0..5)
                .prop_map(move |map| Content::Map(map.into_iter().map(entry).collect()));
            prop_oneof![proptest::collection::vec(inner, 0..5).prop_map(Content::List), map].prop_map(at)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_tree_reads_back(tree in trees()) {
            let written = to_yaml(&tree);
            prop_assert!(same(&read_back(&written), &tree), "{}", written);
        }
    }
}
