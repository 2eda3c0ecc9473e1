//! `additional_kwargs.function_call`, whole or while it streams.

use crate::{
    Dict, ModelOutput, Result, Val,
    parser::{json::PartialJson, tools::additional_kwargs},
};

/// The call of a message, of which pieces add up: text concatenates.
#[derive(Debug)]
pub(super) struct FunctionCall {
    fields: Option<Dict>,
    arguments: PartialJson,
}

impl FunctionCall {
    pub(super) fn new(strict: bool) -> Self {
        FunctionCall { fields: None, arguments: PartialJson::of_arguments(strict) }
    }

    /// Reads a message or a piece of one, and says how much more is held; nothing if it has no call.
    pub(super) fn read(&mut self, parser: &'static str, input: ModelOutput, class: &str) -> Result<usize> {
        let message = input.into_message(parser, class)?;
        let call = additional_kwargs(&message).and_then(|kwargs| kwargs.get("function_call"));
        let Some(call) = call.and_then(serde_json::Value::as_object) else { return Ok(0) };
        let fields = self.fields.get_or_insert_default();
        let mut grown = size_of::<Val>();
        for (key, value) in call {
            let value = Val::from(value.clone());
            if let (true, Val::Text(text)) = (key == "arguments", &value) {
                self.arguments.push(text);
                grown += 3 * text.len();
            }
            match (fields.get_mut(key), value) {
                (Some(Val::Text(whole)), Val::Text(next)) => whole.push_str(&next),
                (Some(Val::Null) | None, value) => drop(fields.insert(key.clone(), value)),
                (Some(_), Val::Null) => {}
                (Some(whole), next) => *whole = next,
            }
        }
        Ok(grown)
    }

    /// The fields so far.
    pub(super) fn fields(&self) -> Option<&Dict> {
        self.fields.as_ref()
    }

    /// The fields.
    pub(super) fn into_fields(self) -> Option<Dict> {
        self.fields
    }

    /// The arguments, as far as they can be read.
    pub(super) fn arguments(&self) -> Option<Val> {
        self.arguments.value()
    }
}
