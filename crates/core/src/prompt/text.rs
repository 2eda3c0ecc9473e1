//! `PromptTemplate`: a template rendered to text.

use super::{
    BasePromptTemplate, PromptValue, Template, TemplateError,
    base::{check_names, prompt_step},
    few_shot::{FewShotPromptTemplate, FewShotPromptWithTemplates},
    scope::Scope,
};
use crate::{Dict, PromptError, Result, Vars, python::PythonError};

/// A step that renders a template to text; a chat model sees it as one human message.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptTemplate {
    template: Template,
    partials: Dict,
    /// The variables of the template that it has no value for.
    inputs: Vec<String>,
}

impl PromptTemplate {
    /// A template, with values for some of its variables; what the input says of them wins.
    pub fn new(template: Template, partials: Dict) -> Result<Self, TemplateError> {
        let free = template.variables().into_iter().filter(|name| !partials.contains_key(*name));
        let inputs: Vec<String> = free.map(Into::into).collect();
        if let Err(mut error) = check_names(inputs.iter().map(String::as_str), &partials) {
            let place = template.places().find(|(name, _)| *name == "stop");
            error.offset = place.map_or(0, |(_, place)| place.start);
            return Err(error);
        }
        Ok(PromptTemplate { template, partials, inputs })
    }

    /// Parses an f-string template.
    pub fn from_template(template: &str) -> Result<Self, TemplateError> {
        PromptTemplate::new(Template::parse(template)?, Dict::new())
    }

    /// The same, but it needs these variables, whatever the template names: LangChain believes what a jinja2 prompt says of
    /// itself.
    #[must_use]
    pub fn needing(mut self, variables: impl IntoIterator<Item = String>) -> Self {
        let partials = &self.partials;
        self.inputs = variables.into_iter().filter(|name| !partials.contains_key(name)).collect();
        self.inputs.sort_unstable();
        self
    }

    /// The variables it needs, sorted.
    pub fn input_variables(&self) -> Vec<&str> {
        self.inputs.iter().map(String::as_str).collect()
    }

    /// The template it renders.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Renders it.
    pub fn format(&self, vars: &Vars) -> Result<String> {
        super::base::check(self, vars)?;
        Ok(self.render_in(&Scope::of(&vars.0)).map_err(PromptError::Raised)?)
    }

    pub(super) fn render_in(&self, scope: &Scope<'_>) -> Result<String, PythonError> {
        self.template.render_in(&Scope::within(scope, &self.partials))
    }

    pub(super) fn inputs(&self) -> &[String] {
        &self.inputs
    }
}

impl BasePromptTemplate for PromptTemplate {
    fn class_name(&self) -> &'static str {
        "PromptTemplate"
    }

    fn input_variables(&self) -> Vec<&str> {
        self.input_variables()
    }

    fn render(&self, vars: &Vars) -> Result<PromptValue, PromptError> {
        Ok(PromptValue::Text(self.render_in(&Scope::of(&vars.0))?))
    }
}

prompt_step!(PromptTemplate);

/// A prompt that makes text.
#[derive(Debug, Clone, PartialEq)]
pub enum StringPromptTemplate {
    /// A template.
    Prompt(PromptTemplate),
    /// A template with examples.
    FewShot(Box<FewShotPromptTemplate>),
    /// A prompt with examples between other prompts.
    FewShotWithTemplates(Box<FewShotPromptWithTemplates>),
}

impl StringPromptTemplate {
    pub(super) fn inputs(&self) -> &[String] {
        match self {
            StringPromptTemplate::Prompt(prompt) => prompt.inputs(),
            StringPromptTemplate::FewShot(prompt) => prompt.inputs(),
            StringPromptTemplate::FewShotWithTemplates(prompt) => prompt.inputs(),
        }
    }

    pub(super) fn render_in(&self, scope: &Scope<'_>) -> Result<String, PythonError> {
        match self {
            StringPromptTemplate::Prompt(prompt) => prompt.render_in(scope),
            StringPromptTemplate::FewShot(prompt) => prompt.render_in(scope),
            StringPromptTemplate::FewShotWithTemplates(prompt) => prompt.render_in(scope),
        }
    }
}

impl From<PromptTemplate> for StringPromptTemplate {
    fn from(prompt: PromptTemplate) -> Self {
        StringPromptTemplate::Prompt(prompt)
    }
}
