//! From JSON Schema to forms, as pydantic writes its types into such schemas.

use super::{
    LaxSchema, any_message,
    form::{
        Bound, Bounds, Choice, Class, Field, Form, ListForm, MESSAGES, ObjectForm, Rest, TYPED_DICTS, Tagged,
        TextRule,
    },
    unions::Label,
};
use crate::messages_schema;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What no form knows; the schema library checks it.
const OTHERS: [&str; 20] = [
    "allOf",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "format",
    "if",
    "maxContains",
    "maxProperties",
    "minContains",
    "minProperties",
    "not",
    "pattern",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

/// Compiles a schema; the error says what is wrong with it.
pub(super) fn compile(schema: &Value) -> Result<LaxSchema, String> {
    let mut compiler = Compiler { root: schema, named: IndexMap::new(), waiting: Vec::new() };
    let root = compiler.form(schema, true)?;
    while let Some(pointer) = compiler.waiting.pop() {
        let target = schema.pointer(&pointer).ok_or_else(|| format!("nothing stands at `#{pointer}`"))?;
        let form = compiler.form(target, true)?;
        compiler.named.insert(pointer, form);
    }
    Ok(LaxSchema { root, named: compiler.named })
}

struct Compiler<'s> {
    root: &'s Value,
    named: IndexMap<String, Form>,
    waiting: Vec<String>,
}

impl Compiler<'_> {
    /// The form of a schema; `defined` if it is a definition of its own, as classes have.
    fn form(&mut self, schema: &Value, defined: bool) -> Result<Form, String> {
        let Some(object) = schema.as_object() else {
            return match schema {
                Value::Bool(true) => Ok(Form::Any),
                other => self.checked(Form::Any, other),
            };
        };
        if is_conversation(object) {
            let told = Form::LangChain(Class::Message(None), Box::new(Form::Of(any_message())));
            return Ok(Form::List(Box::new(ListForm { items: told, least: None, most: None })));
        }
        let form = self.known(object, defined)?;
        let uuid = matches!(form, Form::Uuid);
        let also = |key: &str| OTHERS.contains(&key) && !(uuid && key == "format");
        let members = object.contains_key("anyOf") || object.contains_key("oneOf");
        if object.keys().any(|key| also(key)) || members && has_type(object) {
            return self.checked(form, schema);
        }
        Ok(self.langchain(object, form))
    }

    /// What the forms know of a schema.
    fn known(&mut self, schema: &Map<String, Value>, defined: bool) -> Result<Form, String> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(reference, schema);
        }
        if let Some(value) = schema.get("const") {
            return Ok(Form::Choice(Choice { values: vec![value.clone()], class: false }));
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return Ok(Form::Choice(Choice {
                values: values.clone(),
                class: defined && schema.contains_key("title"),
            }));
        }
        for word in ["oneOf", "anyOf"] {
            if let Some(members) = schema.get(word).and_then(Value::as_array).filter(|_| !has_type(schema)) {
                return self.union(schema, members, word == "oneOf");
            }
        }
        match schema.get("type") {
            Some(Value::Array(types)) => self.types(schema, types),
            Some(Value::String(word)) => self.typed(schema, word),
            _ if schema.contains_key("properties") => self.object(schema),
            _ => Ok(Form::Any),
        }
    }

    fn reference(&mut self, reference: &str, schema: &Map<String, Value>) -> Result<Form, String> {
        let pointer = reference.strip_prefix('#').filter(|pointer| self.root.pointer(pointer).is_some());
        let Some(pointer) = pointer else { return self.checked(Form::Any, &Value::Object(schema.clone())) };
        if !self.named.contains_key(pointer) {
            // Taken, so that it is compiled once.
            self.named.insert(pointer.into(), Form::Any);
            self.waiting.push(pointer.into());
        }
        Ok(Form::Named(pointer.into()))
    }

    fn types(&mut self, schema: &Map<String, Value>, types: &[Value]) -> Result<Form, String> {
        let members: Vec<_> = types
            .iter()
            .map(|word| {
                let mut member = schema.clone();
                member.insert("type".into(), word.clone());
                Value::Object(member)
            })
            .collect();
        self.union(&Map::new(), &members, false)
    }

    fn typed(&mut self, schema: &Map<String, Value>, word: &str) -> Result<Form, String> {
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        Ok(match word {
            "string" if schema.get("format").is_some_and(|format| format == "uuid") => Form::Uuid,
            "string" => Form::Text(TextRule { least: count("minLength"), most: count("maxLength") }),
            "integer" => Form::Integer(bounds(schema)),
            "number" => Form::Float(bounds(schema)),
            "boolean" => Form::Bool,
            "null" => Form::Null,
            "array" => {
                let items = schema.get("items").map_or(Ok(Form::Any), |items| self.form(items, false))?;
                Form::List(Box::new(ListForm { items, least: count("minItems"), most: count("maxItems") }))
            }
            "object" => self.object(schema)?,
            other => return Err(format!("`{other}` is no type")),
        })
    }

    fn object(&mut self, schema: &Map<String, Value>) -> Result<Form, String> {
        let title = schema.get("title").and_then(Value::as_str);
        let properties = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|other| other.as_str() == Some(name)));
        let fields = properties.into_iter().flatten().map(|(name, field)| {
            let form = self.form(field, false)?;
            let default = field.get("default").cloned();
            Ok(Field { name: name.clone(), form, required: is_required(name), default })
        });
        let fields = fields.collect::<Result<_, String>>()?;
        let rest = match schema.get("additionalProperties") {
            None if properties.is_some() => Rest::Drop,
            None | Some(Value::Bool(true)) => Rest::Keep,
            Some(Value::Bool(false)) => Rest::Forbid,
            Some(form) => Rest::Each(self.form(form, false)?),
        };
        let class =
            title.filter(|title| properties.is_some() && !TYPED_DICTS.contains(title)).map(String::from);
        Ok(Form::Object(Box::new(ObjectForm { class, fields, rest })))
    }

    /// What the schema library checks too.
    fn checked(&self, form: Form, schema: &Value) -> Result<Form, String> {
        let mut alone = schema.clone();
        if let (Some(alone), Some(root)) = (alone.as_object_mut(), self.root.as_object()) {
            for key in ["$defs", "definitions"] {
                if let Some(definitions) = root.get(key) {
                    alone.entry(key).or_insert_with(|| definitions.clone());
                }
            }
        }
        let validator = crate::endpoint::validator(&alone)?;
        Ok(Form::Checked(Box::new(form), Box::new(validator)))
    }

    fn union(
        &mut self,
        schema: &Map<String, Value>,
        members: &[Value],
        exclusive: bool,
    ) -> Result<Form, String> {
        let targets: Vec<_> = members.iter().map(|member| self.target(member).cloned()).collect();
        let messages: Option<Vec<_>> = targets.iter().map(|target| message_type(target.as_ref()?)).collect();
        let named = schema.get("discriminator").and_then(|named| named["propertyName"].as_str());
        if exclusive
            && (named.is_some() || messages.is_some())
            && let Some(tagged) = self.tagged(members, named)?
        {
            return Ok(tagged);
        }
        self.any_of(members, &targets)
    }

    fn any_of(&mut self, members: &[Value], targets: &[Option<Value>]) -> Result<Form, String> {
        let mut forms = Vec::with_capacity(members.len());
        let mut nullable = false;
        for (member, target) in members.iter().zip(targets) {
            if member == &json!({"type": "null"}) {
                nullable = true;
                continue;
            }
            let label = Label::within(self.root).of(target.as_ref().unwrap_or(member));
            forms.push((label, self.form(member, false)?));
        }
        let form = match forms.pop() {
            Some((_, only)) if forms.is_empty() => only,
            Some(last) => {
                forms.push(last);
                Form::Union(forms)
            }
            None => Form::Null,
        };
        Ok(if nullable { Form::Nullable(Box::new(form)) } else { form })
    }

    fn tagged(&mut self, members: &[Value], named: Option<&str>) -> Result<Option<Form>, String> {
        let property = named.unwrap_or("type");
        let mut tags = Vec::with_capacity(members.len());
        for member in members {
            let target = self.target(member).cloned().unwrap_or_default();
            let field = &target["properties"][property];
            let tag = field["const"].as_str().or_else(|| field["default"].as_str());
            let Some(tag) = tag else { return Ok(None) };
            tags.push((tag.to_string(), self.form(member, false)?));
        }
        let discriminator = named.map_or("_get_type()".into(), |name| format!("'{name}'"));
        let tagged = Tagged { property: property.into(), discriminator, members: tags };
        Ok(Some(Form::Tagged(Box::new(tagged))))
    }

    /// What a schema says, or what it refers to.
    fn target<'v>(&'v self, schema: &'v Value) -> Option<&'v Value> {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.root.pointer(reference.strip_prefix('#')?),
            None => Some(schema),
        }
    }

    /// The form, read as an object of LangChain's where it is one.
    fn langchain(&self, schema: &Map<String, Value>, form: Form) -> Form {
        let class = match &form {
            Form::Object(object) => match object.class.as_deref() {
                Some("StringPromptValue") => Class::TextPrompt,
                Some("ChatPromptValueConcrete" | "ChatPromptValue") => Class::ChatPrompt,
                Some("Document") => Class::Document,
                _ => match message_type(&Value::Object(schema.clone())) {
                    Some("") => Class::Message(None),
                    Some(word) => Class::Message(Some(vec![word.into()])),
                    None => return form,
                },
            },
            Form::Tagged(_) | Form::Union(_) => match self.message_types(schema) {
                Some(words) => Class::Message(Some(words)),
                None => return form,
            },
            _ => return form,
        };
        Form::LangChain(class, Box::new(form))
    }

    /// The types of the messages that are the members of a union, if it has no others.
    fn message_types(&self, schema: &Map<String, Value>) -> Option<Vec<String>> {
        let members = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
        members.iter().map(|member| message_type(self.target(member)?).map(String::from)).collect()
    }
}

