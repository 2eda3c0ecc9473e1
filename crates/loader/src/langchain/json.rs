//! Strict JSON to a located tree, as Python's `json.loads` reads it: `NaN` and large integers too, but within bounds.

use crate::{
    Source, Span,
    document::{Content, Entry, Item, Style},
    mistake::Mistakes,
};
use std::collections::HashMap;
use windlass_core::Number;

/// The longest file, in bytes.
const FILE_LIMIT: usize = 8 << 20;
/// How deep values may be nested.
const DEPTH_LIMIT: usize = 128;
/// How many values a file may have.
const NODE_LIMIT: usize = 100_000;

/// Reads a file, or notes why it cannot be read.
pub(super) fn read(source: &Source, mistakes: &mut Mistakes) -> Option<Item> {
    let mut reader = Reader { text: source.text(), at: 0, depth: 0, nodes: 0 };
    reader.document().map_err(|stop| mistakes.error(stop.span, stop.message, stop.remedy)).ok()
}

/// Why reading cannot go on.
struct Stop {
    span: Span,
    message: String,
    remedy: &'static str,
}

type Read<T> = Result<T, Stop>;

struct Reader<'s> {
    text: &'s str,
    at: usize,
    depth: usize,
    nodes: usize,
}

impl<'s> Reader<'s> {
    fn document(&mut self) -> Read<Item> {
        if self.text.len() > FILE_LIMIT {
            let message = format!("the file is longer than {} MiB", FILE_LIMIT >> 20);
            return stop(Span::at(0), message, "leave out what the chain does not need, such as images");
        }
        let root = self.value()?;
        self.space();
        match self.peek() {
            None => Ok(root),
            Some(_) => {
                self.unexpected("the JSON ends here, but the file goes on", "remove what stands behind")
            }
        }
    }

    fn value(&mut self) -> Read<Item> {
        self.space();
        let start = self.at;
        self.nodes += 1;
        if self.nodes > NODE_LIMIT {
            let message = format!("the file has more than {NODE_LIMIT} values");
            return stop(
                Span::at(start),
                message,
                "split the chain, or leave out data that it does not need",
            );
        }
        let content = match self.peek() {
            Some('{') => self.nested(Self::map)?,
            Some('[') => self.nested(Self::list)?,
            Some('"') => Content::Text(self.string()?, Style::Double),
            _ => self.word()?,
        };
        Ok(Item { span: Span::new(start, self.at), content })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Content>) -> Read<Content> {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            let message = format!("values are nested more than {DEPTH_LIMIT} deep");
            return stop(Span::new(start, start + 1), message, "make the chain flatter");
        }
        self.at += 1;
        let content = read(self)?;
        self.depth -= 1;
        Ok(content)
    }

    fn list(&mut self) -> Read<Content> {
        let mut items = Vec::new();
        while self.goes_on(']', items.is_empty())? {
            items.push(self.value()?);
        }
        Ok(Content::List(items))
    }

    /// Of a key that is there twice the last value counts, as in Python.
    fn map(&mut self) -> Read<Content> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        while self.goes_on('}', entries.is_empty())? {
            let entry = self.entry()?;
            match known.get(&entry.key) {
                Some(at) => entries[*at] = entry,
                None => {
                    known.insert(entry.key.clone(), entries.len());
                    entries.push(entry);
                }
            }
        }
        Ok(Content::Map(entries))
    }

    fn entry(&mut self) -> Read<Entry> {
        self.space();
        let start = self.at;
        if self.peek() != Some('"') {
            return self.unexpected("a key must stand here, in double quotes", "write `\"key\": value`");
        }
        let key = self.string()?;
        let span = Span::new(start, self.at);
        self.space();
        if self.peek() != Some(':') {
            return self.unexpected("a `:` must stand behind a key", "write `\"key\": value`");
        }
        self.at += 1;
        Ok(Entry { key, span, value: self.value()? })
    }

    /// Whether another item follows; takes the comma or the closing bracket.
    fn goes_on(&mut self, close: char, first: bool) -> Read<bool> {
        self.space();
        match self.peek() {
            Some(char) if char == close => self.at += 1,
            Some(',') if !first => {
                self.at += 1;
                return Ok(true);
            }
            Some(_) if first => return Ok(true),
            _ => {
                let remedy = "put `,` between items, and close what was opened";
                return self.unexpected(&format!("`,` or `{close}` must stand here"), remedy);
            }
        }
        Ok(false)
    }

    fn word(&mut self) -> Read<Content> {
        let rest = self.rest();
        let end = rest.find(|char: char| !(char.is_ascii_alphanumeric() || "+-.".contains(char)));
        let word = &rest[..end.unwrap_or(rest.len())];
        let content = match word {
            "null" => Content::Null,
            "true" => Content::Bool(true),
            "false" => Content::Bool(false),
            "NaN" => Content::Number(Number::Float(f64::NAN)),
            "Infinity" => Content::Number(Number::Float(f64::INFINITY)),
            "-Infinity" => Content::Number(Number::Float(f64::NEG_INFINITY)),
            _ => match is_number(word).then(|| Number::parse(word)).flatten() {
                Some(number) => Content::Number(number),
                None => return self.unexpected("this is not JSON", "export the chain anew with `dumps`"),
            },
        };
        self.at += word.len();
        Ok(content)
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find(|char: char| matches!(char, '"' | '\\') || char < ' ').unwrap_or(rest.len());
            text.push_str(&rest[..end]);
            self.at += end;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some(_) => {
                    let message = "a control character stands in a text";
                    return self.unexpected(message, "write it as an escape, such as `\\n`");
                }
                None => return self.unexpected("a text is never closed", "put `\"` behind it"),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let rest = self.rest();
        let simple = match rest.as_bytes().get(1) {
            Some(b'u') => return self.unicode(),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return self.unexpected("JSON has no such escape", "write `\\\\` for a backslash"),
        };
        self.at += 2;
        Ok(simple)
    }

    fn unicode(&mut self) -> Read<char> {
        let start = self.at;
        let high = self.unit()?;
        let code = match high {
            0xd800..0xdc00 if self.rest().starts_with("\\u") => {
                let low = self.unit()?;
                (0xdc00..0xe000).contains(&low).then(|| 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            }
            _ => Some(high),
        };
        match code.and_then(char::from_u32) {
            Some(char) => Ok(char),
            None => {
                let message = "half of a surrogate pair stands alone: it is no character";
                stop(
                    Span::new(start, self.at),
                    message.into(),
                    "write the whole pair, or the character itself",
                )
            }
        }
    }

    /// The four digits of `\uXXXX`.
    fn unit(&mut self) -> Read<u32> {
        let digits =
            self.rest().get(2..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                self.at += 6;
                Ok(unit)
            }
            None => self.unexpected("`\\u` needs four hexadecimal digits", "write them, such as `\\u00fc`"),
        }
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    fn unexpected<T>(&self, message: &str, remedy: &'static str) -> Read<T> {
        let length = self.peek().map_or(0, char::len_utf8);
        stop(Span::new(self.at, self.at + length), message.into(), remedy)
    }
}

