//! XML character by character: elements and their text, and what is wrong in expat's words and places.

use super::{
    doctype::Doctype,
    names::{Namespaces, is_blank, is_char, is_name_char, is_name_start},
};
use indexmap::IndexSet;
use std::collections::HashSet;

/// How deep elements may nest.
const DEPTH_LIMIT: usize = 128;

/// The most bytes of all elements' names with their namespaces: a short prefix can stand for a long one, over and over.
const LARGEST_NAMES: usize = 16 << 20;

/// What follows `<!` where text is taken as it is.
const CDATA: &str = "[CDATA[";

/// What was read.
#[derive(Debug)]
pub(super) enum Event {
    /// An element of this name begins: `{namespace}name`.
    Start(String),
    /// The innermost one ends; its text is what stood before its first child.
    End(Option<String>),
}

/// Why nothing more is read.
#[derive(Debug)]
pub(super) enum Problem {
    /// The XML is malformed: what, and where, as etree says it.
    Malformed(String),
    /// An entity is declared.
    EntitiesForbidden(String),
    /// Elements nest too deep.
    TooDeep,
    /// The names of the elements are too long in all.
    LargeNames,
    /// A character outside the root element that is not blank.
    Outside,
}

impl Problem {
    pub(super) fn malformed(what: &str, at: Place) -> Self {
        Problem::Malformed(format!("{what}: line {}, column {}", at.line, at.column))
    }
}

/// A place in the text: lines from 1, columns from 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    line: usize,
    column: usize,
    behind_return: bool,
}

impl Place {
    const START: Place = Place { line: 1, column: 0, behind_return: false };

    /// The place behind a character.
    pub(super) fn after(self, char: char) -> Place {
        match char {
            '\n' if self.behind_return => Place { behind_return: false, ..self },
            '\n' | '\r' => Place { line: self.line + 1, column: 0, behind_return: char == '\r' },
            _ => Place { column: self.column + 1, behind_return: false, ..self },
        }
    }
}

/// A document, or an element alone, under way.
#[derive(Debug)]
pub(super) struct XmlReader {
    state: State,
    phase: Phase,
    place: Place,
    /// Where the token began, and the name in it.
    token: Place,
    name_at: Place,
    /// The name, reference or mark under way.
    word: String,
    tag: String,
    value: String,
    attributes: Vec<Attribute>,
    /// What is wrong with the value under way; told when the tag is whole.
    fault: Option<Problem>,
    open: Vec<Open>,
    namespaces: Namespaces,
    /// How many bytes the elements' names have so far.
    named: usize,
    doctype: Doctype,
}

#[derive(Debug)]
struct Attribute {
    name: String,
    at: Place,
    value: String,
    fault: Option<Problem>,
}

#[derive(Debug)]
struct Open {
    name: String,
    text: Option<String>,
    has_children: bool,
    /// How many namespaces were bound around it.
    bound: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Prolog,
    Content,
    Epilog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In text, behind so many closing brackets.
    Text(u8),
    Open,
    StartName,
    InTag {
        behind_blank: bool,
    },
    AttributeName,
    BehindAttributeName,
    BehindEquals,
    Value(char),
    Slash,
    EndName,
    BehindEndName,
    Bang,
    Comment(u8),
    Cdata(usize),
    Doctype,
    InstructionName,
    Instruction {
        behind_mark: bool,
        is_declaration: bool,
    },
    InstructionEnd {
        is_declaration: bool,
    },
    /// In a reference, in a value with this quote or in text.
    Reference(Option<char>),
}

type Step = Result<State, Problem>;

impl XmlReader {
    /// One that has read nothing.
    pub(super) fn new() -> Self {
        XmlReader {
            state: State::Text(0),
            phase: Phase::Prolog,
            place: Place::START,
            token: Place::START,
            name_at: Place::START,
            word: String::new(),
            tag: String::new(),
            value: String::new(),
            attributes: Vec::new(),
            fault: None,
            open: Vec::new(),
            namespaces: Namespaces::default(),
            named: 0,
            doctype: Doctype::default(),
        }
    }

