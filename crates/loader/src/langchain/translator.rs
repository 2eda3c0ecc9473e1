//! What every part of a translation needs: the options, and the reasons why it cannot be done.

use super::{
    LangChainOptions,
    arguments::Arguments,
    ids, make,
    node::{Node, name, node},
};
use crate::{
    document::{Content, Entry, Item},
    mistake::Mistakes,
    suggest::shorten,
};

/// A translation on its way.
pub(super) struct Translator<'a> {
    pub(super) options: &'a LangChainOptions,
    pub(super) mistakes: Mistakes,
}

const KEY_FIELDS: &str = "secrets belong in the key fields of models; export the chain without it";

impl Translator<'_> {
    /// Notes that something else than `wanted` stands here, in the words for what it is.
    pub(super) fn expected<T>(&mut self, item: &Item, wanted: &str) -> Option<T> {
        match node(item) {
            Node::Secret(secret) => {
                let message = format!("the secret `{}` stands where {wanted} belongs", shorten(secret));
                self.refuse(item, message, KEY_FIELDS)
            }
            Node::NotImplemented { id, repr } => self.not_written(item, &id, repr),
            Node::Object { id, .. } => {
                let Some(class) = ids::class(&id) else { return self.unknown(item, &id) };
                if let ids::Class::Unserved(why) = class {
                    let (reason, remedy) = why.words();
                    return self.refuse(item, format!("`{}` {reason}", name(&id)), remedy);
                }
                let message = format!("a `{}` stands where {wanted} belongs", name(&id));
                self.refuse(item, message, "correct the chain in Python, and export it anew with `dumps`")
            }
            Node::Broken => {
                self.refuse(item, "a node has an `id` that is none", "export the chain anew with `dumps`")
            }
            Node::Escaped(_) | Node::Plain => {
                let escaped = matches!(node(item), Node::Escaped(_));
                let kind = if escaped { "escaped data" } else { item.kind() };
                let message = format!("{wanted} belongs here, not {kind}");
                self.refuse(item, message, "correct it, or export the chain anew with `dumps`")
            }
        }
    }

    /// Notes an id that no class has.
    pub(super) fn unknown<T>(&mut self, item: &Item, id: &str) -> Option<T> {
        let message = format!("`{}` is not a class that can be loaded", shorten(id));
        let remedy = match ids::known_as(name(id)) {
            Some(known) => format!("LangChain knows `{}` as `{known}`", name(id)),
            None if id == "langsmith/playground/PromptPlayground" => {
                "write `langchain/schema/runnable/RunnableSequence` as its `id`".into()
            }
            None => "use one of LangChain's own classes".into(),
        };
        self.refuse(item, message, remedy)
    }

    /// Notes what LangChain could not write, and says the way round.
    pub(super) fn not_written<T>(&mut self, item: &Item, id: &str, repr: &str) -> Option<T> {
        let class = name(id);
        let shown = if repr.is_empty() { shorten(id) } else { shorten(repr) };
        let message = format!("`{shown}` is Python code, which is not in the file");
        let remedy = match class {
            "RunnableLambda" | "RunnableGenerator" => {
                "use `itemgetter`, `RunnablePick`, a prompt or a parser in its place, or build the chain in Rust"
            }
            "PydanticOutputParser" | "PydanticToolsParser" | "JsonOutputParser" => {
                "give the model a JSON schema with `with_structured_output`, or parse with `JsonOutputParser()`"
            }
            _ if id.contains("/tools/") => "bind the tool to the model: its schema is in the file then",
            _ if id.contains("chat_models") || id.contains("llms") => {
                "use `ChatOpenAI`, `AzureChatOpenAI`, `OpenAI` or `ChatAnthropic`"
            }
            _ => "leave it out, or write data that JSON can hold in its place",
        };
        self.refuse(item, message, remedy)
    }

    pub(super) fn refuse<T>(
        &mut self,
        item: &Item,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Option<T> {
        self.mistakes.error(item.span, message, remedy);
        None
    }

    /// Data, with one escape removed from what only looks like a node. Nothing in it comes to life: messages become
    /// data of their own form, and every other node is a reason to refuse.
    pub(super) fn data(&mut self, item: &Item) -> Option<Item> {
        match node(item) {
            Node::Escaped(inner) => Some(inner.clone()),
            Node::Object { id, kwargs } if ids::class(&id).is_some_and(ids::Class::is_message) => {
                let class = ids::class(&id)?;
                let args = self.arguments(item, name(&id), kwargs)?;
                self.message(class, args)
            }
            Node::Plain => self.plain_data(item),
            _ => self.expected(item, "data"),
        }
    }

    fn plain_data(&mut self, item: &Item) -> Option<Item> {
        let content = match &item.content {
            Content::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.data(item)).collect();
                Content::List(items.into_iter().collect::<Option<_>>()?)
            }
            Content::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|entry| {
                        let value = self.data(&entry.value)?;
                        Some(Entry { key: entry.key.clone(), span: entry.span, value })
                    })
                    .collect();
                Content::Map(entries.into_iter().collect::<Option<_>>()?)
            }
            content => content.clone(),
        };
        Some(Item { span: item.span, content })
    }

    /// A mapping of data.
    pub(super) fn data_map(&mut self, item: &Item, what: &str) -> Option<Vec<Entry>> {
        match self.data(item)?.content {
            Content::Map(entries) => Some(entries),
            _ => self.expected(item, &format!("{what}, a mapping,")),
        }
    }

    pub(super) fn text<'i>(&mut self, item: &'i Item, what: &str) -> Option<&'i str> {
        match item.as_text() {
            Some(text) => Some(text),
            None => self.expected(item, &format!("{what}, a text,")),
        }
    }

    /// The entries of a plain mapping, whose values can be nodes.
    pub(super) fn entries<'i>(&mut self, item: &'i Item, what: &str) -> Option<&'i [Entry]> {
        match (&item.content, node(item)) {
            (Content::Map(entries), Node::Plain) => Some(entries),
            _ => self.expected(item, &format!("{what}, a mapping,")),
        }
    }

    /// The items of a list, which can be nodes.
    pub(super) fn items<'i>(&mut self, item: &'i Item, what: &str) -> Option<&'i [Item]> {
        match &item.content {
            Content::List(items) => Some(items),
            _ => self.expected(item, &format!("{what}, a list,")),
        }
    }

    /// The arguments of an object; without `kwargs` there are none.
    pub(super) fn arguments<'i>(
        &mut self,
        item: &'i Item,
        class: &'i str,
        kwargs: Option<&'i Item>,
    ) -> Option<Arguments<'i>> {
        let entries = match kwargs {
            Some(kwargs) => self.entries(kwargs, "`kwargs`")?,
            None => &[],
        };
        Some(Arguments::new(class, item.span, entries))
    }

    /// An argument that must be there.
    pub(super) fn required<'i>(&mut self, args: &mut Arguments<'i>, name: &str) -> Option<&'i Item> {
        let found = args.take(name);
        if found.is_none() {
            let message = format!("the `{}` has no `{name}`", args.class);
            self.mistakes.error(args.at, message, "export the chain anew with `dumps`");
        }
        found
    }

    /// Refuses arguments that the class does not take.
    pub(super) fn no_more(&mut self, args: &mut Arguments<'_>) {
        for entry in args.rest() {
            let message = format!("a `{}` takes no `{}`", args.class, shorten(&entry.key));
            self.mistakes.error(entry.span, message, "remove it");
        }
    }

    /// Passes over arguments that have no use, but for what cannot be loaded in them.
    pub(super) fn ignore_more(&mut self, args: &mut Arguments<'_>) {
        for entry in args.rest() {
            self.data(&entry.value);
        }
    }

    /// Takes arguments that have no use.
    pub(super) fn ignore(&mut self, args: &mut Arguments<'_>, names: &[&str]) {
        for name in names {
            if let Some(item) = args.take(name) {
                self.data(item);
            }
        }
    }

    /// A mapping of data under a key, unless it is empty.
    pub(super) fn data_entry(
        &mut self,
        args: &mut Arguments<'_>,
        name: &str,
        key: &str,
        entries: &mut Vec<Entry>,
    ) -> Option<()> {
        if let Some(item) = args.take(name) {
            let data = self.data_map(item, &format!("`{name}`"))?;
            if !data.is_empty() {
                entries.push(make::entry(key, make::map(item.span, data)));
            }
        }
        Some(())
    }
}
