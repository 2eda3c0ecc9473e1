//! Python's `==` between values of JSON.

use crate::{Number, Val};

/// Whether Python's `==` holds: numbers compare by value, and booleans are numbers.
pub(super) fn equal(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::List(a), Val::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Val::Dict(a) | Val::AddDict(a), Val::Dict(b) | Val::AddDict(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.same(&b) || is_nan(&a) && is_nan(&b),
            _ => a == b,
        },
    }
}

fn number(val: &Val) -> Option<Number> {
    match val {
        Val::Number(number) => Some(number.clone()),
        Val::Bool(bool) => Some(Number::Int(i64::from(*bool))),
        _ => None,
    }
}

/// The JSON reader has one `NaN`, and what is the same object is equal inside lists and dicts.
fn is_nan(number: &Number) -> bool {
    matches!(number, Number::Float(float) if float.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(a: Value, b: Value, expect: bool) {
        assert_eq!(equal(&Val::from(a), &Val::from(b)), expect);
    }

    #[test]
    fn values_compare_as_in_python() {
        check(json!([1, {"a": true}]), json!([1.0, {"a": 1}]), true);
        check(json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true);
        check(json!([1]), json!([1, 2]), false);
        check(json!("1"), json!(1), false);
        check(json!(false), json!(null), false);
    }
}
