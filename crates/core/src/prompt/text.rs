//! `PromptTemplate`: a template rendered to text.

use super::{PromptValue, Template, TemplateError};
use crate::{Cx, Fut, Kind, Node, Runnable, Shape, Vars};
use std::sync::Arc;

/// A step that renders a template to text; a chat model sees it as one human message.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptTemplate {
    template: Template,
}

impl PromptTemplate {
    /// Parses an f-string template.
    pub fn from_template(template: &str) -> Result<Self, TemplateError> {
        Ok(PromptTemplate { template: Template::parse(template)? })
    }

    /// The variables it needs.
    pub fn input_variables(&self) -> Vec<&str> {
        self.template.variables()
    }

    /// Renders it.
    pub fn format(&self, vars: &Vars) -> crate::Result<String> {
        self.template.render(vars)
    }
}

impl Runnable for PromptTemplate {
    type In = Vars;
    type Out = PromptValue;

    fn invoke(self: Arc<Self>, vars: Vars, _: Cx) -> Fut<PromptValue> {
        Box::pin(std::future::ready(self.format(&vars).map(PromptValue::Text)))
    }

    fn describe(&self, input: &Shape) -> Node {
        Node::leaf_of("PromptTemplate", Kind::DICT, Kind::PROMPT, input)
            .needing(self.input_variables(), input)
    }
}

crate::impl_pipe!(PromptTemplate);