/// The word of a message's type, if the schema is that of one of LangChain's classes.
fn message_type(schema: &Value) -> Option<&'static str> {
    let title = schema.get("title")?.as_str()?;
    let properties = schema.get("properties")?;
    let (_, word) = MESSAGES.iter().find(|(class, _)| *class == title)?;
    (properties.get("content").is_some() && properties.get("type").is_some()).then_some(word)
}

/// Whether a schema is that of a conversation in all forms.
fn is_conversation(schema: &Map<String, Value>) -> bool {
    static MESSAGES: LazyLock<Value> = LazyLock::new(|| messages_schema()["items"].clone());
    schema.get("items").is_some_and(|items| *items == *MESSAGES)
}

/// Whether a schema says itself what type it is of.
fn has_type(schema: &Map<String, Value>) -> bool {
    schema.contains_key("type") || schema.contains_key("properties")
}

fn bounds(schema: &Map<String, Value>) -> Bounds {
    let words = [
        (Bound::MultipleOf, "multipleOf"),
        (Bound::AtMost, "maximum"),
        (Bound::Below, "exclusiveMaximum"),
        (Bound::AtLeast, "minimum"),
        (Bound::Above, "exclusiveMinimum"),
    ];
    let limits = words.into_iter().filter_map(|(bound, word)| match schema.get(word) {
        Some(Value::Number(limit)) => Some((bound, limit.clone())),
        _ => None,
    });
    Bounds(limits.collect())
}
