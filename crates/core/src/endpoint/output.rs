//! The schema of what a chain gives.

use crate::{Kind, Node, Parts};
use serde_json::{Map, Value, json};

/// The schema of what a chain gives, as far as its kinds tell.
pub(super) fn schema_of_kind(picture: &Node) -> Value {
    if let Parts::Parallel(branches) = &picture.parts
        && picture.name == "RunnableParallel"
    {
        let properties: Map<_, _> =
            branches.iter().map(|(key, node)| (key.clone(), schema_of_kind(node))).collect();
        let required: Vec<_> = properties.keys().cloned().collect();
        return json!({"type": "object", "properties": properties, "required": required});
    }
    if let Parts::Sequence(parts) = &picture.parts
        && let Some(last) = parts.last()
    {
        return schema_of_kind(last);
    }
    match picture.gives.kind {
        Kind::TEXT => json!({"type": "string"}),
        Kind::DICT | Kind::MESSAGE => json!({"type": "object"}),
        Kind::LIST => json!({"type": "array"}),
        Kind::NUMBER => json!({"type": "number"}),
        Kind::BOOL => json!({"type": "boolean"}),
        _ => json!({}),
    }
}

pub(super) fn wrap(key: &str, schema: &Value) -> Value {
    json!({"type": "object", "properties": {key: schema}, "required": [key]})
}
