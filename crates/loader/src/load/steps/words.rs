//! The words a step can begin with, and what may stand beside each.

use super::super::{Context, flow::Sequence, read::did_you_mean};
use crate::{
    document::{Entry, Item},
    suggest::{list, shorten},
};
use windlass_core::{Kind, Shape};

/// A word that begins a step of its own.
pub(super) struct Word {
    pub(super) name: &'static str,
    /// LangChain's name for it.
    langchain: &'static str,
    /// The keys that may stand beside it.
    beside: &'static [&'static str],
    make: for<'c, 'r, 'i> fn(&'c mut Context<'r>, &'i Entry, &'i Item, &'c mut Sequence),
}

const fn word(
    name: &'static str,
    langchain: &'static str,
    beside: &'static [&'static str],
    make: for<'c, 'r, 'i> fn(&'c mut Context<'r>, &'i Entry, &'i Item, &'c mut Sequence),
) -> Word {
    Word { name, langchain, beside, make }
}

/// All but `prompt`, `model` and `parser`, which stand together.
pub(super) const ALONE: [Word; 13] = [
    word("assign", "RunnableAssign", &[], |context, entry, _, sequence| context.assign(entry, sequence)),
    word("parallel", "RunnableParallel", &[], |context, entry, _, sequence| {
        context.parallel(entry, sequence)
    }),
    word("pick", "RunnablePick", &[], |context, entry, _, sequence| context.pick(entry, sequence)),
    word("get", "itemgetter", &[], |context, entry, _, sequence| context.get(entry, sequence)),
    word("each", "RunnableEach", &[], |context, entry, _, sequence| context.each(entry, sequence)),
    word("branch", "RunnableBranch", &[], |context, entry, _, sequence| context.choose(entry, sequence)),
    word("route", "RouterRunnable", &[], |context, entry, _, sequence| context.route(entry, sequence)),
    word("bind", "RunnableBinding", &["to", "config"], |context, entry, item, sequence| {
        context.bind(entry, item, sequence)
    }),
    word(
        "try",
        "RunnableWithFallbacks",
        &["fallbacks", "on", "exception_key"],
        |context, entry, item, sequence| context.try_step(entry, item, sequence),
    ),
    word(
        "retry",
        "RunnableRetry",
        &["attempts", "on", "wait", "kwargs", "config"],
        |context, entry, item, sequence| context.retry(entry, item, sequence),
    ),
    word(
        "configurable",
        "RunnableConfigurableFields",
        &["of", "rebuilt"],
        |context, entry, item, sequence| context.configurable(entry, item, sequence),
    ),
    word(
        "alternatives",
        "RunnableConfigurableAlternatives",
        &["default", "by", "default_key", "prefix_keys"],
        |context, entry, item, sequence| context.alternatives(entry, item, sequence),
    ),
    word("steps", "RunnableSequence", &[], |context, entry, _, sequence| context.nested(entry, sequence)),
];

/// The words people are told of.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    super::TOGETHER.into_iter().chain(ALONE.iter().map(|word| word.name)).chain(["passthrough"])
}

impl Context<'_> {
    /// A step that is a mapping.
    pub(super) fn step_mapping(&mut self, item: &Item, entries: &[Entry], sequence: &mut Sequence) {
        let leads = |word: &&Word, entry: &Entry| entry.key == word.name || entry.key == word.langchain;
        let found =
            entries.iter().find_map(|entry| Some((ALONE.iter().find(|word| leads(word, entry))?, entry)));
        let Some((word, head)) = found else { return self.plain_step(item, entries, sequence) };
        let others: Vec<_> = entries.iter().filter(|entry| entry.key != head.key).cloned().collect();
        let begins = |entry: &Entry| ALONE.iter().any(|word| leads(&word, entry)) || is_together(entry);
        if let Some(other) =
            others.iter().find(|entry| begins(entry) && !word.beside.contains(&entry.key.as_str()))
        {
            let message = format!("`{}` and `{}` are steps of their own", head.key, other.key);
            self.mistakes.error(other.span, message, "begin each with a `-`");
            return sequence.skip(Shape::of(Kind::ANY));
        }
        if word.beside.is_empty() {
            for entry in &others {
                let remedy = format!("`{}` has nothing beside it", word.name);
                self.unknown_key(entry, "the step", remedy);
            }
        } else {
            self.only(&others, word.beside, &format!("a step with `{}`", word.name));
        }
        (word.make)(self, head, item, sequence);
    }

    /// `prompt`, `model` and `parser`, or nothing that is known.
    fn plain_step(&mut self, item: &Item, entries: &[Entry], sequence: &mut Sequence) {
        let words: Vec<_> = names().filter(|name| *name != "passthrough").collect();
        for entry in entries.iter().filter(|entry| !is_together(entry)) {
            let remedy = did_you_mean(&entry.key, words.iter().copied())
                .unwrap_or_else(|| format!("a step has: {}", list(words.iter().copied())));
            self.mistakes.error(entry.span, format!("a step has no key `{}`", shorten(&entry.key)), remedy);
        }
        if entries.iter().any(is_together) {
            return self.together(item, sequence);
        }
        if entries.is_empty() {
            let remedy = format!("write one of: {}", list(names()));
            self.mistakes.error(item.span, "the step is empty", remedy);
        }
        sequence.skip(Shape::of(Kind::ANY));
    }
}

fn is_together(entry: &Entry) -> bool {
    super::TOGETHER.contains(&entry.key.as_str())
}
