//! `ChatPromptTemplate`: message templates and placeholders rendered to a conversation.

use super::{
    BasePromptTemplate, ContentTemplate, FewShotChatMessagePromptTemplate, PromptTemplate, PromptValue,
    Speaker, StringPromptTemplate, Template, TemplateError,
    base::{check, check_names, prompt_step},
    message_from,
    scope::Scope,
};
use crate::{
    Content, Dict, Message, Metadata, PromptError, Result, Val, Vars,
    python::{self, PythonError},
};
use indexmap::IndexSet;

/// A step that renders a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatPromptTemplate {
    parts: Vec<MessageTemplate>,
    /// Values for some of the variables; empty lists for placeholders that may be absent.
    partials: Dict,
    inputs: Vec<String>,
}

/// A role that all vendors have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Instructions for the model.
    System,
    /// A person.
    Human,
    /// The model.
    Ai,
}

/// One part of a chat prompt.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageTemplate {
    /// A message whose content is a template.
    Template(MessagePromptTemplate),
    /// A list of messages from a variable.
    Placeholder(MessagesPlaceholder),
    /// A message as it stands.
    Message(Message),
    /// A chat prompt in the place of its messages.
    Chat(ChatPromptTemplate),
    /// Examples as messages.
    FewShot(FewShotChatMessagePromptTemplate),
}

/// A message whose content is a template.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagePromptTemplate {
    /// Who speaks.
    pub speaker: Speaker,
    /// What is said.
    pub content: MessageContent,
    /// Vendor fields of the message.
    pub additional_kwargs: Metadata,
}

/// What a message template says.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageContent {
    /// Text.
    Text(StringPromptTemplate),
    /// A list of blocks.
    Blocks(Vec<ContentTemplate>),
}

impl MessagePromptTemplate {
    fn inputs(&self) -> Vec<String> {
        match &self.content {
            MessageContent::Text(prompt) => prompt.inputs().to_vec(),
            MessageContent::Blocks(parts) => {
                parts.iter().flat_map(ContentTemplate::inputs).cloned().collect()
            }
        }
    }

    fn render_in(&self, scope: &Scope<'_>) -> Result<Message, PythonError> {
        let content = match &self.content {
            MessageContent::Text(prompt) => Content::Text(prompt.render_in(scope)?),
            MessageContent::Blocks(parts) => {
                let blocks = parts.iter().filter_map(|part| part.render_in(scope).transpose());
                Content::Blocks(blocks.collect::<Result<_, _>>()?)
            }
        };
        Ok(self.speaker.message(content, self.additional_kwargs.clone()))
    }
}

/// The place of a list of messages in a chat prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagesPlaceholder {
    /// The variable that holds the messages.
    pub variable: String,
    /// Whether the variable may be absent.
    pub optional: bool,
    /// Only the last so many messages.
    pub last: Option<usize>,
}

impl MessagesPlaceholder {
    /// All messages of a variable that must be there.
    pub fn new(variable: impl Into<String>) -> Self {
        MessagesPlaceholder { variable: variable.into(), optional: false, last: None }
    }

    fn render_in(&self, scope: &Scope<'_>, into: &mut Vec<Message>) -> Result<(), PromptError> {
        let items = match scope.get(&self.variable) {
            Some(Val::List(items)) => items.as_slice(),
            None if self.optional => &[],
            None => return Err(PythonError::key(&self.variable).into()),
            Some(other) => return Err(self.not_messages(other)),
        };
        let messages = items.iter().cloned().map(message_from).collect::<Result<Vec<_>, _>>()?;
        let skip = self.last.map_or(0, |last| messages.len().saturating_sub(last));
        into.extend(messages.into_iter().skip(skip));
        Ok(())
    }

    fn not_messages(&self, val: &Val) -> PromptError {
        let (variable, shown, class) = (&self.variable, python::str(val), python::class_of(val));
        let text =
            format!("variable {variable} should be a list of base messages, got {shown} of type {class}");
        PromptError::NotMessages {
            variable: self.variable.clone(),
            got: val.kind_name().into(),
            raised: PythonError::value(text),
        }
    }
}

impl MessageTemplate {
    /// A message whose text is an f-string template.
    pub fn text(role: Role, template: &str) -> Result<Self, TemplateError> {
        MessageTemplate::of(role, Template::parse(template)?)
    }

    /// A message whose text is a template.
    pub fn of(speaker: impl Into<Speaker>, template: Template) -> Result<Self, TemplateError> {
        let prompt = PromptTemplate::new(template, Dict::new())?;
        Ok(MessageTemplate::Template(MessagePromptTemplate {
            speaker: speaker.into(),
            content: MessageContent::Text(prompt.into()),
            additional_kwargs: Metadata::default(),
        }))
    }

