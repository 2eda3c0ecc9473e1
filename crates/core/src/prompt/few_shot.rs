//! Prompts with examples. Those that make text are formatted twice, as in Python: braces in an example, or in a value
//! that was put between examples, count as fields of the second time.

use super::{
    BasePromptTemplate, MessageTemplate, PromptTemplate, PromptValue, StringPromptTemplate, Template,
    TemplateError, TemplateFormat,
    base::{check_names, prompt_step},
    scope::Scope,
    template::render_text,
};
use crate::{Dict, Message, PromptError, Result, Vars, python::PythonError};
use indexmap::IndexSet;

/// Examples between a prefix and a suffix that are templates together.
#[derive(Debug, Clone, PartialEq)]
pub struct FewShotPromptTemplate {
    parts: FewShotParts,
    inputs: Vec<String>,
}

/// What a [`FewShotPromptTemplate`] is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct FewShotParts {
    /// The values that each example is rendered with.
    pub examples: Vec<Dict>,
    /// How an example is rendered.
    pub example_prompt: PromptTemplate,
    /// What stands before the examples; part of the template.
    pub prefix: String,
    /// What stands behind them; part of the template.
    pub suffix: String,
    /// What stands between all of these.
    pub example_separator: String,
    /// How prefix, examples and suffix are written.
    pub format: TemplateFormat,
    /// Values for some of the variables.
    pub partials: Dict,
}

impl FewShotPromptTemplate {
    /// A prompt of these parts.
    pub fn new(parts: FewShotParts) -> Result<Self, TemplateError> {
        let both = format!("{}{}", parts.prefix, parts.suffix);
        let template = Template::parse_as(&both, parts.format)?;
        let free = template.variables().into_iter().filter(|name| !parts.partials.contains_key(*name));
        let inputs: Vec<String> = free.map(Into::into).collect();
        check_names(inputs.iter().map(String::as_str), &parts.partials)?;
        Ok(FewShotPromptTemplate { parts, inputs })
    }

    pub(super) fn inputs(&self) -> &[String] {
        &self.inputs
    }

    pub(super) fn render_in(&self, scope: &Scope<'_>) -> Result<String, PythonError> {
        let FewShotParts { examples, example_prompt, prefix, suffix, example_separator, format, partials } =
            &self.parts;
        let mut pieces = vec![prefix.clone()];
        for example in pick(examples, example_prompt.inputs())? {
            pieces.push(example_prompt.render_in(&Scope::of(&example))?);
        }
        pieces.push(suffix.clone());
        pieces.retain(|piece| !piece.is_empty());
        render_text(&pieces.join(example_separator), *format, &Scope::within(scope, partials))
    }
}

/// The examples with only the variables that are needed.
fn pick(examples: &[Dict], names: &[String]) -> Result<Vec<Dict>, PythonError> {
    let pick = |example: &Dict| {
        let pick = |name: &String| {
            let val = example.get(name).ok_or_else(|| PythonError::key(name))?;
            Ok((name.clone(), val.clone()))
        };
        names.iter().map(pick).collect()
    };
    examples.iter().map(pick).collect()
}

impl BasePromptTemplate for FewShotPromptTemplate {
    fn class_name(&self) -> &'static str {
        "FewShotPromptTemplate"
    }

    fn input_variables(&self) -> Vec<&str> {
        self.inputs.iter().map(String::as_str).collect()
    }

    fn render(&self, vars: &Vars) -> Result<PromptValue, PromptError> {
        Ok(PromptValue::Text(self.render_in(&Scope::of(&vars.0))?))
    }
}

prompt_step!(FewShotPromptTemplate);

/// Examples between a prefix and a suffix that are prompts of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct FewShotPromptWithTemplates {
    parts: FewShotTemplateParts,
    inputs: Vec<String>,
}

