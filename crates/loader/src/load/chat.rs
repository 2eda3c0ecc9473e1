//! `openai:`: how clients that send conversations use a chain.

use super::{Context, flow::Sequence, read::did_you_mean};
use crate::{
    Span,
    document::{Content, Item},
    suggest::{list, shorten},
};
use indexmap::IndexMap;
use serde_json::Value;
use windlass_core::{ConversationInput, EndpointBuilder, Feed, Misfit};

/// Whether the model gets the client's tools.
const TOOLS: [(&str, bool); 2] = [("ignore", false), ("pass", true)];

/// What `openai:` says.
#[derive(Default)]
pub(super) struct Chat {
    input: Option<ConversationInput>,
    /// Where it says that the model gets the client's tools, if it does.
    pub(super) tools: Option<Span>,
}

impl Chat {
    pub(super) fn tell(self, mut builder: EndpointBuilder) -> EndpointBuilder {
        if let Some(input) = self.input {
            builder = builder.conversation(input);
        }
        if self.tools.is_some() { builder.client_tools() } else { builder }
    }
}

impl Context<'_> {
    pub(super) fn chat(&mut self, item: &Item, schema: Option<&Value>) -> Chat {
        if item.as_text().is_some() {
            let remedy = format!("the name of a model belongs to the model: {}", self.example());
            self.mistakes.error(item.span, "`openai` of a chain must be a mapping, not text", remedy);
            return Chat::default();
        }
        let Some(entries) = self.entries(item, "`openai`") else { return Chat::default() };
        self.only(entries, &["input", "tools"], "`openai`");
        let input = item.get("input").and_then(|item| {
            let input = self.fed(item)?;
            let misfits = schema.map(|schema| input.misfits(schema)).unwrap_or_default();
            misfits.iter().for_each(|misfit| self.misfed(misfit, item, schema));
            misfits.is_empty().then_some(input)
        });
        let tools = item.get("tools").filter(|item| self.word(item, "`tools`", &TOOLS) == Some(true));
        Chat { input, tools: tools.map(|item| item.span) }
    }

    /// Gives the model at the end the client's tools, if the chain says so.
    pub(super) fn with_tools(&mut self, mut steps: Sequence, told: Option<Span>) -> Option<Sequence> {
        let Some(at) = told else { return Some(steps) };
        if !steps.ends_in_model() {
            let message = "the chain does not end in a model, so nothing can call the client's tools";
            let remedy = "write `steps:`, and as the last step `- model: ...` without a parser";
            self.mistakes.error(at, message, remedy);
            return None;
        }
        steps.take_client_tools();
        Some(steps)
    }

    fn fed(&mut self, item: &Item) -> Option<ConversationInput> {
        match &item.content {
            Content::Text(..) => self.feed(item, "`input`").map(ConversationInput::Whole),
            Content::Map(entries) => {
                let mut fields = IndexMap::new();
                for entry in entries {
                    let feed = self.feed(&entry.value, &format!("the field `{}`", shorten(&entry.key)));
                    fields.insert(entry.key.clone(), feed?);
                }
                Some(ConversationInput::Fields(fields))
            }
            _ => {
                self.wrong_kind(item, "`input`", "a word such as `messages`, or a mapping of fields");
                None
            }
        }
    }

    fn feed(&mut self, item: &Item, what: &str) -> Option<Feed> {
        match item.entries() {
            [value] if value.key == "value" => Some(Feed::Value(value.value.to_value())),
            _ if item.as_text().is_some() => {
                let words: Vec<_> = (0..Feed::WORDS.len()).map(|at| (Feed::WORDS[at].0, at)).collect();
                self.word(item, what, &words).map(|at| Feed::WORDS[at].1.clone())
            }
            _ => {
                let wanted = format!("one of {}, or `{{ value: ... }}`", words());
                self.wrong_kind(item, what, &wanted);
                None
            }
        }
    }

    fn misfed(&mut self, misfit: &Misfit, item: &Item, schema: Option<&Value>) {
        let entry = |name: &str| item.entry(name).map_or(item.span, |entry| entry.span);
        let (at, remedy) = match misfit {
            Misfit::NotWhole(word) => {
                (item.span, format!("say it of its fields: `input: {{ FIELD: {word} }}`"))
            }
            Misfit::NoObject(name) => (entry(name), "write one word: `input: last_user_message`".into()),
            Misfit::NoField(name) => {
                let known = schema.and_then(|schema| schema["properties"].as_object());
                let known = || known.into_iter().flatten().map(|(key, _)| key.as_str());
                let near = did_you_mean(name, known());
                (entry(name), near.unwrap_or_else(|| format!("the input has: {}", list(known()))))
            }
            Misfit::Wrong { field, takes_no } => {
                let at = field.as_ref().and_then(|name| item.get(name)).map_or(item.span, |item| item.span);
                let remedy = match *takes_no {
                    "messages" => "feed it `last_user_message`, or make its type `messages`",
                    "text" => "feed it `messages` or `earlier_messages`, or make its type `string`",
                    _ => "write a value of its type",
                };
                (at, remedy.into())
            }
            Misfit::Unfed(name) => (item.span, format!("write `{name}: ` and one of {}", words())),
        };
        self.mistakes.error(at, misfit.to_string(), remedy);
    }
}

fn words() -> String {
    list(Feed::WORDS.iter().map(|(word, _)| *word))
}
