//! `ChatPromptTemplate`: message templates and placeholders rendered to a conversation.

use super::{PromptValue, Template, TemplateError, fstring::missing, message_from};
use crate::{Cx, Fut, Kind, Message, Node, PromptError, Result, Runnable, Shape, Val, Vars};
use indexmap::IndexSet;
use std::sync::Arc;

/// A step that renders a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatPromptTemplate {
    parts: Vec<MessageTemplate>,
}

/// Who speaks in a message template.
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
    /// A message whose text is a template.
    Text {
        /// Who speaks.
        role: Role,
        /// What is said.
        template: Template,
    },
    /// A list of messages from a variable.
    Placeholder(MessagesPlaceholder),
    /// A message as it stands.
    Message(Message),
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

    fn render(&self, vars: &Vars, into: &mut Vec<Message>) -> Result<()> {
        let items = match vars.0.get(&self.variable) {
            Some(Val::List(items)) => items.clone(),
            None if self.optional => Vec::new(),
            None => return Err(missing(vec![&self.variable], vars).into()),
            Some(other) => {
                let got = other.kind_name().to_string();
                return Err(PromptError::NotMessages { variable: self.variable.clone(), got }.into());
            }
        };
        let skip = self.last.map_or(0, |last| items.len().saturating_sub(last));
        for item in items.into_iter().skip(skip) {
            into.push(message_from(item)?);
        }
        Ok(())
    }
}

impl MessageTemplate {
    /// A message whose text is an f-string template.
    pub fn text(role: Role, template: &str) -> Result<Self, TemplateError> {
        Ok(MessageTemplate::Text { role, template: Template::parse(template)? })
    }

    fn required(&self) -> Vec<&str> {
        match self {
            MessageTemplate::Text { template, .. } => template.variables(),
            MessageTemplate::Placeholder(place) if !place.optional => vec![&place.variable],
            MessageTemplate::Placeholder(_) | MessageTemplate::Message(_) => Vec::new(),
        }
    }
}

impl ChatPromptTemplate {
    /// A conversation of these parts.
    pub fn from_parts(parts: impl IntoIterator<Item = MessageTemplate>) -> Self {
        ChatPromptTemplate { parts: parts.into_iter().collect() }
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
    /// assert_eq!(prompt.input_variables(), ["role", "question"]);
    /// ```
    pub fn from_messages<'a>(
        messages: impl IntoIterator<Item = (Role, &'a str)>,
    ) -> Result<Self, TemplateError> {
        let parts = messages.into_iter().map(|(role, template)| MessageTemplate::text(role, template));
        parts.collect::<Result<Vec<_>, _>>().map(ChatPromptTemplate::from_parts)
    }

    /// The same with a list of messages from a variable at the end.
    #[must_use]
    pub fn placeholder(mut self, variable: impl Into<String>) -> Self {
        self.parts.push(MessageTemplate::Placeholder(MessagesPlaceholder::new(variable)));
        self
    }

    /// The variables it needs, each once.
    pub fn input_variables(&self) -> Vec<&str> {
        let names: IndexSet<&str> = self.parts.iter().flat_map(MessageTemplate::required).collect();
        names.into_iter().collect()
    }

    /// Renders it.
    pub fn format_messages(&self, vars: &Vars) -> Result<Vec<Message>> {
        let mut messages = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            match part {
                MessageTemplate::Text { role, template } => {
                    messages.push(role.message(self.render(template, vars)?))
                }
                MessageTemplate::Placeholder(place) => place.render(vars, &mut messages)?,
                MessageTemplate::Message(message) => messages.push(message.clone()),
            }
        }
        Ok(messages)
    }

    /// Renders one template; what is missing is said of the whole prompt.
    fn render(&self, template: &Template, vars: &Vars) -> Result<String> {
        template.render(vars).map_err(|_| missing(self.input_variables(), vars).into())
    }
}

impl Runnable for ChatPromptTemplate {
    type In = Vars;
    type Out = PromptValue;

    fn invoke(self: Arc<Self>, vars: Vars, _: Cx) -> Fut<PromptValue> {
        Box::pin(std::future::ready(self.format_messages(&vars).map(PromptValue::Messages)))
    }

    fn describe(&self, input: &Shape) -> Node {
        Node::leaf_of("ChatPromptTemplate", Kind::DICT, Kind::PROMPT, input)
            .needing(self.input_variables(), input)
    }
}

crate::impl_pipe!(ChatPromptTemplate);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vars;

    #[test]
    fn renders_roles_and_placeholders() {
        let prompt =
            ChatPromptTemplate::from_messages([(Role::System, "Be {mood}."), (Role::Human, "{q}")]).unwrap();
        let prompt = prompt.placeholder("history");
        let history = Val::List(vec!["hi".into(), Message::ai("hello").into()]);
        let messages =
            prompt.format_messages(&vars! { "mood" => "kind", "q" => "?", "history" => history }).unwrap();
        let expect =
            [Message::system("Be kind."), Message::human("?"), Message::human("hi"), Message::ai("hello")];
        assert_eq!(messages, expect);
    }

    #[test]
    fn a_placeholder_takes_the_last_messages_and_only_lists() {
        let place = MessagesPlaceholder { variable: "h".into(), optional: true, last: Some(1) };
        let prompt = ChatPromptTemplate::from_parts([MessageTemplate::Placeholder(place)]);
        assert_eq!(prompt.format_messages(&vars! {}).unwrap(), []);
        let history = Val::List(vec!["a".into(), "b".into()]);
        assert_eq!(prompt.format_messages(&vars! { "h" => history }).unwrap(), [Message::human("b")]);
        assert!(prompt.format_messages(&vars! { "h" => "text" }).is_err());
    }

    #[test]
    fn a_missing_variable_is_known_before_any_run() {
        let prompt = ChatPromptTemplate::from_template("{question} {topic}").unwrap();
        let node = prompt.describe(&Shape::keys(["question"]));
        assert_eq!(node.problems.len(), 1);
    }
}
