//! Templates of the parts of a message: text, images, and whatever else has text in it.

use super::{StringPromptTemplate, Template, TemplateError, TemplateFormat, scope::Scope};
use crate::{
    Dict, Val,
    python::{self, PythonError},
};
use indexmap::IndexSet;
use serde_json::{Map, Value, json};

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum ContentTemplate {
    /// Text; left out where it comes out empty.
    Text(StringPromptTemplate),
    /// An image.
    Image(ImagePromptTemplate),
    /// A block of any form.
    Dict(DictPromptTemplate),
}

impl ContentTemplate {
    pub(super) fn inputs(&self) -> &[String] {
        match self {
            ContentTemplate::Text(prompt) => prompt.inputs(),
            ContentTemplate::Image(prompt) => &prompt.inputs,
            ContentTemplate::Dict(prompt) => &prompt.inputs,
        }
    }

    /// Renders the part; it sees only the variables that it needs.
    pub(super) fn render_in(&self, scope: &Scope<'_>) -> Result<Option<Value>, PythonError> {
        let inputs = self.inputs();
        if let Some(missing) = inputs.iter().find(|name| scope.get(name).is_none()) {
            return Err(PythonError::key(missing));
        }
        let none = Dict::new();
        let seen = Scope::only(scope, inputs, &none);
        match self {
            ContentTemplate::Text(prompt) => {
                let text = prompt.render_in(&seen)?;
                Ok((!text.is_empty()).then(|| json!({"type": "text", "text": text})))
            }
            ContentTemplate::Image(prompt) => {
                Ok(Some(json!({"type": "image_url", "image_url": prompt.render_in(&seen)?})))
            }
            ContentTemplate::Dict(prompt) => Ok(Some(Value::Object(prompt.render_in(&seen)?))),
        }
    }
}

/// An image: `{"url": "https://{host}/a.png", "detail": "high"}`, in which text is a template.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagePromptTemplate {
    /// As they were given; they are not read out of the template.
    inputs: Vec<String>,
    fields: Vec<(String, Part)>,
}

/// The fields that an image's variables cannot be called after.
const IMAGE_FIELDS: [&str; 3] = ["url", "path", "detail"];

impl ImagePromptTemplate {
    /// An image with the variables that it is rendered with. A `path` is refused when it is rendered.
    pub fn new(
        template: &Map<String, Value>,
        input_variables: Vec<String>,
        format: TemplateFormat,
    ) -> Result<Self, TemplateError> {
        if let Some(taken) = input_variables.iter().find(|name| IMAGE_FIELDS.contains(&name.as_str())) {
            let found = python::quote(taken);
            let text = format!(
                "input_variables for the image template cannot contain any of 'url', 'path', or 'detail'. Found: {{{found}}}"
            );
            return Err(TemplateError {
                message: format!("a variable of an image cannot be called `{taken}`"),
                remedy: "give it another name".into(),
                offset: 0,
                exception: PythonError::value(text),
            });
        }
        let field = |(key, value): (&String, &Value)| match value {
            Value::String(text) => Ok((key.clone(), Part::Text(Template::parse_as(text, format)?))),
            other => Ok((key.clone(), Part::Plain(other.clone()))),
        };
        let fields = template.iter().map(field).collect::<Result<_, TemplateError>>()?;
        Ok(ImagePromptTemplate { inputs: input_variables, fields })
    }

    fn render_in(&self, scope: &Scope<'_>) -> Result<Value, PythonError> {
        let mut image = Map::new();
        for (key, part) in &self.fields {
            image.insert(key.clone(), part.render_in(scope)?);
        }
        let mut field = |key: &str| image.remove(key).filter(|value| Val::from(value.clone()).is_truthy());
        let (url, path, detail) = (field("url"), field("path"), field("detail"));
        if path.is_some() {
            let text = "Loading images from 'path' has been removed as of 0.3.15 for security reasons. Please specify images by 'url'.";
            return Err(PythonError::value(text));
        }
        match (url, detail) {
            (None, _) => Err(PythonError::value("Must provide url.")),
            (Some(Value::String(url)), None) => Ok(json!({"url": url})),
            (Some(Value::String(url)), Some(detail)) => Ok(json!({"url": url, "detail": detail})),
            (Some(_), _) => Err(PythonError::value("url must be a string.")),
        }
    }
}

/// A block of any form, in which text is a template, however deep; keys are not.
#[derive(Debug, Clone, PartialEq)]
pub struct DictPromptTemplate {
    inputs: Vec<String>,
    fields: Vec<(String, Part)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(Template),
    Dict(Vec<(String, Part)>),
    List(Vec<Part>),
    Plain(Value),
}

impl DictPromptTemplate {
    /// Parses a block. LangChain takes no `jinja2` here.
    pub fn new(template: &Map<String, Value>, format: TemplateFormat) -> Result<Self, TemplateError> {
        if format == TemplateFormat::Jinja2 {
            let text = "jinja2 is unsafe and is not supported for templates expressed as dicts. Please use 'f-string' or 'mustache' format.";
            return Err(TemplateError {
                message: "a block that is an object cannot be a jinja2 template".into(),
                remedy: "write it as f-string or mustache".into(),
                offset: 0,
                exception: PythonError::value(text),
            });
        }
        let fields = parts(template, format)?;
        let mut names = IndexSet::new();
        fields.iter().for_each(|(_, part)| part.gather(&mut names));
        let mut inputs: Vec<String> = names.into_iter().collect();
        inputs.sort_unstable();
        Ok(DictPromptTemplate { inputs, fields })
    }

    fn render_in(&self, scope: &Scope<'_>) -> Result<Map<String, Value>, PythonError> {
        self.fields.iter().map(|(key, part)| Ok((key.clone(), part.render_in(scope)?))).collect()
    }
}

fn parts(
    template: &Map<String, Value>,
    format: TemplateFormat,
) -> Result<Vec<(String, Part)>, TemplateError> {
    template.iter().map(|(key, value)| Ok((key.clone(), Part::parse(value, format, true)?))).collect()
}

impl Part {
    /// A list inside a list stays as it is.
    fn parse(value: &Value, format: TemplateFormat, lists: bool) -> Result<Self, TemplateError> {
        match value {
            Value::String(text) => Ok(Part::Text(Template::parse_as(text, format)?)),
            Value::Object(map) => Ok(Part::Dict(parts(map, format)?)),
            Value::Array(items) if lists => {
                let items = items.iter().map(|item| Part::parse(item, format, false));
                Ok(Part::List(items.collect::<Result<_, _>>()?))
            }
            other => Ok(Part::Plain(other.clone())),
        }
    }

    fn gather(&self, names: &mut IndexSet<String>) {
        match self {
            Part::Text(template) => names.extend(template.variables().into_iter().map(Into::into)),
            Part::Dict(fields) => fields.iter().for_each(|(_, part)| part.gather(names)),
            Part::List(items) => items.iter().for_each(|part| part.gather(names)),
            Part::Plain(_) => {}
        }
    }

    fn render_in(&self, scope: &Scope<'_>) -> Result<Value, PythonError> {
        match self {
            Part::Text(template) => template.render_in(scope).map(Value::String),
            Part::Dict(fields) => {
                let fields = fields.iter().map(|(key, part)| Ok((key.clone(), part.render_in(scope)?)));
                fields.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            Part::List(items) => items
                .iter()
                .map(|part| part.render_in(scope))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array),
            Part::Plain(value) => Ok(value.clone()),
        }
    }
}
