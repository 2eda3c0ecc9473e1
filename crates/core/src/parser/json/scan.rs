//! Reads JSON that comes in pieces: each character once, with the value so far at hand at any time.

use crate::{Dict, Number, Val};

/// How deep arrays and objects may nest.
pub(super) const DEPTH_LIMIT: usize = 128;

/// The longest number, in characters; Python's own limit.
const NUMBER_LIMIT: usize = 4300;

/// The words JSON has, and those Python adds.
static WORDS: [(&str, Val); 6] = [
    ("true", Val::Bool(true)),
    ("false", Val::Bool(false)),
    ("null", Val::Null),
    ("NaN", Val::Number(Number::Float(f64::NAN))),
    ("Infinity", Val::Number(Number::Float(f64::INFINITY))),
    ("-Infinity", Val::Number(Number::Float(f64::NEG_INFINITY))),
];

/// A JSON value under way. Reading is linear in the text; [`Scanner::value`] costs the size of the value.
#[derive(Debug, Clone)]
pub(super) struct Scanner {
    rules: Rules,
    state: State,
    /// The arrays and objects that are open, from the outside in.
    open: Vec<Frame>,
    /// The value at the outside, once it is whole.
    root: Option<Val>,
    text: Text,
    number: Numeral,
    word: String,
    changed: bool,
    made: usize,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The value at the outside; blanks and back-ticks before it do not count.
    Start,
    Value,
    /// A first element, or the end of the array.
    FirstValue,
    Key,
    /// A first key, or the end of the object.
    FirstKey,
    Colon,
    /// A comma, or the end of the array or object.
    Next,
    InKey,
    InText,
    InNumber,
    InWord,
    /// A back-tick has ended the text in the middle of the value.
    Ticked,
    Done,
    Failed,
}

/// An array or object that is not closed yet.
#[derive(Debug, Clone)]
enum Frame {
    List(Vec<Val>),
    Dict { dict: Dict, key: Option<String> },
}

impl Frame {
    fn put(&mut self, val: Val) {
        match self {
            Frame::List(items) => items.push(val),
            Frame::Dict { dict, key } => {
                if let Some(key) = key.take() {
                    dict.insert(key, val);
                }
            }
        }
    }

    fn into_val(self) -> Val {
        match self {
            Frame::List(items) => Val::List(items),
            Frame::Dict { dict, .. } => Val::Dict(dict),
        }
    }

    fn closer(&self) -> char {
        match self {
            Frame::List(_) => ']',
            Frame::Dict { .. } => '}',
        }
    }

    /// What the key under way already holds, because it was there before.
    fn replaced(&self) -> Option<&Val> {
        match self {
            Frame::List(_) => None,
            Frame::Dict { dict, key } => dict.get(key.as_ref()?),
        }
    }
}

impl Scanner {
    /// One that has read nothing.
    pub(super) fn new(rules: Rules) -> Self {
        Scanner {
            rules,
            state: State::Start,
            open: Vec::new(),
            root: None,
            text: Text::default(),
            number: Numeral::default(),
            word: String::new(),
            changed: false,
            made: 0,
        }
    }

    /// Reads the next piece. Once the value is whole or the text is no JSON, the rest is ignored.
    pub(super) fn push(&mut self, piece: &str) {
        for char in piece.chars() {
            match self.state {
                State::Done | State::Failed => return,
                _ => self.step(char),
            }
        }
        self.end_piece();
    }

    /// Reads the next character of a piece, unless nothing more is read. Says whether the JSON could end after it, with what
    /// is open closed.
    pub(super) fn push_char(&mut self, char: char) -> bool {
        // A number at the outside is whole before the character that ends it.
        let is_behind = self.state == State::InNumber && self.open.is_empty();
        if self.is_over() {
            return false;
        }
        self.step(char);
        match self.state {
            State::Next | State::FirstValue | State::FirstKey => true,
            State::Done => !is_behind,
            State::InNumber => self.number.is_whole(),
            _ => false,
        }
    }

    /// Ends a piece that was read by [`Scanner::push_char`].
    pub(super) fn end_piece(&mut self) {
        self.show_number();
    }

