//! Puts schemas from elsewhere into one: their definitions move to its top, and references follow.

use serde_json::{Map, Value};

/// What stands under `$defs`.
#[derive(Default)]
pub(super) struct Definitions(Map<String, Value>);

impl Definitions {
    /// Adds a definition.
    pub(super) fn add(&mut self, name: &str, schema: Value) {
        self.0.insert(name.into(), schema);
    }

    /// A schema that stands alone, as a part: its definitions are kept as `owner.NAME`.
    pub(super) fn hoist(&mut self, owner: &str, schema: &Value) -> Value {
        let mut schema = schema.clone();
        repoint(&mut schema, owner);
        if let Some(object) = schema.as_object_mut() {
            object.remove("$schema");
            object.remove("$id");
            if let Some(Value::Object(own)) = object.remove("$defs") {
                self.0.extend(own.into_iter().map(|(name, schema)| (format!("{owner}.{name}"), schema)));
            }
        }
        schema
    }

    pub(super) fn into_value(self) -> Value {
        self.0.into()
    }
}

fn repoint(schema: &mut Value, owner: &str) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(reference) if key == "$ref" => {
                        if let Some(name) = reference.strip_prefix("#/$defs/") {
                            *reference = format!("#/$defs/{owner}.{name}");
                        }
                    }
                    value => repoint(value, owner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| repoint(item, owner)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn definitions_move_and_references_follow() {
        let mut definitions = Definitions::default();
        let part = json!({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}});
        assert_eq!(definitions.hoist("x", &part), json!({"properties": {"a": {"$ref": "#/$defs/x.A"}}}));
        assert_eq!(definitions.into_value(), json!({"x.A": {"items": {"$ref": "#/$defs/x.A"}}}));
    }
}
