//! One field of an input: a word, `[word]`, or a JSON Schema with `type`.

use super::{Context, conform::compile, read::did_you_mean};
use crate::{
    document::{Content, Item},
    suggest::{list, shorten},
};
use serde_json::{Value, json};
use windlass_core::messages_schema;

/// The words for types, and what people write who know other languages.
const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "messages", "object", "any"];
const FOREIGN: [(&str, &str); 11] = [
    ("text", "string"),
    ("str", "string"),
    ("int", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("bool", "boolean"),
    ("list", "[string]"),
    ("array", "[string]"),
    ("dict", "object"),
    ("map", "object"),
    ("history", "messages"),
];

/// What a JSON Schema can say of a field. Validators pass over what they do not know, so a slip would go unseen.
const KEYWORDS: [&str; 49] = [
    "type",
    "description",
    "default",
    "title",
    "examples",
    "enum",
    "const",
    "deprecated",
    "readOnly",
    "writeOnly",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "minItems",
    "maxItems",
    "uniqueItems",
    "unevaluatedItems",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "$comment",
];

/// A field's schema.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) schema: Value,
    pub(super) has_default: bool,
}

impl Context<'_> {
    pub(super) fn field(&mut self, item: &Item, what: &str) -> Option<Field> {
        match &item.content {
            Content::Text(word, _) => self.type_word(word, item, what).map(Field::of),
            Content::List(items) => match items.as_slice() {
                [one] => {
                    let items = self.field(one, what)?.schema;
                    Some(Field::of(json!({"type": "array", "items": items})))
                }
                _ => {
                    let remedy = "write `[string]` for a list of text";
                    self.mistakes.error(item.span, format!("{what} must have one type of items"), remedy);
                    None
                }
            },
            Content::Map(_) => self.field_schema(item, what),
            Content::Null | Content::Bool(_) | Content::Number(_) => {
                self.wrong_kind(item, what, "a type such as `string`");
                None
            }
        }
    }

    fn type_word(&mut self, word: &str, item: &Item, what: &str) -> Option<Value> {
        match word {
            "messages" => Some(messages_schema()),
            "any" => Some(json!({})),
            word if TYPES.contains(&word) => Some(json!({"type": word})),
            word => {
                let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == word);
                let remedy = foreign
                    .map(|(_, ours)| format!("write `{ours}`"))
                    .or_else(|| did_you_mean(word, TYPES))
                    .unwrap_or_else(|| format!("write one of {}, or `[string]` for a list", list(TYPES)));
                let message = format!("{what} cannot be of type `{}`", shorten(word));
                self.mistakes.error(item.span, message, remedy);
                None
            }
        }
    }

    fn field_schema(&mut self, item: &Item, what: &str) -> Option<Field> {
        for entry in item.entries().iter().filter(|entry| !is_keyword(&entry.key)) {
            let remedy = did_you_mean(&entry.key, KEYWORDS)
                .unwrap_or_else(|| "a field is a type, or a JSON Schema with `type`".into());
            self.unknown_key(entry, what, remedy);
        }
        let mut schema = item.to_value();
        if schema["type"] == "messages"
            && let (Some(object), Value::Object(messages)) = (schema.as_object_mut(), messages_schema())
        {
            object.remove("type");
            for (key, value) in messages {
                object.entry(key).or_insert(value);
            }
        }
        let says_type = ["type", "enum", "const", "anyOf", "oneOf", "allOf"];
        if !item.entries().iter().any(|entry| says_type.contains(&entry.key.as_str())) {
            let remedy = "write `type: string`, or what type it is";
            self.mistakes.error(item.span, format!("{what} has no `type`"), remedy);
            return None;
        }
        if !self.check_schema(item, &schema) {
            return None;
        }
        self.check_default(item, &schema, what);
        let has_default = schema.get("default").is_some();
        Some(Field { schema, has_default })
    }

    fn check_default(&mut self, item: &Item, schema: &Value, what: &str) {
        let Some(default) = item.get("default") else { return };
        if compile(schema).is_ok_and(|validator| !validator.is_valid(&default.to_value())) {
            let message = format!("the default of {what} does not fit its type");
            self.mistakes.error(default.span, message, "change the default or the type");
        }
    }
}

impl Field {
    fn of(schema: Value) -> Self {
        Field { schema, has_default: false }
    }
}

fn is_keyword(key: &str) -> bool {
    KEYWORDS.contains(&key) || key.starts_with("x-")
}
