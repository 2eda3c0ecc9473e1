//! What a chain lets its callers configure: the fields of `configurable`, their types and defaults.

use crate::{InputProblem, LaxSchema};
use serde_json::{Map, Value, json};
use std::fmt;

/// A field of `configurable` that a chain declares; LangChain's `ConfigurableFieldSpec`.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigSpec {
    /// The key in `configurable`.
    pub id: String,
    /// What people call it. Default: made of the id.
    pub name: Option<String>,
    /// What it does, for people.
    pub description: Option<String>,
    /// The JSON Schema of its values. One with `enum` and `title` is a class of options of that name.
    pub schema: Value,
    /// What stands if a call says nothing; null where that is nothing.
    pub default: Value,
    /// Whether parts of a chain that have prefixes for their fields share this one.
    pub is_shared: bool,
}

impl ConfigSpec {
    /// A field whose values are of this schema.
    ///
    /// ```
    /// use serde_json::json;
    /// use windlass_core::ConfigSpec;
    ///
    /// let session = ConfigSpec::new("session_id", json!({"type": "string"})).named("Session ID").default(json!(""));
    /// assert_eq!((session.id.as_str(), session.default), ("session_id", json!("")));
    /// ```
    pub fn new(id: impl Into<String>, schema: Value) -> Self {
        let (name, description, default) = (None, None, Value::Null);
        ConfigSpec { id: id.into(), name, description, schema, default, is_shared: false }
    }

