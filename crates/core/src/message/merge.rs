//! Adds the objects and lists of two pieces of a message as LangChain's `merge_dicts` and `merge_lists` do.
//!
//! Text joins, whole numbers add, lists and objects merge; list items that have the same `index` are one item. Where Python
//! refuses, because the types differ, the later value wins.

use crate::chunk::difference;
use serde_json::{Map, Value};

/// Keys whose text stays as it is if both sides have the same.
const NAMES: [&str; 3] = ["id", "output_version", "model_provider"];
/// Keys whose later number counts.
const LATEST: [&str; 3] = ["index", "created", "timestamp"];
/// What a value weighs beside its text, in bytes.
const VALUE: usize = 32;

/// About how many bytes a value holds.
pub(super) fn weight(value: &Value) -> usize {
    VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(map) => map_weight(map),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// About how many bytes an object's entries hold.
pub(super) fn map_weight(map: &Map<String, Value>) -> usize {
    map.iter().map(|(key, value)| key.len() + weight(value)).sum()
}

/// Adds the entries of `next`; gives by how much the weight grew.
pub(super) fn merge_maps(whole: &mut Map<String, Value>, next: Map<String, Value>) -> isize {
    next.into_iter().map(|(key, next)| merge_entry(whole, key, next)).sum()
}

/// Whether adding the entries of `next` would change nothing.
pub(super) fn holds(whole: &Map<String, Value>, next: &Map<String, Value>) -> bool {
    next.iter().all(|(key, next)| match (whole.get(key), next) {
        (None, _) => false,
        (Some(_), Value::Null) => true,
        (Some(Value::String(whole)), Value::String(next)) => next.is_empty() || stays(key, whole, next),
        (Some(Value::Object(_) | Value::Array(_)), _) => false,
        (Some(whole), next) => whole == next,
    })
}

fn merge_entry(whole: &mut Map<String, Value>, key: String, next: Value) -> isize {
    match whole.get_mut(&key) {
        Some(value) => merge_values(&key, value, next),
        None => {
            let added = key.len() + weight(&next);
            whole.insert(key, next);
            difference(added, 0)
        }
    }
}

fn merge_values(key: &str, whole: &mut Value, next: Value) -> isize {
    match (&mut *whole, next) {
        (_, Value::Null) => 0,
        (Value::String(whole), Value::String(next)) => {
            if stays(key, whole, &next) {
                return 0;
            }
            whole.push_str(&next);
            difference(next.len(), 0)
        }
        (Value::Object(whole), Value::Object(next)) => merge_maps(whole, next),
        (Value::Array(whole), Value::Array(next)) => merge_lists(whole, next),
        (whole, next) if *whole == next => 0,
        (whole, next) => {
            let sum = sum(key, whole, &next);
            replace(whole, sum.unwrap_or(next))
        }
    }
}

/// Whether the text of both sides is one name and not two pieces.
fn stays(key: &str, whole: &str, next: &str) -> bool {
    (key == "index" && whole.starts_with("lc_")) || (whole == next && NAMES.contains(&key))
}

fn sum(key: &str, whole: &Value, next: &Value) -> Option<Value> {
    let sum = whole.as_i64()?.checked_add(next.as_i64()?)?;
    (!LATEST.contains(&key)).then(|| sum.into())
}

fn replace(whole: &mut Value, next: Value) -> isize {
    let added = weight(&next);
    difference(added, weight(&std::mem::replace(whole, next)))
}

/// Adds the items of `next`; gives by how much the weight grew.
pub(super) fn merge_lists(whole: &mut Vec<Value>, next: Vec<Value>) -> isize {
    next.into_iter().map(|item| merge_item(whole, item)).sum()
}

fn merge_item(whole: &mut Vec<Value>, item: Value) -> isize {
    let same = |items: &[Value]| items.iter().position(|other| is_same(other, &item));
    match (same(whole), item) {
        (Some(place), Value::Object(item)) => match &mut whole[place] {
            Value::Object(whole) => {
                let item = fitted(whole, item);
                merge_maps(whole, item)
            }
            _ => 0,
        },
        (_, item) => {
            let added = weight(&item);
            whole.push(item);
            difference(added, 0)
        }
    }
}

/// Whether both are pieces of one item: the same index, and no other id.
fn is_same(whole: &Value, next: &Value) -> bool {
    let (Value::Object(whole), Value::Object(next)) = (whole, next) else { return false };
    let counts = match next.get("index") {
        Some(Value::Number(number)) => number.is_i64() || number.is_u64(),
        Some(Value::String(text)) => text.starts_with("lc_"),
        _ => false,
    };
    counts && whole.get("index") == next.get("index") && same_id(whole.get("id"), next.get("id"))
}

fn same_id(whole: Option<&Value>, next: Option<&Value>) -> bool {
    let is_open = |id: Option<&Value>| id.is_none_or(|id| id.is_null() || id == "");
    is_open(whole) || is_open(next) || whole == next
}

/// The next piece of an item without its type, which the item has already.
fn fitted(whole: &Map<String, Value>, mut next: Map<String, Value>) -> Map<String, Value> {
    let kind = whole.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
    let foreign = next.get("type").is_some_and(|kind| kind == "non_standard");
    let (Some(kind), true, Some(Value::Object(value))) = (kind, foreign, next.get("value")) else {
        next.shift_remove("type");
        return next;
    };
    let mut fields = value.clone();
    fields.shift_remove("type");
    if kind != "non_standard" {
        return Map::from_iter([("extras".into(), fields.into())]);
    }
    let index = next.remove("index").map(|index| ("index".into(), index));
    [("value".into(), fields.into())].into_iter().chain(index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(whole: Value, next: Value, expect: &Value) {
        let (Value::Object(mut whole), Value::Object(next)) = (whole, next) else { panic!("two objects") };
        let (before, idle) = (map_weight(&whole), holds(&whole, &next));
        let old = whole.clone();
        let grown = merge_maps(&mut whole, next);
        assert_eq!(grown, difference(map_weight(&whole), before));
        assert!(!idle || old == whole, "{old:?} was said to hold it");
        assert_eq!(&Value::Object(whole), expect);
    }

    #[test]
    fn objects_merge_as_in_python() {
        check(json!({"a": "x"}), json!({"a": "y", "b": null}), &json!({"a": "xy", "b": null}));
        check(json!({"a": null}), json!({"a": "y"}), &json!({"a": "y"}));
        check(json!({"a": "x"}), json!({"a": null}), &json!({"a": "x"}));
        check(json!({"id": "1"}), json!({"id": "1"}), &json!({"id": "1"}));
        check(json!({"id": "1"}), json!({"id": "2"}), &json!({"id": "12"}));
        check(
            json!({"model_provider": "o", "name": "o"}),
            json!({"model_provider": "o", "name": "o"}),
            &json!({"model_provider": "o", "name": "oo"}),
        );
        check(
            json!({"f": {"name": "n", "arguments": "{"}}),
            json!({"f": {"name": "", "arguments": "}"}}),
            &json!({"f": {"name": "n", "arguments": "{}"}}),
        );
        check(
            json!({"n": 1, "same": 2, "created": 3}),
            json!({"n": 4, "same": 2, "created": 5}),
            &json!({"n": 5, "same": 2, "created": 5}),
        );
        check(json!({"a": true, "b": 1.5}), json!({"a": false, "b": 1.5}), &json!({"a": false, "b": 1.5}));
        check(json!({"a": [1]}), json!({"a": [1, {"b": 2}]}), &json!({"a": [1, 1, {"b": 2}]}));
        check(json!({"a": "x"}), json!({"a": 5}), &json!({"a": 5}));
    }

    #[track_caller]
    fn check_list(whole: &Value, next: &Value, expect: &Value) {
        check(json!({"list": whole}), json!({"list": next}), &json!({"list": expect}));
    }

    #[test]
    fn items_of_one_index_are_one_item() {
        let text = |index: Value, text: &str| json!({"type": "text", "text": text, "index": index});
        check_list(
            &json!([text(json!(0), "a")]),
            &json!([text(json!(0), "b"), text(json!(1), "c")]),
            &json!([text(json!(0), "ab"), text(json!(1), "c")]),
        );
        check_list(
            &json!([text(json!("lc_0"), "a")]),
            &json!([text(json!("lc_0"), "b")]),
            &json!([text(json!("lc_0"), "ab")]),
        );
        check_list(
            &json!([text(json!("x"), "a")]),
            &json!([text(json!("x"), "b")]),
            &json!([text(json!("x"), "a"), text(json!("x"), "b")]),
        );
        check_list(
            &json!([{"index": 0, "id": "1"}]),
            &json!([{"index": 0, "id": "2"}]),
            &json!([{"index": 0, "id": "1"}, {"index": 0, "id": "2"}]),
        );
        check_list(
            &json!([{"index": 0, "id": ""}]),
            &json!([{"index": 0, "id": "2"}]),
            &json!([{"index": 0, "id": "2"}]),
        );
        check_list(
            &json!([{"index": 0, "type": "text"}]),
            &json!([{"index": 0, "type": "non_standard", "value": {"type": "t", "a": 1}}]),
            &json!([{"index": 0, "type": "text", "extras": {"a": 1}}]),
        );
        check_list(
            &json!([{"index": 0, "type": "non_standard", "value": {"a": "x"}}]),
            &json!([{"index": 0, "type": "non_standard", "value": {"type": "t", "a": "y"}}]),
            &json!([{"index": 0, "type": "non_standard", "value": {"a": "xy"}}]),
        );
    }
}
