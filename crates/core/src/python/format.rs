//! `format(val, spec)`: a value in the form that a format spec asks for.

use super::{
    PythonError, Spec,
    float::{self, Style},
    integer, str, type_name,
};
use crate::{Number, Val};
use num_bigint::BigInt;

/// `format(val, spec)`, with Python's exceptions.
///
/// ```
/// use windlass_core::{Val, python};
///
/// assert_eq!(python::format(&Val::from(1234567), ",").unwrap(), "1,234,567");
/// assert_eq!(python::format(&Val::from("x"), "d").unwrap_err().text, "Unknown format code 'd' for object of type 'str'");
/// ```
pub fn format(val: &Val, spec: &str) -> Result<String, PythonError> {
    if spec.is_empty() {
        return Ok(str(val));
    }
    let class = type_name(val);
    let parse = || Spec::parse(spec).map_err(|error| error.raised(class));
    match val {
        Val::Text(text) => format_text(text, &parse()?),
        Val::Bool(bool) => format_integer(&BigInt::from(u8::from(*bool)), &parse()?, class),
        Val::Number(Number::Float(float)) => format_float(*float, &parse()?, class),
        Val::Number(int) => format_integer(&int.to_int().unwrap_or_default(), &parse()?, class),
        Val::Null | Val::List(_) | Val::Dict(_) | Val::AddDict(_) | Val::Message(_) | Val::Prompt(_) => {
            let text = format!("unsupported format string passed to {class}.__format__");
            Err(PythonError::new("TypeError", text))
        }
    }
}

fn format_text(text: &str, spec: &Spec) -> Result<String, PythonError> {
    let refuse = |text: &str| Err(PythonError::value(text));
    let kind = spec.kind.unwrap_or('s');
    spec.check_grouping(kind).map_err(|error| error.raised("str"))?;
    if kind != 's' {
        return Err(Spec::unknown_kind(kind, "str"));
    }
    match spec.sign {
        Some(' ') => return refuse("Space not allowed in string format specifier"),
        Some(_) => return refuse("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return refuse("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return refuse("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == Some('=') {
        return refuse("'=' alignment not allowed in string format specifier");
    }
    let shown: String = match spec.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text.into(),
    };
    Ok(Parts { digits: shown, ..Parts::default() }.pad(spec, spec.align.unwrap_or('<')))
}

fn format_integer(int: &BigInt, spec: &Spec, class: &str) -> Result<String, PythonError> {
    let kind = spec.kind.unwrap_or('d');
    spec.check_grouping(kind).map_err(|error| error.raised(class))?;
    match kind {
        'b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n' => {}
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => return format_float(to_float(int)?, spec, class),
        other => return Err(Spec::unknown_kind(other, class)),
    }
    if spec.precision.is_some() {
        return Err(PythonError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(PythonError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    let align = spec.align.unwrap_or(if spec.zeros { '=' } else { '>' });
    if kind == 'c' {
        let parts = Parts { remainder: character(int, spec)?.into(), ..Parts::default() };
        return Ok(parts.pad(spec, align));
    }
    let (prefix, digits) = integer::digits(int, kind);
    let prefix = if spec.alternate { prefix } else { "" };
    let size = if matches!(kind, 'b' | 'o' | 'x' | 'X') { 4 } else { 3 };
    let parts =
        Parts { sign: sign(integer::is_negative(int), spec), prefix, digits, remainder: String::new() };
    Ok(parts.grouped(spec, align, size).pad(spec, align))
}

/// The character of a code, for the type `c`.
fn character(int: &BigInt, spec: &Spec) -> Result<char, PythonError> {
    if spec.sign.is_some() {
        return Err(PythonError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(PythonError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let Ok(code) = i64::try_from(int) else {
        return Err(PythonError::new("OverflowError", "Python int too large to convert to C long"));
    };
    match u32::try_from(code) {
        // Text has no lone surrogates here, so they are refused like what is no code at all.
        Ok(code) if code <= 0x0010_ffff => char::from_u32(code).ok_or_else(|| {
            PythonError::new(
                "UnicodeEncodeError",
                "'utf-8' codec can't encode character: surrogates not allowed",
            )
        }),
        _ => Err(PythonError::new("OverflowError", "%c arg not in range(0x110000)")),
    }
}

fn to_float(int: &BigInt) -> Result<f64, PythonError> {
    let float = Number::from(int.clone()).to_f64();
    if float.is_finite() {
        Ok(float)
    } else {
        Err(PythonError::new("OverflowError", "int too large to convert to float"))
    }
}

fn format_float(float: f64, spec: &Spec, class: &str) -> Result<String, PythonError> {
    let kind = spec.kind.unwrap_or('\0');
    spec.check_grouping(kind).map_err(|error| error.raised(class))?;
    if !matches!(kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') {
        return Err(Spec::unknown_kind(kind, class));
    }
    let float = if kind == '%' { float * 100.0 } else { float };
    let notation = match kind.to_ascii_lowercase() {
        '\0' if spec.precision.is_some() => 'g',
        '\0' => 'r',
        'n' => 'g',
        '%' => 'f',
        other => other,
    };
    let precision = spec.precision.unwrap_or(6);
    let style = Style { notation, precision, alternate: spec.alternate, dot_zero: kind == '\0' };
    let mut text = float::unsigned(float, style);
    if kind.is_ascii_uppercase() {
        text.make_ascii_uppercase();
    }
    if kind == '%' {
        text.push('%');
    }
    let is_zero = !text
        .chars()
        .take_while(|char| *char != 'e' && *char != 'E')
        .any(|char| char.is_ascii_digit() && char != '0');
    let dropped = spec.no_negative_zero && float.is_finite() && is_zero;
    let negative = float.is_sign_negative() && !float.is_nan() && !dropped;
    let split = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let remainder = text.split_off(split);
    let align = spec.align.unwrap_or(if spec.zeros { '=' } else { '>' });
    let parts = Parts { sign: sign(negative, spec), prefix: "", digits: text, remainder };
    Ok(parts.grouped(spec, align, 3).pad(spec, align))
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        (false, _) => "",
    }
}

/// What stands in a number, in this order.
#[derive(Default)]
struct Parts {
    sign: &'static str,
    prefix: &'static str,
    digits: String,
    remainder: String,
}

impl Parts {
    fn grouped(mut self, spec: &Spec, align: char, size: usize) -> Self {
        if self.digits.is_empty() {
            return self;
        }
        let others = self.sign.len() + self.prefix.len() + self.remainder.len();
        let fills = spec.fill == '0' && align == '=';
        let width = if fills { spec.width.unwrap_or(0).saturating_sub(others) } else { 0 };
        self.digits = integer::group(&self.digits, spec.grouping, size, width);
        self
    }

    /// Filled to the width, which counts code points.
    fn pad(self, spec: &Spec, align: char) -> String {
        let Parts { sign, prefix, digits, remainder } = self;
        let length = [sign, prefix, &digits, &remainder].map(|part| part.chars().count()).iter().sum();
        let missing = spec.width.unwrap_or(0).saturating_sub(length);
        let fill = |count: usize| spec.fill.to_string().repeat(count);
        let (left, inner, right) = match align {
            '<' => (0, 0, missing),
            '^' => (missing / 2, 0, missing - missing / 2),
            '=' => (0, missing, 0),
            _ => (missing, 0, 0),
        };
        format!("{}{sign}{prefix}{}{digits}{remainder}{}", fill(left), fill(inner), fill(right))
    }
}
