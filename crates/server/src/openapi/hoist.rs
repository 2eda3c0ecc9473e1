//! Moves each chain's schemas into the document's components, definitions and references with them.

use serde_json::{Map, Value, json};
use windlass_core::Endpoint;

/// The document's schemas while they are gathered.
#[derive(Default)]
pub(crate) struct Components {
    schemas: Map<String, Value>,
}

/// References to a chain's schemas.
pub(crate) struct ChainSchemas {
    pub(crate) input: Value,
    pub(crate) output: Value,
}

impl Components {
    /// Adds a chain's schemas.
    pub(crate) fn add_chain(&mut self, endpoint: &Endpoint) -> ChainSchemas {
        ChainSchemas {
            input: self.add_to(endpoint.name(), "Input", endpoint.input_schema()),
            output: self.add_to(endpoint.name(), "Output", endpoint.output_schema()),
        }
    }

    /// Adds a schema of a chain's; gives a reference to it.
    pub(crate) fn add_to(&mut self, chain: &str, what: &str, schema: &Value) -> Value {
        let name = self.free_name(chain, what);
        self.add(&name, schema)
    }

    /// Adds a schema of a dialect's own, once; gives a reference to it.
    pub(crate) fn share(&mut self, name: &str, schema: Value) -> Value {
        self.schemas.entry(name).or_insert(schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// All schemas, after the shared ones.
    pub(crate) fn into_schemas(
        self,
        shared: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Map<String, Value> {
        shared.into_iter().map(|(name, schema)| (name.to_string(), schema)).chain(self.schemas).collect()
    }

    /// What the chain's schema is called in a component's alphabet, not taken yet.
    fn free_name(&self, chain: &str, what: &str) -> String {
        let plain = chain.replace('/', ".");
        let numbered = (2..).map(|number| format!("{plain}-{number}_{what}"));
        let first = format!("{plain}_{what}");
        std::iter::once(first.clone())
            .chain(numbered)
            .find(|name| !self.schemas.contains_key(name))
            .unwrap_or(first)
    }

    fn add(&mut self, name: &str, schema: &Value) -> Value {
        let mut schema = schema.clone();
        let definitions = match schema.as_object_mut() {
            Some(object) => {
                object.remove("$schema");
                object.remove("$defs")
            }
            None => None,
        };
        rewrite(&mut schema, name);
        self.schemas.insert(name.into(), schema);
        if let Some(Value::Object(definitions)) = definitions {
            for (key, mut definition) in definitions {
                rewrite(&mut definition, name);
                self.schemas.insert(component_key(name, &key), definition);
            }
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// The component that the definition `key` of the schema `name` becomes.
fn component_key(name: &str, key: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || "-_.".contains(char) { char } else { '_' };
    format!("{name}_{}", key.chars().map(plain).collect::<String>())
}

/// Points references of the schema `name` at its components.
fn rewrite(value: &mut Value, name: &str) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Value::String(target) if key == "$ref" => *target = moved(target, name),
                    value => rewrite(value, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, name)),
        _ => {}
    }
}

fn moved(target: &str, name: &str) -> String {
    if target == "#" {
        return format!("#/components/schemas/{name}");
    }
    let Some(path) = target.strip_prefix("#/$defs/") else { return target.into() };
    let (key, rest) =
        path.split_once('/').map_or((path, String::new()), |(key, rest)| (key, format!("/{rest}")));
    format!("#/components/schemas/{}{rest}", component_key(name, &key.replace("~1", "/").replace("~0", "~")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_and_references_move_together() {
        let mut components = Components::default();
        let schema = json!({"properties": {"a": {"$ref": "#/$defs/A~1B"}, "me": {"$ref": "#"}}, "$defs": {"A/B": {"type": "null"}}});
        let reference = components.add("x_Input", &schema);
        assert_eq!(reference, json!({"$ref": "#/components/schemas/x_Input"}));
        let schemas = Value::Object(components.into_schemas([]));
        assert_eq!(schemas["x_Input"]["properties"]["a"]["$ref"], "#/components/schemas/x_Input_A_B");
        assert_eq!(schemas["x_Input"]["properties"]["me"]["$ref"], "#/components/schemas/x_Input");
        assert_eq!(schemas["x_Input_A_B"], json!({"type": "null"}));
    }
}
