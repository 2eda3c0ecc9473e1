//! `pick`, `get`, `each` and nested `steps`: steps that change what flows.

use super::super::{
    Context,
    flow::{Flow, Sequence, Step},
};
use crate::document::{Content, Entry, Item};
use windlass_core::{DynChain, IntoChain, ItemGetter, Kind, RunnableEach, RunnablePick, Shape, Val};

impl Context<'_> {
    /// A step inside another: a mapping, a word, or a list of steps.
    pub(super) fn inner(&mut self, item: &Item, what: &str, flow: &Flow) -> Option<DynChain> {
        let mut sequence = Sequence::new(flow.clone());
        match &item.content {
            Content::List(_) => self.steps(item, what, &mut sequence),
            _ => self.step(item, &mut sequence),
        }
        sequence.finish()
    }

    /// Adds a step made of others, whose joints were checked when those were made.
    pub(super) fn put(&mut self, sequence: &mut Sequence, chain: Option<DynChain>) {
        match chain {
            Some(chain) => sequence.join(chain, None),
            None => sequence.skip(Shape::of(Kind::ANY)),
        }
    }

    pub(super) fn nested(&mut self, entry: &Entry, sequence: &mut Sequence) {
        let chain = self.inner(&entry.value, "`steps`", &sequence.flow);
        self.put(sequence, chain);
    }

    pub(super) fn pick(&mut self, entry: &Entry, sequence: &mut Sequence) {
        let pick = match &entry.value.content {
            Content::Text(key, _) => Some(RunnablePick::<Val>::one(key)),
            _ => self.texts(&entry.value, "`pick`").map(RunnablePick::some),
        };
        match pick {
            Some(pick) => {
                let chain = pick.into_chain().erase();
                self.add(sequence, Step { chain, word: "pick", at: entry.value.span, uses: Vec::new() });
            }
            None => sequence.skip(Shape::of(Kind::ANY)),
        }
    }

    pub(super) fn get(&mut self, entry: &Entry, sequence: &mut Sequence) {
        let keys: Option<Vec<Val>> = match &entry.value.content {
            Content::List(items) if !items.is_empty() => items.iter().map(|item| self.key(item)).collect(),
            _ => self.key(&entry.value).map(|key| vec![key]),
        };
        match keys {
            Some(keys) => {
                let chain = ItemGetter::several(keys).into_chain().erase();
                self.add(sequence, Step { chain, word: "get", at: entry.value.span, uses: Vec::new() });
            }
            None => sequence.skip(Shape::of(Kind::ANY)),
        }
    }

    /// A key of an object, or a place in a list.
    fn key(&mut self, item: &Item) -> Option<Val> {
        match &item.content {
            Content::Text(key, _) => Some(Val::Text(key.clone())),
            Content::Number(number) if !number.is_float() => Some(Val::Number(number.clone())),
            _ => {
                self.wrong_kind(item, "`get`", "a key, a whole number, or a list of them");
                None
            }
        }
    }

    pub(super) fn each(&mut self, entry: &Entry, sequence: &mut Sequence) {
        let inner = self.inner(&entry.value, "`each`", &Flow::unknown());
        let each = inner.map(|inner| RunnableEach::new(inner.chain().clone()).into_chain().erase());
        match each {
            Some(chain) => {
                self.add(sequence, Step { chain, word: "each", at: entry.span, uses: Vec::new() });
            }
            None => sequence.skip(Shape::of(Kind::LIST)),
        }
    }
}
