//! Steps, alone, in a mapping or in a list; here `prompt`, `model`, `parser`, `assign`, `parallel` and `passthrough`.

mod choice;
mod configure;
mod values;
mod words;
mod wrap;

use super::{
    Context, Semantics,
    flow::{Sequence, Step},
    parser::{PARSERS, Parser},
    prompt::Prompt,
    read::did_you_mean,
};
use crate::{
    document::{Content, Entry, Item},
    suggest::{list, shorten},
};
use windlass_core::{IntoChain, Kind, RunnableParallel, RunnablePassthrough, Shape, Val};

/// Keys that stand together, in the order in which they run.
const TOGETHER: [&str; 3] = ["prompt", "model", "parser"];

/// The most steps of a chain, those inside of others included: each is polled from within the one after it, so that too
/// many overflow the stack.
const MOST_STEPS: usize = 500;

impl Context<'_> {
    /// The items of `steps:`.
    pub(super) fn steps(&mut self, item: &Item, what: &str, sequence: &mut Sequence) {
        let Some(items) = self.items(item, what) else { return sequence.skip(Shape::of(Kind::ANY)) };
        if items.is_empty() {
            let remedy = "write a step: `- prompt: \"{question}\"`";
            self.mistakes.error(item.span, format!("{what} is empty"), remedy);
            sequence.skip(Shape::of(Kind::ANY));
        }
        items.iter().for_each(|item| self.step(item, sequence));
    }

    /// A branch of `assign` or `parallel`: a chain of its own, so that a model's answer becomes text by itself.
    fn branch(&mut self, item: &Item, what: &str, sequence: &mut Sequence) {
        match &item.content {
            Content::List(_) => self.steps(item, what, sequence),
            _ => {
                self.step(item, sequence);
                if item.get("model").is_some() && item.get("parser").is_none() {
                    sequence.join(Parser::Text.chain(self.semantics), None);
                }
            }
        }
    }

    pub(super) fn step(&mut self, item: &Item, sequence: &mut Sequence) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            if self.steps == MOST_STEPS + 1 {
                let message = format!("the chain has more than {MOST_STEPS} steps");
                self.mistakes.error(item.span, message, "split the chain");
            }
            return sequence.skip(Shape::of(Kind::ANY));
        }
        match &item.content {
            Content::Text(word, _) => self.step_word(word, item, sequence),
            Content::Map(entries) => self.step_mapping(item, entries, sequence),
            Content::List(_) => {
                let chain = self.inner(item, "a sequence", &sequence.flow);
                self.put(sequence, chain);
            }
            _ => {
                let message = format!("a step is a mapping, not {}", item.kind());
                self.mistakes.error(
                    item.span,
                    message,
                    format!("begin it with one of: {}", list(words::names())),
                );
                sequence.skip(Shape::of(Kind::ANY));
            }
        }
    }

    fn step_word(&mut self, word: &str, item: &Item, sequence: &mut Sequence) {
        if matches!(word, "passthrough" | "RunnablePassthrough") {
            return sequence.join(RunnablePassthrough::<Val>::new().into_chain().erase(), Some(&[]));
        }
        if let Some((_, parser)) = PARSERS.iter().find(|(name, _)| *name == word) {
            let step =
                Step { chain: parser.chain(self.semantics), word: "parser", at: item.span, uses: Vec::new() };
            return self.add(sequence, step);
        }
        let remedy = match did_you_mean(word, ["passthrough"]) {
            Some(remedy) => remedy,
            None if word.contains('{') => "text in a step is a prompt: write `prompt: \"...\"`".into(),
            None => {
                format!("write `passthrough`, or a mapping that begins with one of: {}", list(words::names()))
            }
        };
        self.mistakes.error(item.span, format!("no step is called `{}`", shorten(word)), remedy);
        sequence.skip(Shape::of(Kind::ANY));
    }

    /// `prompt`, `model` and `parser` of one mapping: always in this order.
    pub(super) fn together(&mut self, item: &Item, sequence: &mut Sequence) {
        if let Some(entry) = item.entry("prompt") {
            match self.prompt(&entry.value) {
                Some(prompt) => {
                    let Prompt { chain, uses } = prompt;
                    self.add(sequence, Step { chain, word: "prompt", at: entry.span, uses });
                    sequence.flow.shape = Shape::of(Kind::PROMPT);
                }
                None => sequence.skip(Shape::of(Kind::PROMPT)),
            }
        }
        if let Some(entry) = item.entry("model") {
            match self.model(entry) {
                Some(model) => {
                    let chain = model.into_step();
                    self.add(sequence, Step { chain, word: "model", at: entry.span, uses: Vec::new() });
                }
                None => sequence.skip(Shape::of(Kind::MESSAGE)),
            }
        }
        if let Some(entry) = item.entry("parser") {
            match self.parser(&entry.value) {
                Some(chain) => {
                    self.add(sequence, Step { chain, word: "parser", at: entry.span, uses: Vec::new() });
                }
                None => sequence.skip(Shape::of(Kind::ANY)),
            }
        }
    }

    /// Ends a chain in the text parser, as it does when it names none.
    pub(super) fn end_in_text(&mut self, sequence: &mut Sequence) {
        sequence.join(Parser::Text.chain(self.semantics), None);
    }

    fn assign(&mut self, entry: &Entry, sequence: &mut Sequence) {
        self.check_assign(&sequence.flow, entry.span);
        let keys: Vec<_> = entry.value.entries().iter().map(|entry| entry.key.clone()).collect();
        match self.branches(entry, sequence) {
            Some(branches) => {
                let assign = RunnablePassthrough::assign(branches).into_chain().erase();
                sequence.join(assign, Some(&keys));
            }
            None => {
                let known = sequence.flow.shape.keys.take();
                let shape =
                    known.map_or(Shape::of(Kind::DICT), |known| Shape::keys(known.into_iter().chain(keys)));
                sequence.skip(shape);
            }
        }
    }

    fn parallel(&mut self, entry: &Entry, sequence: &mut Sequence) {
        let keys: Vec<_> = entry.value.entries().iter().map(|entry| entry.key.clone()).collect();
        match self.branches(entry, sequence) {
            Some(branches) => sequence.join(branches.into_chain().erase(), None),
            None => sequence.skip(Shape::keys(keys)),
        }
    }

    /// The branches, each checked with what flows to all of them.
    fn branches(&mut self, entry: &Entry, sequence: &Sequence) -> Option<RunnableParallel<Val>> {
        let what = format!("`{}`", entry.key);
        let entries = self.entries(&entry.value, &what)?;
        if entries.is_empty() && self.semantics == Semantics::Windlass {
            let remedy = "write a key and its steps: `summary: { prompt: ..., model: ... }`";
            self.mistakes.error(entry.value.span, format!("{what} is empty"), remedy);
            return None;
        }
        let mut branches = Some(RunnableParallel::new());
        for entry in entries {
            let mut branch = Sequence::new(sequence.flow.clone());
            self.branch(&entry.value, &format!("`{}`", entry.key), &mut branch);
            branches = match (branches, branch.finish()) {
                (Some(branches), Some(chain)) => Some(branches.branch(&entry.key, chain.chain().clone())),
                _ => None,
            };
        }
        branches
    }
}
