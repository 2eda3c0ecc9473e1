//! Checks inputs against a JSON Schema, in FastAPI's words.

use super::ExtraFields;
use crate::{
    InputProblem,
    echo::{pointer_part, shortened, shortened_text},
    lax::validator,
};
use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::{Map, Value, json};

/// Reads an input that a schema has accepted.
pub(super) type Read = fn(Value) -> serde_json::Result<Value>;

/// A compiled input schema.
pub(super) struct Acceptor {
    schema: Value,
    validator: jsonschema::Validator,
    extra_fields: ExtraFields,
    defaults: Map<String, Value>,
    read_as: Option<Read>,
}

/// The most problems that one answer lists.
const PROBLEM_LIMIT: usize = 100;

impl Acceptor {
    /// Compiles a schema; `Err` says what is wrong with it. Remote references are never fetched.
    pub(super) fn new(
        schema: &Value,
        extra_fields: ExtraFields,
        read_as: Option<Read>,
    ) -> Result<Self, String> {
        let mut schema = schema.clone();
        let closed = schema.get("properties").is_some() && schema.get("additionalProperties").is_none();
        if let (true, Some(object)) = (closed, schema.as_object_mut()) {
            object.insert("additionalProperties".into(), (extra_fields == ExtraFields::Ignore).into());
        }
        let validator = validator(&schema)?;
        let defaults =
            properties(&schema).filter_map(|(key, field)| Some((key.clone(), field.get("default")?.clone())));
        Ok(Acceptor { defaults: defaults.collect(), validator, extra_fields, schema, read_as })
    }

    /// The schema, closed or open as the policy says.
    pub(super) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Checks an input; fills in defaults and leaves out what the policy says to ignore.
    pub(super) fn accept(&self, mut input: Value) -> Result<Value, Vec<InputProblem>> {
        if !self.validator.is_valid(&input) {
            return Err(self.problems(&input));
        }
        if let Value::Object(fields) = &mut input {
            if self.extra_fields == ExtraFields::Ignore && self.schema.get("properties").is_some() {
                fields.retain(|key, _| properties(&self.schema).any(|(name, _)| name == key));
            }
            for (key, default) in &self.defaults {
                if !fields.contains_key(key) {
                    fields.insert(key.clone(), default.clone());
                }
            }
        }
        match self.read_as {
            Some(read) => read(input).map_err(|error| vec![unreadable(&error)]),
            None => Ok(input),
        }
    }

    fn problems(&self, input: &Value) -> Vec<InputProblem> {
        let problems = self.validator.iter_errors(input).flat_map(|error| problems_of(&error));
        problems.take(PROBLEM_LIMIT).collect()
    }
}

/// The problem of an input that its type refuses although the schema accepts it.
fn unreadable(error: &serde_json::Error) -> InputProblem {
    let msg = shortened_text(&error.to_string());
    InputProblem { kind: "value_error".into(), loc: vec![json!("body")], msg, input: Value::Null, ctx: None }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn problems_of(error: &ValidationError<'_>) -> Vec<InputProblem> {
    let problem = |kind: &str, child: Option<&str>, msg: String| {
        let mut loc = vec![json!("body")];
        loc.extend(error.instance_path().as_str().split('/').skip(1).map(pointer_part));
        loc.extend(child.map(|key| Value::from(shortened_text(key))));
        let input = child.and_then(|key| error.instance().get(key)).unwrap_or(error.instance());
        InputProblem { kind: kind.into(), loc, msg, input: shortened(input), ctx: None }
    };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            vec![problem("missing", property.as_str(), "Field required".into())]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .take(PROBLEM_LIMIT)
            .map(|key| {
                let msg = format!("Extra inputs are not permitted: `{}`", shortened_text(key));
                problem("extra_forbidden", Some(key), msg)
            })
            .collect(),
        ValidationErrorKind::Type { kind: TypeKind::Single(expected) } => {
            let (kind, word) = type_words(*expected);
            vec![problem(kind, None, format!("Input should be a valid {word}"))]
        }
        ValidationErrorKind::MinLength { limit } => {
            vec![problem("string_too_short", None, format!("String should have at least {limit} characters"))]
        }
        ValidationErrorKind::MaxLength { limit } => {
            vec![problem("string_too_long", None, format!("String should have at most {limit} characters"))]
        }
        ValidationErrorKind::Enum { options } => {
            vec![problem("enum", None, format!("Input should be one of {options}"))]
        }
        other => vec![problem(other.keyword(), None, shortened_text(&error.masked().to_string()))],
    }
}

