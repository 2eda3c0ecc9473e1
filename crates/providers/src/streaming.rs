//! When a service is asked for a stream. Pure.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Whether to ask for whole answers even where a stream is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(from = "FlagOrWord")]
#[schemars(with = "FlagOrWord")]
pub enum DisableStreaming {
    /// Stream.
    #[default]
    Never,
    /// Never stream.
    Always,
    /// Stream unless the request has tools.
    ToolCalling,
}

impl DisableStreaming {
    /// Whether a call with these arguments may be a stream.
    pub(crate) fn allows(self, kwargs: Option<&Map<String, Value>>) -> bool {
        let has_tools =
            || kwargs.and_then(|kwargs| kwargs.get("tools")).is_some_and(|tools| !is_empty(tools));
        match self {
            DisableStreaming::Never => true,
            DisableStreaming::Always => false,
            DisableStreaming::ToolCalling => !has_tools(),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum FlagOrWord {
    Flag(bool),
    Word(Word),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    ToolCalling,
}

impl From<FlagOrWord> for DisableStreaming {
    fn from(written: FlagOrWord) -> Self {
        match written {
            FlagOrWord::Flag(false) => DisableStreaming::Never,
            FlagOrWord::Flag(true) => DisableStreaming::Always,
            FlagOrWord::Word(Word::ToolCalling) => DisableStreaming::ToolCalling,
        }
    }
}