    /// The variables it needs.
    pub(super) fn inputs(&self) -> Vec<String> {
        match self {
            MessageTemplate::Template(template) => template.inputs(),
            MessageTemplate::Placeholder(place) if !place.optional => vec![place.variable.clone()],
            MessageTemplate::Chat(prompt) => prompt.inputs.clone(),
            MessageTemplate::Placeholder(_) | MessageTemplate::Message(_) | MessageTemplate::FewShot(_) => {
                Vec::new()
            }
        }
    }

    pub(super) fn render_in(&self, scope: &Scope<'_>, into: &mut Vec<Message>) -> Result<(), PromptError> {
        match self {
            MessageTemplate::Template(template) => into.push(template.render_in(scope)?),
            MessageTemplate::Placeholder(place) => place.render_in(scope, into)?,
            MessageTemplate::Message(message) => into.push(message.clone()),
            MessageTemplate::Chat(prompt) => prompt.render_in(scope, into)?,
            MessageTemplate::FewShot(prompt) => prompt.render_in(into)?,
        }
        Ok(())
    }
}

impl ChatPromptTemplate {
    /// A conversation of these parts, with values for some of its variables; what the input says of them wins.
    pub fn new(
        parts: impl IntoIterator<Item = MessageTemplate>,
        partials: Dict,
    ) -> Result<Self, TemplateError> {
        let prompt = ChatPromptTemplate::assemble(parts.into_iter().collect(), partials);
        check_names(prompt.inputs.iter().map(String::as_str), &prompt.partials)?;
        Ok(prompt)
    }

    fn assemble(parts: Vec<MessageTemplate>, mut partials: Dict) -> Self {
        for part in &parts {
            if let MessageTemplate::Placeholder(place) = part
                && place.optional
            {
                partials.entry(place.variable.clone()).or_insert_with(|| Val::List(Vec::new()));
            }
        }
        let names: IndexSet<String> = parts.iter().flat_map(MessageTemplate::inputs).collect();
        let mut inputs: Vec<_> = names.into_iter().filter(|name| !partials.contains_key(name)).collect();
        inputs.sort_unstable();
        ChatPromptTemplate { parts, partials, inputs }
    }

    /// A conversation of these parts.
    pub fn from_parts(parts: impl IntoIterator<Item = MessageTemplate>) -> Self {
        ChatPromptTemplate::assemble(parts.into_iter().collect(), Dict::new())
    }

    /// One human message.
    pub fn from_template(template: &str) -> Result<Self, TemplateError> {
        Ok(ChatPromptTemplate::from_parts([MessageTemplate::text(Role::Human, template)?]))
    }

    /// Messages by role and template.
    ///
    /// ```
    /// use windlass_core::{ChatPromptTemplate, Role};
    ///
    /// let prompt = ChatPromptTemplate::from_messages([
    ///     (Role::System, "You are a helpful {role}."),
    ///     (Role::Human, "{question}"),
    /// ]).unwrap();
    /// assert_eq!(prompt.input_variables(), ["question", "role"]);
    /// ```
    pub fn from_messages<'a>(
        messages: impl IntoIterator<Item = (Role, &'a str)>,
    ) -> Result<Self, TemplateError> {
        let parts = messages.into_iter().map(|(role, template)| MessageTemplate::text(role, template));
        parts.collect::<Result<Vec<_>, _>>().map(ChatPromptTemplate::from_parts)
    }

    /// The same with a list of messages from a variable at the end.
    #[must_use]
    pub fn placeholder(self, variable: impl Into<String>) -> Self {
        let place = MessageTemplate::Placeholder(MessagesPlaceholder::new(variable));
        ChatPromptTemplate::assemble(self.parts.into_iter().chain([place]).collect(), self.partials)
    }

    /// The variables it needs, each once, sorted.
    pub fn input_variables(&self) -> Vec<&str> {
        self.inputs.iter().map(String::as_str).collect()
    }

    /// Renders it.
    pub fn format_messages(&self, vars: &Vars) -> Result<Vec<Message>> {
        check(self, vars)?;
        let mut messages = Vec::with_capacity(self.parts.len());
        self.render_in(&Scope::of(&vars.0), &mut messages)?;
        Ok(messages)
    }

    fn render_in(&self, scope: &Scope<'_>, into: &mut Vec<Message>) -> Result<(), PromptError> {
        let scope = Scope::within(scope, &self.partials);
        self.parts.iter().try_for_each(|part| part.render_in(&scope, into))
    }
}

impl BasePromptTemplate for ChatPromptTemplate {
    fn class_name(&self) -> &'static str {
        "ChatPromptTemplate"
    }

    fn input_variables(&self) -> Vec<&str> {
        self.input_variables()
    }

    fn render(&self, vars: &Vars) -> Result<PromptValue, PromptError> {
        let mut messages = Vec::with_capacity(self.parts.len());
        self.render_in(&Scope::of(&vars.0), &mut messages)?;
        Ok(PromptValue::Messages(messages))
    }
}

prompt_step!(ChatPromptTemplate);

#[cfg(test)]
mod tests;
