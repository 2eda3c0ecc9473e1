//! The mounts of all dialects, by name; which dialects there are is what `dialects` says.

use crate::{dialects, settings::Mount};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::borrow::Cow;

/// Where each dialect is mounted; those that are not named stand at their default.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Mounts(IndexMap<String, Mount>);

impl Default for Mounts {
    fn default() -> Self {
        Mounts(dialects::ALL.iter().map(|one| (one.name.into(), Mount::At(one.mount.into()))).collect())
    }
}

impl Mounts {
    /// The mount of a dialect; off if there is none of that name.
    pub fn get(&self, dialect: &str) -> &Mount {
        self.0.get(dialect).unwrap_or(&Mount::Off(false))
    }

    /// Mounts a dialect elsewhere. Gives `false` if there is none of that name.
    pub fn set(&mut self, dialect: &str, mount: Mount) -> bool {
        self.0.get_mut(dialect).map(|old| *old = mount).is_some()
    }

    /// Every dialect with its mount.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Mount)> {
        self.0.iter().map(|(name, mount)| (name.as_str(), mount))
    }

    /// Every dialect by name: where it is mounted by default, and who speaks it.
    pub fn known() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        dialects::ALL.iter().map(|one| (one.name, one.mount, one.speakers))
    }
}

impl<'de> Deserialize<'de> for Mounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut mounts = Mounts::default();
        for (name, mount) in IndexMap::<String, Mount>::deserialize(deserializer)? {
            if !mounts.set(&name, mount) {
                let names: Vec<_> = dialects::ALL.iter().map(|one| format!("`{}`", one.name)).collect();
                let names = names.join(", ");
                return Err(D::Error::custom(format_args!("unknown dialect `{name}`, expected {names}")));
            }
        }
        Ok(mounts)
    }
}

impl JsonSchema for Mounts {
    fn schema_name() -> Cow<'static, str> {
        "Mounts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for one in dialects::ALL {
            let mut mount = generator.subschema_for::<Mount>();
            let text = format!(
                "The path for {}, or `false` to switch it off. Default: `{}`.",
                one.speakers, one.mount
            );
            mount.insert("description".into(), text.into());
            mount.insert("default".into(), one.mount.into());
            properties.insert(one.name.into(), mount.into());
        }
        json_schema!({"type": "object", "properties": properties, "additionalProperties": false})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_named_stands_at_its_default_and_what_is_unknown_is_refused() {
        let mounts: Mounts = serde_json::from_value(json!({"native": false})).unwrap();
        assert_eq!(mounts.get("native"), &Mount::Off(false));
        let known: Vec<_> = Mounts::known().map(|(name, ..)| name).collect();
        assert_eq!(mounts.iter().map(|(name, _)| name).collect::<Vec<_>>(), known);
        let error = serde_json::from_value::<Mounts>(json!({"nativ": "/x"})).unwrap_err().to_string();
        assert!(error.contains("unknown dialect `nativ`, expected `native`"), "{error}");
    }
}