fn stop<T>(span: Span, message: String, remedy: &'static str) -> Read<T> {
    Err(Stop { span, message, remedy })
}

/// Whether it has the form of a number in JSON.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let padded = whole.len() > 1 && whole.starts_with('0');
    digits(whole) && !padded && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_read(text: &str) -> Result<Item, String> {
        let mut mistakes = Mistakes::default();
        let source = Source::new("test.json", text);
        let item = read(&source, &mut mistakes);
        let report = mistakes.report(&source, None);
        item.ok_or_else(|| {
            let mistake = &report.mistakes()[0];
            format!("{}:{} {}", mistake.line, mistake.column, mistake.message)
        })
    }

    #[track_caller]
    fn reads(text: &str, expect: &str) {
        assert_eq!(try_read(text).unwrap().to_value().to_string(), expect);
    }

    #[track_caller]
    fn refuses(text: &str, expect: &str) {
        assert_eq!(try_read(text).unwrap_err(), expect);
    }

    #[test]
    fn reads_what_python_reads() {
        reads(
            " {\"a\" : [1, -2.5, 1e3, true, false, null, \"x\"], \"b\": {}} ",
            r#"{"a":[1,-2.5,1000.0,true,false,null,"x"],"b":{}}"#,
        );
        reads(r#""\u00fc\ud83e\udd9c\n\/\"""#, r#""ü🦜\n/\"""#);
        reads(r#"{"a": 1, "b": 2, "a": 3}"#, r#"{"a":3,"b":2}"#);
        reads("[NaN, Infinity, -Infinity]", "[null,null,null]");
        let big = try_read("1180591620717411303424").unwrap();
        assert!(
            matches!(big.content, Content::Number(number) if number.to_string() == "1180591620717411303424")
        );
        assert!(matches!(try_read("1.0").unwrap().content, Content::Number(Number::Float(_))));
    }

    #[test]
    fn refuses_what_is_not_json() {
        refuses("", "1:1 this is not JSON");
        refuses("[1,]", "1:4 this is not JSON");
        refuses("[1 2]", "1:4 `,` or `]` must stand here");
        refuses("{a: 1}", "1:2 a key must stand here, in double quotes");
        refuses("{\"a\" 1}", "1:6 a `:` must stand behind a key");
        refuses("[\n  \"a\nb\"]", "2:5 a control character stands in a text");
        refuses("\"\\ud800\"", "1:2 half of a surrogate pair stands alone: it is no character");
        refuses("\"\\ud800\\u0041\"", "1:2 half of a surrogate pair stands alone: it is no character");
        refuses("\"\\x\"", "1:2 JSON has no such escape");
        refuses("\"\\u12\"", "1:2 `\\u` needs four hexadecimal digits");
        refuses("\"a", "1:3 a text is never closed");
        refuses("{} {}", "1:4 the JSON ends here, but the file goes on");
        for word in ["01", "1.", ".5", "+1", "1e", "nan", "tru", "--1", "0x1", &"9".repeat(5000)] {
            refuses(word, "1:1 this is not JSON");
        }
    }

    #[test]
    fn stops_at_its_limits() {
        refuses(&"[".repeat(10_000), "1:129 values are nested more than 128 deep");
        refuses(&format!("[{}1]", "1,".repeat(1_000_000)), "1:200000 the file has more than 100000 values");
        refuses(&" ".repeat(FILE_LIMIT + 1), "1:1 the file is longer than 8 MiB");
    }
}
