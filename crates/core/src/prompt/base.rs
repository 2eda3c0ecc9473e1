//! What all prompt templates share: the check of their input, and the step that takes a bare value for an only variable.

use super::{PromptValue, TemplateError};
use crate::{
    Cx, Dict, Fut, Kind, Node, PromptError, Result, RunInfo, Runnable, Shape, Val, Vars,
    python::{self, PythonError},
};
use std::sync::Arc;

/// What LangChain's documentation calls such errors.
pub(super) const INVALID_INPUT: &str = "INVALID_PROMPT_INPUT";

/// What every prompt template does.
pub trait BasePromptTemplate: Send + Sync + 'static {
    /// LangChain's name for it, which its errors say.
    fn class_name(&self) -> &'static str;

    /// The variables it needs, each once, sorted.
    fn input_variables(&self) -> Vec<&str>;

    /// Renders it, after all that it needs was found to be there.
    fn render(&self, vars: &Vars) -> Result<PromptValue, PromptError>;

    /// Checks the input, and renders.
    fn format_prompt(&self, vars: &Vars) -> Result<PromptValue> {
        check(self, vars)?;
        Ok(self.render(vars)?)
    }
}

/// That all variables are there.
pub(super) fn check<P: BasePromptTemplate + ?Sized>(prompt: &P, vars: &Vars) -> Result<(), PromptError> {
    let expected = prompt.input_variables();
    let missing: Vec<_> = expected.iter().filter(|name| !vars.0.contains_key(**name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(PromptError::MissingVariables {
        prompt: prompt.class_name(),
        missing: missing.into_iter().map(ToString::to_string).collect(),
        expected: expected.into_iter().map(Into::into).collect(),
        received: vars.0.keys().cloned().collect(),
    })
}

/// Refuses the name that LangChain keeps for itself.
pub(super) fn check_names<'a>(
    inputs: impl IntoIterator<Item = &'a str>,
    partials: &Dict,
) -> Result<(), TemplateError> {
    let input = inputs.into_iter().any(|name| name == "stop");
    if !input && !partials.contains_key("stop") {
        return Ok(());
    }
    let kind = if input { "input" } else { "partial" };
    let text =
        format!("Cannot have an {kind} variable named 'stop', as it is used internally, please rename.");
    Err(TemplateError {
        message: "a variable of a prompt cannot be called `stop`".into(),
        remedy: "give it another name".into(),
        offset: 0,
        exception: PythonError::value(text).with_link(INVALID_INPUT),
    })
}

/// A prompt as Python runs it: it takes an object of variables, and where it needs exactly one variable, that
/// variable's value as it stands. Pieces of an input add up as those of any value do.
///
/// ```
/// use windlass_core::{ChatPromptTemplate, CoercingPrompt, IntoChain, Val};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let prompt = CoercingPrompt(ChatPromptTemplate::from_template("Say {x}!").unwrap());
/// let said = prompt.into_chain().invoke(Val::from(5)).await.unwrap();
/// assert_eq!(said.to_text(), "Human: Say 5!");
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CoercingPrompt<P>(pub P);

impl<P: BasePromptTemplate> CoercingPrompt<P> {
    fn vars(&self, input: Val) -> Result<Vars, PromptError> {
        let only = || match self.0.input_variables().as_slice() {
            [only] => Some((*only).to_string()),
            _ => None,
        };
        match input {
            Val::Dict(dict) | Val::AddDict(dict) => Ok(Vars(dict)),
            bare => match only() {
                Some(name) => Ok(Vars(Dict::from_iter([(name, bare)]))),
                None => {
                    Err(PromptError::NotMapping { prompt: self.0.class_name(), got: python::class_of(&bare) })
                }
            },
        }
    }
}

impl<P: BasePromptTemplate> Runnable for CoercingPrompt<P> {
    type In = Val;
    type Out = PromptValue;

    fn invoke(self: Arc<Self>, input: Val, _: Cx) -> Fut<PromptValue> {
        let rendered = self.vars(input).map_err(Into::into).and_then(|vars| self.0.format_prompt(&vars));
        Box::pin(std::future::ready(rendered))
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::prompt(self.0.class_name())
    }

    fn describe(&self, input: &Shape) -> Node {
        let variables = self.0.input_variables();
        let takes = if variables.len() == 1 { Kind::ANY } else { Kind::DICT };
        Node::leaf_of(self.0.class_name(), takes, Kind::PROMPT, input).needing(variables, input)
    }
}

crate::impl_pipe!([P: BasePromptTemplate] CoercingPrompt<P>);

/// Makes a step of a prompt, which takes variables.
macro_rules! prompt_step {
    ($name:ident) => {
        impl $crate::Runnable for $name {
            type In = $crate::Vars;
            type Out = $crate::PromptValue;

            fn invoke(
                self: std::sync::Arc<Self>,
                vars: $crate::Vars,
                _: $crate::Cx,
            ) -> $crate::Fut<$crate::PromptValue> {
                Box::pin(std::future::ready($crate::BasePromptTemplate::format_prompt(&*self, &vars)))
            }

            fn run_info(&self, _: &$crate::Cx) -> $crate::RunInfo {
                $crate::RunInfo::prompt($crate::BasePromptTemplate::class_name(self))
            }

            fn describe(&self, input: &$crate::Shape) -> $crate::Node {
                use $crate::{BasePromptTemplate, Kind, Node};
                Node::leaf_of(self.class_name(), Kind::DICT, Kind::PROMPT, input)
                    .needing(BasePromptTemplate::input_variables(self), input)
            }
        }

        $crate::impl_pipe!($name);
    };
}

pub(super) use prompt_step;