    /// Whether nothing more is read: the value is whole, or the text is no JSON.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Done | State::Failed)
    }

    /// Whether the value differs from what it was at the last call.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Whether nothing but what may stand around JSON was read.
    pub(super) fn at_start(&self) -> bool {
        self.state == State::Start
    }

    /// Whether the text is no JSON.
    pub(super) fn failed(&self) -> bool {
        self.state == State::Failed
    }

    /// How many values were made.
    pub(super) fn made(&self) -> usize {
        self.made
    }

    /// Whether there is a value so far.
    pub(super) fn has_value(&self) -> bool {
        match self.state {
            State::Failed => false,
            State::InText => true,
            State::InNumber if self.open.is_empty() => self.number.whole > 0,
            _ => self.root.is_some() || !self.open.is_empty(),
        }
    }

    /// The value so far: what is open is closed, what is half is left out. `None` if there is nothing yet.
    pub(super) fn value(&self) -> Option<Val> {
        self.clone().into_value()
    }

    /// The value so far, without a copy.
    pub(super) fn into_value(mut self) -> Option<Val> {
        let mut inner = match self.state {
            State::Failed => return None,
            State::InText => self.text.seen(self.rules).map(Val::Text),
            State::InNumber => self.number.value(),
            _ => self.root,
        };
        while let Some(mut frame) = self.open.pop() {
            if let Some(inner) = inner {
                frame.put(inner);
            }
            inner = Some(frame.into_val());
        }
        inner
    }

    fn step(&mut self, char: char) {
        match self.state {
            State::InText | State::InKey => self.in_text(char),
            State::InNumber if self.number.take(char) => {}
            State::InNumber if self.number.is_minus() && char == 'I' => self.begin_word("-I"),
            State::InNumber => self.end_number(char),
            State::InWord if !self.rules.ticks(char) => self.in_word(char),
            State::Start if self.rules.strips(char) => {}
            State::Start | State::Done | State::Failed => self.between(char),
            State::Ticked if is_lead(char) => {}
            State::Ticked => self.state = State::Failed,
            _ if self.rules.ticks(char) => self.state = self.rules.after_tick(),
            _ if matches!(char, ' ' | '\t' | '\n' | '\r') => {}
            _ => self.between(char),
        }
    }

    /// A character that is neither blank nor inside a string, a number or a word.
    fn between(&mut self, char: char) {
        match (self.state, char) {
            (State::FirstValue, ']') | (State::FirstKey, '}') => self.close(char),
            (State::Next, '}' | ']') => self.close(char),
            (State::Next, ',') => self.state = self.after_comma(),
            (State::FirstKey | State::Key, '"') => {
                self.text = Text::default();
                self.state = State::InKey;
            }
            (State::Colon, ':') => self.state = State::Value,
            (State::Start, ' ' | '\t' | '\n' | '\r') => {}
            (State::Start | State::Value | State::FirstValue, _) => self.begin(char),
            _ => self.state = State::Failed,
        }
    }

    fn after_comma(&self) -> State {
        match self.open.last() {
            Some(Frame::Dict { .. }) => State::Key,
            _ => State::Value,
        }
    }

    /// The first character of a value.
    fn begin(&mut self, char: char) {
        match char {
            '{' => self.nest(Frame::Dict { dict: Dict::new(), key: None }, State::FirstKey),
            '[' => self.nest(Frame::List(Vec::new()), State::FirstValue),
            '"' => {
                self.appear(&Val::Text(String::new()));
                self.text = Text::default();
                self.state = State::InText;
            }
            '-' | '0'..='9' => {
                self.number = Numeral::default();
                self.number.take(char);
                self.state = State::InNumber;
            }
            _ => {
                self.word.clear();
                self.in_word(char);
            }
        }
    }

    fn nest(&mut self, frame: Frame, next: State) {
        if self.open.len() >= DEPTH_LIMIT {
            self.state = State::Failed;
            return;
        }
        self.appear(&frame.clone().into_val());
        self.open.push(frame);
        self.state = next;
    }

    fn close(&mut self, closer: char) {
        match self.open.pop_if(|frame| frame.closer() == closer) {
            Some(frame) => self.put(frame.into_val()),
            None => self.state = State::Failed,
        }
    }

    /// A whole value; whoever saw it grow has already said that it changed.
    fn put(&mut self, val: Val) {
        match self.open.last_mut() {
            Some(frame) => {
                frame.put(val);
                self.state = State::Next;
            }
            None => {
                self.root = Some(val);
                self.state = State::Done;
            }
        }
    }

    /// A value can be seen for the first time. A repeated key may show what was there before.
    fn appear(&mut self, val: &Val) {
        self.made += 1;
        if self.open.last().and_then(Frame::replaced) != Some(val) {
            self.changed = true;
        }
    }

    fn in_text(&mut self, char: char) {
        if self.rules.refuses(char) {
            self.state = State::Failed;
            return;
        }
        let before = self.text.read.len();
        let was_half = self.text.is_half();
        match self.text.take(char, self.rules) {
            Ok(true) => {}
            Ok(false) => return self.end_text(was_half),
            Err(BadEscape) => self.state = State::Failed,
        }
        let half = self.rules.is_python() && (was_half || self.text.is_half());
        self.changed |= self.state == State::InText && (self.text.read.len() > before || half);
    }

    fn end_text(&mut self, was_half: bool) {
        let Text { read, shown, .. } = std::mem::take(&mut self.text);
        match (self.state, self.open.last_mut()) {
            (State::InKey, Some(Frame::Dict { key, .. })) => {
                *key = Some(read);
                self.state = State::Colon;
            }
            _ => {
                self.changed |= read.len() > shown || was_half && self.rules.is_python();
                self.put(Val::Text(read));
            }
        }
    }

    fn begin_word(&mut self, start: &str) {
        self.word.clear();
        self.word.push_str(start);
        self.state = State::InWord;
    }

    fn in_word(&mut self, char: char) {
        self.word.push(char);
        let mut candidates = WORDS.iter().filter(|(word, _)| word.starts_with(&self.word));
        match candidates.next() {
            Some((word, val)) if *word == self.word => {
                self.appear(val);
                self.put(val.clone());
            }
            Some(_) => self.state = State::InWord,
            None => self.state = State::Failed,
        }
    }

    /// The character after a number. At the outside a number may be followed by anything: `1. First, ...`.
    fn end_number(&mut self, char: char) {
        self.show_number();
        let whole = self.number.is_whole();
        match self.number.value() {
            Some(val) if self.state == State::InNumber => self.put(val),
            _ => self.state = State::Failed,
        }
        match self.state {
            State::Next if whole || char == '`' => self.step(char),
            State::Next => self.state = State::Failed,
            _ => {}
        }
    }

    /// Notes whether the number under way has grown since it was last seen.
    fn show_number(&mut self) {
        if self.state != State::InNumber {
            return;
        }
        if self.number.digits.len() > NUMBER_LIMIT {
            self.state = State::Failed;
            return;
        }
        let Some(val) = self.number.value() else { return };
        match &self.number.seen {
            Some(seen) if self.rules.same(seen, &val) => return,
            Some(_) => self.changed = true,
            None => self.appear(&val),
        }
        self.number.seen = Some(val);
    }
}

