//! Prompts of messages.

use super::super::{
    arguments::Arguments,
    coerce,
    ids::{self, Class},
    make,
    node::{Node, name, node},
    template::Format,
    translator::Translator,
};
use crate::{
    document::{Content, Entry, Item},
    suggest::shorten,
};
use std::collections::HashSet;

const ROLES: &str = "a role is `human`, `user`, `ai`, `assistant` or `system`";

impl Translator<'_> {
    pub(super) fn chat_prompt(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let format = self.format(&mut args);
        let written = self.required(&mut args, "messages");
        let mut options = Vec::new();
        let partial = self.partial(&mut args, &mut options);
        let optional = self.optional(&mut args);
        self.ignore_more(&mut args);
        let items = written.and_then(|item| self.items(item, "`messages`"));
        let messages: Vec<_> = items
            .into_iter()
            .flatten()
            .map(|item| self.chat_message(item, format.unwrap_or_default()))
            .collect();
        let messages = messages.into_iter().collect::<Option<Vec<_>>>()?;
        let (written, mut optional) = (written?, optional?);
        items.and(partial).and(format)?;
        self.no_stop(written, &[], &options)?;
        without_placeholders(&messages, &mut options, &mut optional);
        let messages = make::list(written.span, messages);
        if options.is_empty() && optional.is_empty() {
            return Some(messages);
        }
        let mut entries = vec![make::entry("messages", messages)];
        entries.extend(options);
        if !optional.is_empty() {
            entries.push(make::entry("optional", make::list(args.at, optional)));
        }
        Some(make::map(args.at, entries))
    }

    fn optional(&mut self, args: &mut Arguments<'_>) -> Option<Vec<Item>> {
        let Some(item) = args.take("optional_variables") else { return Some(Vec::new()) };
        let names = self.keys(item, "`optional_variables`")?;
        Some(names.items().to_vec())
    }

    /// Loading alone leaves the schema without effect, as in Python: what uses it are the steps behind.
    pub(super) fn structured_prompt(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let schema = args.take("schema_").or_else(|| args.take("schema"));
        let empty = |item: &&Item| item.entries().is_empty();
        match schema {
            None => {
                let message = format!("the `{}` has no schema", args.class);
                self.mistakes.error(args.at, message, "export the chain anew with `dumps`");
            }
            Some(item) if node_is_plain(item) && empty(&item) => {
                self.expected::<()>(item, "a JSON schema, a mapping that is not empty,")?;
            }
            Some(item) => {
                self.data_map(item, "a JSON schema")?;
                let message = "the schema of a `StructuredPrompt` has no effect by itself";
                let remedy =
                    "nothing to do if the model that follows is bound to it; else export `prompt | model`";
                self.mistakes.warning(item.span, message, remedy);
            }
        }
        if let Some(item) = args.take("structured_output_kwargs") {
            self.data_map(item, "`structured_output_kwargs`");
        }
        self.chat_prompt(args)
    }

    /// One of the `messages`: a template, a message as it stands, a prompt, or one of the short forms.
    fn chat_message(&mut self, item: &Item, format: Format) -> Option<Item> {
        match (node(item), &item.content) {
            (Node::Object { id, kwargs }, _) => {
                let Some(class) = ids::class(&id) else { return self.unknown(item, &id) };
                let args = self.arguments(item, name(&id), kwargs)?;
                self.message_object(item, class, args)
            }
            (Node::NotImplemented { id, repr }, _) => self.written_message(item, &id, repr),
            (Node::Plain, Content::Text(text, _)) => self.short_template(item, "human", text, format),
            (Node::Plain, Content::Map(entries)) => self.role_and_content(item, entries, format),
            _ => self.expected(item, "a message"),
        }
    }

    /// A message, or a template of messages, by its class.
    pub(in super::super) fn message_object(
        &mut self,
        item: &Item,
        class: Class,
        args: Arguments<'_>,
    ) -> Option<Item> {
        match class {
            Class::HumanTemplate => self.message_template(args, "human"),
            Class::SystemTemplate => self.message_template(args, "system"),
            Class::AiTemplate => self.message_template(args, "ai"),
            Class::ChatTemplate => self.role_template(args),
            Class::Placeholder => self.placeholder(args),
            Class::ChatPrompt | Class::StructuredPrompt => {
                let prompt = self.prompt(class, args)??;
                let prompt = match prompt.content {
                    Content::List(_) => make::pair(item.span, "messages", prompt),
                    _ => prompt,
                };
                Some(make::pair(item.span, "prompt", prompt))
            }
            Class::FewShotChat => self.few_shot_messages(args),
            class if class.is_message() => {
                let message = self.message(class, args)?;
                Some(make::pair(item.span, "message", message))
            }
            _ => self.expected(item, "a message"),
        }
    }

    fn message_template(&mut self, mut args: Arguments<'_>, role: &str) -> Option<Item> {
        let prompt = self.required(&mut args, "prompt");
        let mut entries = Vec::new();
        let further = self.data_entry(&mut args, "additional_kwargs", "additional_kwargs", &mut entries);
        self.ignore_more(&mut args);
        let value = self.content_template(prompt?)?;
        further?;
        entries.insert(0, make::entry(role, value));
        Some(make::map(args.at, entries))
    }

    fn role_template(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let role = self.required(&mut args, "role").and_then(|item| {
            let role = self.text(item, "`role`")?;
            Some(make::text(item.span, role))
        });
        let prompt = self.required(&mut args, "prompt");
        let mut entries = Vec::new();
        let further = self.data_entry(&mut args, "additional_kwargs", "additional_kwargs", &mut entries);
        self.ignore_more(&mut args);
        let (template, _) = (self.string_prompt(prompt?), further?);
        let mut all = vec![make::entry("role", role?), make::entry("content", template?.value())];
        all.append(&mut entries);
        Some(make::map(args.at, all))
    }

    fn placeholder(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let name = self.required(&mut args, "variable_name");
        let name = name.and_then(|item| Some(make::text(item.span, self.text(item, "`variable_name`")?)));
        let mut entries = Vec::new();
        if let Some(item) = args.take("optional") {
            match coerce::boolean(item) {
                Some(true) => entries.push(make::entry("optional", make::boolean(item.span, true))),
                Some(false) => {}
                None => drop(self.expected::<()>(item, "`optional`, a boolean,")),
            }
        }
        if let Some(item) = args.take("n_messages") {
            match coerce::integer(item).filter(|count| count.to_f64() > 0.0) {
                Some(count) => entries.push(make::entry("last", make::number(item.span, count))),
                None => self.expected(item, "`n_messages`, a whole number from 1,")?,
            }
        }
        self.ignore_more(&mut args);
        let name = name?;
        if name.as_text() == Some("stop") {
            return self.refuse(
                &name,
                "a variable is named `stop`, which LangChain refuses",
                "give it another name",
            );
        }
        entries.insert(0, make::entry("placeholder", name));
        Some(make::map(args.at, entries))
    }

    /// `{"role": .., "content": ..}`, whose content is a template.
    fn role_and_content(&mut self, item: &Item, entries: &[Entry], format: Format) -> Option<Item> {
        let (Some(role), Some(content), 2) = (item.get("role"), item.get("content"), entries.len()) else {
            let message = "a message has `role` and `content` and nothing else here";
            return self.refuse(item, message, "export the chain anew with `dumps`");
        };
        let role_name = self.text(role, "`role`")?;
        let word = match role_name {
            "human" | "user" => "human",
            "ai" | "assistant" => "ai",
            "system" => "system",
            "placeholder" => return self.short_placeholder(content),
            other => {
                return self.refuse(role, format!("there is no role `{}` here", shorten(other)), ROLES);
            }
        };
        let text = self.text(content, "`content`")?;
        self.short_template(content, word, text, format)
    }

    fn short_template(&mut self, item: &Item, role: &str, text: &str, format: Format) -> Option<Item> {
        let variables = self.variables(item, text, format)?;
        self.no_stop(item, &variables, &[])?;
        let value = match format {
            Format::FString => item.clone(),
            format => {
                let format = make::entry("format", make::text(item.span, format.name()));
                make::map(item.span, vec![make::entry("text", item.clone()), format])
            }
        };
        Some(make::pair(item.span, role, value))
    }

    /// `"{name}"`, or a list of that and whether it is optional.
    fn short_placeholder(&mut self, item: &Item) -> Option<Item> {
        let (name, optional) = match item.items() {
            [name, Item { content: Content::Bool(optional), .. }] => (name, *optional),
            _ => (item, true),
        };
        let inner = name.as_text().and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
        let Some(inner) = inner else { return self.expected(item, "a name in braces") };
        let mut entries = vec![make::entry("placeholder", make::text(name.span, inner))];
        if optional {
            entries.push(make::entry("optional", make::boolean(item.span, true)));
        }
        Some(make::map(item.span, entries))
    }
}

fn node_is_plain(item: &Item) -> bool {
    matches!(node(item), Node::Plain)
}

/// Removes what optional placeholders say already: an empty list in their place, and that they are optional.
fn without_placeholders(messages: &[Item], options: &mut Vec<Entry>, optional: &mut Vec<Item>) {
    let placeholders = messages.iter().filter(|message| message.get("optional").is_some());
    let names: HashSet<_> =
        placeholders.filter_map(|message| message.get("placeholder")?.as_text()).collect();
    optional.retain(|item| !item.as_text().is_some_and(|name| names.contains(name)));
    for entry in options.iter_mut().filter(|entry| entry.key == "partial") {
        if let Content::Map(partial) = &mut entry.value.content {
            let empty = |item: &Item| matches!(&item.content, Content::List(items) if items.is_empty());
            partial.retain(|entry| !(names.contains(entry.key.as_str()) && empty(&entry.value)));
        }
    }
    options.retain(|entry| entry.key != "partial" || !entry.value.entries().is_empty());
}
