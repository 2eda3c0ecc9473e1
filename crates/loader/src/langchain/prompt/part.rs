//! What the content of a message is made of: text, images, and blocks of any form.

use super::{
    super::{arguments::Arguments, ids::Class, make, template::Format, translator::Translator},
    Template,
};
use crate::document::{Content, Entry, Item};

impl Translator<'_> {
    /// The `prompt` of a message template: one, or a list of parts.
    pub(super) fn content_template(&mut self, item: &Item) -> Option<Item> {
        match &item.content {
            Content::List(items) => {
                let parts: Vec<_> = items.iter().map(|item| self.content_part(item)).collect();
                Some(make::list(item.span, parts.into_iter().collect::<Option<_>>()?))
            }
            _ => Some(self.string_prompt(item)?.value()),
        }
    }

    /// A prompt of text.
    pub(super) fn string_prompt(&mut self, item: &Item) -> Option<Template> {
        let (_, args) = self.object_of(item, "a `PromptTemplate`", &[Class::PromptTemplate])?;
        self.text_template(args)
    }

    fn content_part(&mut self, item: &Item) -> Option<Item> {
        let classes = [Class::PromptTemplate, Class::ImagePrompt, Class::DictPrompt];
        let (class, args) = self.object_of(item, "a part of a message", &classes)?;
        match class {
            Class::PromptTemplate => Some(self.text_template(args)?.mapping("text")),
            class => self.part(class, args),
        }
    }

    /// An image, or a block.
    pub(super) fn part(&mut self, class: Class, mut args: Arguments<'_>) -> Option<Item> {
        let before = self.mistakes.errors();
        if class == Class::DictPrompt && !args.has("template_format") {
            self.required(&mut args, "template_format");
        }
        let format = self.format(&mut args);
        let template = self.required(&mut args, "template");
        let template = template.and_then(|item| Some((item, self.data_map(item, "`template`")?)));
        let named = args.take("input_variables");
        self.ignore_more(&mut args);
        let ((item, entries), format) = (template?, format?);
        let (key, entries) = match class {
            Class::ImagePrompt => ("image", self.image(item, entries, named)?),
            _ => ("block", entries),
        };
        let value = make::map(item.span, entries);
        if class == Class::DictPrompt && format == Format::Jinja2 {
            return self.refuse(item, "a `DictPromptTemplate` takes no jinja2", "write it in mustache");
        }
        self.texts_within(&value, format)?;
        let mut all = vec![make::entry(key, value)];
        if format != Format::FString {
            all.push(make::entry("format", make::text(item.span, format.name())));
        }
        (self.mistakes.errors() == before).then(|| make::map(args.at, all))
    }

    fn image(&mut self, item: &Item, entries: Vec<Entry>, named: Option<&Item>) -> Option<Vec<Entry>> {
        let reserved = ["url", "path", "detail"];
        let names = named.map(Item::items).unwrap_or_default();
        if let Some(name) =
            names.iter().find(|name| name.as_text().is_some_and(|name| reserved.contains(&name)))
        {
            return self.refuse(name, "a variable of an image has the name of one of its parts", "rename it");
        }
        if let Some(path) = entries.iter().find(|entry| entry.key == "path") {
            let remedy = "give the image's `url`, which can be a `data:` URL";
            self.mistakes.error(path.span, "an image is read from a file, which no chain may", remedy);
            return None;
        }
        if !entries.iter().any(|entry| entry.key == "url") {
            return self.refuse(item, "an image has no `url`", "add it");
        }
        let kept = entries.into_iter().filter(|entry| matches!(entry.key.as_str(), "url" | "detail"));
        let kept: Vec<_> = kept.filter(|entry| entry.value.content != Content::Null).collect();
        for entry in &kept {
            self.text(&entry.value, &format!("`{}` of an image", entry.key))?;
        }
        Some(kept)
    }

    /// Checks every text of a block: each is a template.
    fn texts_within(&mut self, item: &Item, format: Format) -> Option<()> {
        let mut sound = Some(());
        if let Content::Text(text, _) = &item.content {
            self.variables(item, text, format)?;
        }
        let inner = item.items().iter().chain(item.entries().iter().map(|entry| &entry.value));
        for item in inner {
            sound = self.texts_within(item, format).and(sound);
        }
        sound
    }
}
