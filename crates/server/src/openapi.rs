//! The OpenAPI 3.1 document: the server's own routes, and those of each chain with its exact schemas.

mod hoist;

pub(crate) use hoist::{ChainSchemas, Components};

use crate::{app::Mounted, dialects, error::Code, settings::Settings};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The document while the dialects describe themselves.
pub(crate) struct Draft {
    pub(crate) paths: Map<String, Value>,
    pub(crate) components: Components,
    tags: IndexMap<String, String>,
}

impl Draft {
    /// A group of operations; described again, its first description stays.
    pub(crate) fn tag(&mut self, name: &str, description: &str) {
        self.tags.entry(name.into()).or_insert_with(|| description.into());
    }
}

/// Describes a site.
pub(crate) fn document(chains: &IndexMap<String, Arc<Mounted>>, settings: &Settings) -> Value {
    let mut draft = Draft { paths: server_paths(), components: Components::default(), tags: IndexMap::new() };
    draft.tag("server", "Health, metrics and descriptions.");
    for (dialect, ground) in dialects::mounted(chains, settings) {
        (dialect.describe)(&mut draft, &ground);
    }
    let Draft { paths, components, tags } = draft;
    let tags: Vec<_> = tags
        .into_iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect();
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Windlass",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Chains served over HTTP.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": components.into_schemas(shared_schemas()),
            "responses": error_responses(),
            "headers": {"RunId": {"description": "The run's id, also in the log.", "schema": {"type": "string", "format": "uuid"}}},
        },
    })
}

/// An answer of JSON with this schema.
pub(crate) fn json_answer(description: &str, schema: &Value) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}

fn server_paths() -> Map<String, Value> {
    let probe = |id: &str, summary: &str, more: Option<(&str, &str)>| {
        let status =
            json!({"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]});
        let mut responses = json!({"200": json_answer("Yes.", &status)});
        if let Some((code, text)) = more {
            responses[code] = json_answer(text, &status);
        }
        json!({"get": {"operationId": id, "tags": ["server"], "summary": summary, "responses": responses}})
    };
    let text = json!({"schema": {"type": "string"}});
    let metrics = json!({"get": {
        "operationId": "metrics", "tags": ["server"], "summary": "Metrics in Prometheus' text format",
        "responses": {"200": {"description": "The metrics.", "content": {"application/openmetrics-text": text}}},
    }});
    Map::from_iter([
        ("/health".into(), probe("health", "Whether the process serves", None)),
        ("/livez".into(), probe("livez", "Whether the process lives", None)),
        (
            "/readyz".into(),
            probe("readyz", "Whether requests should be sent here", Some(("503", "Not now."))),
        ),
        ("/metrics".into(), metrics),
    ])
}

fn shared_schemas() -> [(&'static str, Value); 5] {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let usage = json!({
        "type": "object",
        "description": "Tokens that models counted.",
        "properties": {
            "input_tokens": {"type": "integer"}, "output_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
            "input_token_details": {"type": "object"}, "output_token_details": {"type": "object"},
        },
        "required": ["input_tokens", "output_tokens", "total_tokens"],
    });
    let object = json!({
        "type": "object",
        "properties": {
            "code": {"type": "string", "enum": codes, "description": "Stable; for programs."},
            "message": {"type": "string", "description": "For people."},
            "run_id": {"type": "string", "format": "uuid"},
            "phase": {"type": "string", "enum": ["connect", "first_token", "between_tokens", "total"]},
        },
        "required": ["code", "message", "run_id"],
    });
    let problem = json!({
        "type": "object",
        "properties": {"type": {"type": "string"}, "loc": {"type": "array"}, "msg": {"type": "string"}, "input": {}},
        "required": ["type", "loc", "msg"],
    });
    let problems = json!({"type": "array", "items": {"$ref": "#/components/schemas/Problem"}});
    let error = json!({
        "type": "object",
        "properties": {
            "detail": {"anyOf": [{"type": "string"}, problems], "description": "As FastAPI gives it."},
            "error": {"$ref": "#/components/schemas/ErrorObject"},
        },
        "required": ["detail", "error"],
    });
    let end = json!({
        "type": "object",
        "properties": {"run_id": {"type": "string", "format": "uuid"}, "usage": {"$ref": "#/components/schemas/Usage"}, "output": {}},
        "required": ["run_id"],
    });
    [("Usage", usage), ("ErrorObject", object), ("Problem", problem), ("Error", error), ("StreamEnd", end)]
}

/// One response per status, which says the codes that come with it.
fn error_responses() -> Map<String, Value> {
    let mut by_status: IndexMap<u16, Vec<&str>> = IndexMap::new();
    for code in Code::ALL {
        by_status.entry(code.status().as_u16()).or_default().push(code.as_str());
    }
    let schema = json!({"$ref": "#/components/schemas/Error"});
    let response = |codes: &[&str]| json_answer(&format!("`{}`", codes.join("`, `")), &schema);
    by_status.iter().map(|(status, codes)| (format!("Error{status}"), response(codes))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Site;
    use windlass_core::{ChatPromptTemplate, Endpoint, IntoChain, RunnableLambda};

    fn endpoint(name: &str) -> Endpoint {
        let prompt = ChatPromptTemplate::from_template("{question}").unwrap();
        let text = RunnableLambda::quick(|prompt: windlass_core::PromptValue| Ok(prompt.to_text()));
        let schema = json!({
            "type": "object",
            "properties": {"question": {"$ref": "#/$defs/Question"}},
            "required": ["question"],
            "$defs": {"Question": {"type": "string"}, "Tree": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
        });
        Endpoint::builder(name, (prompt.into_chain() | text).erase())
            .input_schema(schema)
            .output_key("answer")
            .build()
            .unwrap()
    }

    #[test]
    fn is_valid_against_the_official_meta_schema() {
        let meta: Value =
            serde_json::from_str(include_str!("../tests/fixtures/oas-3.1-schema.json")).unwrap();
        let validator = jsonschema::options().build(&meta).unwrap();
        for names in [vec!["ask"], vec!["ask", "team/ask", "a-b.c"]] {
            let endpoints = names.iter().map(|name| endpoint(name)).collect();
            let document = Site::new(endpoints, &Settings::default()).unwrap().openapi;
            let problems: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert_eq!(problems, Vec::<String>::new());
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_ids_are_unique() {
        let endpoints = ["ask", "team/ask", "team.ask"].map(endpoint).into();
        let document = Site::new(endpoints, &Settings::default()).unwrap().openapi;
        let (mut references, mut ids) = (Vec::new(), Vec::new());
        collect(&document, &mut references, &mut ids);
        assert!(references.iter().any(|reference| reference.ends_with("_Tree")));
        for reference in references {
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    fn collect(value: &Value, references: &mut Vec<String>, ids: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                references.extend(object.get("$ref").and_then(Value::as_str).map(Into::into));
                ids.extend(object.get("operationId").and_then(Value::as_str).map(Into::into));
                object.values().for_each(|value| collect(value, references, ids));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, references, ids)),
            _ => {}
        }
    }
}
