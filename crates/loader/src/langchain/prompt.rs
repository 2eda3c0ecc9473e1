//! Prompts: templates of text, of messages and of examples.

mod chat;
mod few_shot;
mod part;

use super::{
    arguments::Arguments,
    coerce,
    ids::Class,
    make,
    node::{Node, node},
    template::{self, Format, Problem},
    translator::Translator,
};
use crate::{
    Span,
    document::{Entry, Item},
    suggest::shorten,
};

/// A template of text with its options.
struct Template {
    at: Span,
    text: Item,
    /// `format`, `partial` and `variables`, if they are not what they are without being written.
    options: Vec<Entry>,
}

impl Template {
    /// As the value of a message: text alone if there are no options.
    fn value(self) -> Item {
        match self.options.is_empty() {
            true => self.text,
            false => self.mapping("text"),
        }
    }

    /// As a mapping that has the text under a key.
    fn mapping(mut self, key: &str) -> Item {
        self.options.insert(0, make::entry(key, self.text));
        make::map(self.at, self.options)
    }
}

impl Translator<'_> {
    /// What stands under `prompt:`; the outer `None` if the class is not one of a prompt.
    pub(super) fn prompt(&mut self, class: Class, args: Arguments<'_>) -> Option<Option<Item>> {
        Some(match class {
            Class::PromptTemplate => self.text_template(args).map(|template| template.mapping("text")),
            Class::ChatPrompt => self.chat_prompt(args),
            Class::StructuredPrompt => self.structured_prompt(args),
            Class::ImagePrompt | Class::DictPrompt => self.part(class, args),
            Class::FewShot => self.few_shot(args),
            Class::FewShotChat => {
                let at = args.at;
                let messages = self.few_shot_messages(args);
                messages.map(|messages| make::pair(at, "messages", make::list(at, vec![messages])))
            }
            Class::FewShotWithTemplates => self.few_shot_with_templates(args),
            _ => return None,
        })
    }

    /// A `PromptTemplate`.
    fn text_template(&mut self, mut args: Arguments<'_>) -> Option<Template> {
        let text = self.required(&mut args, "template");
        let text = text.and_then(|item| Some((item, self.text(item, "`template`")?)));
        let format = self.format(&mut args);
        let mut options = Vec::new();
        let partial = self.partial(&mut args, &mut options);
        let named = args.take("input_variables");
        self.validated(&mut args, named.is_some(), format);
        self.ignore_more(&mut args);
        let ((item, text), format) = (text?, format?);
        let variables = self.variables(item, text, format);
        partial?;
        self.no_stop(item, &variables?, &options)?;
        if format != Format::FString {
            options.insert(0, make::entry("format", make::text(item.span, format.name())));
        }
        if let (Format::Jinja2, Some(named)) = (format, named) {
            let names = self.keys(named, "`input_variables`")?;
            options.push(make::entry("variables", make::steps(names)));
        }
        Some(Template { at: args.at, text: item.clone(), options })
    }

    /// `validate_template` makes LangChain look closer; what it then refuses is refused.
    fn validated(&mut self, args: &mut Arguments<'_>, named: bool, format: Option<Format>) {
        let Some(item) = args.take("validate_template") else { return };
        match coerce::boolean(item) {
            Some(false) => {}
            Some(true) if named && format != Some(Format::Mustache) => {}
            Some(true) => {
                let message = "`validate_template` needs `input_variables`, and does not go with mustache";
                self.mistakes.error(item.span, message, "leave it out");
            }
            None => drop(self.expected::<()>(item, "`validate_template`, a boolean,")),
        }
    }

    /// `template_format`; without one it is f-string.
    fn format(&mut self, args: &mut Arguments<'_>) -> Option<Format> {
        let Some(entry) = args.take_entry("template_format") else { return Some(Format::FString) };
        let name = self.text(&entry.value, "`template_format`")?;
        match Format::parse(name) {
            Some(Format::Jinja2) if !self.options.jinja2 => {
                let message = "jinja2 templates can run code, so they are not served";
                let remedy = "write the template as an f-string or in mustache, or allow jinja2 if the chain is to be trusted";
                self.refuse(&entry.value, message, remedy)
            }
            Some(format) => Some(format),
            None => {
                let message = format!("there is no template format `{}`", shorten(name));
                self.refuse(&entry.value, message, "write `f-string` or `mustache`")
            }
        }
    }

    /// `partial_variables`, unless they are empty.
    fn partial(&mut self, args: &mut Arguments<'_>, options: &mut Vec<Entry>) -> Option<()> {
        self.data_entry(args, "partial_variables", "partial", options)
    }

    /// The variables of a template.
    fn variables(&mut self, item: &Item, text: &str, format: Format) -> Option<Vec<String>> {
        match template::variables(text, format) {
            Ok(names) => Some(names),
            Err(Problem { message, remedy, late: true, .. }) => {
                self.mistakes.warning(item.span, message, remedy);
                Some(Vec::new())
            }
            Err(Problem { message, remedy, .. }) => self.refuse(item, message, remedy),
        }
    }

    /// LangChain keeps the name `stop` to itself.
    fn no_stop(&mut self, item: &Item, variables: &[String], options: &[Entry]) -> Option<()> {
        let partial = options.iter().find(|entry| entry.key == "partial");
        let partial = partial.map(|entry| entry.value.entries()).unwrap_or_default();
        if variables.iter().any(|name| name == "stop") || partial.iter().any(|entry| entry.key == "stop") {
            return self.refuse(
                item,
                "a variable is named `stop`, which LangChain refuses",
                "give it another name",
            );
        }
        Some(())
    }

    /// An object of one of these classes.
    fn object_of<'i>(
        &mut self,
        item: &'i Item,
        wanted: &str,
        classes: &[Class],
    ) -> Option<(Class, Arguments<'i>)> {
        if let Node::Object { id, kwargs } = node(item)
            && let Some(class) = super::ids::class(&id).filter(|class| classes.contains(class))
        {
            let name = item.get("id").and_then(|id| id.items().last()).and_then(Item::as_text);
            return Some((class, self.arguments(item, name.unwrap_or_default(), kwargs)?));
        }
        self.expected(item, wanted)
    }
}
