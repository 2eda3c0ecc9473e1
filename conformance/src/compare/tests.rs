//! What is the same, and where what is not the same is said to differ.

use super::*;

fn first_difference(wanted: &str, got: &str) -> Option<String> {
    let (wanted, got) = (Json::parse(wanted).unwrap(), Json::parse(got).unwrap());
    Comparison::of_results().values(&wanted, &got).err().map(|difference| difference.path)
}

#[track_caller]
fn same(wanted: &str, got: &str) {
    assert_eq!(first_difference(wanted, got), None, "{wanted} {got}");
}

#[track_caller]
fn differs(wanted: &str, got: &str, path: &str) {
    assert_eq!(first_difference(wanted, got).as_deref(), Some(path), "{wanted} {got}");
}

#[test]
fn objects_are_the_same_in_any_order() {
    same(r#"{"a": 1, "b": [{}, "x"]}"#, r#"{"b": [{}, "x"], "a": 1}"#);
    differs(r#"{"a": 1}"#, r#"{"a": 2}"#, "$.a");
    differs(r#"{"a": null}"#, "{}", "$.a");
    differs("{}", r#"{"a": null}"#, "$.a");
    differs(r#"{"x y": {"a-b": 1}}"#, r#"{"x y": {"a-b": "1"}}"#, r#"$["x y"].a-b"#);
}

#[test]
fn lists_have_an_order_and_a_length() {
    differs("[1, 2]", "[2, 1]", "$[0]");
    differs("[1, 2]", "[1]", "$[1]");
    differs("[1]", "[1, 2, 3]", "$[1]");
    differs("[]", "{}", "$");
}

#[test]
fn kinds_differ() {
    let kinds = ["null", "false", "0", "0.0", r#""""#, "[]", "{}"];
    for one in kinds {
        for other in kinds {
            if one == other { same(one, other) } else { differs(one, other, "$") }
        }
    }
}

#[test]
fn nulls_vary_in_the_accounts_of_providers_and_nowhere_else() {
    let account = |inner: &str| format!(r#"{{"response_metadata": {{"token_usage": {{"n": 1{inner}}}}}}}"#);
    same(&account(r#", "details": {"audio": null}"#), &account(r#", "details": {}, "more": null"#));
    differs(&account(r#", "more": 0"#), &account(""), "$.response_metadata.token_usage.more");
    differs(
        &account(r#", "more": null"#),
        &account(r#", "more": 0"#),
        "$.response_metadata.token_usage.more",
    );
    same(r#"{"response_metadata": {"usage": {"x": null}}}"#, r#"{"response_metadata": {"usage": {}}}"#);
    differs(r#"{"usage": {"x": null}}"#, r#"{"usage": {}}"#, "$.usage.x");
    differs(r#"{"response_metadata": {"x": null}}"#, r#"{"response_metadata": {}}"#, "$.response_metadata.x");
}

#[test]
fn what_json_cannot_hold() {
    same(r#"{"__float__": "inf"}"#, r#"{"__float__": "inf"}"#);
    differs(r#"{"__float__": "inf"}"#, r#"{"__float__": "nan"}"#, "$.__float__");
    differs(r#"{"__float__": "inf"}"#, "null", "$");
    let half = r#"[{"s": "a"}, {"s": {"__lone_surrogate__": "x"}}, {"s": "b"}]"#;
    same(half, r#"[{"s": "a"}, {"s": "?"}, {"s": "b"}]"#);
    same(half, r#"[{"s": "a"}, {"s": "b"}]"#);
    differs(half, r#"[{"s": "a"}]"#, "$[1]");
    differs(half, r#"[{"s": "a"}, {"s": "c"}]"#, "$[1].s");
    differs(half, r#"[{"s": "a"}, {"s": "?"}, {"s": "b"}, 1]"#, "$[3]");
    same(r#"[{"__lone_surrogate__": "x"}]"#, "[]");
}
