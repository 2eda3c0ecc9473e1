//! Runnables around a runnable: bindings, fallbacks and retries.

use super::{
    arguments::Arguments,
    coerce, make,
    node::{Node, node},
    translator::Translator,
};
use crate::{
    document::{Content, Entry, Item},
    suggest::shorten,
};

/// The keys of a configuration that mean something without Python code.
const CONFIG: [&str; 6] =
    ["tags", "metadata", "run_name", "max_concurrency", "recursion_limit", "configurable"];

/// The exceptions that Python itself has, of those that a chain can meet.
const BUILTINS: [&str; 24] = [
    "BaseException",
    "Exception",
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BlockingIOError",
    "BrokenPipeError",
    "ConnectionError",
    "ConnectionAbortedError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "EOFError",
    "IOError",
    "IndexError",
    "KeyError",
    "LookupError",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "RecursionError",
    "RuntimeError",
    "TimeoutError",
    "TypeError",
    "ValueError",
];

/// Modules whose exceptions keep their module's name, because several have the same ones.
const MODULES: [&str; 5] = ["openai", "anthropic", "httpx", "langchain_openai", "langchain_anthropic"];

impl Translator<'_> {
    pub(super) fn binding(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let step = self.required(&mut args, "bound").and_then(|bound| self.step(bound));
        let kwargs = match args.take("kwargs") {
            Some(kwargs) => self.data_map(kwargs, "`kwargs`").map(|data| make::map(kwargs.span, data)),
            None => Some(make::map(args.at, Vec::new())),
        };
        let mut entries = Vec::new();
        let config = self.config(&mut args, &mut entries);
        self.no_code(&mut args);
        self.ignore_more(&mut args);
        config?;
        let mut all = vec![make::entry("bind", kwargs?)];
        all.extend(entries);
        all.push(make::entry("to", step?));
        Some(make::map(args.at, all))
    }

    /// What of a binding would be Python code.
    fn no_code(&mut self, args: &mut Arguments<'_>) {
        if let Some(factories) = args.take("config_factories") {
            for factory in self.items(factories, "`config_factories`").unwrap_or_default() {
                self.expected::<()>(factory, "nothing");
            }
        }
        for name in ["custom_input_type", "custom_output_type"] {
            if let Some(item) = args.take(name) {
                self.data(item);
            }
        }
    }

    /// The configuration of a binding, unless it is empty.
    fn config(&mut self, args: &mut Arguments<'_>, entries: &mut Vec<Entry>) -> Option<()> {
        let Some(item) = args.take("config") else { return Some(()) };
        let mut kept = Vec::new();
        let mut configurable = Vec::new();
        for mut entry in self.data_map(item, "`config`")? {
            match entry.key.as_str() {
                _ if entry.value.content == Content::Null => {}
                "callbacks" if entry.value.items().is_empty() && entry.value.entries().is_empty() => {}
                "callbacks" | "run_id" => {
                    let message = format!("`{}` of a configuration is for one run, in Python", entry.key);
                    self.mistakes.error(entry.span, message, "export the chain without it");
                }
                "configurable" => match std::mem::replace(&mut entry.value.content, Content::Null) {
                    Content::Map(inner) => configurable.splice(0..0, inner).for_each(drop),
                    content => {
                        entry.value.content = content;
                        self.expected::<()>(&entry.value, "`configurable`, a mapping,");
                    }
                },
                key if CONFIG.contains(&key) => {
                    if !is_setting(key, &entry.value) {
                        self.expected(&entry.value, &format!("the value of `{key}`"))?;
                    }
                    kept.push(entry);
                }
                // LangChain takes keys that it does not know for configurable ones.
                _ => configurable.push(entry),
            }
        }
        if !configurable.is_empty() {
            kept.push(make::entry("configurable", make::map(item.span, configurable)));
        }
        if !kept.is_empty() {
            entries.push(make::entry("config", make::map(item.span, kept)));
        }
        Some(())
    }

    /// LangChain writes fallbacks, but does not read them, because it writes the exceptions as code.
    pub(super) fn fallbacks(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let step = self.required(&mut args, "runnable").and_then(|item| self.step(item));
        let written = self.required(&mut args, "fallbacks");
        let items = written.and_then(|item| self.items(item, "`fallbacks`"));
        let others: Vec<_> = items.into_iter().flatten().map(|item| self.step(item)).collect();
        let exceptions = self.exceptions(&mut args, "exceptions_to_handle");
        let key = args.take("exception_key");
        let key = key.map(|key| self.text(key, "`exception_key`").map(|text| make::text(key.span, text)));
        self.ignore_more(&mut args);
        let others = make::list(written?.span, others.into_iter().collect::<Option<_>>()?);
        let mut entries = vec![make::entry("try", step?), make::entry("fallbacks", others)];
        entries.extend(exceptions?);
        if let Some(key) = key {
            entries.push(make::entry("exception_key", key?));
        }
        items?;
        Some(make::map(args.at, entries))
    }

    pub(super) fn retry(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let step = self.required(&mut args, "bound").and_then(|item| self.step(item));
        let mut entries = Vec::new();
        let exceptions = self.exceptions(&mut args, "retry_exception_types");
        let attempts = self.attempts(&mut args, &mut entries);
        let wait = self.wait(&mut args, &mut entries);
        let kwargs = self.data_entry(&mut args, "kwargs", "kwargs", &mut entries);
        let config = self.config(&mut args, &mut entries);
        self.no_code(&mut args);
        self.ignore_more(&mut args);
        attempts.and(wait).and(kwargs).and(config)?;
        let mut all = vec![make::entry("retry", step?)];
        all.extend(exceptions?);
        all.extend(entries);
        Some(make::map(args.at, all))
    }

    fn attempts(&mut self, args: &mut Arguments<'_>, entries: &mut Vec<Entry>) -> Option<()> {
        let Some(item) = args.take("max_attempt_number") else { return Some(()) };
        match coerce::integer(item).filter(|number| number.to_f64() >= 1.0) {
            Some(number) => entries.push(make::entry("attempts", make::number(item.span, number))),
            None => return self.expected(item, "`max_attempt_number`, a whole number from 1,"),
        }
        Some(())
    }

    fn wait(&mut self, args: &mut Arguments<'_>, entries: &mut Vec<Entry>) -> Option<()> {
        let params = args.take("exponential_jitter_params");
        let waits = match args.take("wait_exponential_jitter") {
            None => true,
            Some(item) => match coerce::boolean(item) {
                Some(true) => true,
                Some(false) => {
                    entries.push(make::entry("wait", make::text(item.span, "none")));
                    false
                }
                None => return self.expected(item, "`wait_exponential_jitter`, a boolean,"),
            },
        };
        let Some(item) = params else { return Some(()) };
        let mut seconds = Vec::new();
        for Entry { key, span, value } in self.data_map(item, "`exponential_jitter_params`")? {
            if !["initial", "max", "exp_base", "jitter"].contains(&key.as_str()) {
                self.mistakes.error(span, format!("no retry has `{}`", shorten(&key)), "remove it");
                continue;
            }
            match coerce::float(&value) {
                Some(float) => seconds.push(make::entry(&key, make::number(value.span, float))),
                None => self.expected(&value, &format!("`{key}`, a number of seconds,"))?,
            }
        }
        if waits && !seconds.is_empty() {
            entries.push(make::entry("wait", make::map(item.span, seconds)));
        }
        Some(())
    }

    /// The names of exception classes; none if it is the default.
    fn exceptions(&mut self, args: &mut Arguments<'_>, name: &str) -> Option<Option<Entry>> {
        let Some(item) = args.take(name) else { return Some(None) };
        let names: Vec<_> =
            self.items(item, &format!("`{name}`"))?.iter().map(|item| self.exception(item)).collect();
        let names = names.into_iter().collect::<Option<Vec<_>>>()?;
        let default = matches!(names.as_slice(), [one] if one.as_text() == Some("Exception"));
        Some((!default).then(|| make::entry("on", make::list(item.span, names))))
    }

    fn exception(&mut self, item: &Item) -> Option<Item> {
        let Node::NotImplemented { id, repr } = node(item) else {
            return self.expected(item, "a class of exceptions");
        };
        let parts: Vec<_> = id.split('/').collect();
        let name = match parts.as_slice() {
            ["builtins", name] if BUILTINS.contains(name) => (*name).to_string(),
            ["langchain_core", "exceptions", name] => (*name).to_string(),
            ["json", "decoder", name] => (*name).to_string(),
            [module, .., name] if MODULES.contains(module) => format!("{module}.{name}"),
            _ => return self.not_written(item, &id, repr),
        };
        let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.');
        match name.chars().all(plain) {
            true => Some(make::text(item.span, name)),
            false => self.not_written(item, &id, repr),
        }
    }
}

/// Whether a key of a configuration can have this value.
fn is_setting(key: &str, value: &Item) -> bool {
    match key {
        "tags" => {
            matches!(&value.content, Content::List(tags) if tags.iter().all(|tag| tag.as_text().is_some()))
        }
        "metadata" => matches!(value.content, Content::Map(_)),
        "run_name" => value.as_text().is_some(),
        _ => coerce::integer(value).is_some(),
    }
}
