//! Python's `json.loads`, with its complaints.

use crate::{Dict, Number, Val};

/// How deep arrays and objects may nest.
const DEPTH_LIMIT: usize = super::scan::DEPTH_LIMIT;

/// Why a text is no JSON.
#[derive(Debug, PartialEq)]
pub(in crate::parser) struct LoadsError {
    /// The class of Python's exception.
    pub(in crate::parser) class: &'static str,
    /// Python's words.
    pub(in crate::parser) message: String,
}

/// Reads a text as `json.loads(text, strict=strict)` does. Nesting deeper than 128 is refused as Python refuses deeper one.
pub(in crate::parser) fn loads(text: &str, strict: bool) -> Result<Val, LoadsError> {
    let mut reader = Reader { text, at: 0, strict, depth: 0 };
    reader.blanks();
    let val = reader.value()?;
    reader.blanks();
    if reader.at < text.len() { Err(reader.wrong("Extra data", reader.at)) } else { Ok(val) }
}

struct Reader<'t> {
    text: &'t str,
    /// How many bytes were read.
    at: usize,
    strict: bool,
    depth: usize,
}

type Read<T> = Result<T, LoadsError>;

impl Reader<'_> {
    fn wrong(&self, what: &str, at: usize) -> LoadsError {
        let before = &self.text[..at];
        let line = 1 + before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (column, place) = (1 + before[start..].chars().count(), before.chars().count());
        let message = format!("{what}: line {line} column {column} (char {place})");
        LoadsError { class: "JSONDecodeError", message }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// Takes the character, if it is next.
    fn take(&mut self, char: char) -> bool {
        let is_next = self.rest().starts_with(char);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self) -> Read<Val> {
        let words = [
            ("null", Val::Null),
            ("true", Val::Bool(true)),
            ("false", Val::Bool(false)),
            ("NaN", Val::from(f64::NAN)),
            ("Infinity", Val::from(f64::INFINITY)),
            ("-Infinity", Val::from(f64::NEG_INFINITY)),
        ];
        if self.take('"') {
            return self.string().map(Val::Text);
        }
        if self.rest().starts_with(['{', '[']) {
            return self.nested();
        }
        if let Some((word, val)) = words.into_iter().find(|(word, _)| self.rest().starts_with(word)) {
            self.at += word.len();
            return Ok(val);
        }
        self.number()
    }

    fn nested(&mut self) -> Read<Val> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            let message = "maximum recursion depth exceeded while decoding JSON".into();
            return Err(LoadsError { class: "RecursionError", message });
        }
        let val = if self.take('{') { self.dict() } else { self.list() };
        self.depth -= 1;
        val
    }

    fn dict(&mut self) -> Read<Val> {
        let mut dict = Dict::new();
        self.blanks();
        if self.take('}') {
            return Ok(Val::Dict(dict));
        }
        loop {
            if !self.take('"') {
                return Err(self.wrong("Expecting property name enclosed in double quotes", self.at));
            }
            let key = self.string()?;
            self.blanks();
            if !self.take(':') {
                return Err(self.wrong("Expecting ':' delimiter", self.at));
            }
            self.blanks();
            let val = self.value()?;
            dict.insert(key, val);
            self.blanks();
            if self.take('}') {
                return Ok(Val::Dict(dict));
            }
            self.comma()?;
        }
    }

    fn list(&mut self) -> Read<Val> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.take(']') {
            return Ok(Val::List(items));
        }
        loop {
            items.push(self.value()?);
            self.blanks();
            if self.take(']') {
                return Ok(Val::List(items));
            }
            self.comma()?;
        }
    }

    fn comma(&mut self) -> Read<()> {
        if !self.take(',') {
            return Err(self.wrong("Expecting ',' delimiter", self.at));
        }
        self.blanks();
        Ok(())
    }

    /// A string behind its opening quote.
    fn string(&mut self) -> Read<String> {
        let start = self.at - 1;
        let mut read = String::new();
        loop {
            let Some(char) = self.rest().chars().next() else {
                return Err(self.wrong("Unterminated string starting at", start));
            };
            match char {
                _ if self.strict && char < ' ' => {
                    return Err(self.wrong("Invalid control character at", self.at));
                }
                '"' | '\\' => self.at += 1,
                _ => self.at += char.len_utf8(),
            }
            match char {
                '"' => return Ok(read),
                '\\' => read.push(self.escaped(start)?),
                _ => read.push(char),
            }
        }
    }

    /// What follows a backslash in the string that begins at `start`.
    fn escaped(&mut self, start: usize) -> Read<char> {
        let Some(char) = self.rest().chars().next() else {
            return Err(self.wrong("Unterminated string starting at", start));
        };
        let backslash = self.at - 1;
        self.at += char.len_utf8();
        Ok(match char {
            '"' | '\\' | '/' => char,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => self.unicode()?,
            _ => return Err(self.wrong("Invalid \\escape", backslash)),
        })
    }

    /// What follows `\u`. Half a surrogate pair is U+FFFD.
    fn unicode(&mut self) -> Read<char> {
        let code = self.code().ok_or_else(|| self.wrong("Invalid \\uXXXX escape", self.at))?;
        if let 0xd800..0xdc00 = code
            && self.rest().starts_with("\\u")
        {
            let before = self.at;
            self.at += 2;
            if let Some(low @ 0xdc00..0xe000) = self.code() {
                let pair = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn code(&mut self) -> Option<u32> {
        let digits =
            self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(code)
    }

    fn number(&mut self) -> Read<Val> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let mut length = match digits(&rest[sign..]) {
            0 => return Err(self.wrong("Expecting value", self.at)),
            _ if rest[sign..].starts_with('0') => sign + 1,
            count => sign + count,
        };
        if let Some(fraction) = rest[length..].strip_prefix('.').map(digits).filter(|count| *count > 0) {
            length += 1 + fraction;
        }
        if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let count = digits(&exponent[sign..]);
            length += if count > 0 { 1 + sign + count } else { 0 };
        }
        let number = &rest[..length];
        let val = Number::parse(number).map(Val::Number);
        let count = length - sign;
        self.at += length;
        val.ok_or_else(|| LoadsError {
            class: "ValueError",
            message: format!(
                "Exceeds the limit (4300 digits) for integer string conversion: value has {count} digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(text: &str, expect: Value) {
        assert_eq!(loads(text, true).map(Value::from), Ok(expect), "{text}");
    }

    #[track_caller]
    fn refused(text: &str, expect: &str) {
        assert_eq!(loads(text, true).unwrap_err().message, expect, "{text}");
    }

    #[test]
    fn reads_json() {
        check(
            r#" {"a": [1, -2.5e3, "x\n\u00e9\ud83c\udf89"], "b": {}, "c": [] } "#,
            json!({"a": [1, -2500.0, "x\né🎉"], "b": {}, "c": []}),
        );
        check("[null, true, false, NaN]", json!([null, true, false, null]));
        assert_eq!(loads("\"a\nb\"", false), Ok(Val::from("a\nb")));
    }

    #[test]
    fn says_what_is_wrong_as_python_does() {
        refused("", "Expecting value: line 1 column 1 (char 0)");
        refused("{\"name\": \"Bo", "Unterminated string starting at: line 1 column 10 (char 9)");
        refused("{'a': 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)");
        refused("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)");
        refused("{\"é\": 1\n 2}", "Expecting ',' delimiter: line 2 column 2 (char 9)");
        refused("[1,]", "Expecting value: line 1 column 4 (char 3)");
        refused("{} x", "Extra data: line 1 column 4 (char 3)");
        refused("[01]", "Expecting ',' delimiter: line 1 column 3 (char 2)");
        refused("\"a\tb\"", "Invalid control character at: line 1 column 3 (char 2)");
        refused("\"a\\x\"", "Invalid \\escape: line 1 column 3 (char 2)");
        refused("\"a\\u12\"", "Invalid \\uXXXX escape: line 1 column 5 (char 4)");
    }

    #[test]
    fn depth_and_digits_are_bounded() {
        assert_eq!(loads(&"[".repeat(200), true).unwrap_err().class, "RecursionError");
        assert_eq!(loads(&"1".repeat(4301), true).unwrap_err().class, "ValueError");
    }
}
