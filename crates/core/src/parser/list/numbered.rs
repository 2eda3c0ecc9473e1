//! `NumberedListOutputParser`: what follows `1.`, `2.`, ...

use super::{Items, impl_list_parser, is_blank};
use unicode_general_category::{GeneralCategory, get_general_category};

/// A step that reads the items of a numbered list from the model's text: Python's `\d+\.\s([^\n]+)`, anywhere in a line.
///
/// Streamed, it gives a list of one item as soon as the next one begins. Content blocks are ignored.
///
/// ```
/// use windlass_core::{IntoChain, ModelOutput, NumberedListOutputParser};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let parser = NumberedListOutputParser.into_chain();
/// let list = parser.invoke(ModelOutput::from("Here:\n1. red\n2. green\n3.blue")).await.unwrap();
/// assert_eq!(list, ["red", "green"]);
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NumberedListOutputParser;

impl_list_parser!(NumberedListOutputParser, Numbered);

/// Items under way.
#[derive(Debug, Default)]
struct Numbered {
    whole: Vec<String>,
    item: String,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Between,
    Digits,
    Point,
    Blank,
    Item,
}

impl Numbered {
    fn parse(text: &str) -> Vec<String> {
        let mut items = Numbered::default();
        items.push(text);
        items.take_rest()
    }

    fn take(&mut self, char: char) {
        self.state = match (self.state, char) {
            (State::Item | State::Blank, '\n') => {
                self.end_item();
                State::Between
            }
            (State::Item | State::Blank, _) => {
                self.item.push(char);
                State::Item
            }
            (State::Digits, '.') => State::Point,
            (State::Point, blank) if is_blank(blank) => State::Blank,
            (_, digit) if is_digit(digit) => State::Digits,
            _ => State::Between,
        };
    }

    fn end_item(&mut self) {
        if self.state == State::Item {
            self.whole.push(std::mem::take(&mut self.item));
        }
    }
}

impl Items for Numbered {
    const NAME: &str = "NumberedListOutputParser";

    fn push(&mut self, piece: &str) {
        piece.chars().for_each(|char| self.take(char));
    }

    fn take_whole(&mut self) -> Vec<String> {
        let keep = usize::from(self.state != State::Item);
        let count = self.whole.len().saturating_sub(keep);
        self.whole.drain(..count).collect()
    }

    fn take_rest(&mut self) -> Vec<String> {
        self.end_item();
        self.state = State::Between;
        std::mem::take(&mut self.whole)
    }
}

/// Whether Python's `\d` matches.
fn is_digit(char: char) -> bool {
    char.is_ascii_digit() || !char.is_ascii() && get_general_category(char) == GeneralCategory::DecimalNumber
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        assert_eq!(Numbered::parse(text), expect, "{text:?}");
    }

    #[test]
    fn items_are_what_the_pattern_finds() {
        check("1. a\n\n 22. b c \n3.no\n4. ", &["a", "b c "]);
        check("1.2. a", &["a"]);
        check("1.\nfoo\n2.\n\nbar", &["foo"]);
        check("see 1. this 2. that", &["this 2. that"]);
        check("\u{663}. x ². y", &["x ². y"]);
        check("a1. x", &["x"]);
    }
}