    /// Where the next character stands.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Reads the next character.
    pub(super) fn push(&mut self, char: char, events: &mut Vec<Event>) -> Result<(), Problem> {
        if !is_char(char) {
            return Err(self.invalid());
        }
        let is_second_half = char == '\n' && self.place.behind_return;
        if !is_second_half {
            let char = if char == '\r' { '\n' } else { char };
            self.state = self.step(char, events)?;
        }
        self.place = self.place.after(char);
        Ok(())
    }

    /// Ends the text.
    pub(super) fn end(&self) -> Result<(), Problem> {
        match self.state {
            State::Text(_) if self.phase == Phase::Epilog => Ok(()),
            State::Text(_) => Err(Problem::malformed("no element found", self.place)),
            State::Cdata(brackets) => {
                let at = Place { column: self.place.column.saturating_sub(brackets), ..self.place };
                Err(Problem::malformed("unclosed CDATA section", at))
            }
            _ => Err(Problem::malformed("unclosed token", self.token)),
        }
    }

    fn invalid(&self) -> Problem {
        Problem::malformed("not well-formed (invalid token)", self.place)
    }

    fn step(&mut self, char: char, events: &mut Vec<Event>) -> Step {
        match self.state {
            State::Text(brackets) => self.text(char, brackets),
            State::Open => self.open(char),
            State::StartName => self.start_name(char, events),
            State::InTag { behind_blank } => self.in_tag(char, behind_blank, events),
            State::AttributeName | State::BehindAttributeName => self.attribute_name(char),
            State::BehindEquals => self.behind_equals(char),
            State::Value(quote) => self.in_value(char, quote),
            State::Slash if char == '>' => self.start(true, events),
            State::EndName | State::BehindEndName => self.end_name(char, events),
            State::Bang => self.bang(char),
            State::Comment(dashes) => self.comment(char, dashes),
            State::Cdata(brackets) => Ok(self.cdata(char, brackets)),
            State::Doctype => self.in_doctype(char),
            State::InstructionName => self.instruction_name(char),
            State::Instruction { behind_mark: true, is_declaration }
            | State::InstructionEnd { is_declaration }
                if char == '>' =>
            {
                self.end_instruction(is_declaration)
            }
            State::Instruction { is_declaration, .. } => {
                Ok(State::Instruction { behind_mark: char == '?', is_declaration })
            }
            State::Reference(quote) => self.reference(char, quote),
            State::Slash | State::InstructionEnd { .. } => Err(self.invalid()),
        }
    }

    fn text(&mut self, char: char, brackets: u8) -> Step {
        match char {
            '<' => {
                self.token = self.place;
                return Ok(State::Open);
            }
            _ if self.phase != Phase::Content => {
                return if is_blank(char) { Ok(State::Text(0)) } else { Err(Problem::Outside) };
            }
            '&' => {
                self.token = self.place;
                self.word.clear();
                return Ok(State::Reference(None));
            }
            '>' if brackets == 2 => return Err(self.invalid()),
            _ => {}
        }
        self.add(char);
        Ok(State::Text(if char == ']' { (brackets + 1).min(2) } else { 0 }))
    }

    /// Adds to the text of the innermost element, unless a child stands before it.
    fn add(&mut self, char: char) {
        if let Some(open) = self.open.last_mut().filter(|open| !open.has_children) {
            open.text.get_or_insert_default().push(char);
        }
    }

    /// Behind `<`.
    fn open(&mut self, char: char) -> Step {
        self.word.clear();
        self.name_at = self.place;
        match char {
            '!' => Ok(State::Bang),
            '?' => Ok(State::InstructionName),
            '/' if self.phase == Phase::Content => Ok(State::EndName),
            char if is_name_start(char) && self.phase == Phase::Epilog => Err(self.misplaced()),
            char if is_name_start(char) => {
                self.word.push(char);
                Ok(State::StartName)
            }
            _ => Err(self.invalid()),
        }
    }