    /// A field that chooses one of these options, which are a class called like the field.
    pub(crate) fn options(id: &str, name: Option<&str>, keys: impl IntoIterator<Item = String>) -> Self {
        let keys: Vec<_> = keys.into_iter().collect();
        let schema = json!({"enum": keys, "title": name.unwrap_or(id), "type": "string"});
        ConfigSpec { name: name.map(String::from), ..ConfigSpec::new(id, schema) }
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with a description.
    #[must_use]
    pub fn described(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The same with a default.
    #[must_use]
    pub fn default(mut self, default: Value) -> Self {
        self.default = default;
        self
    }

    /// As pydantic writes the field; classes of options go into `definitions`.
    fn field(&self, definitions: &mut Map<String, Value>) -> Value {
        let class = self.schema.get("enum").is_some() && self.schema.get("title").is_some();
        let mut schema = self.schema.clone();
        if let Some(items) = schema.get_mut("items") {
            *items = referred(items, definitions);
        }
        let mut field = referred(&schema, definitions);
        if let Some(field) = field.as_object_mut() {
            if !class {
                let name = self.name.clone().unwrap_or_else(|| title(&self.id));
                field.insert("title".into(), name.into());
            }
            if let Some(text) = &self.description {
                field.insert("description".into(), text.as_str().into());
            }
            field.insert("default".into(), self.default.clone());
        }
        field
    }
}

/// A reference in the place of a class of options.
fn referred(schema: &Value, definitions: &mut Map<String, Value>) -> Value {
    let (Some(_), Some(title)) = (schema.get("enum"), schema.get("title").and_then(Value::as_str)) else {
        return schema.clone();
    };
    let plain = |char: char| if char.is_ascii_alphanumeric() || ".-_".contains(char) { char } else { '_' };
    let name: String = title.chars().map(plain).collect();
    definitions.insert(name.clone(), schema.clone());
    json!({"$ref": format!("#/$defs/{name}")})
}

/// `session_id` is `Session Id`.
fn title(id: &str) -> String {
    let mut after_letter = false;
    let cased = id.chars().flat_map(|char| {
        let first = char.is_alphabetic() && !after_letter;
        after_letter = char.is_alphabetic();
        let cased: Vec<char> = match (first, char) {
            (_, '_') => vec![' '],
            (true, char) => char.to_uppercase().collect(),
            (false, char) => char.to_lowercase().collect(),
        };
        cased
    });
    cased.collect()
}

/// All fields of `configurable` that an endpoint declares, each once, sorted by id.
#[derive(Default)]
pub struct ConfigSpecs(Vec<(ConfigSpec, LaxSchema)>);

impl ConfigSpecs {
    /// Gathers declared fields; of two with the same id the first counts. The error says whose schema is not valid.
    pub fn new(specs: impl IntoIterator<Item = ConfigSpec>) -> Result<Self, String> {
        let mut specs: Vec<_> = specs.into_iter().collect();
        specs.sort_by(|one, other| one.id.cmp(&other.id));
        specs.dedup_by(|later, earlier| later.id == earlier.id);
        let compiled = specs.into_iter().map(|spec| match LaxSchema::new(&spec.schema) {
            Ok(schema) => Ok((spec, schema)),
            Err(message) => Err(format!("the configurable `{}`: {message}", spec.id)),
        });
        compiled.collect::<Result<_, _>>().map(ConfigSpecs)
    }

    /// Whether none is declared.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigSpec> {
        self.0.iter().map(|(spec, _)| spec)
    }

    /// Checks and coerces the values that a call gives, as pydantic does in its lax mode, and leaves out what is not
    /// declared. The problems' places begin with `configurable`.
    pub fn check(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, Vec<InputProblem>> {
        let (mut checked, mut problems) = (Map::new(), Vec::new());
        for (spec, schema) in &self.0 {
            let Some(value) = given.get(&spec.id) else { continue };
            match schema.read(value, &["configurable".into(), spec.id.as_str().into()]) {
                Ok(value) => drop(checked.insert(spec.id.clone(), value.into())),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(checked) } else { Err(problems) }
    }

    /// Checks as [`ConfigSpecs::check`] does, and fills in defaults.
    pub fn fill(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, Vec<InputProblem>> {
        let mut filled = self.check(given)?;
        // A default of nothing is what stands without any value.
        for (spec, _) in self.0.iter().filter(|(spec, _)| !spec.default.is_null()) {
            filled.entry(spec.id.as_str()).or_insert_with(|| spec.default.clone());
        }
        Ok(filled)
    }

    /// The JSON Schema of `configurable` as pydantic writes it, and the definitions that it refers to.
    pub fn json_schema(&self) -> (Value, Map<String, Value>) {
        let mut definitions = Map::new();
        let properties: Map<_, _> =
            self.iter().map(|spec| (spec.id.clone(), spec.field(&mut definitions))).collect();
        (json!({"properties": properties, "title": "Configurable", "type": "object"}), definitions)
    }
}

impl fmt::Debug for ConfigSpecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specs() -> ConfigSpecs {
        let llm = ConfigSpec::options("llm", Some("LLM"), ["fakeB".into(), "fakeA".into()]);
        let prompt = ConfigSpec::options("prompt", Some("Prompt"), ["fact".into(), "joke".into()]);
        let responses = ConfigSpec::new("responses", json!({"items": {"type": "string"}, "type": "array"}));
        let responses = responses.described("Canned responses").default(json!(["default answer"]));
        let all = [responses, prompt.default(json!("joke")), llm.default(json!("fakeA"))];
        ConfigSpecs::new(all).unwrap()
    }

    #[track_caller]
    fn check(given: &Value, expect: &Value) {
        let filled = specs().fill(given.as_object().unwrap());
        assert_eq!(&filled.map_or_else(|problems| json!(problems), Value::Object), expect);
    }

    #[test]
    fn given_values_are_checked_and_defaults_filled_in() {
        check(
            &json!({"llm": "fakeB", "zzz": 1}),
            &json!({"llm": "fakeB", "prompt": "joke", "responses": ["default answer"]}),
        );
        check(
            &json!({"llm": "nope"}),
            &json!([{
                "type": "enum", "loc": ["configurable", "llm"], "msg": "Input should be 'fakeB' or 'fakeA'", "input": "nope",
                "ctx": {"expected": "'fakeB' or 'fakeA'"},
            }]),
        );
        check(
            &json!({"responses": "notalist"}),
            &json!([{"type": "list_type", "loc": ["configurable", "responses"], "msg": "Input should be a valid list", "input": "notalist"}]),
        );
    }

    #[test]
    fn the_schema_is_as_pydantic_writes_it() {
        let (schema, definitions) = specs().json_schema();
        let expect = json!({
            "properties": {
                "llm": {"$ref": "#/$defs/LLM", "default": "fakeA"},
                "prompt": {"$ref": "#/$defs/Prompt", "default": "joke"},
                "responses": {"default": ["default answer"], "description": "Canned responses", "items": {"type": "string"}, "title": "Responses", "type": "array"},
            },
            "title": "Configurable", "type": "object",
        });
        assert_eq!(schema, expect);
        assert_eq!(definitions["LLM"], json!({"enum": ["fakeB", "fakeA"], "title": "LLM", "type": "string"}));
        assert_eq!(title("session_id"), "Session Id");
    }

    #[test]
    fn what_has_no_default_is_left_out() {
        let specs = ConfigSpecs::new([ConfigSpec::new("t", json!({}))]).unwrap();
        assert_eq!(specs.fill(&Map::new()).unwrap(), Map::new());
        assert!(ConfigSpecs::new([ConfigSpec::new("t", json!({"type": "strin"}))]).is_err());
    }
}
