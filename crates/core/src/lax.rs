//! Reading values as pydantic reads them in its lax mode: coerced where they almost fit, with its words where they do not.

mod checked;
mod collections;
mod compile;
mod form;
mod label;
mod objects;
mod problem;
mod reader;
mod scalars;
mod unions;

pub(crate) use checked::validator;

use crate::{InputProblem, Val};
use form::Form;
use indexmap::IndexMap;
use reader::Reader;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// A JSON Schema as pydantic would have it as a type. Values that almost fit are coerced (`"41"` for an integer), keys that
/// an object does not name are left out, defaults are filled in; messages and prompts of LangChain's classes, which are
/// known by their titles, become messages and prompts.
#[derive(Debug)]
pub struct LaxSchema {
    root: Form,
    /// What `$ref`s point to, by their JSON pointers.
    named: IndexMap<String, Form>,
}

impl LaxSchema {
    /// Compiles a schema; the error says what is wrong with it. Remote references are never fetched.
    ///
    /// ```
    /// use serde_json::{Value, json};
    /// use windlass_core::LaxSchema;
    ///
    /// let schema = LaxSchema::new(&json!({"type": "integer"})).unwrap();
    /// assert_eq!(Value::from(schema.read(&json!("41"), &[]).unwrap()), 41);
    /// assert_eq!(schema.read(&json!("x"), &["n".into()]).unwrap_err()[0].kind, "int_parsing");
    /// ```
    pub fn new(schema: &Value) -> Result<Self, String> {
        compile::compile(schema)
    }

    /// The value as the schema's type holds it, or all that is wrong with it, each at `at` and the path from there.
    pub fn read(&self, value: &Value, at: &[Value]) -> Result<Val, Vec<InputProblem>> {
        let mut reader = Reader::new(&self.named, at);
        match reader.read(&self.root, value) {
            Some(val) => Ok(val),
            None => Err(reader.into_problems(value)),
        }
    }
}

/// The schema of what every chat model of LangChain's takes: text, a prompt, or a list of messages. Its definitions are
/// those of the message classes.
///
/// ```
/// assert_eq!(windlass_core::model_input_schema()["anyOf"][0]["type"], "string");
/// ```
pub fn model_input_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("lax/model_input.json")).unwrap_or_default());
    &SCHEMA
}

/// The schema with conversations as LangChain writes them: as lists of its message classes. Only where they stand alone or
/// as a field of the whole.
pub(crate) fn with_message_classes(mut schema: Value) -> Value {
    let mut found = name_classes(&mut schema);
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for field in fields.into_iter().flat_map(Map::values_mut) {
        found |= name_classes(field);
    }
    if found && let Some(definitions) = model_input_schema()["$defs"].as_object() {
        for (name, definition) in definitions {
            schema["$defs"][name] = definition.clone();
        }
    }
    schema
}

/// Whether it was a conversation.
fn name_classes(schema: &mut Value) -> bool {
    let Some(object) = schema.as_object_mut().filter(|object| compile::is_conversation(object)) else {
        return false;
    };
    object.insert("items".into(), model_input_schema()["anyOf"][3]["items"].clone());
    true
}

/// One message of any class.
fn any_message() -> &'static LaxSchema {
    static ANY: LazyLock<LaxSchema> = LazyLock::new(|| {
        let mut schema = model_input_schema()["anyOf"][3]["items"].clone();
        schema["$defs"] = model_input_schema()["$defs"].clone();
        compile::compile(&schema).unwrap_or_else(|_| LaxSchema { root: Form::Any, named: IndexMap::new() })
    });
    &ANY
}

#[cfg(test)]
mod tests;
