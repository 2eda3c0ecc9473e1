//! `bind`, `try` and `retry`: steps with something around them.

use super::super::{
    Context,
    flow::{Flow, Sequence},
};
use crate::{
    document::{Content, Entry, Item},
    suggest::shorten,
};
use serde_json::{Map, Value};
use std::num::NonZeroU32;
use windlass_core::{
    DynChain, Exception, ExponentialJitter, IntoChain, Kind, Number, RunnableBinding, RunnableConfig,
    RunnableRetry, RunnableWithFallbacks, Shape,
};

/// The most attempts of a step; each may make requests.
const MOST_ATTEMPTS: u64 = 100;

impl Context<'_> {
    /// `bind: { stop: [...] }`, `to: ...`, `config: ...`
    pub(super) fn bind(&mut self, entry: &Entry, item: &Item, sequence: &mut Sequence) {
        let kwargs = self.map(&entry.value, "`bind`");
        let config = self.config(item);
        let to = self.needed(item, "to", entry.span);
        let to = to.and_then(|to| self.inner(to, "`to`", &sequence.flow));
        let (Some(kwargs), Some(config), Some(to)) = (kwargs, config, to) else {
            return sequence.skip(Shape::of(Kind::ANY));
        };
        sequence.join(bound(&to, kwargs, config), None);
    }

    /// `try: ...`, `fallbacks: [...]`, `on: [...]`, `exception_key: ...`
    pub(super) fn try_step(&mut self, entry: &Entry, item: &Item, sequence: &mut Sequence) {
        let first = self.inner(&entry.value, "`try`", &sequence.flow);
        let fallbacks = self.needed(item, "fallbacks", entry.span);
        let fallbacks = fallbacks.and_then(|item| self.fallbacks(item, &sequence.flow));
        let on = item.get("on").map(|item| self.exceptions(item));
        let key = item.get("exception_key").map(|item| self.text(item, "`exception_key`"));
        let (Some(first), Some(fallbacks), Some(on), Some(key)) =
            (first, fallbacks, transposed(on), transposed(key))
        else {
            return sequence.skip(Shape::of(Kind::ANY));
        };
        let start = RunnableWithFallbacks::new(first.chain().clone());
        let mut step = fallbacks.iter().fold(start, |step, fallback| step.fallback(fallback.chain().clone()));
        if let Some(on) = on {
            step = step.handling(on);
        }
        if let Some(key) = key {
            step = step.exception_key(key);
        }
        sequence.join(step.into_chain().erase(), None);
    }

    fn fallbacks(&mut self, item: &Item, flow: &Flow) -> Option<Vec<DynChain>> {
        let items = self.items(item, "`fallbacks`")?;
        let steps: Vec<_> = items.iter().map(|item| self.inner(item, "`fallbacks`", flow)).collect();
        steps.into_iter().collect()
    }

    /// `retry: ...`, `attempts: 3`, `on: [...]`, `wait: none`
    pub(super) fn retry(&mut self, entry: &Entry, item: &Item, sequence: &mut Sequence) {
        let inner = self.inner(&entry.value, "`retry`", &sequence.flow);
        let attempts = item.get("attempts").map(|item| self.attempts(item));
        let on = item.get("on").map(|item| self.exceptions(item));
        let wait = item.get("wait").map(|item| self.wait(item));
        let kwargs = item.get("kwargs").map_or(Some(Map::new()), |item| self.map(item, "`kwargs`"));
        let config = self.config(item);
        let options = (transposed(attempts), transposed(on), transposed(wait));
        let (Some(inner), (Some(attempts), Some(on), Some(wait)), Some(kwargs), Some(config)) =
            (inner, options, kwargs, config)
        else {
            return sequence.skip(Shape::of(Kind::ANY));
        };
        let mut retry = RunnableRetry::new(inner.chain().clone());
        if let Some(attempts) = attempts {
            retry = retry.attempts(attempts);
        }
        if let Some(on) = on {
            retry = retry.retrying(on);
        }
        if let Some(wait) = wait {
            retry = retry.wait(wait);
        }
        sequence.join(bound(&retry.into_chain().erase(), kwargs, config), None);
    }

    fn attempts(&mut self, item: &Item) -> Option<NonZeroU32> {
        let count = match &item.content {
            Content::Number(Number::Int(count)) => {
                u64::try_from(*count).ok().filter(|count| *count <= MOST_ATTEMPTS)
            }
            _ => None,
        };
        let count = count.and_then(|count| u32::try_from(count).ok()).and_then(NonZeroU32::new);
        if count.is_none() {
            let message = format!("`attempts` must be a whole number from 1 to {MOST_ATTEMPTS}");
            self.mistakes.error(item.span, message, "write how often the step may run in all");
        }
        count
    }

    /// `none`, or the numbers of a wait that grows.
    fn wait(&mut self, item: &Item) -> Option<Option<ExponentialJitter>> {
        if item.as_text() == Some("none") {
            return Some(None);
        }
        let entries = self.entries(item, "`wait`")?;
        self.only(entries, &["initial", "max", "exp_base", "jitter"], "`wait`");
        let mut wait = ExponentialJitter::default();
        for entry in entries {
            let seconds = self.seconds(&entry.value, &format!("`{}`", entry.key))?;
            match entry.key.as_str() {
                "initial" => wait.initial = seconds,
                "max" => wait.max = seconds,
                "exp_base" => wait.exp_base = seconds,
                _ => wait.jitter = seconds,
            }
        }
        Some(Some(wait))
    }

    fn seconds(&mut self, item: &Item, what: &str) -> Option<f64> {
        let number = match &item.content {
            Content::Number(number) => {
                Some(number.to_f64()).filter(|seconds| *seconds >= 0.0 && seconds.is_finite())
            }
            _ => None,
        };
        if number.is_none() {
            self.wrong_kind(item, what, "a number of seconds");
        }
        number
    }

    /// Names of Python's exceptions.
    fn exceptions(&mut self, item: &Item) -> Option<Vec<String>> {
        let names = self.texts(item, "`on`")?;
        // A dump names a class with its module, which is left out: no two classes that count have the same name.
        let bare = |name: &str| name.rsplit('.').next().unwrap_or(name).to_string();
        let mut known = true;
        for (name, item) in names.iter().zip(item.items()) {
            if !Exception::is_known(&bare(name)) {
                known = false;
                let message = format!("no step raises `{}`", shorten(name));
                let remedy = "write a class of exceptions of Python, LangChain or a vendor's SDK, like `RateLimitError`";
                self.mistakes.error(item.span, message, remedy);
            }
        }
        let names = names.iter().map(|name| bare(name)).collect();
        known.then_some(names)
    }

    pub(super) fn map(&mut self, item: &Item, what: &str) -> Option<Map<String, Value>> {
        self.entries(item, what).map(Item::map_of)
    }

    /// What stands under `config`, if anything does.
    fn config(&mut self, item: &Item) -> Option<RunnableConfig> {
        let Some(config) = item.get("config") else { return Some(RunnableConfig::default()) };
        let map = self.map(config, "`config`")?;
        RunnableConfig::from_json(map)
            .map_err(|wrong| {
                self.mistakes.error(config.span, wrong, "write it as LangChain's `RunnableConfig` has it")
            })
            .ok()
    }
}

/// An option that may be absent, but not wrong.
fn transposed<T>(option: Option<Option<T>>) -> Option<Option<T>> {
    match option {
        None => Some(None),
        Some(found) => found.map(Some),
    }
}

fn bound(chain: &DynChain, kwargs: Map<String, Value>, config: RunnableConfig) -> DynChain {
    if kwargs.is_empty() && config == RunnableConfig::default() {
        return chain.clone();
    }
    RunnableBinding::new(chain.chain().clone()).kwargs(kwargs).config(config).into_chain().erase()
}