/// What is read as JSON where it is not quite that, and what is left out of a value under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Windlass's own: a value only grows. In a fence a back-tick outside strings ends the JSON, whole or not.
    Own { in_fence: bool },
    /// Python's, for text whose blanks and back-ticks at both ends are stripped.
    Stripped,
    /// Python's, for text as it is. If strict, no character but a line feed may stand for itself that JSON wants escaped.
    Bare { strict: bool },
}

impl Rules {
    fn is_python(self) -> bool {
        !matches!(self, Rules::Own { .. })
    }

    /// Whether a character may stand before or behind the JSON.
    fn strips(self, char: char) -> bool {
        is_lead(char) && !matches!(self, Rules::Bare { .. })
    }

    /// Whether this is a back-tick that is not just a wrong character.
    fn ticks(self, char: char) -> bool {
        char == '`' && !matches!(self, Rules::Bare { .. })
    }

    fn after_tick(self) -> State {
        if self == (Rules::Own { in_fence: true }) { State::Done } else { State::Ticked }
    }

    /// Whether a string cannot hold this character.
    fn refuses(self, char: char) -> bool {
        self == (Rules::Bare { strict: true }) && char < ' ' && char != '\n'
    }

    /// Whether a value counts as the same as the one before it: in Python `1` and `1.0` do.
    fn same(self, a: &Val, b: &Val) -> bool {
        match (a, b) {
            (Val::Number(a), Val::Number(b)) if self.is_python() => a.same(b),
            _ => a == b,
        }
    }
}

/// Whether a character may stand around the JSON without being part of it.
pub(super) fn is_lead(char: char) -> bool {
    char.is_whitespace() || matches!(char, '`' | '\u{1c}'..='\u{1f}')
}

/// A string under way.
#[derive(Debug, Clone, Default)]
struct Text {
    read: String,
    /// Blanks and back-ticks at the end: they belong to the string only if something follows.
    held: String,
    /// How much of `read` could be seen before the closing quote let go of what was held.
    shown: usize,
    escape: Escape,
    /// The first half of a surrogate pair.
    high: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Escape {
    #[default]
    None,
    /// After the backslash.
    Begun,
    /// After the backslash and blanks or back-ticks, which Python strips as long as nothing follows.
    Stripped,
    /// After `\u` and so many digits.
    Unicode { code: u32, digits: u8 },
}

/// A backslash before what cannot follow one.
struct BadEscape;

impl Text {
    /// Takes the next character; `false` if it closes the string.
    fn take(&mut self, char: char, rules: Rules) -> Result<bool, BadEscape> {
        match self.escape {
            Escape::Begun | Escape::Stripped if rules.is_python() && rules.strips(char) => {
                self.escape = Escape::Stripped;
            }
            Escape::Begun => self.take_escaped(char)?,
            Escape::Stripped => return Err(BadEscape),
            Escape::Unicode { code, digits } => {
                let digit = char.to_digit(16).ok_or(BadEscape)?;
                self.take_digit(code * 16 + digit, digits + 1);
            }
            Escape::None => match char {
                '"' => {
                    self.shown = self.read.len();
                    self.release();
                    return Ok(false);
                }
                '\\' => {
                    self.read.push_str(&std::mem::take(&mut self.held));
                    self.escape = Escape::Begun;
                }
                blank if rules.strips(blank) => {
                    self.flush_high();
                    self.held.push(blank);
                }
                plain => self.add(plain),
            },
        }
        Ok(true)
    }

