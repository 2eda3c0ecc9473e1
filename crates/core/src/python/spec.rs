//! Format specs: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.

use super::PythonError;

/// The largest width and precision: more would fill memory from a few characters of a template.
pub(crate) const LARGEST_WIDTH: usize = 10_000;

/// A format spec.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    pub(super) fill: char,
    pub(super) align: Option<char>,
    pub(super) sign: Option<char>,
    pub(super) no_negative_zero: bool,
    pub(super) alternate: bool,
    pub(super) width: Option<usize>,
    pub(super) grouping: Option<char>,
    pub(super) precision: Option<usize>,
    pub(super) kind: Option<char>,
    /// Whether zeros were asked for without an alignment: numbers put them after their sign.
    pub(super) zeros: bool,
}

/// Why a spec is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SpecError {
    /// Its width or precision is beyond the limit. Python would take the memory for it.
    TooWide,
    /// Python refuses it too, with these words; but for the class of the value, for which `{class}` stands.
    Invalid(String),
}

impl SpecError {
    /// As raised for a value of a class.
    pub(super) fn raised(self, class: &str) -> PythonError {
        match self {
            SpecError::TooWide => PythonError::value("Too many decimal digits in format string"),
            SpecError::Invalid(text) => PythonError::value(text.replace("{class}", class)),
        }
    }
}

fn invalid<T>(text: impl Into<String>) -> Result<T, SpecError> {
    Err(SpecError::Invalid(text.into()))
}

/// What of a spec has not been read yet.
struct Rest<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
}

impl Rest<'_> {
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        self.chars.next_if(|char| wanted.contains(char))
    }

    fn number(&mut self) -> Result<Option<usize>, SpecError> {
        let mut number = None;
        while let Some(digit) = self.chars.peek().and_then(|char| char.to_digit(10)) {
            self.chars.next();
            let tens: usize = number.unwrap_or(0) * 10;
            let grown = tens + usize::try_from(digit).unwrap_or(0);
            if grown > LARGEST_WIDTH {
                return Err(SpecError::TooWide);
            }
            number = Some(grown);
        }
        Ok(number)
    }
}

const ALIGN: [char; 4] = ['<', '>', '=', '^'];

impl Spec {
    pub(crate) fn parse(text: &str) -> Result<Self, SpecError> {
        let (fill, align, length) = alignment(text);
        let mut rest = Rest { chars: text[length..].chars().peekable() };
        let sign = rest.take(&[' ', '+', '-']);
        let no_negative_zero = rest.take(&['z']).is_some();
        let alternate = rest.take(&['#']).is_some();
        let zeros = fill.is_none() && rest.take(&['0']).is_some();
        let width = rest.number()?;
        let grouping = grouping(&mut rest)?;
        let precision = match rest.take(&['.']) {
            Some(_) => match rest.number()? {
                None => return invalid("Format specifier missing precision"),
                number => number,
            },
            None => None,
        };
        let kind = rest.chars.next();
        if rest.chars.next().is_some() {
            return invalid(format!("Invalid format specifier '{text}' for object of type '{{class}}'"));
        }
        let fill = fill.unwrap_or(if zeros { '0' } else { ' ' });
        Ok(Spec {
            fill,
            align,
            sign,
            no_negative_zero,
            alternate,
            width,
            grouping,
            precision,
            kind,
            zeros: zeros && align.is_none(),
        })
    }

    /// Whether groups may stand in numbers of this type; the default type is `kind`.
    pub(super) fn check_grouping(&self, kind: char) -> Result<(), SpecError> {
        match (self.grouping, kind) {
            (None, _) | (_, 'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0') => Ok(()),
            (Some('_'), 'b' | 'o' | 'x' | 'X') => Ok(()),
            (Some(comma), kind) => invalid(format!("Cannot specify '{comma}' with '{}'.", shown(kind))),
        }
    }

    /// The error for a type that values of this class do not have.
    pub(super) fn unknown_kind(kind: char, class: &str) -> PythonError {
        PythonError::value(format!("Unknown format code '{}' for object of type '{class}'", shown(kind)))
    }
}

/// A character as Python shows it in such errors.
fn shown(char: char) -> String {
    if (33..128).contains(&u32::from(char)) { char.into() } else { format!("\\x{:x}", u32::from(char)) }
}

/// The fill and the alignment, and how many bytes they take.
fn alignment(text: &str) -> (Option<char>, Option<char>, usize) {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(fill), Some(align)) if ALIGN.contains(&align) => (Some(fill), Some(align), fill.len_utf8() + 1),
        (Some(align), _) if ALIGN.contains(&align) => (None, Some(align), 1),
        _ => (None, None, 0),
    }
}

fn grouping(rest: &mut Rest<'_>) -> Result<Option<char>, SpecError> {
    let first = rest.take(&[',']).or_else(|| rest.take(&['_']));
    let other: &[char] = match first {
        Some(',') => &['_'],
        Some(_) => &[','],
        None => &[],
    };
    match rest.chars.peek() {
        Some(next) if other.contains(next) => invalid("Cannot specify both ',' and '_'."),
        _ => Ok(first),
    }
}
