//! Templates that make text: one by itself, or examples between a prefix and a suffix.

use super::{Context, Reading, Use, length_at};
use crate::{
    document::{Content, Entry, Item},
    load::Semantics,
};
use windlass_core::{
    FewShotParts, FewShotPromptTemplate, FewShotPromptWithTemplates, FewShotTemplateParts, PromptTemplate,
    StringPromptTemplate, Template, TemplateFormat,
};

/// What stands between examples if nothing is said.
const SEPARATOR: &str = "\n\n";

impl Context<'_> {
    /// Text, `{ text: "..." }`, or examples.
    pub(super) fn text_prompt<'i>(
        &mut self,
        item: &'i Item,
        reading: &mut Reading<'i>,
    ) -> Option<StringPromptTemplate> {
        let Content::Map(entries) = &item.content else {
            return self.template(item, item, reading).map(Into::into);
        };
        let heads = ["text", "few_shot", "few_shot_with_templates"];
        match entries.iter().find(|entry| heads.contains(&entry.key.as_str())) {
            Some(entry) if entry.key == "text" => {
                self.only(entries, &["text", "format", "partial", "variables"], "a template");
                self.template(&entry.value, item, reading).map(Into::into)
            }
            Some(entry) => {
                self.only(entries, &["few_shot", "few_shot_with_templates", "partial", "format"], "examples");
                self.examples_prompt(entry, item, reading)
            }
            None => {
                self.wrong_kind(item, "`prompt`", "text or a list of messages");
                None
            }
        }
    }

    /// One template; `around` is what says its format and values.
    fn template<'i>(
        &mut self,
        item: &'i Item,
        around: &'i Item,
        reading: &mut Reading<'i>,
    ) -> Option<PromptTemplate> {
        let text = self.text(item, "the text of a prompt")?;
        let format = self.format_of(around, reading.format)?;
        let partials = self.partials(around)?;
        let variables = around.get("variables").map(|item| self.texts(item, "`variables`"));
        let made = Template::parse_as(text, format).and_then(|template| {
            if format == TemplateFormat::FString {
                let places = template.places().filter(|(name, _)| !partials.contains_key(*name));
                reading.uses.extend(places.map(|(name, place)| Use {
                    variable: &text[place.start + 1..][..name.len()],
                    item,
                    range: (place.start, place.end),
                    messages: false,
                }));
            }
            PromptTemplate::new(template, partials.clone())
        });
        let nameless = made.as_ref().is_ok_and(|prompt| prompt.template().variables().contains(&""));
        if nameless && self.semantics == Semantics::Windlass {
            let place = text.find("{}").unwrap_or_default();
            let span = self.inside(item, (place, place + 2));
            let remedy = "write a name between the braces, or double them";
            self.mistakes.error(span, "`{}` names no variable", remedy);
            return None;
        }
        match made {
            Ok(prompt) => match variables {
                Some(variables) => variables.map(|names| prompt.needing(names)),
                None => Some(prompt),
            },
            Err(error) => {
                let span = self.inside(item, (error.offset, error.offset + length_at(text, error.offset)));
                self.mistakes.error(span, error.message, error.remedy);
                None
            }
        }
    }

    fn examples_prompt<'i>(
        &mut self,
        entry: &'i Entry,
        around: &'i Item,
        reading: &mut Reading<'i>,
    ) -> Option<StringPromptTemplate> {
        let item = &entry.value;
        let entries = self.entries(item, &format!("`{}`", entry.key))?;
        self.only(entries, &["examples", "example", "prefix", "suffix", "separator", "format"], "examples");
        let examples = self.examples_of(item)?;
        let Some(example) = item.get("example") else {
            self.mistakes.error(item.span, "there is no `example`", "write how an example looks");
            return None;
        };
        let mut own = Reading { format: reading.format, uses: Vec::new() };
        let StringPromptTemplate::Prompt(example_prompt) = self.text_prompt(example, &mut own)? else {
            self.mistakes.error(example.span, "an example has no examples", "write `{ text: \"...\" }`");
            return None;
        };
        let format = self.format_of(item, reading.format)?;
        let partials = self.partials(around)?;
        let separator = item.get("separator").map(|item| self.text(item, "`separator`").map(String::from));
        let example_separator = separator.unwrap_or_else(|| Some(SEPARATOR.into()))?;
        if entry.key == "few_shot" {
            let mut part = |key: &str| match item.get(key) {
                Some(item) => self.text(item, "a part of the prompt").map(String::from),
                None => Some(String::new()),
            };
            let (prefix, suffix) = (part("prefix")?, part("suffix")?);
            let parts = FewShotParts {
                examples,
                example_prompt,
                prefix,
                suffix,
                example_separator,
                format,
                partials,
            };
            let made = FewShotPromptTemplate::new(parts);
            return self.sound(item, made).map(|prompt| StringPromptTemplate::FewShot(Box::new(prompt)));
        }
        let prefix = item.get("prefix").map(|item| self.text_prompt(item, reading));
        let prefix = match prefix {
            Some(prefix) => Some(prefix?),
            None => None,
        };
        let Some(suffix) = item.get("suffix") else {
            self.mistakes.error(item.span, "there is no `suffix`", "write what stands behind the examples");
            return None;
        };
        let suffix = self.text_prompt(suffix, reading)?;
        let parts = FewShotTemplateParts {
            examples,
            example_prompt,
            prefix,
            suffix,
            example_separator,
            format,
            partials,
        };
        let made = FewShotPromptWithTemplates::new(parts);
        self.sound(item, made).map(|prompt| StringPromptTemplate::FewShotWithTemplates(Box::new(prompt)))
    }
}
