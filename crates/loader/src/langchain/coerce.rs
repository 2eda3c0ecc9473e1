//! Values as pydantic takes them: `"0.5"` for a number, `1` for true.

use crate::document::{Content, Item};
use windlass_core::Number;

/// A float: a number, a boolean, or a text that is one.
pub(super) fn float(item: &Item) -> Option<f64> {
    match &item.content {
        Content::Number(number) => Some(number.to_f64()),
        Content::Bool(bool) => Some(f64::from(u8::from(*bool))),
        Content::Text(text, _) => parse(text),
        _ => None,
    }
}

/// An integer: one, a float without a fraction, a boolean, or a text that is one of the first two.
pub(super) fn integer(item: &Item) -> Option<Number> {
    let whole = |float: f64| {
        let fits = float.fract() == 0.0 && float.abs() < 9.2e18;
        fits.then(|| Number::parse(&format!("{float:.0}"))).flatten()
    };
    match &item.content {
        Content::Number(Number::Float(float)) => whole(*float),
        Content::Number(number) => Some(number.clone()),
        Content::Bool(bool) => Some(Number::Int(i64::from(*bool))),
        Content::Text(text, _) => {
            let digits = unscored(text)?;
            let digits = digits.strip_prefix('+').unwrap_or(&digits);
            match Number::parse(digits.trim_start_matches('0')).or_else(|| Number::parse(digits)) {
                Some(Number::Float(float)) if !digits.contains(['e', 'E']) => whole(float),
                Some(Number::Float(_)) => None,
                number => number,
            }
        }
        _ => None,
    }
}

/// A boolean: one, 0 or 1, or one of the words for it.
pub(super) fn boolean(item: &Item) -> Option<bool> {
    match &item.content {
        Content::Bool(bool) => Some(*bool),
        Content::Number(number) if number.same(&Number::Int(0)) => Some(false),
        Content::Number(number) if number.same(&Number::Int(1)) => Some(true),
        Content::Text(text, _) => match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
            "0" | "false" | "f" | "no" | "n" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A float as Python's `float` reads it.
fn parse(text: &str) -> Option<f64> {
    unscored(text)?.parse().ok()
}

/// The text without space around it and `_` between digits.
fn unscored(text: &str) -> Option<String> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let between = |at: usize| digit(at.checked_sub(1)) && digit(Some(at + 1));
    let sound = !text.is_empty() && text.match_indices('_').all(|(at, _)| between(at));
    sound.then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langchain::make;
    use crate::{Source, Span, mistake::Mistakes};

    fn item(json: &str) -> Item {
        crate::langchain::json::read(&Source::new("x", json), &mut Mistakes::default()).unwrap()
    }

    #[test]
    fn numbers_can_be_written_as_text() {
        let check = |json: &str, expect: Option<f64>| assert_eq!(float(&item(json)), expect, "{json}");
        check("1", Some(1.0));
        check("\"0.5\"", Some(0.5));
        check("\" 1_0.5 \"", Some(10.5));
        check("true", Some(1.0));
        check("\"inf\"", Some(f64::INFINITY));
        check("\"hot\"", None);
        check("\"_1\"", None);
        check("\"\"", None);
        check("[]", None);
    }

    #[test]
    fn integers_have_no_fraction() {
        let check = |json: &str, expect: Option<i64>| {
            assert_eq!(integer(&item(json)), expect.map(Number::Int), "{json}");
        };
        check("5", Some(5));
        check("5.0", Some(5));
        check("5.5", None);
        check("\"5\"", Some(5));
        check("\"007\"", Some(7));
        check("\"+0\"", Some(0));
        check("\"-3\"", Some(-3));
        check("\"5.0\"", Some(5));
        check("\"5.5\"", None);
        check("\"1e3\"", None);
        check("true", Some(1));
        check("NaN", None);
        check("null", None);
    }

    #[test]
    fn booleans_have_words() {
        let check = |json: &str, expect: Option<bool>| assert_eq!(boolean(&item(json)), expect, "{json}");
        check("\"Yes\"", Some(true));
        check("\"off\"", Some(false));
        check("1.0", Some(true));
        check("2", None);
        check("\"maybe\"", None);
        assert_eq!(boolean(&make::boolean(Span::at(0), true)), Some(true));
    }
}
