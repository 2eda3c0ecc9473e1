//! Numbers as Python has them: integers of any size, and floats, which may be infinite or no number at all.

use num_bigint::BigInt;
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use std::fmt;

/// The most digits of an integer that is read, as in Python: reading takes quadratic time.
const LONGEST_INTEGER: usize = 4300;

/// A number. `1` and `1.0` differ, as they do where they are printed; [`Number::same`] compares by value.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// An integer of the common size.
    Int(i64),
    /// An integer that needs more than 64 bits; made by [`Number::from`], so that each has one form.
    Big(Box<BigInt>),
    /// A float, which JSON cannot hold if it is not finite: there it is null.
    Float(f64),
}

impl Number {
    /// Reads a number in JSON's form; a float too large for 64 bits is infinite. `None` if it is no number, or an
    /// integer of more than 4,300 digits.
    ///
    /// ```
    /// use windlass_core::Number;
    ///
    /// assert_eq!(Number::parse("12"), Some(Number::Int(12)));
    /// assert_eq!(Number::parse("1e400"), Some(Number::Float(f64::INFINITY)));
    /// assert_eq!(Number::parse("1180591620717411303424").unwrap().to_string(), "1180591620717411303424");
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        if digits.bytes().any(|byte| !byte.is_ascii_digit()) {
            return text.parse().ok().map(Number::Float);
        }
        match text.parse() {
            Ok(int) => Some(Number::Int(int)),
            Err(_) if digits.len() > LONGEST_INTEGER => None,
            Err(_) => text.parse::<BigInt>().ok().map(Number::from),
        }
    }

    /// The nearest float.
    pub fn to_f64(&self) -> f64 {
        match self {
            Number::Int(int) => int_to_f64(*int),
            Number::Big(int) => int.to_string().parse().unwrap_or(f64::NAN),
            Number::Float(float) => *float,
        }
    }

    /// The integer, if it is one.
    pub fn to_int(&self) -> Option<BigInt> {
        match self {
            Number::Int(int) => Some(BigInt::from(*int)),
            Number::Big(int) => Some((**int).clone()),
            Number::Float(_) => None,
        }
    }

    /// Whether it is a float.
    pub fn is_float(&self) -> bool {
        matches!(self, Number::Float(_))
    }

    /// Whether both have the same value, whatever their form.
    pub fn same(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Float(_), _) | (_, Number::Float(_)) => self.to_f64() == other.to_f64(),
            _ => self == other,
        }
    }

    /// Whether it counts as true in Python: all but zero.
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Number::Int(0)) && self.to_f64() != 0.0
    }

    /// The sum, as in Python.
    #[must_use]
    pub fn plus(&self, other: &Number) -> Number {
        if let (Number::Int(a), Number::Int(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Number::Int(sum);
        }
        match (self.to_int(), other.to_int()) {
            (Some(a), Some(b)) => Number::from(a + b),
            _ => Number::Float(self.to_f64() + other.to_f64()),
        }
    }
}

/// The nearest float, as every conversion of an integer to a float is.
#[expect(clippy::cast_precision_loss, reason = "the nearest float is what is wanted")]
fn int_to_f64(int: i64) -> f64 {
    int as f64
}

/// As JSON writes it; not for floats that JSON cannot hold.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(int) => int.fmt(f),
            Number::Big(int) => int.fmt(f),
            Number::Float(float) => match serde_json::Number::from_f64(*float) {
                Some(number) => number.fmt(f),
                None => float.fmt(f),
            },
        }
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Number::Int(int)
    }
}

impl From<f64> for Number {
    fn from(float: f64) -> Self {
        Number::Float(float)
    }
}

impl From<BigInt> for Number {
    fn from(int: BigInt) -> Self {
        match i64::try_from(&int) {
            Ok(small) => Number::Int(small),
            Err(_) => Number::Big(Box::new(int)),
        }
    }
}

impl From<serde_json::Number> for Number {
    fn from(number: serde_json::Number) -> Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Number::Int(int),
            (None, Some(int)) => Number::from(BigInt::from(int)),
            (None, None) => Number::Float(number.as_f64().unwrap_or(f64::NAN)),
        }
    }
}

/// What JSON's own tree can hold of it: the nearest float for large integers, null for what is not finite.
impl From<Number> for Value {
    fn from(number: Number) -> Self {
        match &number {
            Number::Int(int) => Value::from(*int),
            Number::Big(int) => {
                u64::try_from(&**int).map_or_else(|_| Value::from(number.to_f64()), Value::from)
            }
            Number::Float(float) => Value::from(*float),
        }
    }
}

/// JSON text gets all digits of a large integer.
impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Number::Int(int) => serializer.serialize_i64(*int),
            Number::Float(float) => serializer.serialize_f64(*float),
            Number::Big(int) => {
                let raw = RawValue::from_string(int.to_string()).map_err(serde::ser::Error::custom)?;
                raw.serialize(serializer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BIG: &str = "1180591620717411303424";

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn each_number_has_one_form() {
        assert_eq!(number("-0"), Number::Int(0));
        assert_eq!(number("9223372036854775807"), Number::Int(i64::MAX));
        assert!(matches!(number("9223372036854775808"), Number::Big(_)));
        assert_eq!(
            Number::from(json!(u64::MAX).as_number().unwrap().clone()),
            number("18446744073709551615")
        );
        assert_eq!(number("1.0"), Number::Float(1.0));
        assert_eq!(number("-1e-400"), Number::Float(-0.0));
        for bad in ["", "-", "+1", ".5", "NaN", "inf", "1x", &"9".repeat(4301)] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn sums_are_exact_for_integers_and_floats_otherwise() {
        assert_eq!(number("1").plus(&number("2")), Number::Int(3));
        assert_eq!(Number::Int(i64::MAX).plus(&Number::Int(1)), number("9223372036854775808"));
        assert_eq!(number(BIG).plus(&number(&format!("-{BIG}"))), Number::Int(0));
        assert_eq!(number("1").plus(&number("0.5")), Number::Float(1.5));
    }

    #[test]
    fn values_compare_across_forms() {
        assert!(number("1").same(&number("1.0")) && number("1") != number("1.0"));
        assert!(number(BIG).same(&number("1180591620717411303424.0")));
        assert!(!Number::Float(f64::NAN).same(&Number::Float(f64::NAN)));
        assert!(number(BIG).is_truthy() && !number("0").is_truthy() && !number("-0.0").is_truthy());
    }

    #[test]
    fn json_text_holds_all_digits_and_null_for_what_it_cannot_hold() {
        let text = |number: &Number| serde_json::to_string(number).unwrap();
        assert_eq!(text(&number(BIG)), BIG);
        assert_eq!(text(&number("1.0")), "1.0");
        assert_eq!(text(&Number::Float(f64::INFINITY)), "null");
        assert_eq!(Value::from(number("18446744073709551615")), json!(u64::MAX));
        assert_eq!(Value::from(number(BIG)), json!(1.1805916207174113e21));
        assert_eq!(Value::from(Number::Float(f64::NAN)), Value::Null);
    }
}
