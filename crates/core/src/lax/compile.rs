//! From JSON Schema to forms, as pydantic writes its types into such schemas.

mod members;

use super::{
    LaxSchema, any_message,
    checked::validator,
    form::{Bound, Bounds, Choice, Class, Field, Form, ListForm, ObjectForm, Rest, TYPED_DICTS, TextRule},
};
use crate::messages_schema;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// What no form knows; the schema library checks it.
const OTHERS: [&str; 20] = [
    "allOf",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "format",
    "if",
    "maxContains",
    "maxProperties",
    "minContains",
    "minProperties",
    "not",
    "pattern",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

/// Compiles a schema; the error says what is wrong with it.
pub(super) fn compile(schema: &Value) -> Result<LaxSchema, String> {
    let mut compiler = Compiler { root: schema, named: IndexMap::new(), waiting: Vec::new() };
    let root = compiler.form(schema, true)?;
    while let Some(pointer) = compiler.waiting.pop() {
        let target = schema.pointer(&pointer).ok_or_else(|| format!("nothing stands at `#{pointer}`"))?;
        let form = compiler.form(target, true)?;
        compiler.named.insert(pointer, form);
    }
    Ok(LaxSchema { root, named: compiler.named })
}

struct Compiler<'s> {
    root: &'s Value,
    named: IndexMap<String, Form>,
    waiting: Vec<String>,
}

impl Compiler<'_> {
    /// The form of a schema; `defined` if it is a definition of its own, as classes have.
    fn form(&mut self, schema: &Value, defined: bool) -> Result<Form, String> {
        let Some(object) = schema.as_object() else {
            return match schema {
                Value::Bool(true) => Ok(Form::Any),
                other => self.checked(Form::Any, other),
            };
        };
        if is_conversation(object) {
            let told = Form::LangChain(Class::Message(None), Box::new(Form::Of(any_message())));
            return Ok(Form::List(Box::new(ListForm { items: told, least: None, most: None })));
        }
        let form = self.known(object, defined)?;
        let uuid = matches!(form, Form::Uuid);
        let also = |key: &str| OTHERS.contains(&key) && !(uuid && key == "format");
        let members = object.contains_key("anyOf") || object.contains_key("oneOf");
        if object.keys().any(|key| also(key)) || members && has_type(object) {
            return self.checked(form, schema);
        }
        Ok(self.langchain(object, form))
    }

    /// What the forms know of a schema.
    fn known(&mut self, schema: &Map<String, Value>, defined: bool) -> Result<Form, String> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(reference, schema);
        }
        if let Some(value) = schema.get("const") {
            return Ok(Form::Choice(Choice { values: vec![value.clone()], class: false }));
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return Ok(Form::Choice(Choice {
                values: values.clone(),
                class: defined && schema.contains_key("title"),
            }));
        }
        for word in ["oneOf", "anyOf"] {
            if let Some(members) = schema.get(word).and_then(Value::as_array).filter(|_| !has_type(schema)) {
                return self.union(schema, members, word == "oneOf");
            }
        }
        match schema.get("type") {
            Some(Value::Array(types)) => self.types(schema, types),
            Some(Value::String(word)) => self.typed(schema, word),
            _ if schema.contains_key("properties") => self.object(schema),
            _ => Ok(Form::Any),
        }
    }

    fn reference(&mut self, reference: &str, schema: &Map<String, Value>) -> Result<Form, String> {
        let pointer = reference.strip_prefix('#').filter(|pointer| self.root.pointer(pointer).is_some());
        let Some(pointer) = pointer else { return self.checked(Form::Any, &Value::Object(schema.clone())) };
        if !self.named.contains_key(pointer) {
            // Taken, so that it is compiled once.
            self.named.insert(pointer.into(), Form::Any);
            self.waiting.push(pointer.into());
        }
        Ok(Form::Named(pointer.into()))
    }

    fn types(&mut self, schema: &Map<String, Value>, types: &[Value]) -> Result<Form, String> {
        let members: Vec<_> = types
            .iter()
            .map(|word| {
                let mut member = schema.clone();
                member.insert("type".into(), word.clone());
                Value::Object(member)
            })
            .collect();
        self.union(&Map::new(), &members, false)
    }

    fn typed(&mut self, schema: &Map<String, Value>, word: &str) -> Result<Form, String> {
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        Ok(match word {
            "string" if schema.get("format").is_some_and(|format| format == "uuid") => Form::Uuid,
            "string" => Form::Text(TextRule { least: count("minLength"), most: count("maxLength") }),
            "integer" => Form::Integer(bounds(schema)),
            "number" => Form::Float(bounds(schema)),
            "boolean" => Form::Bool,
            "null" => Form::Null,
            "array" => {
                let items = schema.get("items").map_or(Ok(Form::Any), |items| self.form(items, false))?;
                Form::List(Box::new(ListForm { items, least: count("minItems"), most: count("maxItems") }))
            }
            "object" => self.object(schema)?,
            other => return Err(format!("`{other}` is no type")),
        })
    }

    fn object(&mut self, schema: &Map<String, Value>) -> Result<Form, String> {
        let title = schema.get("title").and_then(Value::as_str);
        let properties = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|other| other.as_str() == Some(name)));
        let fields = properties.into_iter().flatten().map(|(name, field)| {
            let form = self.form(field, false)?;
            let default = field.get("default").cloned();
            Ok(Field { name: name.clone(), form, required: is_required(name), default })
        });
        let fields = fields.collect::<Result<_, String>>()?;
        let rest = match schema.get("additionalProperties") {
            None if properties.is_some() => Rest::Drop,
            None | Some(Value::Bool(true)) => Rest::Keep,
            Some(Value::Bool(false)) => Rest::Forbid,
            Some(form) => Rest::Each(self.form(form, false)?),
        };
        let class =
            title.filter(|title| properties.is_some() && !TYPED_DICTS.contains(title)).map(String::from);
        Ok(Form::Object(Box::new(ObjectForm { class, fields, rest })))
    }

    /// What the schema library checks too.
    fn checked(&self, form: Form, schema: &Value) -> Result<Form, String> {
        let mut alone = schema.clone();
        if let (Some(alone), Some(root)) = (alone.as_object_mut(), self.root.as_object()) {
            for key in ["$defs", "definitions"] {
                if let Some(definitions) = root.get(key) {
                    alone.entry(key).or_insert_with(|| definitions.clone());
                }
            }
        }
        let validator = validator(&alone)?;
        Ok(Form::Checked(Box::new(form), Box::new(validator)))
    }
}

/// Whether a schema is that of a conversation in all forms.
pub(super) fn is_conversation(schema: &Map<String, Value>) -> bool {
    static MESSAGES: LazyLock<Value> = LazyLock::new(|| messages_schema()["items"].clone());
    schema.get("items").is_some_and(|items| *items == *MESSAGES)
}

/// Whether a schema says itself what type it is of.
fn has_type(schema: &Map<String, Value>) -> bool {
    schema.contains_key("type") || schema.contains_key("properties")
}

fn bounds(schema: &Map<String, Value>) -> Bounds {
    let words = [
        (Bound::MultipleOf, "multipleOf"),
        (Bound::AtMost, "maximum"),
        (Bound::Below, "exclusiveMaximum"),
        (Bound::AtLeast, "minimum"),
        (Bound::Above, "exclusiveMinimum"),
    ];
    let limits = words.into_iter().filter_map(|(bound, word)| match schema.get(word) {
        Some(Value::Number(limit)) => Some((bound, limit.clone())),
        _ => None,
    });
    Bounds(limits.collect())
}
