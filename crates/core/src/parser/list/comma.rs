//! `CommaSeparatedListOutputParser`: what stands between commas, read as Python's `csv.reader` reads it.

use super::{Items, impl_list_parser};

/// A step that reads the model's text as values between commas: a list of texts.
///
/// As Python's `csv.reader` with `skipinitialspace`: blanks before a value do not count, those behind it do; in double
/// quotes a comma or a line break is part of the value, and `""` is a quote; the lines' values make one list. What the
/// reader refuses (a carriage return inside a line, a value of more than 131,072 characters) is split at its commas.
///
/// Streamed, it gives a list of one value as soon as the next one begins. There it differs from the whole as in Python: the
/// last value so far is read again without its quotes, and an empty one at the end is left out. Content blocks are ignored.
///
/// ```
/// use windlass_core::{CommaSeparatedListOutputParser, IntoChain, ModelOutput};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let parser = CommaSeparatedListOutputParser.into_chain();
/// let list = parser.invoke(ModelOutput::from("red, \"green, mostly\",blue")).await.unwrap();
/// assert_eq!(list, ["red", "green, mostly", "blue"]);
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommaSeparatedListOutputParser;

impl_list_parser!(CommaSeparatedListOutputParser, Values);

/// The longest value, in characters: Python's `csv.field_size_limit()`.
const FIELD_LIMIT: usize = 131_072;

/// Values under way.
#[derive(Debug, Default)]
struct Values {
    /// The text since the last value that was given, for when the reader refuses it.
    text: String,
    has_comma: bool,
    reader: CsvReader,
}

impl Values {
    fn parse(text: &str) -> Vec<String> {
        let mut values = Values::default();
        values.push(text);
        values.all()
    }

    /// All values, if the text ends here.
    fn all(&mut self) -> Vec<String> {
        if self.reader.state == State::Refused {
            return self.text.split(',').map(|part| strip(part).to_owned()).collect();
        }
        std::mem::take(&mut self.reader).finish()
    }

    fn count(&self) -> usize {
        match self.reader.state {
            State::Refused => 1 + usize::from(self.has_comma),
            _ => self.reader.values.len() + usize::from(self.reader.has_open_value()),
        }
    }
}

impl Items for Values {
    const NAME: &str = "CommaSeparatedListOutputParser";

    fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.has_comma |= piece.contains(',');
        piece.chars().for_each(|char| self.reader.push(char));
    }

    fn take_whole(&mut self) -> Vec<String> {
        if self.count() < 2 {
            return Vec::new();
        }
        let mut all = self.all();
        let last = all.pop().unwrap_or_default();
        *self = Values::default();
        self.push(&last);
        all
    }

    fn take_rest(&mut self) -> Vec<String> {
        self.all()
    }
}

/// Python's `str.strip`.
fn strip(text: &str) -> &str {
    text.trim_matches(super::is_blank)
}

/// The state machine of Python's `_csv` module, for its dialect `excel` with `skipinitialspace`.
#[derive(Debug, Default)]
struct CsvReader {
    values: Vec<String>,
    value: String,
    length: usize,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    StartRecord,
    StartField,
    InField,
    InQuotes,
    /// A quote inside quotes: the end, or the first of two.
    QuoteInQuotes,
    /// Behind the end of a line.
    LineEnd,
    /// The text cannot be read.
    Refused,
}

impl CsvReader {
    fn push(&mut self, char: char) {
        self.state = match (self.state, char) {
            (State::Refused, _) => return,
            (State::StartRecord | State::LineEnd, '\n') => State::StartRecord,
            (State::StartRecord | State::LineEnd, '\r') => State::LineEnd,
            (State::LineEnd, _) => State::Refused,
            (State::InQuotes, '"') => State::QuoteInQuotes,
            (State::InQuotes, _) => self.add(char, State::InQuotes),
            (State::QuoteInQuotes, '"') => self.add(char, State::InQuotes),
            (_, '\n') => self.save(State::StartRecord),
            (_, '\r') => self.save(State::LineEnd),
            (_, ',') => self.save(State::StartField),
            (State::StartRecord | State::StartField, '"') => State::InQuotes,
            (State::StartRecord | State::StartField, ' ') => State::StartField,
            _ => self.add(char, State::InField),
        };
    }

    fn add(&mut self, char: char, next: State) -> State {
        self.value.push(char);
        self.length += 1;
        if self.length > FIELD_LIMIT { State::Refused } else { next }
    }

    fn save(&mut self, next: State) -> State {
        self.values.push(std::mem::take(&mut self.value));
        self.length = 0;
        next
    }

    fn has_open_value(&self) -> bool {
        !matches!(self.state, State::StartRecord | State::LineEnd | State::Refused)
    }

    fn finish(mut self) -> Vec<String> {
        if self.has_open_value() {
            self.save(State::StartRecord);
        }
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        assert_eq!(Values::parse(text), expect, "{text:?}");
    }

    #[test]
    fn values_are_read_as_csv() {
        check("", &[]);
        check("  a ,  b  ,c  ", &["a ", "b  ", "c  "]);
        check("a,b,", &["a", "b", ""]);
        check("a, \"b, c\", d", &["a", "b, c", "d"]);
        check("say \"\"hi\"\", \"x\"\"y\"z", &["say \"\"hi\"\"", "x\"yz"]);
        check("a, \"b\nc", &["a", "b\nc"]);
        check("a\r\n\n b\n", &["a", "b"]);
        check("   ", &[""]);
    }

    #[test]
    fn what_the_reader_refuses_is_split_at_commas() {
        check("\"a\rb\", c ", &["a\rb", "c "]);
        check("a\rb, \"c, d\" ", &["a\rb", "\"c", "d\""]);
        let long = "x".repeat(FIELD_LIMIT + 1);
        check(&format!(" {long}, y"), &[&long, "y"]);
    }
}
