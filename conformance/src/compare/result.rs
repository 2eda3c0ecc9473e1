//! Compares the result of a run with the recorded one.

use super::{Comparison, Members};
use crate::{
    Difference, Json,
    case::{Compare, Wanted},
};
use indexmap::IndexMap;

/// Compares a result in the form of `expected.json` (`output`, or `outputs`, or `chunks` and `aggregate`, and `error`).
pub(crate) fn compare(wanted: &Wanted, got: &Json) -> Result<(), Difference> {
    let mut comparison = Comparison::of_results();
    let got = if wanted.compare == Compare::PerKey { by_key(got)? } else { got.clone() };
    // An error that nobody wanted explains whatever else is missing.
    if let (None, Some(error)) = (wanted.result.get("error"), got.get("error")) {
        return comparison.within("error", |this| Err(this.difference(None, Some(error))));
    }
    for key in keys(wanted) {
        let found = got.get(key);
        comparison.within(key, |this| match (wanted.result.get(key), found) {
            (None, _) => Ok(()),
            (wanted @ Some(_), None) => Err(this.difference(wanted, None)),
            (Some(wanted), Some(got)) if *key == "error" => this.errors(wanted, got),
            (Some(wanted), Some(got)) => this.values(wanted, got),
        })?;
    }
    Ok(())
}

fn keys(wanted: &Wanted) -> &'static [&'static str] {
    match wanted.compare {
        Compare::Exact => &["output", "outputs", "chunks", "error", "aggregate"],
        Compare::PerKey => &["chunks_by_key", "error", "aggregate"],
        Compare::Concat if wanted.result.get("aggregate").is_some() => &["error", "aggregate"],
        Compare::Concat | Compare::ErrorOnly => &["error"],
    }
}

/// The pieces per key: between the branches of a parallel step there is no order.
fn by_key(got: &Json) -> Result<Json, Difference> {
    let mut lists: IndexMap<String, Vec<Json>> = IndexMap::new();
    for (index, chunk) in got.get("chunks").map(Json::items).unwrap_or_default().iter().enumerate() {
        let Some(members) = chunk.as_object() else {
            return Err(Difference::new(format!("$.chunks[{index}]"), "an object", chunk.to_string()));
        };
        for (key, value) in members {
            lists.entry(key.clone()).or_default().push(value.clone());
        }
    }
    let lists: Members = lists.into_iter().map(|(key, list)| (key, Json::List(list))).collect();
    let mut members = got.as_object().cloned().unwrap_or_default();
    members.insert("chunks_by_key".into(), Json::Object(lists));
    Ok(Json::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_difference(how: Compare, wanted: &str, got: &str) -> Option<String> {
        let wanted = Wanted { compare: how, result: Json::parse(wanted).unwrap() };
        compare(&wanted, &Json::parse(got).unwrap()).err().map(|difference| difference.path)
    }

    #[track_caller]
    fn check(how: Compare, wanted: &str, got: &str, path: Option<&str>) {
        assert_eq!(first_difference(how, wanted, got).as_deref(), path, "{wanted} {got}");
    }

    const FAILED: &str = r#"{"error": {"type": "E", "mro": ["E"], "message": "m"}}"#;

    #[test]
    fn an_error_stands_for_a_result_and_a_result_for_an_error() {
        check(Compare::Exact, FAILED, FAILED, None);
        check(Compare::Exact, r#"{"output": 1}"#, FAILED, Some("$.error"));
        check(Compare::Exact, FAILED, r#"{"output": 1}"#, Some("$.error"));
        check(Compare::Exact, r#"{"output": null}"#, r#"{"output": null}"#, None);
        check(Compare::Exact, r#"{"outputs": [1, 2]}"#, r#"{"outputs": [1, 3]}"#, Some("$.outputs[1]"));
    }

    #[test]
    fn exact_streams() {
        let stream = r#"{"chunks": ["a", ""], "aggregate": "a"}"#;
        check(Compare::Exact, stream, stream, None);
        check(Compare::Exact, stream, r#"{"chunks": ["a"], "aggregate": "a"}"#, Some("$.chunks[1]"));
        check(Compare::Exact, stream, r#"{"chunks": ["a", ""], "aggregate": "b"}"#, Some("$.aggregate"));
        check(Compare::Exact, stream, r#"{"chunks": ["a", ""]}"#, Some("$.aggregate"));
        let broken = |chunk: &str| format!(r#"{{"chunks": ["{chunk}"], {}"#, &FAILED[1..]);
        check(Compare::Exact, &broken("a"), &broken("a"), None);
        check(Compare::Exact, &broken("a"), &broken("b"), Some("$.chunks[0]"));
    }

    #[test]
    fn streams_whose_branches_race() {
        let wanted = r#"{"chunks_by_key": {"a": [1, 2], "b": [3]}, "aggregate": {"a": 3, "b": 3}}"#;
        let got = |chunks: &str| format!(r#"{{"chunks": {chunks}, "aggregate": {{"b": 3, "a": 3}}}}"#);
        check(Compare::PerKey, wanted, &got(r#"[{"b": 3}, {"a": 1}, {"a": 2}]"#), None);
        check(Compare::PerKey, wanted, &got(r#"[{"a": 1, "b": 3}, {"a": 2}]"#), None);
        check(
            Compare::PerKey,
            wanted,
            &got(r#"[{"a": 2}, {"a": 1}, {"b": 3}]"#),
            Some("$.chunks_by_key.a[0]"),
        );
        check(Compare::PerKey, wanted, &got(r#"[{"a": 1}, {"a": 2}]"#), Some("$.chunks_by_key.b"));
        check(Compare::PerKey, wanted, &got("[1]"), Some("$.chunks[0]"));
        check(
            Compare::PerKey,
            r#"{"chunks_by_key": {}, "aggregate": null}"#,
            r#"{"chunks": [], "aggregate": null}"#,
            None,
        );
    }

    #[test]
    fn streams_of_which_only_the_sum_or_the_end_counts() {
        let wanted = r#"{"chunks": ["a", "b"], "aggregate": "ab"}"#;
        check(Compare::Concat, wanted, r#"{"chunks": ["ab"], "aggregate": "ab"}"#, None);
        check(Compare::Concat, wanted, r#"{"chunks": ["ab"], "aggregate": "b"}"#, Some("$.aggregate"));
        check(Compare::ErrorOnly, FAILED, &format!(r#"{{"chunks": [1], {}"#, &FAILED[1..]), None);
        check(Compare::ErrorOnly, FAILED, r#"{"chunks": [1], "aggregate": 1}"#, Some("$.error"));
        check(
            Compare::ErrorOnly,
            FAILED,
            r#"{"error": {"type": "F", "message": "m"}}"#,
            Some("$.error.type"),
        );
    }
}
