//! Lists from the model's text, item by item: LangChain's `ListOutputParser`s.

mod comma;
mod markdown;
mod numbered;

pub use comma::CommaSeparatedListOutputParser;
pub use markdown::MarkdownListOutputParser;
pub use numbered::NumberedListOutputParser;

use super::{ModelOutput, pieces::Reader};
use crate::{Buffer, Chunk, Error, Feeds, Kind, Result, Val};
use std::collections::VecDeque;

/// The items of a text that comes in pieces. Reading is linear in the text.
pub(super) trait Items: Send + 'static {
    /// The parser's name.
    const NAME: &str;

    /// Reads a piece.
    fn push(&mut self, piece: &str);

    /// Takes the items that nothing can be added to: all but the last.
    fn take_whole(&mut self) -> Vec<String>;

    /// Takes what is left at the end of the text.
    fn take_rest(&mut self) -> Vec<String>;
}

/// Gives each item as a list of its own.
pub(super) struct ListReader<I> {
    pub(super) items: I,
    pub(super) held: Buffer,
}

impl<I: Items> Reader for ListReader<I> {
    type Out = Vec<String>;

    fn read(&mut self, piece: ModelOutput, out: &mut VecDeque<Vec<String>>) -> Result<()> {
        if let Some(text) = piece.into_plain_text(I::NAME)? {
            self.held.charge(text.len())?;
            self.items.push(&text);
            out.extend(self.items.take_whole().into_iter().map(|item| vec![item]));
        }
        Ok(())
    }

    fn end(&mut self, out: &mut VecDeque<Vec<String>>) -> Result<()> {
        out.extend(self.items.take_rest().into_iter().map(|item| vec![item]));
        Ok(())
    }
}

impl Chunk for Vec<String> {
    const PIECEWISE: bool = true;

    fn kind() -> Kind {
        Kind::LIST
    }

    fn into_val(self) -> Val {
        Val::List(self.into_iter().map(Val::Text).collect())
    }

    fn from_val(val: Val) -> Result<Self> {
        let Val::List(items) = val else { return Err(Error::wrong_kind("a list", val.kind_name())) };
        items.into_iter().map(String::from_val).collect()
    }

    fn merge(&mut self, next: Self) {
        self.extend(next);
    }

    fn grow(&mut self, next: Self) -> isize {
        let added = next.weight();
        self.extend(next);
        crate::chunk::difference(added, 0)
    }

    fn weight(&self) -> usize {
        self.iter().map(|item| size_of::<String>() + item.len()).sum()
    }
}

impl Feeds<Val> for Vec<String> {
    fn feed(self) -> Result<Val> {
        Ok(self.into_val())
    }
}

/// Makes a parser of these items a step.
macro_rules! impl_list_parser {
    ($parser:ident, $items:ty) => {
        impl $crate::Runnable for $parser {
            type In = $crate::ModelOutput;
            type Out = Vec<String>;

            fn invoke(
                self: std::sync::Arc<Self>,
                input: $crate::ModelOutput,
                _: $crate::Cx,
            ) -> $crate::Fut<Vec<String>> {
                let name = <$items as $crate::parser::list::Items>::NAME;
                let list = input.into_text(name, "Generation").map(|text| <$items>::parse(&text));
                Box::pin(std::future::ready(list))
            }

            fn transform(
                self: std::sync::Arc<Self>,
                pieces: $crate::Out<$crate::ModelOutput>,
                cx: $crate::Cx,
            ) -> $crate::Out<Vec<String>> {
                let items = <$items>::default();
                let reader = $crate::parser::list::ListReader { items, held: cx.buffer() };
                $crate::parser::pieces::read_all(reader, pieces)
            }

            fn run_info(&self, _: &$crate::Cx) -> $crate::RunInfo {
                $crate::RunInfo::parser(<$items as $crate::parser::list::Items>::NAME)
            }

            fn describe(&self, input: &$crate::Shape) -> $crate::Node {
                let name = <$items as $crate::parser::list::Items>::NAME;
                $crate::parser::pieces::node(name, $crate::Kind::LIST, input)
            }
        }

        $crate::impl_pipe!($parser);
    };
}
use impl_list_parser;

/// Whether Python's `\s` matches.
fn is_blank(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\u{1c}'..='\u{1f}')
}
