//! Values that may be of several types.

use super::{
    form::{Form, Tagged},
    problem::Problem,
    reader::{Fit, Reader},
};
use crate::{Val, endpoint::shortened_text, python};
use serde_json::Value;

/// A member that the value fits, and how well.
struct Match {
    val: Val,
    fit: Fit,
    fields: Option<usize>,
}

impl Match {
    /// Whether this is the better one of two: more of its fields were given, or else it fits better.
    fn beats(&self, other: &Match) -> bool {
        match (other.fields, self.fields) {
            (Some(old), Some(new)) if old != new => old < new,
            _ => other.fit < self.fit,
        }
    }
}

impl Reader<'_> {
    /// The member that the value fits best; if there is none, what is wrong with each.
    pub(super) fn union(&mut self, members: &[(String, Form)], value: &Value) -> Option<Val> {
        let (outer_fit, outer_fields) = (self.fit, self.fields);
        let before = self.problems.len();
        let mut best: Option<Match> = None;
        for (label, form) in members {
            (self.fit, self.fields) = (Fit::Exact, None);
            let Some(val) = self.under(label.as_str(), form, value) else { continue };
            let found = Match { val, fit: self.fit, fields: self.fields };
            let settled = found.fit == Fit::Exact && found.fields.is_none();
            if settled || best.as_ref().is_none_or(|best| found.beats(best)) {
                best = Some(found);
            }
            if settled {
                break;
            }
        }
        (self.fit, self.fields) = (outer_fit, outer_fields);
        let Match { val, fit, fields } = best?;
        self.problems.truncate(before);
        self.fit = self.fit.min(fit);
        if let Some(given) = fields {
            self.fields = Some(self.fields.unwrap_or(0) + given);
        }
        Some(val)
    }

    pub(super) fn tagged(&mut self, tagged: &Tagged, value: &Value) -> Option<Val> {
        let Value::Object(given) = value else {
            let words = "Input should be a valid dictionary or object to extract fields from";
            return self.fail(Problem::new("model_attributes_type", words), value);
        };
        let by = &tagged.discriminator;
        let Some(tag) = given.get(&tagged.property) else {
            let problem = Problem::new(
                "union_tag_not_found",
                format!("Unable to extract tag using discriminator {by}"),
            );
            return self.fail(problem.with([("discriminator", by.as_str().into())]), value);
        };
        let tag = shortened_text(&python::str(&Val::from(tag.clone())));
        if let Some((tag, form)) = tagged.members.iter().find(|(name, _)| *name == tag) {
            return self.under(tag.as_str(), form, value);
        }
        let expected: Vec<_> = tagged.members.iter().map(|(name, _)| format!("'{name}'")).collect();
        let expected = expected.join(", ");
        let problem = Problem::new(
            "union_tag_invalid",
            format!("Input tag '{tag}' found using {by} does not match any of the expected tags: {expected}"),
        );
        let ctx =
            [("discriminator", by.as_str().into()), ("tag", tag.into()), ("expected_tags", expected.into())];
        self.fail(problem.with(ctx), value)
    }
}

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
        let class = schema.get("title").is_some() && schema.get("enum").is_some();
        return Some(if class { "enum".into() } else { format!("literal[{}]", shown.join(",")) });
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
