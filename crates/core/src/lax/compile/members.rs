//! The members of unions, and which forms are objects of LangChain's.

use super::Compiler;
use crate::lax::{
    form::{Class, Form, MESSAGES, Tagged},
    label::Label,
};
use serde_json::{Map, Value, json};

impl Compiler<'_> {
    pub(super) fn union(
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
    pub(super) fn langchain(&self, schema: &Map<String, Value>, form: Form) -> Form {
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
                // The base class stands for all.
                Some(words) if words.iter().any(String::is_empty) => Class::Message(None),
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
