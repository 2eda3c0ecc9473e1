//! What a plain scalar is: YAML 1.2's core schema, where `no`, `on`, `1_000` and `012` are text.

use super::{Content, Style};
use windlass_core::Number;

/// Reads a scalar that was written without quotes.
pub(super) fn resolve(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Bool(true),
        "false" | "False" | "FALSE" => Content::Bool(false),
        _ => match number(text) {
            Some(number) => Content::Number(number),
            None => Content::Text(text.into(), Style::Bare),
        },
    }
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(Number::Float(signed(text, f64::INFINITY))),
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(Number::Float(f64::NAN)),
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return plain(digits, 16).then(|| of_radix(digits, 16))?;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return plain(digits, 8).then(|| of_radix(digits, 8))?;
    }
    decimal(text, unsigned)
}

fn decimal(text: &str, unsigned: &str) -> Option<Number> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.chars().all(|char| char.is_ascii_digit());
    let padded = whole.len() > 1 && whole.starts_with('0');
    let some = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let exponent_ok = exponent.is_none_or(|exponent| plain(exponent, 10));
    if padded || !some || !exponent_ok || !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    if fraction.is_none() && exponent.is_none() {
        return Number::parse(text);
    }
    text.parse().ok().filter(|float: &f64| float.is_finite()).map(Number::Float)
}

fn of_radix(digits: &str, radix: u32) -> Option<Number> {
    let number = u64::from_str_radix(digits, radix).ok()?;
    Some(serde_json::Number::from(number).into())
}

fn signed(text: &str, float: f64) -> f64 {
    if text.starts_with('-') { -float } else { float }
}

/// One or more digits and nothing else.
fn plain(digits: &str, radix: u32) -> bool {
    !digits.is_empty() && digits.chars().all(|char| char.is_digit(radix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: impl Into<serde_json::Value>) {
        let item = super::super::Item { span: crate::Span::at(0), content: resolve(text) };
        assert_eq!(item.to_value(), expect.into(), "{text}");
    }

    #[test]
    fn reads_the_core_schema() {
        check("", ());
        check("~", ());
        check("True", true);
        check("0", 0);
        check("-17", -17);
        check("+3", 3);
        check("0.7", 0.7);
        check(".5", 0.5);
        check("2.", 2.0);
        check("1e3", 1000.0);
        check("-0.0", -0.0);
        check("0x1F", 31);
        check("0o17", 15);
        check("18446744073709551615", u64::MAX);
        check("18446744073709551616", 18446744073709551616.0);
        check(".nan", ());
        check("-.inf", ());
    }

    #[test]
    fn holds_all_digits_of_an_integer_and_what_is_not_finite() {
        let big = "1180591620717411303424";
        assert!(matches!(resolve(big), Content::Number(number) if number.to_string() == big));
        assert_eq!(resolve("-.inf"), Content::Number(Number::Float(f64::NEG_INFINITY)));
        assert!(matches!(resolve(".nan"), Content::Number(Number::Float(float)) if float.is_nan()));
    }

    #[test]
    fn keeps_everything_else_as_text() {
        let texts = [
            "no", "on", "yes", "off", "y", "1_000", "012", "00", "-012", "1.2.3", "-", "+", ".", "e5", "1e",
            "0x", "0xG", "0x+1", "inf", "-.nan", "1e999", "12:30", "gpt-4o", "tRUE", "--1", "١",
        ];
        for text in texts {
            check(text, text);
        }
    }
}
