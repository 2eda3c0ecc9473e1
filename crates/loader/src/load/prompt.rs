//! Prompts: text, a list of messages, or a mapping that says all that LangChain's prompts have.

mod message;
mod text;

use super::{Context, Semantics};
use crate::{
    Span,
    document::{Content, Entry, Item, place},
};
use windlass_core::{
    BasePromptTemplate, ChatPromptTemplate, CoercingPrompt, Dict, DynChain, IntoChain, PromptValue, Role,
    StringPromptTemplate, TemplateError, TemplateFormat, Vars,
};

/// A variable that a step uses, and where; the place in the file is looked up when it is asked for.
pub(super) struct Use<'i> {
    pub(super) variable: &'i str,
    item: &'i Item,
    range: (usize, usize),
    /// Whether it must be a list of messages.
    pub(super) messages: bool,
}

/// A prompt as a step, and the variables it uses.
pub(super) struct Prompt<'i> {
    pub(super) chain: DynChain,
    pub(super) uses: Vec<Use<'i>>,
}

/// What the parts of a prompt have in common while it is read.
struct Reading<'i> {
    /// How templates are written that say nothing else.
    format: TemplateFormat,
    uses: Vec<Use<'i>>,
}

const FORMATS: [(&str, TemplateFormat); 3] = [
    ("f-string", TemplateFormat::FString),
    ("mustache", TemplateFormat::Mustache),
    ("jinja2", TemplateFormat::Jinja2),
];

impl Context<'_> {
    pub(super) fn prompt<'i>(&mut self, item: &'i Item) -> Option<Prompt<'i>> {
        let mut reading = Reading { format: TemplateFormat::FString, uses: Vec::new() };
        let chain = match &item.content {
            Content::Text(..) => {
                let part = self.message_of(Role::Human.into(), item, &mut reading);
                part.map(|part| self.prompt_step(ChatPromptTemplate::from_parts([part])))
            }
            Content::List(_) => {
                let parts = self.messages(item, &mut reading);
                parts.map(|parts| self.prompt_step(ChatPromptTemplate::from_parts(parts)))
            }
            Content::Map(entries) => self.written_prompt(item, entries, &mut reading),
            _ => {
                self.wrong_kind(item, "`prompt`", "text or a list of messages");
                None
            }
        };
        Some(Prompt { chain: chain?, uses: reading.uses })
    }

    /// A prompt of a chain of LangChain's takes what LangChain's takes: also a bare value for an only variable.
    fn prompt_step<P>(&self, prompt: P) -> DynChain
    where
        P: BasePromptTemplate + IntoChain<In = Vars, Out = PromptValue>,
    {
        match self.semantics {
            Semantics::Windlass => prompt.into_chain().erase(),
            Semantics::LangChain => CoercingPrompt(prompt).into_chain().erase(),
        }
    }

    /// `{ messages: [...] }`, `{ text: "..." }`, `{ few_shot: ... }`, with what else a prompt has.
    fn written_prompt<'i>(
        &mut self,
        item: &'i Item,
        entries: &[Entry],
        reading: &mut Reading<'i>,
    ) -> Option<DynChain> {
        if item.get("messages").is_some() {
            let keys = ["messages", "format", "partial", "optional"];
            self.only(entries, &keys, "a prompt of messages");
            return self.chat_prompt(item, reading).map(|prompt| self.prompt_step(prompt));
        }
        match self.text_prompt(item, reading)? {
            StringPromptTemplate::Prompt(prompt) => Some(self.prompt_step(prompt)),
            StringPromptTemplate::FewShot(prompt) => Some(self.prompt_step(*prompt)),
            StringPromptTemplate::FewShotWithTemplates(prompt) => Some(self.prompt_step(*prompt)),
        }
    }

    fn chat_prompt<'i>(&mut self, item: &'i Item, reading: &mut Reading<'i>) -> Option<ChatPromptTemplate> {
        let partials = self.partials(item);
        let outer = reading.format;
        reading.format = self.format_of(item, outer)?;
        let parts = item.get("messages").and_then(|messages| self.messages(messages, reading));
        reading.format = outer;
        reading
            .uses
            .retain(|used| partials.as_ref().is_none_or(|partials| !partials.contains_key(used.variable)));
        self.sound(item, ChatPromptTemplate::new(parts?, partials?))
    }

    /// `format`, if it is written.
    fn format_of(&mut self, item: &Item, default: TemplateFormat) -> Option<TemplateFormat> {
        item.get("format").map_or(Some(default), |format| self.word(format, "`format`", &FORMATS))
    }

    /// `partial`, if it is written.
    fn partials(&mut self, item: &Item) -> Option<Dict> {
        let Some(partial) = item.get("partial") else { return Some(Dict::new()) };
        let entries = self.entries(partial, "`partial`")?;
        Some(entries.iter().map(|entry| (entry.key.clone(), entry.value.to_val())).collect())
    }

    /// Notes why something cannot be made.
    fn sound<T>(&mut self, item: &Item, made: Result<T, TemplateError>) -> Option<T> {
        made.map_err(|error| self.mistakes.error(item.span, error.message, error.remedy)).ok()
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
