//! Prompts: text, or a list of messages and placeholders.

use super::{Context, read::did_you_mean};
use crate::{
    Span,
    document::{Content, Entry, Item, place},
    suggest::list,
};
use windlass_core::{ChatPromptTemplate, MessageTemplate, MessagesPlaceholder, Number, Role, Template};

/// Who can speak in a prompt.
const ROLES: [(&str, Role); 5] = [
    ("system", Role::System),
    ("human", Role::Human),
    ("ai", Role::Ai),
    ("user", Role::Human),
    ("assistant", Role::Ai),
];

/// A variable that a step uses, and where; the place in the file is looked up when it is asked for.
pub(super) struct Use<'i> {
    pub(super) variable: &'i str,
    item: &'i Item,
    range: (usize, usize),
    /// Whether it must be a list of messages.
    pub(super) messages: bool,
}

/// A prompt and the variables it uses.
pub(super) struct Prompt<'i> {
    pub(super) template: ChatPromptTemplate,
    pub(super) uses: Vec<Use<'i>>,
}

impl Context<'_> {
    pub(super) fn prompt<'i>(&mut self, item: &'i Item) -> Option<Prompt<'i>> {
        let mut uses = Vec::new();
        let parts: Vec<Option<MessageTemplate>> = match &item.content {
            Content::Text(..) => vec![self.template(Role::Human, item, &mut uses)],
            Content::List(items) if items.is_empty() => {
                let remedy = "write a message: `- human: \"{question}\"`";
                self.mistakes.error(item.span, "the prompt is empty", remedy);
                vec![None]
            }
            Content::List(items) => items.iter().map(|item| self.part(item, &mut uses)).collect(),
            _ => {
                self.wrong_kind(item, "`prompt`", "text or a list of messages");
                vec![None]
            }
        };
        let parts: Option<Vec<_>> = parts.into_iter().collect();
        Some(Prompt { template: ChatPromptTemplate::from_parts(parts?), uses })
    }

    /// `human: "..."` or `placeholder: history`
    fn part<'i>(&mut self, item: &'i Item, uses: &mut Vec<Use<'i>>) -> Option<MessageTemplate> {
        let roles = list(["system", "human", "ai", "placeholder"]);
        let Content::Map(entries) = &item.content else {
            let message = format!("a message of a prompt is a mapping, not {}", item.kind());
            self.mistakes.error(item.span, message, "write who says it: `- human: \"...\"`");
            return None;
        };
        if let Some(placeholder) = item.get("placeholder") {
            return self.placeholder(placeholder, entries, uses);
        }
        let [entry] = entries.as_slice() else {
            let remedy = format!("begin each message with `-` and one of {roles}");
            self.mistakes.error(item.span, "a message has one role and its text", remedy);
            return None;
        };
        let Some((_, role)) = ROLES.iter().find(|(name, _)| *name == entry.key) else {
            let names = ROLES.iter().map(|(name, _)| *name).chain(["placeholder"]);
            let remedy = did_you_mean(&entry.key, names).unwrap_or_else(|| format!("use one of {roles}"));
            self.unknown_key(entry, "a message of a prompt", remedy);
            return None;
        };
        self.template(*role, &entry.value, uses)
    }

    fn placeholder<'i>(
        &mut self,
        item: &'i Item,
        entries: &[Entry],
        uses: &mut Vec<Use<'i>>,
    ) -> Option<MessageTemplate> {
        self.only(entries, &["placeholder", "optional", "last"], "a placeholder");
        let find = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
        let optional = find("optional").and_then(|item| self.boolean(item, "`optional`")).unwrap_or(false);
        let last = find("last").and_then(|item| {
            let count = match &item.content {
                Content::Number(Number::Int(count)) => u64::try_from(*count).ok().filter(|count| *count > 0),
                _ => None,
            };
            if count.is_none() {
                self.mistakes.error(
                    item.span,
                    "`last` must be a whole number from 1",
                    "write how many messages",
                );
            }
            usize::try_from(count?).ok()
        });
        let variable = self.text(item, "`placeholder`")?;
        uses.push(Use { variable, item, range: (0, variable.len()), messages: true });
        Some(MessageTemplate::Placeholder(MessagesPlaceholder { variable: variable.into(), optional, last }))
    }

    fn template<'i>(
        &mut self,
        role: Role,
        item: &'i Item,
        uses: &mut Vec<Use<'i>>,
    ) -> Option<MessageTemplate> {
        let text = self.text(item, "the text of a prompt")?;
        let part = Template::parse(text).and_then(|template| {
            uses.extend(template.places().map(|(name, place)| Use {
                variable: &text[place.start + 1..][..name.len()],
                item,
                range: (place.start, place.end),
                messages: false,
            }));
            MessageTemplate::of(role, template)
        });
        match part {
            Ok(part) => Some(part),
            Err(error) => {
                let span = self.inside(item, (error.offset, error.offset + length_at(text, error.offset)));
                self.mistakes.error(span, error.message, error.remedy);
                None
            }
        }
    }

    /// Where a variable stands in the file.
    pub(super) fn place_of(&self, used: &Use<'_>) -> Span {
        if used.messages { used.item.span } else { self.inside(used.item, used.range) }
    }

    /// The place in the file of a stretch of a text.
    fn inside(&self, item: &Item, range: (usize, usize)) -> Span {
        match &item.content {
            Content::Text(text, style) => place(self.source, item.span, (text, *style), range),
            _ => item.span,
        }
    }
}

/// How much of a template a mistake at `offset` is about: a whole `{...}` if it is closed in its line.
fn length_at(text: &str, offset: usize) -> usize {
    let line = text[offset..].lines().next().unwrap_or_default();
    line.find('}').map_or(1, |end| end + 1)
}