    /// Takes a character of a name; `false` if it ends the name.
    fn take_name(&mut self, char: char) -> Result<bool, Problem> {
        let is_first = self.word.is_empty() || self.word.ends_with(':');
        let fits = match char {
            ':' => !is_first && !self.word.contains(':'),
            char if is_first => is_name_start(char),
            char => is_name_char(char),
        };
        if fits {
            self.word.push(char);
        } else if is_first || char == ':' {
            return Err(self.invalid());
        }
        Ok(fits)
    }

    fn start_name(&mut self, char: char, events: &mut Vec<Event>) -> Step {
        if self.take_name(char)? {
            return Ok(State::StartName);
        }
        self.tag = std::mem::take(&mut self.word);
        self.attributes.clear();
        self.in_tag(char, false, events)
    }

    fn in_tag(&mut self, char: char, behind_blank: bool, events: &mut Vec<Event>) -> Step {
        match char {
            '>' => self.start(false, events),
            '/' => Ok(State::Slash),
            char if is_blank(char) => Ok(State::InTag { behind_blank: true }),
            char if behind_blank && is_name_start(char) => {
                self.name_at = self.place;
                self.word = char.into();
                Ok(State::AttributeName)
            }
            _ => Err(self.invalid()),
        }
    }

    fn attribute_name(&mut self, char: char) -> Step {
        if self.state == State::AttributeName && self.take_name(char)? {
            return Ok(State::AttributeName);
        }
        match char {
            '=' => Ok(State::BehindEquals),
            char if is_blank(char) => Ok(State::BehindAttributeName),
            _ => Err(self.invalid()),
        }
    }

    fn behind_equals(&mut self, char: char) -> Step {
        match char {
            '"' | '\'' => {
                let (name, at) = (std::mem::take(&mut self.word), self.name_at);
                self.attributes.push(Attribute { name, at, value: String::new(), fault: None });
                Ok(State::Value(char))
            }
            char if is_blank(char) => Ok(State::BehindEquals),
            _ => Err(self.invalid()),
        }
    }

    fn in_value(&mut self, char: char, quote: char) -> Step {
        match char {
            '<' => return Err(self.invalid()),
            '&' => {
                self.name_at = self.place;
                self.word.clear();
                return Ok(State::Reference(Some(quote)));
            }
            char if char == quote => {
                if let Some(attribute) = self.attributes.last_mut() {
                    attribute.value = std::mem::take(&mut self.value);
                    attribute.fault = self.fault.take();
                }
                return Ok(State::InTag { behind_blank: false });
            }
            _ => self.value.push(if is_blank(char) { ' ' } else { char }),
        }
        Ok(State::Value(quote))
    }

    /// The tag of an element is whole.
    fn start(&mut self, is_empty: bool, events: &mut Vec<Event>) -> Step {
        let bound = self.namespaces.count();
        let tag = self.expand_tag()?;
        self.named += tag.len();
        if self.named > LARGEST_NAMES {
            return Err(Problem::LargeNames);
        }
        if self.open.len() >= DEPTH_LIMIT {
            return Err(Problem::TooDeep);
        }
        if let Some(outer) = self.open.last_mut() {
            outer.has_children = true;
        }
        let name = std::mem::take(&mut self.tag);
        self.open.push(Open { name, text: None, has_children: false, bound });
        self.phase = Phase::Content;
        events.push(Event::Start(tag));
        if is_empty {
            self.close(events);
        }
        Ok(State::Text(0))
    }

