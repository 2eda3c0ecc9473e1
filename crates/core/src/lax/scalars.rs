//! Text, numbers, booleans, and values out of a list.

use super::{
    form::{Bound, Bounds, Choice, TextRule},
    problem::Problem,
    reader::{Fit, Reader},
};
use crate::{Number, Val};
use num_bigint::BigInt;
use serde_json::Value;
use uuid::Uuid;

/// The most digits of an integer in text.
const DIGIT_LIMIT: usize = 4300;

impl Reader<'_> {
    pub(super) fn text(&mut self, rule: &TextRule, value: &Value) -> Option<Val> {
        let Value::String(text) = value else {
            return self.fail(Problem::not_a("string_type", "string"), value);
        };
        if rule.least.is_some() || rule.most.is_some() {
            let count = text.chars().count() as u64;
            if let Some(least) = rule.least.filter(|least| count < *least) {
                let msg = format!("String should have at least {}", counted(least, "character"));
                let problem = Problem::new("string_too_short", msg);
                return self.fail(problem.with([("min_length", least.into())]), value);
            }
            if let Some(most) = rule.most.filter(|most| count > *most) {
                let msg = format!("String should have at most {}", counted(most, "character"));
                let problem = Problem::new("string_too_long", msg);
                return self.fail(problem.with([("max_length", most.into())]), value);
            }
        }
        Some(Val::Text(text.clone()))
    }

    pub(super) fn uuid(&mut self, value: &Value) -> Option<Val> {
        let Value::String(text) = value else {
            return self.fail(
                Problem::new("uuid_type", "UUID input should be a string, bytes or UUID object"),
                value,
            );
        };
        match Uuid::parse_str(text) {
            Ok(uuid) => {
                self.fit = Fit::Lax;
                Some(Val::Text(uuid.to_string()))
            }
            Err(error) => {
                let error = error.to_string();
                let problem = Problem::new("uuid_parsing", format!("Input should be a valid UUID, {error}"));
                self.fail(problem.with([("error", error.into())]), value)
            }
        }
    }

    pub(super) fn integer(&mut self, bounds: &Bounds, value: &Value) -> Option<Val> {
        let number = match value {
            Value::Number(number) if number.is_f64() => {
                self.fit = self.fit.min(Fit::Lax);
                whole(number.as_f64().unwrap_or(f64::NAN))
            }
            Value::Number(number) => Ok(Number::from(number.clone())),
            Value::Bool(bool) => {
                self.fit = self.fit.min(Fit::Lax);
                Ok(Number::from(i64::from(*bool)))
            }
            Value::String(text) => {
                self.fit = self.fit.min(Fit::Lax);
                written_integer(text)
            }
            _ => Err(Problem::not_a("int_type", "integer")),
        };
        match number {
            Ok(number) => self.within(bounds, number, value),
            Err(problem) => self.fail(problem, value),
        }
    }

    pub(super) fn float(&mut self, bounds: &Bounds, value: &Value) -> Option<Val> {
        let number = match value {
            Value::Number(number) => {
                self.fit = self.fit.min(if number.is_f64() { Fit::Exact } else { Fit::Strict });
                number.as_f64().ok_or_else(|| Problem::not_a("float_type", "number"))
            }
            Value::Bool(bool) => {
                self.fit = self.fit.min(Fit::Lax);
                Ok(f64::from(*bool))
            }
            Value::String(text) => {
                self.fit = self.fit.min(Fit::Lax);
                let words = "Input should be a valid number, unable to parse string as a number";
                plain(text.trim())
                    .and_then(|text| text.parse().ok())
                    .ok_or(Problem::new("float_parsing", words))
            }
            _ => Err(Problem::not_a("float_type", "number")),
        };
        match number {
            Ok(number) => self.within(bounds, Number::Float(number), value),
            Err(problem) => self.fail(problem, value),
        }
    }

    fn within(&mut self, bounds: &Bounds, number: Number, value: &Value) -> Option<Val> {
        let broken = bounds.0.iter().find(|(bound, limit)| !bound.holds(number.to_f64(), limit));
        let Some((bound, limit)) = broken else { return Some(Val::Number(number)) };
        let limit = match (&number, limit.as_f64()) {
            (Number::Float(_), Some(limit)) => Value::from(limit),
            _ => Value::Number(limit.clone()),
        };
        // Rust writes a whole float without its point, as pydantic does here.
        let shown =
            limit.as_f64().filter(|_| limit.is_f64()).map_or(limit.to_string(), |limit| limit.to_string());
        let (kind, words, key) = bound.words();
        self.fail(Problem::new(kind, format!("Input should be {words} {shown}")).with([(key, limit)]), value)
    }

    pub(super) fn boolean(&mut self, value: &Value) -> Option<Val> {
        let unclear =
            || Problem::new("bool_parsing", "Input should be a valid boolean, unable to interpret input");
        let read = match value {
            Value::Bool(bool) => return Some(Val::Bool(*bool)),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
                "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
                _ => Err(unclear()),
            },
            Value::Number(number) => match number.as_f64() {
                Some(0.0) => Ok(false),
                Some(1.0) => Ok(true),
                Some(float) if float.fract() == 0.0 && whole(float).is_ok() => Err(unclear()),
                _ => Err(Problem::not_a("bool_type", "boolean")),
            },
            _ => Err(Problem::not_a("bool_type", "boolean")),
        };
        self.fit = self.fit.min(Fit::Lax);
        match read {
            Ok(bool) => Some(Val::Bool(bool)),
            Err(problem) => self.fail(problem, value),
        }
    }

    pub(super) fn null(&mut self, value: &Value) -> Option<Val> {
        match value {
            Value::Null => Some(Val::Null),
            _ => self.fail(Problem::new("none_required", "Input should be None"), value),
        }
    }

    pub(super) fn choice(&mut self, choice: &Choice, value: &Value) -> Option<Val> {
        if choice.values.contains(value) {
            if choice.class {
                self.fit = self.fit.min(Fit::Lax);
            }
            return Some(Val::from(value.clone()));
        }
        let kind = if choice.class { "enum" } else { "literal_error" };
        self.fail(Problem::not_one_of(kind, &choice.values), value)
    }
}

