//! `StructuredPrompt`: a chat prompt that says which form the answer shall have.

use super::{BasePromptTemplate, ChatPromptTemplate, PromptValue, base::prompt_step};
use crate::{PromptError, Result, Vars};
use serde_json::{Map, Value};

/// A chat prompt with the schema of the answer. Alone it renders like any other; whoever puts a model behind it gives
/// the model the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct StructuredPrompt {
    /// The conversation.
    pub prompt: ChatPromptTemplate,
    /// The JSON Schema of the answer.
    pub schema: Map<String, Value>,
    /// How the model shall be asked for it (`method`, `strict`, `include_raw`).
    pub structured_output_kwargs: Map<String, Value>,
}

impl BasePromptTemplate for StructuredPrompt {
    fn class_name(&self) -> &'static str {
        "StructuredPrompt"
    }

    fn input_variables(&self) -> Vec<&str> {
        self.prompt.input_variables()
    }

    fn render(&self, vars: &Vars) -> Result<PromptValue, PromptError> {
        self.prompt.render(vars)
    }
}

prompt_step!(StructuredPrompt);
