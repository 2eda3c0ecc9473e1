//! The JSON Schema of chain files, for editors: vendors' parameters and the program's sections are part of it.

mod chain;
mod gather;
mod parser;
mod prompt;
mod steps;

use crate::{Registry, load::closed};
use gather::Definitions;
use serde_json::{Map, Value, json};

/// Where the schema says it is from.
const ID: &str = "https://github.com/windlass-rs/windlass/windlass.schema.json";

/// The JSON Schema (draft 2020-12) of the chain files that can be loaded with this registry.
///
/// ```
/// let schema = windlass_loader::schema(&windlass_loader::Registry::default());
/// assert_eq!(schema["properties"]["chains"]["minProperties"], 1);
/// ```
pub fn schema(registry: &Registry) -> Value {
    let mut definitions = Definitions::default();
    let models = models(registry, &mut definitions);
    definitions.add("model", models);
    definitions.add("namedOrWrittenModel", json!({
        "description": "The model: its name under `models`, or a vendor with the vendor's name of the model and parameters.",
        "anyOf": [{"type": "string"}, {"$ref": "#/$defs/model"}],
    }));
    definitions.add("type", type_schema());
    definitions.add("field", field());
    definitions.add("input", input());
    prompt::define(&mut definitions);
    definitions.add("parser", parser::parser());
    definitions.add("step", step());
    definitions
        .add("steps", json!({"type": "array", "items": {"$ref": "#/$defs/stepOrSteps"}, "minItems": 1}));
    definitions.add("branches", branches());
    definitions.add("stepOrSteps", json!({"anyOf": [{"$ref": "#/$defs/step"}, {"$ref": "#/$defs/steps"}]}));
    definitions.add("configurableId", steps::configurable_id());
    definitions.add("chain", chain::chain());
    let mut properties = json!({
        "models": {
            "description": "Models with a name, used as `model: NAME`.",
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/model"},
        },
        "chains": {
            "description": "The chains by name; the name is the path.",
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"$ref": "#/$defs/chain"},
        },
    });
    properties["langchain"] = chain::langchain();
    for section in &registry.sections {
        properties[&section.key] = definitions.hoist(&section.key, &section.schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Windlass chain file",
        "description": "LLM chains to be served over HTTP.",
        "type": "object",
        "properties": properties,
        "required": ["chains"],
        "additionalProperties": false,
        "$defs": definitions.into_value(),
    })
}

/// One form for each vendor.
fn models(registry: &Registry, definitions: &mut Definitions) -> Value {
    let forms = registry.vendors.iter().map(|vendor| {
        let id = vendor.id();
        let mut form = definitions.hoist(id, &closed(vendor.parameters()));
        let name = json!({"type": "string", "description": format!("The name of a model of {id}.")});
        let mut properties = Map::from_iter([(id.to_string(), name)]);
        properties.extend(form["properties"].as_object().cloned().unwrap_or_default());
        let mut required = vec![json!(id)];
        required.extend(form["required"].as_array().cloned().unwrap_or_default());
        form["properties"] = properties.into();
        form["required"] = required.into();
        form
    });
    let forms: Vec<_> = forms.collect();
    match forms.is_empty() {
        true => json!({"type": "object"}),
        false => json!({"description": "A vendor's model and its parameters.", "anyOf": forms}),
    }
}

fn type_schema() -> Value {
    json!({
        "description": "A type, or `[type]` for a list.",
        "anyOf": [
            {"enum": ["string", "integer", "number", "boolean", "messages", "object", "any"]},
            {"type": "array", "items": {"$ref": "#/$defs/field"}, "minItems": 1, "maxItems": 1},
        ],
    })
}

fn field() -> Value {
    let says_type =
        ["type", "enum", "const", "anyOf", "oneOf", "allOf"].map(|key| json!({"required": [key]}));
    json!({
        "anyOf": [
            {"$ref": "#/$defs/type"},
            {
                "description": "A JSON Schema; `type` can also be `messages`.",
                "type": "object",
                "properties": {
                    "type": {"description": "What it is."},
                    "description": {"type": "string", "description": "What it is for."},
                    "default": {"description": "Used when the caller leaves the field out."},
                },
                "anyOf": says_type,
            },
        ],
    })
}

fn input() -> Value {
    json!({
        "description": "What callers send: fields and their types. A field whose name ends in `?` is optional.",
        "anyOf": [
            {"$ref": "#/$defs/type"},
            {
                "type": "object",
                "properties": {"schema": {"type": "object", "description": "A whole JSON Schema."}},
                "required": ["schema"],
                "additionalProperties": false,
            },
            {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}, "minProperties": 1},
        ],
    })
}

fn step() -> Value {
    let together = json!({
        "type": "object",
        "properties": {
            "prompt": {"$ref": "#/$defs/prompt"},
            "model": {"$ref": "#/$defs/namedOrWrittenModel"},
            "parser": {"$ref": "#/$defs/parser"},
        },
        "minProperties": 1,
        "additionalProperties": false,
    });
    let passthrough = ["passthrough", "RunnablePassthrough"];
    let words: Vec<_> = passthrough.into_iter().chain(parser::LANGCHAIN).collect();
    let words = json!({"enum": words});
    json!({
        "description": "A step: prompt, model and parser, or one of the words that stand alone, or `passthrough`.",
        "anyOf": steps::forms().into_iter().chain([together, words]).collect::<Vec<_>>(),
    })
}

fn branches() -> Value {
    json!({
        "description": "Steps that run beside each other, by the key that their result gets; none only with `semantics: langchain`.",
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/stepOrSteps"},
    })
}