/// What a [`FewShotPromptWithTemplates`] is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct FewShotTemplateParts {
    /// The values that each example is rendered with.
    pub examples: Vec<Dict>,
    /// How an example is rendered.
    pub example_prompt: PromptTemplate,
    /// What stands before the examples.
    pub prefix: Option<StringPromptTemplate>,
    /// What stands behind them.
    pub suffix: StringPromptTemplate,
    /// What stands between all of these.
    pub example_separator: String,
    /// How the text that comes of all this is read once more.
    pub format: TemplateFormat,
    /// Values for some of the variables.
    pub partials: Dict,
}

impl FewShotPromptWithTemplates {
    /// A prompt of these parts.
    pub fn new(parts: FewShotTemplateParts) -> Result<Self, TemplateError> {
        let of_prefix = parts.prefix.iter().flat_map(StringPromptTemplate::inputs);
        let free = of_prefix.filter(|name| !parts.partials.contains_key(*name));
        // Values for what the suffix needs do not free the input from it: so it is in Python.
        let names: IndexSet<&String> = parts.suffix.inputs().iter().chain(free).collect();
        let mut inputs: Vec<String> = names.into_iter().cloned().collect();
        inputs.sort_unstable();
        check_names(inputs.iter().map(String::as_str), &parts.partials)?;
        Ok(FewShotPromptWithTemplates { parts, inputs })
    }

    pub(super) fn inputs(&self) -> &[String] {
        &self.inputs
    }

    pub(super) fn render_in(&self, scope: &Scope<'_>) -> Result<String, PythonError> {
        let parts = &self.parts;
        let mut vars = Scope::within(scope, &parts.partials).to_dict();
        let mut pieces = Vec::new();
        for example in &parts.examples {
            pieces.push(parts.example_prompt.render_in(&Scope::of(example))?);
        }
        if let Some(prefix) = &parts.prefix {
            pieces.insert(0, prefix.render_in(&Scope::of(&take(&mut vars, prefix.inputs())))?);
        }
        pieces.push(parts.suffix.render_in(&Scope::of(&take(&mut vars, parts.suffix.inputs())))?);
        pieces.retain(|piece| !piece.is_empty());
        render_text(&pieces.join(&parts.example_separator), parts.format, &Scope::of(&vars))
    }
}

/// Takes the variables out: what the prefix used, nobody after it has.
fn take(vars: &mut Dict, names: &[String]) -> Dict {
    names.iter().filter_map(|name| vars.shift_remove_entry(name)).collect()
}

impl BasePromptTemplate for FewShotPromptWithTemplates {
    fn class_name(&self) -> &'static str {
        "FewShotPromptWithTemplates"
    }

    fn input_variables(&self) -> Vec<&str> {
        self.inputs.iter().map(String::as_str).collect()
    }

    fn render(&self, vars: &Vars) -> Result<PromptValue, PromptError> {
        Ok(PromptValue::Text(self.render_in(&Scope::of(&vars.0))?))
    }
}

prompt_step!(FewShotPromptWithTemplates);

/// Examples as messages.
#[derive(Debug, Clone, PartialEq)]
pub struct FewShotChatMessagePromptTemplate {
    /// The values that each example is rendered with.
    pub examples: Vec<Dict>,
    /// How an example is rendered.
    pub example_prompt: Box<MessageTemplate>,
}

impl FewShotChatMessagePromptTemplate {
    pub(super) fn render_in(&self, into: &mut Vec<Message>) -> Result<(), PromptError> {
        for example in pick(&self.examples, &self.example_prompt.inputs())? {
            self.example_prompt.render_in(&Scope::of(&example), into)?;
        }
        Ok(())
    }
}

impl BasePromptTemplate for FewShotChatMessagePromptTemplate {
    fn class_name(&self) -> &'static str {
        "FewShotChatMessagePromptTemplate"
    }

    fn input_variables(&self) -> Vec<&str> {
        Vec::new()
    }

    fn render(&self, _: &Vars) -> Result<PromptValue, PromptError> {
        let mut messages = Vec::new();
        self.render_in(&mut messages)?;
        Ok(PromptValue::Messages(messages))
    }
}

prompt_step!(FewShotChatMessagePromptTemplate);
