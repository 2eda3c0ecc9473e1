//! The filters of `stream_log` and `stream_events`, as a body holds them.

use super::problem::{PROBLEM_LIMIT, no_text, problem};
use crate::error::ApiError;
use serde_json::{Map, Value, json};
use windlass_core::InputProblem;

/// A list of names; null is as good as nothing. A text is a list to Python, and so is refused in words of its own.
pub(super) fn names(key: &str, value: Option<Value>) -> Result<Option<Vec<String>>, ApiError> {
    let refused = |problems| Err(ApiError::invalid_input(problems));
    let items = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(text @ Value::String(_)) => {
            let msg = "'str' instances are not allowed as a Sequence value";
            let ctx = Map::from_iter([("type_name".to_string(), json!("str"))]);
            let problem = problem("sequence_str", vec![key.into()], msg, &text);
            return refused(vec![InputProblem { ctx: Some(ctx), ..problem }]);
        }
        Some(other) => {
            let msg = "Input should be an instance of Sequence";
            let ctx = Map::from_iter([("class".to_string(), json!("Sequence"))]);
            let problem = problem("is_instance_of", vec![key.into()], msg, &other);
            return refused(vec![InputProblem { ctx: Some(ctx), ..problem }]);
        }
    };
    let (mut names, mut problems) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Value::String(name) => names.push(name),
            other => problems.push(no_text(vec![key.into(), index.into()], &other)),
        }
        if problems.len() >= PROBLEM_LIMIT {
            break;
        }
    }
    if problems.is_empty() { Ok(Some(names)) } else { refused(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_texts_and_no_list_is_refused_at_any_length() {
        assert_eq!(names("n", Some(json!(["a"]))).unwrap(), Some(vec!["a".to_string()]));
        assert_eq!(names("n", Some(Value::Null)).unwrap(), None);
        let refused = |value| names("n", Some(value)).unwrap_err().problems;
        assert_eq!(refused(json!("a"))[0].kind, "sequence_str");
        let problems = refused(json!(vec![1; 10_000]));
        assert_eq!((problems.len(), &problems[99].loc), (100, &vec![json!("n"), json!(99)]));
    }
}
