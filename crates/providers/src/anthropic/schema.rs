//! JSON Schemas of answers as the API takes them: what it cannot hold a model to is told in words. Pure.

use crate::call::BadRequest;
use serde_json::{Map, Value, json};
use windlass_core::{Val, python};

/// The formats of text that the API knows.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];
const UNTYPED: &str = "Schema must have a 'type', 'anyOf', 'oneOf', or 'allOf' field, or a 'const' or non-empty 'enum' \
                       of strings, numbers, booleans, or null.";

/// OpenAI's `response_format`, or a schema alone, as a format of the output.
pub(super) fn output_format(format: &Value) -> Result<Value, BadRequest> {
    let inner = format.get("json_schema").and_then(|inner| inner.get("schema"));
    let inner = inner.filter(|_| format["type"] == "json_schema");
    match inner.unwrap_or(format) {
        Value::Object(schema) => Ok(json!({"type": "json_schema", "schema": transformed(schema)?})),
        _ => Err(BadRequest::value("a response format is an object")),
    }
}

/// The schema as the API takes it.
fn transformed(schema: &Map<String, Value>) -> Result<Value, BadRequest> {
    let mut rest = schema.clone();
    let mut strict = Map::new();
    if let Some(Value::Object(definitions)) = rest.shift_remove("$defs") {
        strict.insert("$defs".into(), each(definitions)?);
    }
    if let Some(reference) = rest.shift_remove("$ref").filter(|reference| !reference.is_null()) {
        strict.insert("$ref".into(), reference);
        return Ok(strict.into());
    }
    let kind = kind(&mut rest, &mut strict)?;
    for name in ["description", "title"] {
        if let Some(text) = rest.shift_remove(name).filter(|text| !text.is_null()) {
            strict.insert(name.into(), text);
        }
    }
    match kind.as_deref() {
        Some("object") => object(&mut rest, &mut strict)?,
        Some("string") => string(&mut rest, &mut strict),
        Some("array") => array(&mut rest, &mut strict)?,
        _ => {}
    }
    describe(rest, &mut strict);
    Ok(strict.into())
}

fn one(schema: Value) -> Result<Value, BadRequest> {
    match schema {
        Value::Object(schema) => transformed(&schema),
        _ => Err(BadRequest { class: "TypeError", words: "a schema is not an object".into() }),
    }
}

fn each(schemas: Map<String, Value>) -> Result<Value, BadRequest> {
    let schemas = schemas.into_iter().map(|(name, schema)| Ok((name, one(schema)?)));
    schemas.collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

/// What kind of value the schema is of; values that are listed need no type.
fn kind(
    rest: &mut Map<String, Value>,
    strict: &mut Map<String, Value>,
) -> Result<Option<String>, BadRequest> {
    let plain = |value: &Value| !value.is_object() && !value.is_array();
    let kind = rest.shift_remove("type").and_then(|kind| kind.as_str().map(str::to_owned));
    let choices = ["anyOf", "oneOf", "allOf"].map(|name| (name, rest.shift_remove(name)));
    let listed =
        |list: &Value| list.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(plain));
    let mut literal = false;
    for (name, fits) in
        [("enum", rest.get("enum").is_some_and(listed)), ("const", rest.get("const").is_some_and(plain))]
    {
        if fits && let Some(values) = rest.shift_remove(name) {
            strict.insert(name.into(), values);
            literal = true;
        }
    }
    let choice = choices.into_iter().find_map(|(name, list)| match list {
        Some(Value::Array(list)) => Some((if name == "allOf" { name } else { "anyOf" }, list)),
        _ => None,
    });
    let kind = kind.filter(|_| !literal);
    match (choice, &kind) {
        (Some((name, list)), _) => {
            let list: Result<Vec<_>, _> = list.into_iter().map(one).collect();
            strict.insert(name.into(), list?.into());
        }
        (None, _) if literal => {}
        (None, Some(kind)) => drop(strict.insert("type".into(), kind.as_str().into())),
        (None, None) => return Err(BadRequest::value(UNTYPED)),
    }
    Ok(kind)
}

fn object(rest: &mut Map<String, Value>, strict: &mut Map<String, Value>) -> Result<(), BadRequest> {
    let properties = match rest.shift_remove("properties") {
        Some(Value::Object(properties)) => each(properties)?,
        _ => json!({}),
    };
    rest.shift_remove("additionalProperties");
    strict.insert("properties".into(), properties);
    strict.insert("additionalProperties".into(), false.into());
    if let Some(required) = rest.shift_remove("required").filter(|required| !required.is_null()) {
        strict.insert("required".into(), required);
    }
    Ok(())
}

fn string(rest: &mut Map<String, Value>, strict: &mut Map<String, Value>) {
    let Some(format) = rest.shift_remove("format") else { return };
    match format.as_str() {
        None | Some("") => {}
        Some(known) if FORMATS.contains(&known) => drop(strict.insert("format".into(), format)),
        Some(_) => drop(rest.insert("format".into(), format)),
    }
}

fn array(rest: &mut Map<String, Value>, strict: &mut Map<String, Value>) -> Result<(), BadRequest> {
    if let Some(items) = rest.shift_remove("items").filter(|items| !items.is_null()) {
        strict.insert("items".into(), one(items)?);
    }
    if let Some(least) = rest.shift_remove("minItems").filter(|least| !least.is_null()) {
        let place = if matches!(least.as_u64(), Some(0 | 1)) { strict } else { rest };
        place.insert("minItems".into(), least);
    }
    Ok(())
}

/// What is left the model reads as words.
fn describe(rest: Map<String, Value>, strict: &mut Map<String, Value>) {
    if rest.is_empty() {
        return;
    }
    let pairs = rest.into_iter().map(|(name, value)| format!("{name}: {}", python::str(&Val::from(value))));
    let pairs = pairs.collect::<Vec<_>>().join(", ");
    let before = strict.get("description").and_then(Value::as_str).map(|text| format!("{text}\n\n"));
    strict.insert("description".into(), format!("{}{{{pairs}}}", before.unwrap_or_default()).into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &Value, expect: &Value) {
        assert_eq!(&output_format(schema).unwrap()["schema"], expect);
    }

    #[test]
    fn what_the_api_cannot_check_is_told_in_words() {
        check(
            &json!({"type": "integer", "minimum": 1, "maximum": 10, "description": "A number"}),
            &json!({"type": "integer", "description": "A number\n\n{minimum: 1, maximum: 10}"}),
        );
        check(
            &json!({"type": "array", "items": {"type": "string", "format": "x"}, "minItems": 2}),
            &json!({"type": "array", "items": {"type": "string", "description": "{format: x}"}, "description": "{minItems: 2}"}),
        );
    }

    #[test]
    fn objects_are_closed_and_choices_unified() {
        check(
            &json!({"type": "json_schema", "json_schema": {"schema": {
                "title": "T", "type": "object", "required": ["a"],
                "properties": {"a": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/A", "x": 1}]}, "b": {"enum": ["p", 1]}},
                "$defs": {"A": {"type": "string", "format": "date"}},
            }}}),
            &json!({
                "$defs": {"A": {"type": "string", "format": "date"}}, "type": "object", "title": "T",
                "properties": {"a": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/A"}]}, "b": {"enum": ["p", 1]}},
                "additionalProperties": false, "required": ["a"],
            }),
        );
        assert_eq!(output_format(&json!({"description": "x"})).unwrap_err().words.ours, UNTYPED);
    }
}
