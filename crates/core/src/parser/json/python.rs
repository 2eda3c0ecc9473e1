//! What Python makes of JSON that is not whole, or no JSON: it closes what is open, and cuts the text back until it fits.

use super::scan::{Rules, Scanner};
use crate::Val;

/// A text under way, read as `langchain_core.utils.json.parse_partial_json` reads it.
///
/// Python closes the brackets that are open at the end of the *whole* text, and shortens the text until that is JSON. So
/// of a text that is JSON no more what is left depends on brackets that come later; where it can be cut is remembered for
/// every way in which brackets were open. Reading takes time linear in the text, and [`PartialJson::value`] the size of
/// the value.
#[derive(Debug)]
pub(in crate::parser) struct PartialJson {
    rules: Rules,
    scanner: Scanner,
    /// The text as far as it was JSON.
    text: String,
    brackets: Brackets,
    /// Where the value stood when it was last asked for.
    seen: Option<Place>,
}

/// What the value of a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A bracket was closed that was not open: Python reads null.
    Null,
    /// All of it, because it is the beginning of JSON.
    All,
    /// So many bytes.
    Part(usize),
    /// It has none.
    Nowhere,
}

impl PartialJson {
    pub(super) fn new(rules: Rules) -> Self {
        let (scanner, brackets) = (Scanner::new(rules), Brackets::new());
        PartialJson { rules, scanner, text: String::new(), brackets, seen: None }
    }

    /// One for arguments of a call, which are read as they are; `strict` as Python's `json.loads` has it.
    pub(in crate::parser) fn of_arguments(strict: bool) -> Self {
        PartialJson::new(Rules::Bare { strict })
    }

    /// Reads the next piece.
    pub(in crate::parser) fn push(&mut self, piece: &str) {
        for char in piece.chars() {
            let was_over = self.scanner.is_over();
            if !was_over {
                self.text.push(char);
            }
            let can_end = self.scanner.push_char(char);
            self.brackets.push(char, !was_over && !self.scanner.failed());
            if can_end {
                self.brackets.note(self.text.len());
            }
        }
        self.scanner.end_piece();
    }

    /// The value, as Python reads the text so far; `None` if it raises.
    pub(in crate::parser) fn value(&self) -> Option<Val> {
        match self.place() {
            Place::Null => Some(Val::Null),
            Place::All => self.scanner.value(),
            Place::Part(end) => {
                let mut scanner = Scanner::new(self.rules);
                scanner.push(&self.text[..end]);
                scanner.into_value()
            }
            Place::Nowhere => None,
        }
    }

    /// Whether the value may differ from what it was at the last call.
    pub(in crate::parser) fn take_changed(&mut self) -> bool {
        let place = self.place();
        let changed = self.scanner.take_changed();
        self.seen.replace(place) != Some(place) || place == Place::All && changed
    }

    /// How many values were made.
    pub(in crate::parser) fn made(&self) -> usize {
        self.scanner.made()
    }

    fn place(&self) -> Place {
        if self.brackets.mismatched {
            Place::Null
        } else if self.scanner.is_over() {
            self.brackets.last_end().map_or(Place::Nowhere, Place::Part)
        } else {
            Place::All
        }
    }
}

/// The brackets of a text, strings left out: those that are open, and where the JSON could end with the same ones open.
#[derive(Debug)]
struct Brackets {
    /// What closes those that are open.
    closers: Vec<u8>,
    in_text: bool,
    escaped: bool,
    mismatched: bool,
    /// All the ways in which brackets were open while the text was JSON, as a tree; at the root none is.
    ways: Vec<Way>,
    /// The way in which they are open now, but for the `unknown` innermost ones.
    now: usize,
    unknown: usize,
}

#[derive(Debug, Default)]
struct Way {
    outer: usize,
    in_list: Option<usize>,
    in_dict: Option<usize>,
    last_end: Option<usize>,
}

impl Brackets {
    fn new() -> Self {
        Brackets {
            closers: Vec::new(),
            in_text: false,
            escaped: false,
            mismatched: false,
            ways: vec![Way::default()],
            now: 0,
            unknown: 0,
        }
    }

    /// Reads a character, which may be part of JSON.
    fn push(&mut self, char: char, is_json: bool) {
        match char {
            _ if self.in_text => {
                self.in_text = char != '"' || self.escaped;
                self.escaped = char == '\\' && !self.escaped;
            }
            '"' => (self.in_text, self.escaped) = (true, false),
            '{' => self.open(b'}', is_json),
            '[' => self.open(b']', is_json),
            '}' | ']' => self.close(char),
            _ => {}
        }
    }

    fn open(&mut self, closer: u8, is_json: bool) {
        self.closers.push(closer);
        let fresh = self.ways.len();
        let way = &mut self.ways[self.now];
        let inner = if closer == b']' { &mut way.in_list } else { &mut way.in_dict };
        match inner {
            Some(inner) if self.unknown == 0 => self.now = *inner,
            None if is_json => {
                *inner = Some(fresh);
                self.ways.push(Way { outer: self.now, ..Way::default() });
                self.now = fresh;
            }
            _ => self.unknown += 1,
        }
    }

    fn close(&mut self, closer: char) {
        if self.closers.pop().map(char::from) != Some(closer) {
            self.mismatched = true;
        } else if self.unknown > 0 {
            self.unknown -= 1;
        } else {
            self.now = self.ways[self.now].outer;
        }
    }

    /// Notes that the JSON could end here.
    fn note(&mut self, end: usize) {
        self.ways[self.now].last_end = Some(end);
    }

    /// The last place where the JSON could end with the brackets open that are open now.
    fn last_end(&self) -> Option<usize> {
        if self.unknown == 0 { self.ways[self.now].last_end } else { None }
    }
}
