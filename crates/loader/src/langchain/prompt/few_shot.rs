//! Prompts with examples.

use super::super::{
    arguments::Arguments,
    ids::{self, Class},
    make,
    node::{Node, name, node},
    template::Format,
    translator::Translator,
};
use crate::{
    Span,
    document::{Entry, Item},
};

impl Translator<'_> {
    /// A `FewShotPromptTemplate`, of which LangChain writes only a `repr`.
    pub(super) fn few_shot(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let examples = self.examples(&mut args);
        let example = self.required(&mut args, "example_prompt").and_then(|item| self.string_prompt(item));
        let format = self.format(&mut args);
        let mut texts = Vec::new();
        for (name, key) in [("prefix", "prefix"), ("suffix", "suffix"), ("example_separator", "separator")] {
            if let Some(item) = args.take(name) {
                let text = self.text(item, &format!("`{name}`"))?;
                if key != "separator" {
                    self.variables(item, text, format.unwrap_or_default())?;
                }
                texts.push(make::entry(key, item.clone()));
            }
        }
        let mut options = Vec::new();
        let partial = self.partial(&mut args, &mut options);
        self.forbid_more(&mut args);
        let example = example?.mapping("text");
        let mut entries = vec![make::entry("examples", examples?), make::entry("example", example)];
        entries.extend(texts);
        partial?;
        Some(finish(args.at, "few_shot", entries, format?, options))
    }

    pub(super) fn few_shot_with_templates(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let examples = self.examples(&mut args);
        let example = self.required(&mut args, "example_prompt").and_then(|item| self.string_prompt(item));
        let prefix = args.take("prefix").map(|item| self.string_prompt(item));
        let suffix = self.required(&mut args, "suffix").and_then(|item| self.string_prompt(item));
        let separator = args.take("example_separator");
        let separator = separator.map(|item| self.text(item, "`example_separator`").map(|_| item.clone()));
        let format = self.format(&mut args);
        let mut options = Vec::new();
        let partial = self.partial(&mut args, &mut options);
        self.required(&mut args, "input_variables").and_then(|item| self.data(item));
        self.forbid_more(&mut args);
        let mut entries =
            vec![make::entry("examples", examples?), make::entry("example", example?.mapping("text"))];
        if let Some(prefix) = prefix {
            entries.push(make::entry("prefix", prefix?.mapping("text")));
        }
        entries.push(make::entry("suffix", suffix?.mapping("text")));
        if let Some(separator) = separator {
            entries.push(make::entry("separator", separator?));
        }
        partial?;
        Some(finish(args.at, "few_shot_with_templates", entries, format?, options))
    }

    /// A `FewShotChatMessagePromptTemplate`, of which LangChain writes only a `repr`.
    pub(super) fn few_shot_messages(&mut self, mut args: Arguments<'_>) -> Option<Item> {
        let examples = self.examples(&mut args);
        let prompt = self.required(&mut args, "example_prompt");
        let messages = prompt.and_then(|item| Some((item.span, self.example_messages(item)?)));
        let mut options = Vec::new();
        let partial = self.partial(&mut args, &mut options);
        if let Some(entry) = options.first() {
            self.mistakes.error(entry.span, "examples of messages have partial variables", "leave them out");
        }
        self.ignore(&mut args, &["input_variables", "input_types", "optional_variables", "metadata", "tags"]);
        self.forbid_more(&mut args);
        let (at, messages) = messages?;
        partial?;
        let entries =
            vec![make::entry("examples", examples?), make::entry("example", make::list(at, messages))];
        Some(make::pair(args.at, "few_shot", make::map(args.at, entries)))
    }

    /// The messages of one example: those of a chat prompt, or one template.
    fn example_messages(&mut self, item: &Item) -> Option<Vec<Item>> {
        let Node::Object { id, kwargs } = node(item) else {
            return self.expected(item, "a template of messages");
        };
        let class = ids::class(&id);
        let args = self.arguments(item, name(&id), kwargs)?;
        if class != Some(Class::ChatPrompt) {
            return Some(vec![self.message_object(item, class?, args)?]);
        }
        let prompt = self.prompt(Class::ChatPrompt, args)??;
        match prompt.entries().len() {
            0 => Some(prompt.items().to_vec()),
            _ => Some(vec![make::pair(item.span, "prompt", prompt)]),
        }
    }

    fn examples(&mut self, args: &mut Arguments<'_>) -> Option<Item> {
        if let Some(item) = args.take("example_selector") {
            return self.expected(item, "nothing");
        }
        let written = self.required(args, "examples")?;
        let examples = self.data(written)?;
        for item in self.items(&examples, "`examples`")? {
            if item.kind() != "a mapping" {
                return self.expected(item, "an example, a mapping,");
            }
        }
        Some(examples)
    }

    /// These classes take nothing beside their fields.
    fn forbid_more(&mut self, args: &mut Arguments<'_>) {
        let fields = ["name", "input_variables", "input_types", "optional_variables", "metadata", "tags"];
        self.ignore(args, &fields);
        self.ignore(args, &["validate_template", "output_parser", "example_selector"]);
        self.no_more(args);
    }
}

/// The value under `prompt:`: the word with its entries, and the options beside it.
fn finish(at: Span, key: &str, mut entries: Vec<Entry>, format: Format, options: Vec<Entry>) -> Item {
    if format != Format::FString {
        entries.push(make::entry("format", make::text(at, format.name())));
    }
    let mut all = vec![make::entry(key, make::map(at, entries))];
    all.extend(options);
    make::map(at, all)
}
