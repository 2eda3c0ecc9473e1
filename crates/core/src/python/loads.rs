//! `json.loads` as Python has it, with its words for mistakes, and LangChain's partial reading on top of it.

use serde_json::{Map, Number, Value};
use std::fmt;

/// How deep arrays and objects may nest.
const DEPTH_LIMIT: usize = 128;

/// Why text is no JSON, in Python's words; they quote nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonDecodeError {
    what: &'static str,
    line: usize,
    column: usize,
    /// The place in characters, from 0.
    place: usize,
}

impl fmt::Display for JsonDecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JsonDecodeError { what, line, column, place } = self;
        write!(f, "{what}: line {line} column {column} (char {place})")
    }
}

impl std::error::Error for JsonDecodeError {}

/// Reads JSON as `json.loads(text, strict=False)` does: strings may hold raw line breaks. `NaN` and infinities become
/// null, integers of more than 64 bits floats, half a surrogate pair U+FFFD, for JSON's own tree holds nothing else.
///
/// ```
/// use windlass_core::python::loads;
///
/// assert_eq!(loads("[1,").unwrap_err().to_string(), "Expecting value: line 1 column 4 (char 3)");
/// ```
pub fn loads(text: &str) -> Result<Value, JsonDecodeError> {
    Reader::new(text).whole().map_err(|mistake| mistake.told(text))
}

/// Reads JSON as LangChain's `parse_partial_json` does: what is open at the end is closed, and what does not fit then is
/// cut off. `None` where that fails too. Linear in the text.
pub fn loads_partial(text: &str) -> Option<Value> {
    let mut closed = String::from(text);
    let closers = close(&mut closed)?;
    let mut reader = Reader { wanted: &closers, ..Reader::new(&closed) };
    match reader.whole() {
        Ok(value) if closers.is_empty() => Some(value),
        _ => {
            closed.truncate(reader.cut?);
            closed.extend(closers.iter().rev());
            loads(&closed).ok()
        }
    }
}

/// Ends the string that is open, and gives what closes the brackets that are; `None` if one is closed that is not open.
fn close(text: &mut String) -> Option<Vec<char>> {
    let (mut closers, mut in_string, mut escaped) = (Vec::new(), false, false);
    for char in text.chars() {
        if in_string {
            in_string = char != '"' || escaped;
            escaped = char == '\\' && !escaped;
            continue;
        }
        match char {
            '"' => (in_string, escaped) = (true, false),
            '{' => closers.push('}'),
            '[' => closers.push(']'),
            '}' | ']' if closers.pop() != Some(char) => return None,
            _ => {}
        }
    }
    if in_string && escaped {
        text.pop();
    }
    if in_string {
        text.push('"');
    }
    Some(closers)
}

struct Mistake {
    what: &'static str,
    at: usize,
}