impl Bound {
    fn holds(self, number: f64, limit: &serde_json::Number) -> bool {
        let limit = limit.as_f64().unwrap_or(f64::NAN);
        match self {
            Bound::MultipleOf => (number / limit).fract() == 0.0,
            Bound::AtMost => number <= limit,
            Bound::Below => number < limit,
            Bound::AtLeast => number >= limit,
            Bound::Above => number > limit,
        }
    }

    /// The problem's type, its words, and the limit's key.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Bound::MultipleOf => ("multiple_of", "a multiple of", "multiple_of"),
            Bound::AtMost => ("less_than_equal", "less than or equal to", "le"),
            Bound::Below => ("less_than", "less than", "lt"),
            Bound::AtLeast => ("greater_than_equal", "greater than or equal to", "ge"),
            Bound::Above => ("greater_than", "greater than", "gt"),
        }
    }
}

/// A count with its noun, which takes an `s` unless there is one.
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The integer that a float is.
fn whole(float: f64) -> Result<Number, Problem> {
    if !float.is_finite() {
        return Err(Problem::new("finite_number", "Input should be a finite number"));
    }
    if float.fract() != 0.0 {
        let words = "Input should be a valid integer, got a number with a fractional part";
        return Err(Problem::new("int_from_float", words));
    }
    // The bounds of 64 bits, both of which floats hold exactly.
    match (-(2f64.powi(63))..2f64.powi(63)).contains(&float) {
        true => Ok(Number::Int(float as i64)),
        false => Err(too_large()),
    }
}

fn too_large() -> Problem {
    Problem::new("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size")
}

/// The integer that text says: digits, single underscores between them, a sign, zeros after a point.
fn written_integer(text: &str) -> Result<Number, Problem> {
    let unclear = || {
        Problem::new("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
    };
    let mut text = text.trim();
    if let Some((whole, zeros)) = text.split_once('.') {
        if zeros.is_empty() || !zeros.bytes().all(|byte| byte == b'0') {
            return Err(unclear());
        }
        text = whole;
    }
    let digits = plain(text).ok_or_else(unclear)?;
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(&digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unclear());
    }
    if unsigned.len() > DIGIT_LIMIT {
        return Err(too_large());
    }
    digits.parse::<BigInt>().map(Number::from).map_err(|_| unclear())
}

/// Text without the underscores between its digits; `None` if one stands elsewhere.
fn plain(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let misplaced = bytes
        .iter()
        .enumerate()
        .any(|(at, byte)| *byte == b'_' && !(at > 0 && digit(bytes.get(at - 1)) && digit(bytes.get(at + 1))));
    (!misplaced).then(|| text.replace('_', ""))
}
