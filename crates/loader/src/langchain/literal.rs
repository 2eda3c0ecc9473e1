//! Python's literals as `repr` writes them, and calls with literals; matched against a closed grammar, never run.

use windlass_core::Number;

/// A value in a `repr`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    None,
    Bool(bool),
    Number(Number),
    Text(String),
    /// A list or a tuple.
    List(Vec<Literal>),
    /// A dictionary with texts as keys.
    Map(Vec<(String, Literal)>),
    /// `Name(1, key='value')`.
    Call(Call),
}

/// A name with arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) values: Vec<Literal>,
    pub(super) named: Vec<(String, Literal)>,
}

/// How deep values may be nested.
const DEPTH_LIMIT: usize = 48;
/// How many values a text may have.
const NODE_LIMIT: usize = 20_000;

/// Reads a call that is the whole text; `None` if it is anything else.
pub(super) fn call(text: &str) -> Option<Call> {
    let mut reader = Reader { rest: text, depth: 0, nodes: 0 };
    match reader.value()? {
        Literal::Call(call) if reader.rest.is_empty() => Some(call),
        _ => None,
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
    nodes: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Literal> {
        self.nodes += 1;
        if self.nodes > NODE_LIMIT {
            return None;
        }
        match self.rest.chars().next()? {
            '\'' | '"' => self.text().map(Literal::Text),
            '[' => self.nested(|reader| reader.list(']').map(Literal::List)),
            '(' => self.nested(|reader| reader.list(')').map(Literal::List)),
            '{' => self.nested(Self::map),
            '-' | '0'..='9' => self.number(),
            _ => self.word(),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<Literal>) -> Option<Literal> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        self.rest = &self.rest[1..];
        let value = read(self)?;
        self.depth -= 1;
        Some(value)
    }

    fn list(&mut self, close: char) -> Option<Vec<Literal>> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.value()?);
            self.separated(close)?;
        }
        Some(items)
    }

    fn map(&mut self) -> Option<Literal> {
        let mut entries = Vec::new();
        while !self.take('}') {
            let key = self.text()?;
            self.rest = self.rest.strip_prefix(": ")?;
            entries.push((key, self.value()?));
            self.separated('}')?;
        }
        Some(Literal::Map(entries))
    }

    /// Takes what stands between items, of which a closing bracket may be next. A tuple of one has a comma behind it.
    fn separated(&mut self, close: char) -> Option<()> {
        if self.rest.starts_with(close) {
            return Some(());
        }
        self.rest = self.rest.strip_prefix(',')?;
        self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
        Some(())
    }

    fn word(&mut self) -> Option<Literal> {
        let name = self.name()?;
        match name.as_str() {
            "None" => Some(Literal::None),
            "True" => Some(Literal::Bool(true)),
            "False" => Some(Literal::Bool(false)),
            "inf" => Some(Literal::Number(f64::INFINITY.into())),
            "nan" => Some(Literal::Number(f64::NAN.into())),
            _ if self.rest.starts_with('(') => {
                self.nested(|reader| reader.arguments(name).map(Literal::Call))
            }
            _ => None,
        }
    }

    fn arguments(&mut self, name: String) -> Option<Call> {
        let mut call = Call { name, values: Vec::new(), named: Vec::new() };
        while !self.take(')') {
            let before = self.rest;
            match self.name().filter(|_| self.rest.starts_with('=')) {
                Some(key) => {
                    self.rest = &self.rest[1..];
                    let value = self.value()?;
                    call.named.push((key, value));
                }
                None => {
                    self.rest = before;
                    let value = self.value()?;
                    call.values.push(value);
                }
            }
            self.separated(')')?;
        }
        Some(call)
    }

    /// A plain name.
    fn name(&mut self) -> Option<String> {
        let inner = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let end = self.rest.find(|char| !inner(char)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if !name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_') {
            return None;
        }
        self.rest = rest;
        Some(name.into())
    }

    fn number(&mut self) -> Option<Literal> {
        let inner = |char: char| char.is_ascii_digit() || matches!(char, '+' | '-' | '.' | 'e');
        let end = self.rest.find(|char| !inner(char)).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        if digits == "-" && rest.starts_with("inf") {
            self.rest = &rest["inf".len()..];
            return Some(Literal::Number(f64::NEG_INFINITY.into()));
        }
        self.rest = rest;
        Number::parse(digits).map(Literal::Number)
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|char| matches!(char, '\'' | '"'))?;
        self.rest = &self.rest[1..];
        let mut text = String::new();
        loop {
            let end = self.rest.find([quote, '\\', '\n'])?;
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end..];
            match self.rest.chars().next()? {
                '\\' => text.push(self.escape()?),
                '\n' => return None,
                _ => {
                    self.rest = &self.rest[1..];
                    return Some(text);
                }
            }
        }
    }

    /// The escapes that `repr` writes.
    fn escape(&mut self) -> Option<char> {
        let digits = match self.rest.as_bytes().get(1)? {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            simple => {
                let char = match simple {
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    b'\\' => '\\',
                    b'\'' => '\'',
                    b'"' => '"',
                    _ => return None,
                };
                self.rest = &self.rest[2..];
                return Some(char);
            }
        };
        let hex =
            self.rest.get(2..2 + digits).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.rest = &self.rest[2 + digits..];
        char::from_u32(u32::from_str_radix(hex, 16).ok()?)
    }

    fn take(&mut self, char: char) -> bool {
        let rest = self.rest.strip_prefix(char);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn value(text: &str) -> Option<Literal> {
        call(&format!("f({text})"))?.values.pop()
    }

    fn text(text: &str) -> Literal {
        Literal::Text(text.into())
    }

    #[test]
    fn reads_what_repr_writes() {
        let check = |repr: &str, expect| assert_eq!(value(repr), Some(expect), "{repr}");
        check("'a'", text("a"));
        check(
            r#"'it\'s "x"\n\t\r\\ \x07\xa0\u2028\U0001f99c 🦜'"#,
            text("it's \"x\"\n\t\r\\ \u{7}\u{a0}\u{2028}🦜 🦜"),
        );
        check(r#""it's""#, text("it's"));
        check("-1", Literal::Number(Number::Int(-1)));
        check("1e+16", Literal::Number(Number::Float(1e16)));
        check("1180591620717411303424", Literal::Number(Number::parse("1180591620717411303424").unwrap()));
        check("-inf", Literal::Number(Number::Float(f64::NEG_INFINITY)));
        check(
            "[1, (2,), ()]",
            Literal::List(vec![
                Literal::Number(Number::Int(1)),
                Literal::List(vec![Literal::Number(Number::Int(2))]),
                Literal::List(Vec::new()),
            ]),
        );
        check(
            "{'a': None, 'b': {'c': True}}",
            Literal::Map(vec![
                ("a".into(), Literal::None),
                ("b".into(), Literal::Map(vec![("c".into(), Literal::Bool(true))])),
            ]),
        );
        let call = call("A(x=1, y=B('z'))").unwrap();
        assert_eq!(call.name, "A");
        assert_eq!(call.named[0], ("x".into(), Literal::Number(Number::Int(1))));
        assert!(matches!(&call.named[1].1, Literal::Call(inner) if inner.values == [text("z")]));
    }

    #[test]
    fn refuses_everything_else() {
        let texts = [
            "lambda x: x",
            "__import__('os').system('true')",
            "f('a') + 'b'",
            "f(a)",
            "f(a.b)",
            "f(1 + 1)",
            "f(b'x')",
            "f(<class 'int'>)",
            "f({1: 2})",
            "f({'a'})",
            "f('a' 'b')",
            "f('a",
            "f('\\ud800')",
            "f('\\N{BEL}')",
            "f(*a)",
            "f(x=1",
            "f(1)(2)",
            "f",
            "'f'",
            "f(1) ",
            " f(1)",
            "f(...)",
            "f(f''",
            "f(0x10)",
            "f(1_0)",
            "f([1 2])",
            "",
            "f('a\nb')",
        ];
        for text in texts {
            assert_eq!(call(text), None, "{text}");
        }
    }

    #[test]
    fn stops_at_its_limits() {
        assert_eq!(call(&format!("f({}{})", "[".repeat(100_000), "]".repeat(100_000))), None);
        assert_eq!(call(&"f(".repeat(100_000)), None);
        assert_eq!(call(&format!("f([{}])", "1, ".repeat(100_000))), None);
        let long = "x".repeat(1 << 20);
        assert_eq!(value(&format!("'{long}'")), Some(text(&long)));
    }
}
