//! Secrets in parameters: only as `${NAME}`, never in clear.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::borrow::Cow;

/// The name of an environment variable that holds a secret, written `${NAME}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef(String);

impl SecretRef {
    /// The variable that `text` names, if it has the form `${NAME}`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix("${")?.strip_suffix('}')?;
        let first_is_letter = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let rest = |char: char| char.is_ascii_alphanumeric() || char == '_';
        (first_is_letter && name.chars().all(rest)).then(|| SecretRef(name.into()))
    }

    /// The variable's name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The text stays out of the message: it may be the secret itself.
        SecretRef::parse(&text).ok_or_else(|| {
            D::Error::custom(
                "a secret does not stand in a file; set an environment variable and write its name like `${OPENAI_API_KEY}`",
            )
        })
    }
}

impl JsonSchema for SecretRef {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_variable_is_taken() {
        let read = |text| serde_json::from_value::<SecretRef>(serde_json::json!(text));
        assert_eq!(read("${MY_KEY}").unwrap().name(), "MY_KEY");
        for wrong in ["sk-secret", "$MY_KEY", "${}", "${1A}", "${A}${B}", "${A B}"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("${OPENAI_API_KEY}") && !error.contains("sk-secret"), "{error}");
        }
    }
}