    /// Whether it ends in a part of an escape, or in half a surrogate pair.
    fn is_half(&self) -> bool {
        !matches!(self.escape, Escape::None) || self.high.is_some()
    }

    /// What can be seen of it. Python drops a string that ends inside `\uXXXX`, and shows half a pair.
    fn seen(mut self, rules: Rules) -> Option<String> {
        if rules.is_python() {
            if matches!(self.escape, Escape::Unicode { .. }) {
                return None;
            }
            self.flush_high();
        }
        Some(self.read)
    }

    fn take_escaped(&mut self, char: char) -> Result<(), BadEscape> {
        self.escape = Escape::None;
        match char {
            '"' | '\\' | '/' => self.add(char),
            'b' => self.add('\u{8}'),
            'f' => self.add('\u{c}'),
            'n' => self.add('\n'),
            'r' => self.add('\r'),
            't' => self.add('\t'),
            'u' => self.escape = Escape::Unicode { code: 0, digits: 0 },
            _ => return Err(BadEscape),
        }
        Ok(())
    }

    /// A digit of `\uXXXX`. Half a surrogate pair waits for the other; alone it reads as U+FFFD.
    fn take_digit(&mut self, code: u32, digits: u8) {
        if digits < 4 {
            self.escape = Escape::Unicode { code, digits };
            return;
        }
        self.escape = Escape::None;
        match (self.high.take(), code) {
            (Some(high), 0xdc00..0xe000) => {
                let pair = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
                self.add(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (high, 0xd800..0xdc00) => {
                if high.is_some() {
                    self.add(char::REPLACEMENT_CHARACTER);
                }
                self.high = Some(code);
            }
            (high, _) => {
                self.high = high;
                self.add(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }

    fn add(&mut self, char: char) {
        self.release();
        self.read.push(char);
    }

    fn release(&mut self) {
        self.flush_high();
        self.read.push_str(&std::mem::take(&mut self.held));
    }

    fn flush_high(&mut self) {
        if self.high.take().is_some() {
            self.read.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// A number under way.
#[derive(Debug, Clone, Default)]
struct Numeral {
    digits: String,
    /// How much of it is a number: `1.5e` is `1.5` so far.
    whole: usize,
    part: Part,
    seen: Option<Val>,
}

/// The part of a number that its last character belongs to.
#[derive(Debug, Clone, Copy, Default)]
enum Part {
    #[default]
    Nothing,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Numeral {
    /// Takes the next character, if it continues the number.
    fn take(&mut self, char: char) -> bool {
        let next = match (self.part, char) {
            (Part::Nothing, '-') => Part::Minus,
            (Part::Nothing | Part::Minus, '0') => Part::Zero,
            (Part::Nothing | Part::Minus, '1'..='9') | (Part::Integer, '0'..='9') => Part::Integer,
            (Part::Zero | Part::Integer, '.') => Part::Point,
            (Part::Point | Part::Fraction, '0'..='9') => Part::Fraction,
            (Part::Zero | Part::Integer | Part::Fraction, 'e' | 'E') => Part::Exponent,
            (Part::Exponent, '+' | '-') => Part::ExponentSign,
            (Part::Exponent | Part::ExponentSign | Part::ExponentDigits, '0'..='9') => Part::ExponentDigits,
            _ => return false,
        };
        self.part = next;
        self.digits.push(char);
        if matches!(next, Part::Zero | Part::Integer | Part::Fraction | Part::ExponentDigits) {
            self.whole = self.digits.len();
        }
        true
    }

    fn is_minus(&self) -> bool {
        matches!(self.part, Part::Minus)
    }

    fn is_whole(&self) -> bool {
        self.whole == self.digits.len()
    }

    /// What it is so far. An integer too long to be read is null.
    fn value(&self) -> Option<Val> {
        (self.whole > 0).then(|| Number::parse(&self.digits[..self.whole]).map_or(Val::Null, Val::Number))
    }
}

#[cfg(test)]
mod tests;
