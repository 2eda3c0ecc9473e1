//! The names that pydantic gives to the members of unions in the paths of problems.

use crate::{Val, python};
use serde_json::Value;

/// Names types as pydantic does in the paths of problems.
#[derive(Clone, Copy)]
pub(super) struct Label<'s> {
    root: &'s Value,
    /// How deep it may still go; references may go round.
    left: usize,
}

impl<'s> Label<'s> {
    /// Names types of this schema.
    pub(super) fn within(root: &'s Value) -> Self {
        Label { root, left: 8 }
    }

    /// The name of a schema's type.
    pub(super) fn of(self, schema: &Value) -> String {
        match self.left.checked_sub(1) {
            Some(left) => Label { left, ..self }.shown(self.target(schema)),
            None => "definition-ref".into(),
        }
    }

    fn shown(self, schema: &Value) -> String {
        if let Some(name) = named(schema) {
            return name;
        }
        if let Some(members) = schema.get("oneOf").and_then(Value::as_array) {
            return format!("tagged-union[{}]", self.all(members));
        }
        if let Some(members) = schema.get("anyOf").and_then(Value::as_array) {
            return self.union(members);
        }
        let limited = |keys: &[&str]| keys.iter().any(|key| schema.get(key).is_some());
        match schema.get("type").and_then(Value::as_str) {
            Some("string") if schema.get("format").is_some_and(|format| format == "uuid") => "uuid".into(),
            Some("string") if limited(&["minLength", "maxLength", "pattern"]) => "constrained-str".into(),
            Some("string") => "str".into(),
            Some("integer") if limited(&BOUNDS) => "constrained-int".into(),
            Some("integer") => "int".into(),
            Some("number") if limited(&BOUNDS) => "constrained-float".into(),
            Some("number") => "float".into(),
            Some("boolean") => "bool".into(),
            Some("null") => "none".into(),
            Some("array") => {
                format!("list[{}]", schema.get("items").map_or("any".into(), |items| self.of(items)))
            }
            Some("object") => match schema.get("additionalProperties") {
                Some(values @ Value::Object(_)) => format!("dict[str,{}]", self.of(values)),
                _ => "dict[str,any]".into(),
            },
            _ => "any".into(),
        }
    }

    fn union(self, members: &[Value]) -> String {
        let (nulls, others): (Vec<_>, Vec<_>) =
            members.iter().cloned().partition(|member| member.get("type").is_some_and(|word| word == "null"));
        let inner = match others.as_slice() {
            [only] => self.of(only),
            several => format!("union[{}]", self.all(several)),
        };
        if nulls.is_empty() { inner } else { format!("nullable[{inner}]") }
    }

    fn all(self, members: &[Value]) -> String {
        members.iter().map(|member| self.of(member)).collect::<Vec<_>>().join(",")
    }

    fn target<'v>(self, schema: &'v Value) -> &'v Value
    where
        's: 'v,
    {
        let pointer =
            schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }
}

const BOUNDS: [&str; 5] = ["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"];

/// The name of a type that the schema names, or whose values it lists.
fn named(schema: &Value) -> Option<String> {
    let values = schema.get("enum").and_then(Value::as_array).cloned();
    if let Some(values) = values.or_else(|| Some(vec![schema.get("const")?.clone()])) {
        let shown: Vec<_> = values.iter().map(|value| python::repr(&Val::from(value.clone()))).collect();
        let title = schema.get("title").and_then(Value::as_str).filter(|_| schema.get("enum").is_some());
        return Some(match (title, schema.get("type").and_then(Value::as_str)) {
            (Some(title), Some("string")) => format!("str-enum[{title}]"),
            (Some(title), Some("integer")) => format!("int-enum[{title}]"),
            (Some(title), _) => format!("enum[{title}]"),
            (None, _) => format!("literal[{}]", shown.join(",")),
        });
    }
    let title = schema.get("properties").and(schema.get("title"))?.as_str()?;
    Some(match title {
        // LangChain reads its calls after pydantic has read the message.
        "AIMessageChunk" => {
            "function-after[init_server_tool_calls(), function-after[init_tool_calls(), AIMessageChunk]]"
                .into()
        }
        other => other.into(),
    })
}
