//! Against what Python reads and says.

use super::*;
use serde_json::json;

#[track_caller]
fn check(text: &str, expect: &Value) {
    assert_eq!(loads(text).as_ref(), Ok(expect), "{text}");
    assert_eq!(loads_partial(text).as_ref(), Some(expect), "{text}");
}

#[track_caller]
fn check_bad(text: &str, told: &str, partial: Option<&Value>) {
    assert_eq!(loads(text).unwrap_err().to_string(), told, "{text}");
    assert_eq!(loads_partial(text).as_ref(), partial, "{text}");
}

#[test]
fn what_python_reads() {
    check(
        r#" {"a": [1, -2.5e3, true, null, "x\u00e9\ud83d\ude00\n"], "b": {}} "#,
        &json!({"a": [1, -2500.0, true, null, "xé😀\n"], "b": {}}),
    );
    check("{\"a\": \"line\nbreak\"}", &json!({"a": "line\nbreak"}));
    check("[NaN, Infinity, -Infinity]", &json!([null, null, null]));
    check("18446744073709551615", &json!(u64::MAX));
    check(r#""\ud83d!""#, &json!("\u{fffd}!"));
}

#[test]
fn what_python_says_of_mistakes() {
    check_bad("", "Expecting value: line 1 column 1 (char 0)", None);
    check_bad(" ", "Expecting value: line 1 column 2 (char 1)", None);
    check_bad("tru", "Expecting value: line 1 column 1 (char 0)", None);
    check_bad("-", "Expecting value: line 1 column 1 (char 0)", None);
    check_bad("[1,", "Expecting value: line 1 column 4 (char 3)", Some(&json!([1])));
    check_bad(
        "{bad",
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        Some(&json!({})),
    );
    check_bad(
        "{\n\"a\": 1,\n}",
        "Expecting property name enclosed in double quotes: line 3 column 1 (char 10)",
        None,
    );
    check_bad(r#"{"a" 1}"#, "Expecting ':' delimiter: line 1 column 6 (char 5)", None);
    check_bad(r#"{"é": "ü""#, "Expecting ',' delimiter: line 1 column 10 (char 9)", Some(&json!({"é": "ü"})));
    check_bad(
        r#"{"a": "Par"#,
        "Unterminated string starting at: line 1 column 7 (char 6)",
        Some(&json!({"a": "Par"})),
    );
    check_bad(
        r#"{"a": "Par\"#,
        "Unterminated string starting at: line 1 column 7 (char 6)",
        Some(&json!({"a": "Par"})),
    );
    check_bad(
        r#"{"a": 1, "b": "\u12"#,
        "Invalid \\uXXXX escape: line 1 column 17 (char 16)",
        Some(&json!({"a": 1})),
    );
    check_bad(r#"{"a": "\x"}"#, "Invalid \\escape: line 1 column 8 (char 7)", None);
    check_bad(r#"{"a": 1} x"#, "Extra data: line 1 column 10 (char 9)", Some(&json!({"a": 1})));
    check_bad("\u{feff}{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)", None);
    check_bad("01", "Extra data: line 1 column 2 (char 1)", Some(&json!(0)));
    check_bad(r#"{"a": 1.}"#, "Expecting ',' delimiter: line 1 column 8 (char 7)", None);
    check_bad(r#"{"a": [1, 2}"#, "Expecting ',' delimiter: line 1 column 12 (char 11)", None);
}

#[test]
fn deep_and_long_texts_end_soon() {
    let deep = "[".repeat(100_000);
    assert!(loads(&deep).is_err());
    assert_eq!(loads_partial(&deep), None);
    let long = format!("[{}", "1 ".repeat(200_000));
    assert_eq!(loads_partial(&long), Some(json!([1])));
}
