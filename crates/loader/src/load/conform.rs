//! Checks values against a JSON Schema and says at the right place, in the words of a chain file, what is wrong.

use super::{Context, read::did_you_mean};
use crate::{
    document::Item,
    suggest::{list, shorten},
};
use jsonschema::{
    Draft, JsonType, PatternOptions, ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

/// A schema as a validator. References are never fetched, and patterns never backtrack.
pub(super) fn compile(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
}

/// A value, its schema, and what to call it.
struct Case<'a> {
    item: &'a Item,
    schema: &'a Value,
    what: &'a str,
}

impl Context<'_> {
    /// Checks a value against a schema. Gives the keys of the value that do not fit.
    pub(super) fn conform(&mut self, item: &Item, schema: &Value, what: &str) -> Vec<String> {
        let validator = match compile(schema) {
            Ok(validator) => validator,
            Err(error) => {
                let message = format!("the schema of {what} cannot be used: {}", error.masked());
                self.mistakes.error(item.span, message, "this is a mistake in Windlass; please report it");
                return Vec::new();
            }
        };
        let value = item.to_value();
        let mut keys = Vec::new();
        for error in validator.iter_errors(&value) {
            keys.extend(error.instance_path().as_str().split('/').nth(1).map(String::from));
            if let Kind::AdditionalProperties { unexpected } = error.kind() {
                keys.extend(unexpected.iter().cloned());
            }
            self.misfit(&error, &Case { item, schema, what });
        }
        keys
    }

    fn misfit(&mut self, error: &ValidationError<'_>, case: &Case<'_>) {
        let path = error.instance_path().as_str();
        let name = case.name(path);
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                unexpected.iter().for_each(|key| self.extra(key, error, case));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match fitting(context) {
                Some(errors) => errors.iter().for_each(|error| self.misfit(error, case)),
                None => {
                    let forms = case.schema.pointer(error.schema_path().as_str());
                    let message = match forms.map(forms_in_words).unwrap_or_default() {
                        forms if forms.is_empty() => format!("{name} has none of the forms it can have"),
                        forms => format!("{name} must be {forms}"),
                    };
                    self.misfit_at(error, case, message);
                }
            },
            kind => {
                let found = case.item.follow(path).map_or("nothing", Item::kind);
                let message = match words(kind, found) {
                    Some(words) => format!("{name} {words}"),
                    None => format!("{name} is not right: {}", error.masked()),
                };
                self.misfit_at(error, case, message);
            }
        }
    }

    fn extra(&mut self, key: &str, error: &ValidationError<'_>, case: &Case<'_>) {
        let path = error.instance_path().as_str();
        let Some(entry) = case.item.follow(path).and_then(|item| item.entry(key)) else { return };
        let around = error.schema_path().as_str().rsplit_once('/').map_or("", |(around, _)| around);
        let properties = case.schema.pointer(around).and_then(|schema| schema["properties"].as_object());
        let known: Vec<&str> = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        let name = case.name(path);
        let remedy = did_you_mean(key, known.iter().copied())
            .unwrap_or_else(|| format!("{name} has: {}", list(known.iter().copied())));
        self.unknown_key(entry, &name, remedy);
    }

    fn misfit_at(&mut self, error: &ValidationError<'_>, case: &Case<'_>, message: String) {
        let around = error.schema_path().as_str().rsplit_once('/').map_or("", |(around, _)| around);
        let description = case.schema.pointer(around).and_then(|schema| schema["description"].as_str());
        let path = error.instance_path().as_str();
        let span = match case.item.follow(path) {
            Some(item) if !path.is_empty() && item.span.start < item.span.end => item.span,
            _ => case.item.locate(path),
        };
        if self.mistakes.any_at(span) {
            return;
        }
        let name = case.name(path);
        let remedy = description.map_or_else(
            || "`windlass schema` prints what each key takes".into(),
            |text| format!("{name}: {text}"),
        );
        self.mistakes.error(span, message, remedy);
    }
}

impl Case<'_> {
    /// What to call the value at a path: its last key.
    fn name(&self, path: &str) -> String {
        let keys = path.split('/').skip(1).filter(|part| part.parse::<usize>().is_err());
        match keys.last() {
            Some(key) => format!("`{}`", shorten(&key.replace("~1", "/").replace("~0", "~"))),
            None => format!("`{}`", self.what),
        }
    }
}

/// Of the forms a value can have, the errors of the one that is of the value's type.
fn fitting<'c>(context: &'c [Vec<ValidationError<'static>>]) -> Option<&'c [ValidationError<'static>]> {
    let is_type =
        |error: &ValidationError<'_>| matches!(error.kind(), Kind::Type { .. } | Kind::Constant { .. });
    let least = context.iter().flatten().map(|error| error.instance_path().as_str().len()).min();
    let top =
        |error: &ValidationError<'_>| is_type(error) && Some(error.instance_path().as_str().len()) == least;
    let mut forms = context.iter().filter(|errors| !errors.iter().any(top));
    let first = forms.next()?;
    forms.next().is_none().then_some(first)
}

/// The types of several forms; nothing if any of them is not just a type.
fn forms_in_words(forms: &Value) -> String {
    let words = forms.as_array().into_iter().flatten().map(|form| match form["type"].as_str()? {
        "string" => Some("text"),
        "integer" => Some("a whole number"),
        "number" => Some("a number"),
        "boolean" => Some("true or false"),
        "array" => Some("a list"),
        "object" => Some("a mapping"),
        _ => None,
    });
    words.collect::<Option<Vec<_>>>().unwrap_or_default().join(" or ")
}

fn words(kind: &Kind, found: &str) -> Option<String> {
    Some(match kind {
        Kind::Type { kind: TypeKind::Single(JsonType::Integer) } if found == "a number" => {
            "must be a whole number".into()
        }
        Kind::Type { kind: TypeKind::Single(wanted) } => {
            format!("must be {}, not {found}", type_words(*wanted))
        }
        Kind::Type { kind: TypeKind::Multiple(wanted) } => {
            let wanted: Vec<_> = wanted.iter().map(type_words).collect();
            format!("must be {}, not {found}", wanted.join(" or "))
        }
        Kind::Required { property } => format!("has no {}", property.to_string().replace('"', "`")),
        Kind::Enum { options } => {
            let options = options.as_array().into_iter().flatten().map(ToString::to_string);
            format!("must be one of {}", options.collect::<Vec<_>>().join(", "))
        }
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::Pattern { pattern } => format!("must match the pattern `{pattern}`"),
        Kind::Format { format } => format!("must be a valid {format}"),
        Kind::FalseSchema => "is not allowed here".into(),
        _ => return None,
    })
}

fn type_words(wanted: JsonType) -> &'static str {
    match wanted {
        JsonType::String => "text",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::Boolean => "true or false",
        JsonType::Array => "a list",
        JsonType::Object => "a mapping",
        JsonType::Null => "nothing",
    }
}
