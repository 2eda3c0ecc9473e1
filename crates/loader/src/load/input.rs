//! `input:`: what a chain takes, in shorthand or as a JSON Schema.

use super::{Context, conform::compile, field::Field};
use crate::document::{Content, Item};
use serde_json::{Map, Value, json};

impl Context<'_> {
    /// The JSON Schema of an input.
    pub(super) fn input(&mut self, item: &Item) -> Option<Value> {
        match &item.content {
            Content::Text(..) | Content::List(_) => self.field(item, "`input`").map(|field| field.schema),
            Content::Map(entries) => match entries.as_slice() {
                [entry] if entry.key == "schema" && !entry.value.entries().is_empty() => {
                    self.full_schema(&entry.value)
                }
                [] => {
                    let remedy = "write a field: `input: { question: string }`";
                    self.mistakes.error(item.span, "`input` has no fields", remedy);
                    None
                }
                _ => self.fields(item),
            },
            Content::Null | Content::Bool(_) | Content::Number(_) => {
                self.wrong_kind(item, "`input`", "a mapping of fields");
                None
            }
        }
    }

    fn full_schema(&mut self, item: &Item) -> Option<Value> {
        let schema = item.to_value();
        self.check_schema(item, &schema).then_some(schema)
    }

    /// `{ question: string, style?: string }`
    fn fields(&mut self, item: &Item) -> Option<Value> {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut whole = true;
        for entry in item.entries() {
            let (name, optional) = match entry.key.strip_suffix('?') {
                Some(name) => (name.trim_end(), true),
                None => (entry.key.as_str(), false),
            };
            if properties.contains_key(name) {
                let message = format!("the field `{name}` is here twice");
                self.mistakes.error(entry.span, message, "keep one of the two; `?` marks an optional field");
            }
            let field = self.field(&entry.value, &format!("the field `{name}`"));
            whole &= field.is_some();
            let Field { schema, has_default } = field.unwrap_or_default();
            properties.insert(name.into(), schema);
            if !optional && !has_default {
                required.push(name);
            }
        }
        let schema = json!({"type": "object", "properties": properties, "required": required});
        whole.then_some(schema)
    }

    /// Whether what was written is a JSON Schema; where not, it is noted.
    pub(super) fn check_schema(&mut self, item: &Item, schema: &Value) -> bool {
        let remedy = "see json-schema.org for what a schema can say; drafts other than 2020-12 are not read";
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            let path = error.instance_path().as_str();
            let span = item.follow(path).map_or(item.span, |item| item.span);
            self.mistakes.error(span, format!("this is not a JSON Schema: {}", error.masked()), remedy);
            return false;
        }
        if let Err(error) = compile(schema) {
            let span = item.locate(error.instance_path().as_str());
            if matches!(error.kind(), jsonschema::error::ValidationErrorKind::Referencing(_)) {
                let remedy = "refer to a part of it: `#/$defs/NAME`";
                self.mistakes.error(span, "`$ref` leads out of this schema", remedy);
                return false;
            }
            self.mistakes.error(span, format!("this JSON Schema cannot be used: {error}"), remedy);
            return false;
        }
        true
    }
}
