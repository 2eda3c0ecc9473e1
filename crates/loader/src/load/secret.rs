//! Secrets: `${NAME}` of the environment, in the places that a schema has for them, and nowhere else.

use super::Context;
use crate::{
    document::{Content, Item},
    suggest::list,
};
use serde_json::Value;

impl Context<'_> {
    /// Checks every text of a value: where the schema has a place for a secret, it is `${NAME}`; elsewhere it is not. An
    /// `example` is shown to people who wrote a secret in clear. Gives the keys of the value in which something is wrong.
    pub(super) fn secrets(&mut self, item: &Item, schema: &Value, example: &str) -> Vec<String> {
        let scope = Scope { root: schema, places: places(schema), example };
        if item.entries().is_empty() {
            self.walk(item, &[schema], &scope);
        }
        let mut wrong = Vec::new();
        for entry in item.entries() {
            let before = self.mistakes.errors();
            self.walk(&entry.value, &scope.children(&[schema], Some(&entry.key)), &scope);
            if self.mistakes.errors() > before {
                wrong.push(entry.key.clone());
            }
        }
        wrong
    }

    fn walk(&mut self, item: &Item, schemas: &[&Value], scope: &Scope<'_>) {
        match &item.content {
            Content::Text(text, _) => self.check_text(item, text, schemas, scope),
            Content::List(items) => {
                let inner = scope.children(schemas, None);
                items.iter().for_each(|item| self.walk(item, &inner, scope));
            }
            Content::Map(entries) => {
                for entry in entries {
                    self.walk(&entry.value, &scope.children(schemas, Some(&entry.key)), scope);
                }
            }
            Content::Null | Content::Bool(_) | Content::Number(_) => {}
        }
    }

    fn check_text(&mut self, item: &Item, text: &str, schemas: &[&Value], scope: &Scope<'_>) {
        let secret = schemas.iter().any(|schema| holds_secret(schema));
        if secret && variable(text).is_none() {
            self.mistakes.hide(item.span);
            let message = "a secret stands here in clear";
            let name = if scope.example.is_empty() { "NAME" } else { scope.example };
            let remedy = format!(
                "write `${{{name}}}` and set that variable of the environment; if the secret was shared, replace it"
            );
            self.mistakes.error(item.span, message, remedy);
        } else if !secret && let Some(name) = mentioned(text) {
            let message = format!("`${{{name}}}` stands where no secret belongs");
            let remedy = match scope.places.as_slice() {
                [] => "write the value itself; variables of the environment are for secrets only".into(),
                places => format!(
                    "write the value itself; variables of the environment are for secrets only, here: {}",
                    list(places.iter().map(String::as_str))
                ),
            };
            self.mistakes.error(item.span, message, remedy);
        }
    }
}

/// The schema that is walked along with a value.
struct Scope<'a> {
    root: &'a Value,
    places: Vec<String>,
    example: &'a str,
}

impl<'a> Scope<'a> {
    /// The schemas of a key's value, or of a list's items.
    fn children<'s>(&self, schemas: &[&'s Value], key: Option<&str>) -> Vec<&'s Value>
    where
        'a: 's,
    {
        let all = schemas.iter().flat_map(|schema| self.spread(schema, 0));
        let inner = all.filter_map(|schema| match key {
            Some(key) => schema["properties"].get(key).or_else(|| schema.get("additionalProperties")),
            None => schema.get("items"),
        });
        inner.flat_map(|schema| self.spread(schema, 0)).collect()
    }

    /// A schema, and those that it refers to or combines.
    fn spread<'s>(&self, schema: &'s Value, depth: usize) -> Vec<&'s Value>
    where
        'a: 's,
    {
        let mut all = vec![schema];
        if depth < 8 {
            let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
            let referred = pointer.and_then(|pointer| self.root.pointer(pointer));
            let combined = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|word| schema[word].as_array());
            for inner in referred.into_iter().chain(combined.flatten()) {
                all.extend(self.spread(inner, depth + 1));
            }
        }
        all
    }
}

/// Whether a schema is of a place for a secret: it says `writeOnly`, or has a pattern that only `${NAME}` fits.
fn holds_secret(schema: &Value) -> bool {
    schema["writeOnly"] == true
        || schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with(r"^\$\{"))
}

/// The properties of a schema that hold secrets.
fn places(schema: &Value) -> Vec<String> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.filter(|(_, schema)| holds_secret(schema)).map(|(key, _)| key.clone()).collect()
}

/// The name in `${NAME}`, if the text is just that.
fn variable(text: &str) -> Option<&str> {
    mentioned(text).filter(|name| text.len() == name.len() + "${}".len())
}

/// The first name that the text mentions as `${NAME}`.
fn mentioned(text: &str) -> Option<&str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).find(|name| {
        let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
        name.chars().all(plain) && name.starts_with(|char: char| !char.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_variable_of_the_environment() {
        assert_eq!(variable("${OPENAI_API_KEY}"), Some("OPENAI_API_KEY"));
        assert_eq!(variable("x${A}"), None);
        assert_eq!(mentioned("x ${} ${1} ${A}y"), Some("A"));
        assert_eq!(mentioned("${a b} $A {A}"), None);
    }
}