    /// The element's name with its namespace, if its attributes are all right.
    fn expand_tag(&mut self) -> Result<String, Problem> {
        let attributes = std::mem::take(&mut self.attributes);
        let mut plain = IndexSet::new();
        for attribute in attributes {
            if plain.contains(&attribute.name) {
                return Err(Problem::malformed("duplicate attribute", attribute.at));
            }
            if let Some(fault) = attribute.fault {
                return Err(fault);
            }
            if attribute.name.starts_with("xmlns:") && attribute.value.is_empty() {
                return Err(Problem::malformed("must not undeclare prefix", self.token));
            }
            self.namespaces.bind(&attribute.name, &attribute.value);
            plain.insert(attribute.name);
        }
        let unbound = || Problem::malformed("unbound prefix", self.token);
        let mut seen = HashSet::new();
        for name in plain.iter().filter(|name| !is_binding(name)) {
            let name = self.namespaces.expand(name, false).ok_or_else(unbound)?;
            if !seen.insert(name) {
                return Err(Problem::malformed("duplicate attribute", self.token));
            }
        }
        self.namespaces.expand(&self.tag, true).ok_or_else(unbound)
    }

    fn end_name(&mut self, char: char, events: &mut Vec<Event>) -> Step {
        if self.word.is_empty() {
            self.name_at = self.place;
        }
        let is_part = is_name_start(char) || !self.word.is_empty() && (is_name_char(char) || char == ':');
        if self.state == State::EndName && is_part {
            self.word.push(char);
            return Ok(State::EndName);
        }
        match char {
            _ if self.word.is_empty() => Err(self.invalid()),
            '>' if self.open.last().is_some_and(|open| open.name == self.word) => {
                self.close(events);
                Ok(State::Text(0))
            }
            '>' => Err(Problem::malformed("mismatched tag", self.name_at)),
            char if is_blank(char) => Ok(State::BehindEndName),
            _ => Err(self.invalid()),
        }
    }

    fn close(&mut self, events: &mut Vec<Event>) {
        if let Some(open) = self.open.pop() {
            self.namespaces.truncate(open.bound);
            events.push(Event::End(open.text));
        }
        if self.open.is_empty() {
            self.phase = Phase::Epilog;
        }
    }

    /// Behind `<!`.
    fn bang(&mut self, char: char) -> Step {
        let is_mark = matches!(self.word.as_str(), "" | "-") && char == '-';
        if self.phase != Phase::Content && !is_mark {
            return self.declaration(char);
        }
        if self.word == "[" {
            self.name_at = self.place;
        }
        self.word.push(char);
        match self.word.as_str() {
            "--" => Ok(State::Comment(0)),
            CDATA => Ok(State::Cdata(0)),
            // Expat looks at the word once it is long enough.
            word if word.chars().count() == CDATA.len() => {
                let same = word.chars().zip(CDATA.chars()).skip(1).take_while(|(own, right)| own == right);
                let at = same.fold(self.name_at, |at, (own, _)| at.after(own));
                Err(Problem::malformed("not well-formed (invalid token)", at))
            }
            word if is_mark || word.starts_with('[') => Ok(State::Bang),
            _ => Err(self.invalid()),
        }
    }

    /// The name of a declaration, of which only `DOCTYPE` can stand outside others, and only before the root element.
    fn declaration(&mut self, char: char) -> Step {
        match char {
            char if char.is_ascii_alphabetic() || char == '_' => {
                self.word.push(char);
                Ok(State::Bang)
            }
            char if is_blank(char) && self.word == "DOCTYPE" && self.phase == Phase::Prolog => {
                Ok(State::Doctype)
            }
            char if is_blank(char) && !matches!(self.word.as_str(), "" | "-") => Err(self.misplaced()),
            '[' if self.word.is_empty() => Err(self.misplaced()),
            _ => Err(self.invalid()),
        }
    }

    /// A token that cannot stand outside the root element.
    fn misplaced(&self) -> Problem {
        let is_behind = self.phase == Phase::Epilog;
        Problem::malformed(if is_behind { "junk after document element" } else { "syntax error" }, self.token)
    }

