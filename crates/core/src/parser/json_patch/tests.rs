//! Patches as python-jsonpatch 1.47 writes them.

use super::*;
use serde_json::{Value, json};

/// Each `[last, next, patch]`.
const PATCHES: &str = include_str!("../../../tests/fixtures/parsers/json_patch.json");

#[test]
fn patches_are_those_that_python_writes() {
    let cases: Vec<[Value; 3]> = serde_json::from_str(PATCHES).unwrap();
    assert!(cases.len() > 40);
    for [last, next, patch] in cases {
        let [last, next] = [last, next].map(Val::from);
        assert_eq!(Value::from(make_patch(Some(&last), &next)), patch, "{last:?} {next:?}");
    }
}

#[test]
fn the_first_value_replaces_the_whole() {
    let patch = make_patch(None, &Val::from(json!([])));
    assert_eq!(Value::from(patch), json!([{"op": "replace", "path": "", "value": []}]));
}

#[test]
fn what_grows_costs_what_was_added() {
    let items = |count: i64| Val::List((0..count).map(Val::from).collect());
    // Were all items matched with all others, this would take minutes.
    let patch = make_patch(Some(&items(200_000)), &items(200_001));
    assert_eq!(Value::from(patch), json!([{"op": "add", "path": "/200000", "value": 200_000}]));
}
