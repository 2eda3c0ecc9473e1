//! What only the schema library checks: patterns, formats, conditions.

use super::{
    form::Form,
    problem::Problem,
    reader::{PROBLEM_LIMIT, Reader},
};
use crate::{Val, echo::pointer_part};
use jsonschema::{PatternOptions, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

impl Reader<'_> {
    pub(super) fn checked(&mut self, form: &Form, validator: &Validator, value: &Value) -> Option<Val> {
        let val = self.read(form, value)?;
        let json = Value::from(val.clone());
        if validator.is_valid(&json) {
            return Some(val);
        }
        for error in validator.iter_errors(&json).take(PROBLEM_LIMIT) {
            let depth = self.at.len();
            self.at.extend(error.instance_path().as_str().split('/').skip(1).map(pointer_part));
            self.note(problem_of(&error), error.instance());
            self.at.truncate(depth);
        }
        None
    }
}

/// What checks values against a schema; `Err` says what is wrong with that. Remote references are never fetched.
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| error.to_string())
}

fn problem_of(error: &ValidationError<'_>) -> Problem {
    match error.kind() {
        ValidationErrorKind::Pattern { pattern } => {
            Problem::new("string_pattern_mismatch", format!("String should match pattern '{pattern}'"))
                .with([("pattern", json!(pattern))])
        }
        ValidationErrorKind::Format { format } => {
            let (kind, what) = match format.as_str() {
                "date-time" => ("datetime_from_date_parsing", "a valid datetime or date"),
                "date" => ("date_from_datetime_parsing", "a valid date or datetime"),
                "time" => ("time_parsing", "in a valid time format"),
                "duration" => ("time_delta_parsing", "a valid timedelta"),
                "uri" => ("url_parsing", "a valid URL"),
                other => return Problem::new("value_error", format!("Value error, not in format `{other}`")),
            };
            Problem::new(kind, format!("Input should be {what}"))
        }
        other => Problem::new(other.keyword().to_string(), error.masked().to_string()),
    }
}
