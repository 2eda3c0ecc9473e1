//! Partial JSON against tables, the standard parser, and every way to cut a text.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(pieces: &[&str]) -> Option<Value> {
    let mut scanner = Scanner::new(Rules::Own { in_fence: false });
    pieces.iter().for_each(|piece| scanner.push(piece));
    assert_eq!(scanner.has_value(), scanner.value().is_some());
    scanner.into_value().map(Value::from)
}

#[track_caller]
fn check(text: &str, expect: impl Into<Option<Value>>) {
    assert_eq!(read(&[text]), expect.into(), "{text}");
}

#[test]
fn completes_what_ends_too_soon() {
    check(r#"{"a": [1, {"b": "x"#, json!({"a": [1, {"b": "x"}]}));
    check(r#"{"a": 1,"#, json!({"a": 1}));
    check(r#"{"a": 1, "b"#, json!({"a": 1}));
    check(r#"{"a": 1, "b":"#, json!({"a": 1}));
    check("[1, tru", json!([1]));
    check("[1, -", json!([1]));
    check("[1.", json!([1]));
    check("[1.5e", json!([1.5]));
    check(r#"["a\"#, json!(["a"]));
    check(r#"["a\u00e"#, json!(["a"]));
    check(r#"["a\ud83c"#, json!(["a"]));
    check("[\"a \n`", json!(["a"]));
    check("[1 ``` \n", json!([1]));
}

#[test]
fn reads_what_models_write() {
    check("\"a\nb\tc\"", json!("a\nb\tc"));
    check("[NaN, Infinity, -Infinity, 1e400]", json!([null, null, null, null]));
    check("[18446744073709551615, -9223372036854775808]", json!([u64::MAX, i64::MIN]));
    check(r#""\ud83c\udf89 \ud83c! \udf89""#, json!("🎉 \u{fffd}! \u{fffd}"));
    check(r#"{"a": 1, "a": 2}"#, json!({"a": 2}));
    check("{} and more }", json!({}));
    check("1. First", json!(1));
    check("[-0, -0.0, -0e1]", json!([0, -0.0, -0.0]));
}

#[test]
fn refuses_what_is_no_json() {
    for text in [
        "",
        "tru",
        "-",
        "]",
        "{'a': 1}",
        "{\"a\" 1}",
        "{\"a\": 1,}",
        "[1,]",
        "[1 2]",
        "[01]",
        "[1.]",
        "[tru ]",
        "[1}",
        r#"["\x"]"#,
        r#"["\u12g4"]"#,
        "[,",
        "[1 ``` 2]",
    ] {
        check(text, None);
    }
}

#[test]
fn nesting_and_numbers_are_bounded() {
    let nested = |depth| "[".repeat(depth);
    assert!(read(&[&nested(DEPTH_LIMIT)]).is_some());
    assert!(read(&[&nested(DEPTH_LIMIT + 1)]).is_none());
    assert!(read(&[&"1".repeat(NUMBER_LIMIT + 1), " "]).is_none());
    assert!(read(&[&"1".repeat(NUMBER_LIMIT + 1)]).is_none());
}

#[test]
fn says_when_the_value_changed_and_only_then() {
    let mut scanner = Scanner::new(Rules::Own { in_fence: false });
    let mut changed = |piece: &str| {
        scanner.push(piece);
        scanner.take_changed()
    };
    for (piece, expect) in [
        (" {", true),
        ("\"a\"", false),
        (": ", false),
        ("1", true),
        (".", false),
        ("0", true),
        ("0", false),
        (",", false),
        ("\"b\": \"", true),
        (" ", false),
        ("x", true),
        ("\\", false),
        ("n", true),
        ("\"", false),
        (", \"c\": nu", false),
        ("ll", true),
        (", \"c\": null", false),
        ("}", false),
        ("more", false),
    ] {
        assert_eq!(changed(piece), expect, "{piece}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("JSON has no such number", |float| {
            serde_json::Number::from_f64(float).map(Value::Number)
        }),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Whether `next` is `value` with more added at its end.
fn grows(value: &Value, next: &Value) -> bool {
    match (value, next) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || b.is_f64() || b.to_string().starts_with(&a.to_string())
        }
        (Value::String(a), Value::String(b)) => b.starts_with(a.as_str()),
        (Value::Array(a), Value::Array(b)) => a.len() <= b.len() && a.iter().zip(b).all(|(a, b)| grows(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() <= b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && grows(a, b))
        }
        (a, b) => a == b,
    }
}

/// The start of the character at `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

proptest! {
    #[test]
    fn any_pieces_give_what_serde_gives(json in any_json(), pretty in any::<bool>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
        let mut ends: Vec<_> = cuts.iter().map(|cut| floor(&text, cut.index(text.len() + 1))).collect();
        ends.sort_unstable();
        ends.push(text.len());
        let mut from = 0;
        let pieces: Vec<_> = ends.into_iter().map(|end| &text[std::mem::replace(&mut from, end)..end]).collect();
        let expect: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read(&pieces), Some(expect));
    }

    #[test]
    fn every_prefix_grows_and_every_change_is_told(json in any_json()) {
        let text = json.to_string();
        let mut scanner = Scanner::new(Rules::Own { in_fence: false });
        let mut last: Option<Value> = None;
        for char in text.chars() {
            scanner.push(char.encode_utf8(&mut [0; 4]));
            prop_assert!(!scanner.failed());
            let value = scanner.value().map(Value::from);
            prop_assert_eq!(scanner.take_changed(), value != last);
            if let (Some(last), Some(value)) = (&last, &value) {
                prop_assert!(grows(last, value), "{last} then {value}");
            }
            last = value;
        }
        prop_assert_eq!(last, Some(serde_json::from_str(&text).unwrap()));
    }

    #[test]
    fn no_text_breaks_it(text in "[\\[\\]{}\",:0-9a-z`\\\\ .\\-]{0,40}", cut in any::<prop::sample::Index>()) {
        let (head, tail) = text.split_at(cut.index(text.len() + 1));
        prop_assert_eq!(read(&[head, tail]), read(&[&text]));
    }
}