fn type_words(expected: JsonType) -> (&'static str, &'static str) {
    match expected {
        JsonType::String => ("string_type", "string"),
        JsonType::Integer => ("int_type", "integer"),
        JsonType::Number => ("float_type", "number"),
        JsonType::Boolean => ("bool_type", "boolean"),
        JsonType::Array => ("list_type", "list"),
        JsonType::Object => ("dict_type", "dictionary"),
        JsonType::Null => ("none_required", "null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acceptor(policy: ExtraFields) -> Acceptor {
        let schema = json!({
            "type": "object",
            "properties": {"question": {"type": "string", "maxLength": 500}, "count": {"type": "integer", "default": 3}},
            "required": ["question"],
        });
        Acceptor::new(&schema, policy, None).unwrap()
    }

    #[track_caller]
    fn check(input: Value, expect: Value) {
        let problems = acceptor(ExtraFields::Refuse).accept(input).unwrap_err();
        let Value::Array(expect) = expect else { panic!("expect a list") };
        assert_eq!(problems.iter().map(|problem| json!(problem)).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn says_what_is_wrong_as_fastapi_does() {
        check(
            json!({}),
            json!([{"type": "missing", "loc": ["body", "question"], "msg": "Field required", "input": {}}]),
        );
        check(
            json!({"question": 1}),
            json!([{"type": "string_type", "loc": ["body", "question"], "msg": "Input should be a valid string", "input": 1}]),
        );
        check(
            json!({"question": "a", "x": true}),
            json!([{"type": "extra_forbidden", "loc": ["body", "x"], "msg": "Extra inputs are not permitted: `x`", "input": true}]),
        );
        check(
            json!([]),
            json!([{"type": "dict_type", "loc": ["body"], "msg": "Input should be a valid dictionary", "input": []}]),
        );
    }

    #[test]
    fn long_values_are_shortened() {
        let problems =
            acceptor(ExtraFields::Refuse).accept(json!({"question": "x".repeat(10_000)})).unwrap_err();
        assert_eq!(problems[0].kind, "string_too_long");
        assert!(problems[0].input.as_str().unwrap().len() < 300);
    }

    #[test]
    fn long_names_are_shortened_wherever_they_stand() {
        let long = "é".repeat(100_000);
        let size = |schema: Value, input: Value| {
            let problems =
                Acceptor::new(&schema, ExtraFields::Refuse, None).unwrap().accept(input).unwrap_err();
            assert!(problems.iter().flat_map(|problem| &problem.loc).any(|part| {
                part.as_str().is_some_and(|part| part.ends_with('…') && part.chars().count() == 201)
            }));
            json!(problems).to_string().len()
        };
        let closed = json!({"type": "object", "properties": {}});
        assert!(size(closed, json!({long.clone(): 1})) < 3000);
        let nested = json!({"type": "object", "additionalProperties": {"type": "integer"}});
        assert!(size(nested, json!({long: "x"})) < 3000);
        let many: Map<String, Value> = (0..1000).map(|index| (format!("k{index}"), json!(1))).collect();
        let problems = acceptor(ExtraFields::Refuse).accept(many.into()).unwrap_err();
        assert_eq!(problems.len(), PROBLEM_LIMIT);
    }

    #[test]
    fn fills_in_defaults_and_ignores_what_it_is_told_to() {
        let accepted = acceptor(ExtraFields::Ignore).accept(json!({"question": "a", "x": 1})).unwrap();
        assert_eq!(accepted, json!({"question": "a", "count": 3}));
    }

    #[test]
    fn refuses_schemas_that_are_none_and_patterns_that_backtrack() {
        assert!(Acceptor::new(&json!({"type": "strin"}), ExtraFields::Refuse, None).is_err());
        assert!(
            Acceptor::new(&json!({"type": "string", "pattern": "(a)\\1"}), ExtraFields::Refuse, None)
                .is_err()
        );
        assert!(Acceptor::new(&json!({"$ref": "http://127.0.0.1:1/x"}), ExtraFields::Refuse, None).is_err());
    }
}
