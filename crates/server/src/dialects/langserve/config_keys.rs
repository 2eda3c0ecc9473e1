//! The keys of a run's configuration: their types, as pydantic writes and reads them.

use serde_json::{Value, json};
use std::sync::LazyLock;
use windlass_core::{ConfigKey, InputProblem, LaxSchema};

/// The schema of a key's values; what is configurable has one of the endpoint's own.
pub(super) fn schema(key: ConfigKey) -> Option<Value> {
    let schema = match key {
        ConfigKey::Configurable => return None,
        ConfigKey::Tags => json!({"items": {"type": "string"}, "title": "Tags", "type": "array"}),
        ConfigKey::Metadata => json!({"additionalProperties": true, "title": "Metadata", "type": "object"}),
        ConfigKey::Callbacks => {
            json!({"anyOf": [{"items": {}, "type": "array"}, {}, {"type": "null"}], "title": "Callbacks"})
        }
        ConfigKey::MaxConcurrency => {
            json!({"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Max Concurrency"})
        }
        ConfigKey::RecursionLimit => json!({"title": "Recursion Limit", "type": "integer"}),
        ConfigKey::RunId => {
            json!({"anyOf": [{"format": "uuid", "type": "string"}, {"type": "null"}], "title": "Run Id"})
        }
    };
    Some(schema)
}

/// The value as the key's type holds it, or all that is wrong with it.
pub(super) fn read(key: ConfigKey, value: &Value) -> Result<Value, Vec<InputProblem>> {
    static TYPES: LazyLock<Vec<(ConfigKey, LaxSchema)>> = LazyLock::new(|| {
        let schemas = ConfigKey::ALL.into_iter().filter_map(|(_, key)| Some((key, schema(key)?)));
        schemas.filter_map(|(key, schema)| Some((key, LaxSchema::new(&schema).ok()?))).collect()
    });
    match TYPES.iter().find(|(of, _)| *of == key) {
        Some((_, schema)) => schema.read(value, &[key.as_str().into()]).map(Value::from),
        None => Ok(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: ConfigKey, value: &Value, expect: &Value) {
        let read = read(key, value);
        let problem = |problems: Vec<InputProblem>| json!([problems[0].kind, problems[0].loc]);
        assert_eq!(&read.unwrap_or_else(problem), expect);
    }

    #[test]
    fn values_are_coerced_or_refused() {
        check(ConfigKey::Tags, &json!(["a"]), &json!(["a"]));
        check(ConfigKey::Tags, &json!("a"), &json!(["list_type", ["tags"]]));
        check(ConfigKey::Tags, &json!([1]), &json!(["string_type", ["tags", 0]]));
        check(ConfigKey::Metadata, &json!({"a": 1}), &json!({"a": 1}));
        check(ConfigKey::Metadata, &json!([1]), &json!(["dict_type", ["metadata"]]));
        check(ConfigKey::MaxConcurrency, &json!("3"), &json!(3));
        check(ConfigKey::MaxConcurrency, &json!("x"), &json!(["int_parsing", ["max_concurrency"]]));
        check(ConfigKey::RunId, &json!("nope"), &json!(["uuid_parsing", ["run_id"]]));
        check(ConfigKey::Callbacks, &json!({"any": 1}), &json!({"any": 1}));
    }
}
