//! `MarkdownListOutputParser`: what follows `-` or `*` at the beginning of a line.

use super::{Items, impl_list_parser, is_blank};

/// A step that reads the items of a Markdown list from the model's text: Python's `^\s*[-*]\s([^\n]+)$`.
///
/// Streamed, it gives a list of one item as soon as the next one begins. Content blocks are ignored.
///
/// ```
/// use windlass_core::{IntoChain, MarkdownListOutputParser, ModelOutput};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let parser = MarkdownListOutputParser.into_chain();
/// let list = parser.invoke(ModelOutput::from("Here:\n- red\n  * green\n-blue")).await.unwrap();
/// assert_eq!(list, ["red", "green"]);
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MarkdownListOutputParser;

impl_list_parser!(MarkdownListOutputParser, Bulleted);

/// Items under way.
#[derive(Debug, Default)]
struct Bulleted {
    whole: Vec<String>,
    item: String,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but blanks since the beginning of a line.
    #[default]
    LineStart,
    Bullet,
    Blank,
    Item,
    /// In a line that is no item.
    Other,
}

impl Bulleted {
    fn parse(text: &str) -> Vec<String> {
        let mut items = Bulleted::default();
        items.push(text);
        items.take_rest()
    }

    fn take(&mut self, char: char) {
        self.state = match (self.state, char) {
            (State::Bullet, blank) if is_blank(blank) => State::Blank,
            (_, '\n') => {
                self.end_item();
                State::LineStart
            }
            (State::Item | State::Blank, _) => {
                self.item.push(char);
                State::Item
            }
            (State::LineStart, '-' | '*') => State::Bullet,
            (State::LineStart, blank) if is_blank(blank) => State::LineStart,
            _ => State::Other,
        };
    }

    fn end_item(&mut self) {
        if self.state == State::Item {
            self.whole.push(std::mem::take(&mut self.item));
        }
    }
}

impl Items for Bulleted {
    const NAME: &str = "MarkdownListOutputParser";

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
        self.state = State::LineStart;
        std::mem::take(&mut self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        assert_eq!(Bulleted::parse(text), expect, "{text:?}");
    }

    #[test]
    fn items_are_what_the_pattern_finds() {
        check("- a\n * b \ntext - no\n-bad\n*\tc", &["a", "b ", "c"]);
        check("-\nfoo\n- \n- x", &["foo", "x"]);
        check("-\n- x", &["- x"]);
        check("-\n\n- x", &["x"]);
        check("--- a\n\n\n- b", &["b"]);
    }
}