    fn comment(&self, char: char, dashes: u8) -> Step {
        match (char, dashes) {
            ('>', 2) => Ok(State::Text(0)),
            (_, 2) => Err(self.invalid()),
            ('-', dashes) => Ok(State::Comment(dashes + 1)),
            _ => Ok(State::Comment(0)),
        }
    }

    fn cdata(&mut self, char: char, brackets: usize) -> State {
        match char {
            ']' if brackets < 2 => return State::Cdata(brackets + 1),
            ']' => {
                self.add(']');
                return State::Cdata(2);
            }
            '>' if brackets == 2 => return State::Text(0),
            _ => {}
        }
        (0..brackets).for_each(|_| self.add(']'));
        self.add(char);
        State::Cdata(0)
    }

    fn in_doctype(&mut self, char: char) -> Step {
        if !self.doctype.push(char) {
            return Ok(State::Doctype);
        }
        match self.doctype.forbidden() {
            Some(words) => Err(Problem::EntitiesForbidden(words)),
            None => Ok(State::Text(0)),
        }
    }

    /// Behind `<?`.
    fn instruction_name(&mut self, char: char) -> Step {
        let fits = if self.word.is_empty() { is_name_start(char) } else { is_name_char(char) };
        if fits {
            self.word.push(char);
            return Ok(State::InstructionName);
        }
        let is_declaration = self.word == "xml";
        if self.word.is_empty() || !is_declaration && self.word.eq_ignore_ascii_case("xml") {
            return Err(self.invalid());
        }
        match char {
            '?' => Ok(State::InstructionEnd { is_declaration }),
            char if is_blank(char) => Ok(State::Instruction { behind_mark: false, is_declaration }),
            _ => Err(self.invalid()),
        }
    }

    fn end_instruction(&self, is_declaration: bool) -> Step {
        let at_start = self.token.line == 1 && self.token.column == 0;
        if is_declaration && !at_start {
            let what = "XML or text declaration not at start of entity";
            return Err(Problem::malformed(what, self.token));
        }
        Ok(State::Text(0))
    }

    /// Behind `&`.
    fn reference(&mut self, char: char, quote: Option<char>) -> Step {
        if char == ';' && !matches!(self.word.as_str(), "" | "#" | "#x") {
            return self.resolve(quote);
        }
        let fits = match self.word.as_bytes() {
            [] => char == '#' || is_name_start(char),
            [b'#'] => char == 'x' || char.is_ascii_digit(),
            [b'#', b'x', ..] => char.is_ascii_hexdigit(),
            [b'#', ..] => char.is_ascii_digit(),
            _ => is_name_char(char),
        };
        if !fits {
            return Err(self.invalid());
        }
        self.word.push(char);
        Ok(State::Reference(quote))
    }

    fn resolve(&mut self, quote: Option<char>) -> Step {
        let at = if quote.is_some() { self.name_at } else { self.token };
        let char = match self.word.as_str() {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            word if word.starts_with('#') => {
                code(word).ok_or_else(|| Problem::malformed("reference to invalid character number", at))
            }
            word if self.doctype.is_external() => match quote {
                Some(quote) => return Ok(State::Value(quote)),
                None => Err(Problem::malformed(&format!("undefined entity &{word};"), at)),
            },
            _ => Err(Problem::malformed("undefined entity", self.token)),
        };
        match (char, quote) {
            (Ok(char), None) => {
                self.add(char);
                Ok(State::Text(0))
            }
            (Err(problem), None) => Err(problem),
            (read, Some(quote)) => {
                match read {
                    Ok(char) => self.value.push(char),
                    Err(problem) => drop(self.fault.get_or_insert(problem)),
                }
                Ok(State::Value(quote))
            }
        }
    }
}

/// Whether an attribute binds a namespace.
fn is_binding(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

/// The character of `#65` or `#x41`.
fn code(word: &str) -> Option<char> {
    let code = match word.strip_prefix("#x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => word[1..].parse(),
    };
    char::from_u32(code.ok()?).filter(|char| is_char(*char))
}
