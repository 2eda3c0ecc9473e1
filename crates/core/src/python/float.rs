//! Floats in Python's notations: the shortest, and those of the presentation types `e`, `f`, `g`.

/// The digits of a finite float without its sign, and where the point stands: `0.00123` is `123` at `-2`.
struct Digits {
    digits: String,
    point: i32,
}

/// How to write a float.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// `r` for the shortest that reads back the same, or `e`, `f`, `g`.
    pub(super) notation: char,
    /// Digits after the point, or all of them for `g`.
    pub(super) precision: usize,
    /// Keep the point and trailing zeros (`#`).
    pub(super) alternate: bool,
    /// At least one digit after the point, where there is no exponent.
    pub(super) dot_zero: bool,
}

/// The shortest text that reads back the same: an exponent from 1e16 on and below 1e-4.
pub(super) fn write(out: &mut String, float: f64) {
    let style = Style { notation: 'r', precision: 0, alternate: false, dot_zero: true };
    if float.is_sign_negative() && !float.is_nan() {
        out.push('-');
    }
    out.push_str(&unsigned(float, style));
}

/// The text without a sign, lower case.
pub(super) fn unsigned(float: f64, style: Style) -> String {
    if !float.is_finite() {
        return if float.is_nan() { "nan".into() } else { "inf".into() };
    }
    let float = float.abs();
    if style.notation == 'f' {
        let dot = if style.alternate && style.precision == 0 { "." } else { "" };
        return format!("{float:.*}{dot}", style.precision);
    }
    let digits = Digits::of(float, style);
    let exponent = digits.wants_exponent(style);
    let point = if exponent { 1 } else { digits.point };
    let mut text = digits.around(point, style, exponent);
    if exponent {
        let power = digits.point - 1;
        let sign = if power < 0 { '-' } else { '+' };
        text.push_str(&format!("e{sign}{:02}", power.abs()));
    }
    text
}

impl Digits {
    fn of(float: f64, style: Style) -> Self {
        let text = match style.notation {
            'e' => format!("{float:.*e}", style.precision),
            'g' => format!("{float:.*e}", style.precision.max(1) - 1),
            _ => format!("{float:e}"),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        if style.notation == 'g' {
            digits.truncate(digits.trim_end_matches('0').len().max(1));
        }
        Digits { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }
    }

    fn wants_exponent(&self, style: Style) -> bool {
        let precision = i32::try_from(style.precision.max(1)).unwrap_or(i32::MAX);
        match style.notation {
            'e' => true,
            'g' => self.point <= -4 || self.point > precision - i32::from(style.dot_zero),
            _ => self.point <= -4 || self.point > 16,
        }
    }

    /// The digits with the point after the first `point` of them.
    fn around(&self, point: i32, style: Style, exponent: bool) -> String {
        let given = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        let wanted = match style.notation {
            'g' if style.alternate => i32::try_from(style.precision.max(1)).unwrap_or(i32::MAX),
            _ => given,
        };
        let least = if style.dot_zero && !exponent { point + 1 } else { point };
        let end = wanted.max(least);
        let digit = |place: i32| match usize::try_from(place) {
            Ok(place) => self.digits.as_bytes().get(place).map_or('0', |byte| char::from(*byte)),
            Err(_) => '0',
        };
        let start = if point <= 0 { point - 1 } else { 0 };
        let mut text: String = (start..point).map(digit).collect();
        text.push('.');
        text.extend((point..end).map(digit));
        if text.ends_with('.') && !style.alternate {
            text.pop();
        }
        text
    }
}
