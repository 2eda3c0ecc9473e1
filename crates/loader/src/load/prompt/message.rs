//! The messages of a chat prompt.

use super::{Context, Reading, Use};
use crate::{
    document::{Content, Entry, Item},
    load::{Semantics, read::did_you_mean},
    suggest::list,
};
use windlass_core::{
    ContentTemplate, Dict, DictPromptTemplate, FewShotChatMessagePromptTemplate, ImagePromptTemplate,
    Message, MessageContent, MessagePromptTemplate, MessageTemplate, MessagesPlaceholder, Metadata, Number,
    Role, Speaker, Template, Val,
};

/// Who can speak in a prompt.
const ROLES: [(&str, Role); 5] = [
    ("system", Role::System),
    ("human", Role::Human),
    ("ai", Role::Ai),
    ("user", Role::Human),
    ("assistant", Role::Ai),
];

/// What a message can begin with else.
const OTHERS: [&str; 5] = ["placeholder", "role", "message", "prompt", "few_shot"];

impl Context<'_> {
    /// The messages of a list.
    pub(super) fn messages<'i>(
        &mut self,
        item: &'i Item,
        reading: &mut Reading<'i>,
    ) -> Option<Vec<MessageTemplate>> {
        let items = self.items(item, "`messages`")?;
        if items.is_empty() && self.semantics == Semantics::Windlass {
            let remedy = "write a message: `- human: \"{question}\"`";
            self.mistakes.error(item.span, "the prompt is empty", remedy);
            return None;
        }
        let parts: Vec<_> = items.iter().map(|item| self.part(item, reading)).collect();
        parts.into_iter().collect()
    }

    /// `human: "..."` or `placeholder: history`, or another form of a message.
    fn part<'i>(&mut self, item: &'i Item, reading: &mut Reading<'i>) -> Option<MessageTemplate> {
        let Content::Map(entries) = &item.content else {
            let message = format!("a message of a prompt is a mapping, not {}", item.kind());
            self.mistakes.error(item.span, message, "write who says it: `- human: \"...\"`");
            return None;
        };
        match entries
            .iter()
            .find(|entry| OTHERS.contains(&entry.key.as_str()))
            .map(|entry| entry.key.as_str())
        {
            Some("placeholder") => self.placeholder(item, entries, reading),
            Some("role") => self.named_role(item, entries, reading),
            Some("message") => self.ready_message(item, entries),
            Some("prompt") => self.inner_prompt(item, entries, reading),
            Some(_) => self.few_shot_messages(item, entries, reading),
            None => self.role(item, entries, reading),
        }
    }

    fn role<'i>(
        &mut self,
        item: &'i Item,
        entries: &'i [Entry],
        reading: &mut Reading<'i>,
    ) -> Option<MessageTemplate> {
        let roles = list(["system", "human", "ai", "placeholder"]);
        let (heads, others): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.key != "additional_kwargs");
        let [entry] = heads.as_slice() else {
            let remedy = format!("begin each message with `-` and one of {roles}");
            self.mistakes.error(item.span, "a message has one role and its text", remedy);
            return None;
        };
        let Some((_, role)) = ROLES.iter().find(|(name, _)| *name == entry.key) else {
            let names = ROLES.iter().map(|(name, _)| *name).chain(OTHERS);
            let remedy = did_you_mean(&entry.key, names).unwrap_or_else(|| format!("use one of {roles}"));
            self.unknown_key(entry, "a message of a prompt", remedy);
            return None;
        };
        let message = self.message_of(Speaker::from(*role), &entry.value, reading)?;
        match others.first() {
            Some(kwargs) => self.with_kwargs(message, &kwargs.value),
            None => Some(message),
        }
    }

    /// `{ role: critic, content: "..." }`
    fn named_role<'i>(
        &mut self,
        item: &'i Item,
        entries: &[Entry],
        reading: &mut Reading<'i>,
    ) -> Option<MessageTemplate> {
        self.only(entries, &["role", "content", "additional_kwargs"], "a message with a `role`");
        let role = item.get("role").and_then(|role| self.text(role, "`role`"))?;
        let Some(content) = item.get("content") else {
            self.mistakes.error(item.span, "the message has no `content`", "write `content:` beside `role`");
            return None;
        };
        let message = self.message_of(Speaker::Named(role.into()), content, reading)?;
        match item.get("additional_kwargs") {
            Some(kwargs) => self.with_kwargs(message, kwargs),
            None => Some(message),
        }
    }

    fn with_kwargs(&mut self, message: MessageTemplate, kwargs: &Item) -> Option<MessageTemplate> {
        let entries = self.entries(kwargs, "`additional_kwargs`")?;
        let MessageTemplate::Template(template) = message else { return Some(message) };
        let additional_kwargs = Metadata::from(Item::map_of(entries));
        Some(MessageTemplate::Template(MessagePromptTemplate { additional_kwargs, ..template }))
    }

    /// A message of a template, or of a list of blocks.
    pub(super) fn message_of<'i>(
        &mut self,
        speaker: Speaker,
        item: &'i Item,
        reading: &mut Reading<'i>,
    ) -> Option<MessageTemplate> {
        let content = match &item.content {
            Content::List(items) => {
                let blocks: Vec<_> = items.iter().map(|item| self.block(item, reading)).collect();
                MessageContent::Blocks(blocks.into_iter().collect::<Option<_>>()?)
            }
            _ => MessageContent::Text(self.text_prompt(item, reading)?),
        };
        let additional_kwargs = Metadata::default();
        Some(MessageTemplate::Template(MessagePromptTemplate { speaker, content, additional_kwargs }))
    }

    /// `{ text: "..." }`, `{ image: { url: "..." } }` or `{ block: { ... } }`
    fn block<'i>(&mut self, item: &'i Item, reading: &mut Reading<'i>) -> Option<ContentTemplate> {
        let format = self.format_of(item, reading.format)?;
        if let Some(image) = item.get("image") {
            let entries = self.entries(image, "`image`")?;
            let map = Item::map_of(entries);
            let texts = map.values().filter_map(|value| Template::parse_as(value.as_str()?, format).ok());
            let names = texts
                .flat_map(|template| template.variables().into_iter().map(String::from).collect::<Vec<_>>());
            let made = ImagePromptTemplate::new(&map, names.collect(), format);
            return self.sound(image, made).map(ContentTemplate::Image);
        }
        if let Some(block) = item.get("block") {
            let entries = self.entries(block, "`block`")?;
            let made = DictPromptTemplate::new(&Item::map_of(entries), format);
            return self.sound(block, made).map(ContentTemplate::Dict);
        }
        self.text_prompt(item, reading).map(ContentTemplate::Text)
    }

    /// `{ message: { type: ai, content: ... } }`: as it stands.
    fn ready_message(&mut self, item: &Item, entries: &[Entry]) -> Option<MessageTemplate> {
        self.only(entries, &["message"], "a message as it stands");
        let message = item.get("message")?;
        match serde_json::from_value::<Message>(message.to_value()) {
            Ok(message) => Some(MessageTemplate::Message(message)),
            Err(error) => {
                let remedy = "write it as it is stored: `{ type: ai, content: ... }`";
                self.mistakes.error(message.span, format!("this is no message: {error}"), remedy);
                None
            }
        }
    }

    /// `{ prompt: { messages: [...], partial: { ... } } }`
    fn inner_prompt<'i>(
        &mut self,
        item: &'i Item,
        entries: &[Entry],
        reading: &mut Reading<'i>,
    ) -> Option<MessageTemplate> {
        self.only(entries, &["prompt"], "a prompt among messages");
        let prompt = item.get("prompt")?;
        let inner = self.entries(prompt, "`prompt`")?;
        self.only(inner, &["messages", "format", "partial", "optional"], "a prompt of messages");
        self.chat_prompt(prompt, reading).map(MessageTemplate::Chat)
    }

    /// `{ few_shot: { examples: [...], example: [...] } }`
    fn few_shot_messages<'i>(
        &mut self,
        item: &'i Item,
        entries: &[Entry],
        reading: &mut Reading<'i>,
    ) -> Option<MessageTemplate> {
        self.only(entries, &["few_shot"], "examples among messages");
        let few_shot = item.get("few_shot")?;
        let inner = self.entries(few_shot, "`few_shot`")?;
        self.only(inner, &["examples", "example"], "`few_shot`");
        let examples = self.examples_of(few_shot);
        let Some(example) = few_shot.get("example") else {
            self.mistakes.error(few_shot.span, "`few_shot` has no `example`", "write how an example looks");
            return None;
        };
        // An example is rendered with its own values.
        let mut own = Reading { format: reading.format, uses: Vec::new() };
        let parts = self.messages(example, &mut own)?;
        let prompt = windlass_core::ChatPromptTemplate::from_parts(parts);
        let example_prompt = Box::new(MessageTemplate::Chat(prompt));
        Some(MessageTemplate::FewShot(FewShotChatMessagePromptTemplate {
            examples: examples?,
            example_prompt,
        }))
    }

    /// The values of examples.
    pub(super) fn examples_of(&mut self, item: &Item) -> Option<Vec<Dict>> {
        let Some(examples) = item.get("examples") else {
            self.mistakes.error(item.span, "there are no `examples`", "write a list of mappings");
            return None;
        };
        let items = self.items(examples, "`examples`")?;
        let dicts: Vec<_> = items.iter().map(|item| self.example_dict(item)).collect();
        dicts.into_iter().collect()
    }

    fn example_dict(&mut self, item: &Item) -> Option<Dict> {
        self.entries(item, "an example")?;
        match item.to_val() {
            Val::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    fn placeholder<'i>(
        &mut self,
        item: &'i Item,
        entries: &[Entry],
        reading: &mut Reading<'i>,
    ) -> Option<MessageTemplate> {
        self.only(entries, &["placeholder", "optional", "last"], "a placeholder");
        let optional =
            item.get("optional").and_then(|item| self.boolean(item, "`optional`")).unwrap_or(false);
        let last = item.get("last").and_then(|item| self.count(item));
        let item = item.get("placeholder")?;
        let variable = self.text(item, "`placeholder`")?;
        reading.uses.push(Use { variable, item, range: (0, variable.len()), messages: true });
        Some(MessageTemplate::Placeholder(MessagesPlaceholder { variable: variable.into(), optional, last }))
    }

    fn count(&mut self, item: &Item) -> Option<usize> {
        let count = match &item.content {
            Content::Number(Number::Int(count)) => usize::try_from(*count).ok().filter(|count| *count > 0),
            _ => None,
        };
        if count.is_none() {
            self.mistakes.error(item.span, "`last` must be a whole number from 1", "write how many messages");
        }
        count
    }
}
