//! Runnables to steps.

use super::{
    arguments::Arguments,
    ids::{self, Class},
    make,
    node::{Node, name, node},
    translator::Translator,
};
use crate::document::{Content, Entry, Item};
use std::collections::HashSet;

impl Translator<'_> {
    /// A step: a runnable, or what LangChain wrote of one.
    pub(super) fn step(&mut self, item: &Item) -> Option<Item> {
        match node(item) {
            Node::Object { id, kwargs } => {
                let Some(class) = ids::class(&id) else { return self.unknown(item, &id) };
                if let Class::Unserved(_) = class {
                    return self.expected(item, "a step");
                }
                let args = self.arguments(item, name(&id), kwargs)?;
                self.object(item, class, args)
            }
            Node::NotImplemented { id, repr } => self.written_step(item, &id, repr),
            _ => self.expected(item, "a step"),
        }
    }

    /// A step, or a mapping of steps in its place, which is a `RunnableParallel`.
    fn step_or_mapping(&mut self, item: &Item) -> Option<Item> {
        match (&item.content, node(item)) {
            (Content::Map(entries), Node::Plain) => {
                let branches = self.branches(entries)?;
                Some(make::pair(item.span, "parallel", make::map(item.span, branches)))
            }
            _ => self.step(item),
        }
    }

    fn object(&mut self, item: &Item, class: Class, args: Arguments<'_>) -> Option<Item> {
        match class {
            Class::Sequence => self.sequence(args),
            Class::Parallel => self.parallel(args),
            Class::Assign => self.assign(args),
            Class::Passthrough => self.passthrough(args),
            Class::Pick => self.pick(args),
            Class::Binding => self.binding(args),
            Class::Each => self.each(args),
            Class::Router => self.router(args),
            Class::Branch => self.branch(args),
            Class::Fallbacks => self.fallbacks(args),
            Class::Retry => self.retry(args),
            Class::ConfigurableFields => self.configurable_fields(args),
            Class::ConfigurableAlternatives => self.configurable_alternatives(args),
            Class::ChatOpenAi | Class::AzureChatOpenAi | Class::OpenAi | Class::ChatAnthropic => {
                let model = self.model(class, args)?;
                Some(make::pair(item.span, "model", model))
            }
            Class::StrParser => self.simple_parser(args, "text"),
            Class::CsvParser => self.simple_parser(args, "csv"),
            class => match self.prompt(class, args) {
                Some(prompt) => Some(make::pair(item.span, "prompt", prompt?)),
                None => self.expected(item, "a step"),
            },
        }
    }

    fn sequence(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        self.ignore(&mut args, &["name"]);
        let (first, middle, last) = (args.take("first"), args.take("middle"), args.take("last"));
        self.no_more(&mut args);
        let between = match middle {
            Some(middle) => self.items(middle, "`middle`"),
            None => Some(&[][..]),
        };
        let all = first.into_iter().chain(between.unwrap_or_default()).chain(last);
        let steps: Vec<_> = all.map(|item| self.step(item)).collect();
        if first.is_none() || last.is_none() {
            let message = "a `RunnableSequence` needs at least two steps, `first` and `last`";
            self.mistakes.error(args.at, message, "export the chain anew with `dumps`");
            return None;
        }
        between?;
        Some(make::list(args.at, steps.into_iter().collect::<Option<_>>()?))
    }

    fn parallel(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let mut entries: Vec<&Entry> = Vec::new();
        let written = match args.take("steps__") {
            Some(steps) => self.entries(steps, "`steps__`")?,
            None => &[],
        };
        // Further arguments are steps too, and win.
        let rest = args.rest();
        let over: HashSet<&str> = rest.iter().map(|entry| entry.key.as_str()).collect();
        entries.extend(written.iter().filter(|entry| !over.contains(entry.key.as_str())));
        entries.extend(rest);
        let branches = self.branches(entries)?;
        Some(make::pair(args.at, "parallel", make::map(args.at, branches)))
    }

    /// The branches of a mapping, each a list of steps.
    fn branches<'e>(&mut self, entries: impl IntoIterator<Item = &'e Entry>) -> Option<Vec<Entry>> {
        let branches: Vec<_> = entries
            .into_iter()
            .map(|entry| {
                let step = self.step_or_mapping(&entry.value)?;
                Some(Entry { key: entry.key.clone(), span: entry.span, value: make::steps(step) })
            })
            .collect();
        branches.into_iter().collect()
    }

    fn assign(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let mapper = self.required(&mut args, "mapper");
        self.ignore_more(&mut args);
        let mut step = self.step_or_mapping(mapper?)?;
        match &mut step.content {
            Content::Map(entries) if entries[0].key == "parallel" => {
                let branches = std::mem::replace(&mut entries[0].value.content, Content::Null);
                let branches = Item { span: step.span, content: branches };
                Some(make::pair(args.at, "assign", branches))
            }
            _ => self.expected(mapper?, "a `RunnableParallel`"),
        }
    }

    fn passthrough(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        for name in ["func", "afunc", "input_type"] {
            if let Some(item) = args.take(name) {
                return self.expected(item, "nothing");
            }
        }
        self.ignore_more(&mut args);
        Some(make::text(args.at, "passthrough"))
    }

    fn pick(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let keys = self.required(&mut args, "keys");
        self.ignore_more(&mut args);
        let keys = self.keys(keys?, "`keys`")?;
        Some(make::pair(args.at, "pick", keys))
    }

    /// A text, or a list of texts.
    pub(super) fn keys(&mut self, item: &Item, what: &str) -> Option<Item> {
        match &item.content {
            Content::Text(..) => {}
            Content::List(items) => {
                for item in items {
                    self.text(item, &format!("a key of {what}"))?;
                }
            }
            _ => return self.expected(item, &format!("{what}, a text or a list of texts,")),
        }
        Some(item.clone())
    }

    fn each(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let bound = self.required(&mut args, "bound");
        self.ignore_more(&mut args);
        let step = self.step(bound?)?;
        Some(make::pair(args.at, "each", step))
    }

    fn router(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let runnables = self.required(&mut args, "runnables");
        self.no_more(&mut args);
        let entries = self.entries(runnables?, "`runnables`")?;
        let routes: Vec<_> = entries
            .iter()
            .map(|entry| {
                let value = self.step_or_mapping(&entry.value)?;
                Some(Entry { key: entry.key.clone(), span: entry.span, value })
            })
            .collect();
        let routes = routes.into_iter().collect::<Option<_>>()?;
        Some(make::pair(args.at, "route", make::map(args.at, routes)))
    }

    /// LangChain writes branches, but does not read them: they are written in full.
    fn branch(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let written = self.required(&mut args, "branches");
        let default = self.required(&mut args, "default");
        self.ignore_more(&mut args);
        let pairs = written.and_then(|written| self.items(written, "`branches`"));
        let branches: Vec<_> = pairs.into_iter().flatten().map(|pair| self.condition(pair)).collect();
        let default = default.and_then(|default| Some((default.span, self.step_or_mapping(default)?)));
        let mut all = branches.into_iter().collect::<Option<Vec<_>>>()?;
        let (at, default) = default?;
        if pairs?.is_empty() {
            return self.refuse(written?, "a branch has no condition", "write at least one");
        }
        all.push(make::pair(at, "else", default));
        Some(make::pair(args.at, "branch", make::list(args.at, all)))
    }

    fn condition(&mut self, pair: &Item) -> Option<Item> {
        match pair.items() {
            [condition, step] => {
                let (condition, step) = (self.step(condition), self.step_or_mapping(step));
                Some(make::map(pair.span, vec![make::entry("if", condition?), make::entry("then", step?)]))
            }
            _ => self.expected(pair, "a pair of a condition and a step"),
        }
    }

    pub(super) fn simple_parser(&mut self, mut args: Arguments<'_>, word: &str) -> Option<Item> {
        self.ignore_more(&mut args);
        Some(make::pair(args.at, "parser", make::text(args.at, word)))
    }
}