impl Mistake {
    fn told(&self, text: &str) -> JsonDecodeError {
        let before = text.get(..self.at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        JsonDecodeError {
            what: self.what,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            place: before.chars().count(),
        }
    }
}

type Read<T> = Result<T, Mistake>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<char>,
    /// The brackets that shall be open where the text is cut.
    wanted: &'a [char],
    /// The last place where the text can be cut.
    cut: Option<usize>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader { text, at: 0, open: Vec::new(), wanted: &[], cut: None }
    }

    fn whole(&mut self) -> Read<Value> {
        if self.text.starts_with('\u{feff}') {
            return Err(Mistake { what: "Unexpected UTF-8 BOM (decode using utf-8-sig)", at: 0 });
        }
        self.blanks();
        let value = self.value()?;
        self.blanks();
        if self.at == self.text.len() { Ok(value) } else { self.fail("Extra data") }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fail<T>(&self, what: &'static str) -> Read<T> {
        Err(Mistake { what, at: self.at })
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Here the text could end if the brackets that are open were closed.
    fn may_end(&mut self) {
        if self.open == self.wanted {
            self.cut = Some(self.at);
        }
    }

    fn value(&mut self) -> Read<Value> {
        let value = match self.peek() {
            Some(b'"') => Value::String(self.string()?),
            Some(b'{') => self.nested('}', Self::object)?,
            Some(b'[') => self.nested(']', Self::array)?,
            Some(b'-' | b'0'..=b'9') if !self.text[self.at..].starts_with("-Infinity") => self.number()?,
            _ => self.word()?,
        };
        self.may_end();
        Ok(value)
    }

    fn word(&mut self) -> Read<Value> {
        const WORDS: [(&str, Value); 6] = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Null),
            ("Infinity", Value::Null),
            ("-Infinity", Value::Null),
        ];
        let rest = &self.text[self.at..];
        match WORDS.into_iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                self.at += word.len();
                Ok(value)
            }
            None => self.fail("Expecting value"),
        }
    }

    fn nested(&mut self, closer: char, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        if self.open.len() == DEPTH_LIMIT {
            return self.fail("Nested too deep");
        }
        self.at += 1;
        self.open.push(closer);
        self.may_end();
        self.blanks();
        let value = read(self)?;
        self.open.pop();
        Ok(value)
    }

    fn object(&mut self) -> Read<Value> {
        let mut map = Map::new();
        if self.takes(b'}') {
            return Ok(Value::Object(map));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.fail("Expecting property name enclosed in double quotes");
            }
            let key = self.string()?;
            self.blanks();
            if !self.takes(b':') {
                return self.fail("Expecting ':' delimiter");
            }
            self.blanks();
            map.insert(key, self.value()?);
            if self.ends(b'}')? {
                return Ok(Value::Object(map));
            }
        }
    }

    fn array(&mut self) -> Read<Value> {
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    /// Whether the array or object ends here, or goes on after a comma.
    fn ends(&mut self, closer: u8) -> Read<bool> {
        self.blanks();
        if self.takes(closer) {
            return Ok(true);
        }
        if !self.takes(b',') {
            return self.fail("Expecting ',' delimiter");
        }
        self.blanks();
        Ok(false)
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > start
    }

    /// A part of a number that counts only if digits follow.
    fn optional(&mut self, starts: &[u8], signs: bool) -> bool {
        let start = self.at;
        let begins = self.peek().is_some_and(|byte| starts.contains(&byte));
        if begins {
            self.at += 1;
            if signs && matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() {
                return true;
            }
        }
        self.at = start;
        false
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') && !self.digits() {
            self.at = start;
            return self.fail("Expecting value");
        }
        let float = self.optional(b".", false) | self.optional(b"eE", true);
        let text = &self.text[start..self.at];
        let int = match text.parse::<i64>() {
            _ if float => None,
            Ok(int) => Some(Number::from(int)),
            Err(_) => text.parse::<u64>().ok().map(Number::from),
        };
        Ok(int.map_or_else(|| Value::from(text.parse().unwrap_or(f64::NAN)), Value::Number))
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        let unterminated = Mistake { what: "Unterminated string starting at", at: start };
        self.at += 1;
        let mut read = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(stop) = special(rest) else { return Err(unterminated) };
            read.push_str(&rest[..stop]);
            self.at += stop + 1;
            if rest.as_bytes()[stop] == b'"' {
                return Ok(read);
            }
            match self.escape()? {
                Some(char) => read.push(char),
                None => return Err(unterminated),
            }
        }
    }

    /// What follows a backslash; `None` at the end of the text.
    fn escape(&mut self) -> Read<Option<char>> {
        let Some(byte) = self.peek() else { return Ok(None) };
        let char = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode().map(Some),
            _ => return Err(Mistake { what: "Invalid \\escape", at: self.at - 1 }),
        };
        self.at += 1;
        Ok(Some(char))
    }

    fn unicode(&mut self) -> Read<char> {
        let Some(high) = hex(&self.text[self.at..]) else { return self.fail("Invalid \\uXXXX escape") };
        self.at += 5;
        let low = self.text[self.at..].strip_prefix('\\').and_then(hex);
        let pair = low.filter(|low| (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(low));
        let code = match pair {
            Some(low) => {
                self.at += 6;
                0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
            }
            None => high,
        };
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// Where plain text ends.
fn special(text: &str) -> Option<usize> {
    text.bytes().position(|byte| matches!(byte, b'"' | b'\\'))
}

/// The code unit of `u` and four digits, if something follows them, as Python asks.
fn hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('u')?.get(..4)?;
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.len() > 5;
    u32::from_str_radix(digits, 16).ok().filter(|_| all)
}

#[cfg(test)]
mod tests;
