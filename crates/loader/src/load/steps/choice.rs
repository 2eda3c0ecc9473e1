//! `branch`, `route` and `alternatives`: one of several steps.

use super::super::{
    Context,
    flow::{Flow, Sequence, Step},
};
use crate::{
    Span,
    document::{Entry, Item},
};
use windlass_core::{
    DynChain, IntoChain, Kind, RouterRunnable, RunnableBranch, RunnableConfigurableAlternatives, Shape, Val,
};

/// A branch with its condition; the last one has none.
enum Case {
    If(DynChain, DynChain),
    Else(DynChain),
}

impl Context<'_> {
    /// `branch: [{ if: ..., then: ... }, ..., { else: ... }]`
    pub(super) fn choose(&mut self, entry: &Entry, sequence: &mut Sequence) {
        let Some(items) = self.items(&entry.value, "`branch`") else {
            return sequence.skip(Shape::of(Kind::ANY));
        };
        let cases: Vec<_> = items.iter().map(|item| self.case(item, &sequence.flow)).collect();
        let ends = items.last().is_some_and(|item| item.get("else").is_some());
        let elses = items.iter().filter(|item| item.get("else").is_some()).count();
        if !ends || elses != 1 {
            let remedy =
                "write `- { if: ..., then: ... }` for each case, and `- { else: ... }` once, at the end";
            self.mistakes.error(entry.span, "`branch` must end in one `else`", remedy);
        }
        let mut cases = cases.into_iter().rev().map(|case| case.ok_or(()));
        let branch = match cases.next() {
            Some(Ok(Case::Else(default))) => {
                let cases: Result<Vec<_>, ()> = cases.collect();
                cases.ok().and_then(|cases| branch_of(&default, cases.into_iter().rev()))
            }
            _ => None,
        };
        self.put(sequence, branch);
    }

    fn case(&mut self, item: &Item, flow: &Flow) -> Option<Case> {
        let entries = self.entries(item, "a case of `branch`")?;
        self.only(entries, &["if", "then", "else"], "a case of `branch`");
        match (item.get("if"), item.get("then"), item.get("else")) {
            (Some(condition), Some(then), None) => {
                let condition = self.inner(condition, "`if`", flow);
                let then = self.inner(then, "`then`", flow);
                Some(Case::If(condition?, then?))
            }
            (None, None, Some(default)) => self.inner(default, "`else`", flow).map(Case::Else),
            _ => {
                let remedy = "write `if:` and `then:`, or `else:` alone";
                self.mistakes.error(item.span, "a case of `branch` has a condition and a step", remedy);
                None
            }
        }
    }

    /// `route: { name: ... }`
    pub(super) fn route(&mut self, entry: &Entry, sequence: &mut Sequence) {
        let Some(routes) = self.named_steps(entry, &Flow::unknown()) else {
            return sequence.skip(Shape::of(Kind::ANY));
        };
        let router = routes.into_iter().fold(RouterRunnable::<Val, Val>::new(), |router, (key, chain)| {
            router.route(key, chain.chain().clone())
        });
        let chain = router.into_chain().erase();
        let (word, at) = ("route", entry.span);
        self.add(sequence, Step { chain, word, at, uses: Vec::new() });
    }

    /// Steps by name; none if something is wrong with one of them.
    fn named_steps(&mut self, entry: &Entry, flow: &Flow) -> Option<Vec<(String, DynChain)>> {
        let entries = self.entries(&entry.value, &format!("`{}`", entry.key))?;
        let steps: Vec<_> = entries
            .iter()
            .map(|entry| {
                Some((entry.key.clone(), self.inner(&entry.value, &format!("`{}`", entry.key), flow)?))
            })
            .collect();
        steps.into_iter().collect()
    }

    /// `alternatives: { name: ... }`, `default: ...`, `by: { id: ... }`
    pub(super) fn alternatives(&mut self, entry: &Entry, item: &Item, sequence: &mut Sequence) {
        let others = self.named_steps(entry, &sequence.flow);
        let default = self.needed(item, "default", entry.span);
        let default = default.and_then(|item| self.inner(item, "`default`", &sequence.flow));
        let (name, description) = item.get("by").map(|by| self.configurable_words(by)).unwrap_or_default();
        let by = self.needed(item, "by", entry.span).and_then(|by| self.configurable_id(by));
        let default_key = item.get("default_key").map(|item| self.text(item, "`default_key`"));
        let prefix = item.get("prefix_keys").map(|item| self.boolean(item, "`prefix_keys`"));
        let made =
            (others, default, by, default_key.unwrap_or(Some("default")), prefix.unwrap_or(Some(false)));
        let (Some(others), Some(default), Some(by), Some(default_key), Some(prefix_keys)) = made else {
            return sequence.skip(Shape::of(Kind::ANY));
        };
        let start = RunnableConfigurableAlternatives::new(by, default_key, default.chain().clone());
        let step =
            others.into_iter().fold(start, |step, (key, chain)| step.alternative(key, chain.chain().clone()));
        let step =
            name.into_iter().fold(step.prefix_keys(prefix_keys), RunnableConfigurableAlternatives::named);
        let step = description.into_iter().fold(step, RunnableConfigurableAlternatives::described);
        sequence.join(step.into_chain().erase(), None);
    }

    /// What stands under a key that must be there.
    pub(super) fn needed<'i>(&mut self, item: &'i Item, key: &str, at: Span) -> Option<&'i Item> {
        let found = item.get(key);
        if found.is_none() {
            self.mistakes.error(at, format!("the step has no `{key}`"), format!("write `{key}:` beside it"));
        }
        found
    }

    /// What people call it, and what it is about, in `{ id: text, name: text, description: text }`.
    pub(super) fn configurable_words(&mut self, item: &Item) -> (Option<String>, Option<String>) {
        let mut word = |key: &str| {
            let text = item.get(key).and_then(|item| self.text(item, &format!("`{key}`")));
            text.map(String::from)
        };
        (word("name"), word("description"))
    }

    /// The id in `{ id: text, name: text, description: text }`.
    pub(super) fn configurable_id(&mut self, item: &Item) -> Option<String> {
        let entries = self.entries(item, "what a call configures")?;
        self.only(entries, &["id", "name", "description", "options", "default"], "what a call configures");
        let id = self.needed(item, "id", item.span)?;
        self.text(id, "`id`").map(String::from)
    }
}

fn branch_of(default: &DynChain, cases: impl Iterator<Item = Case>) -> Option<DynChain> {
    let mut branch = RunnableBranch::new(default.chain().clone());
    for case in cases {
        let Case::If(condition, then) = case else { return None };
        branch = branch.branch(condition.chain().clone(), then.chain().clone());
    }
    Some(branch.into_chain().erase())
}
