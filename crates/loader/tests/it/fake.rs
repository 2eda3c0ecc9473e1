//! A vendor that makes models which answer with what they were asked.

use serde_json::{Value, json};
use std::sync::Arc;
use windlass_core::{
    AiMessage, AiMessageChunk, ChatModel, Cx, Environment, Fut, Message, ModelIdentity, ModelSpec,
    ModelVendor, Out, SpecProblem, Vendors,
};
use windlass_loader::{Registry, Section};

pub(crate) struct Echo {
    pub(crate) id: &'static str,
}

impl ModelVendor for Echo {
    fn id(&self) -> &'static str {
        self.id
    }

    fn parameters(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "temperature": {"type": "number", "minimum": 0, "maximum": 2, "description": "From 0 (sober) to 2."},
                "max_tokens": {"type": "integer"},
                "stop": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "api_key": {"type": "string", "writeOnly": true},
                "org_key": {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$"},
                "base_url": {"type": "string"},
                "effort": {"$ref": "#/$defs/Effort"},
            },
            "$defs": {"Effort": {"enum": ["low", "high"]}},
        })
    }

    fn build(
        &self,
        spec: &ModelSpec,
        environment: &dyn Environment,
    ) -> Result<Arc<dyn ChatModel>, Vec<SpecProblem>> {
        let mut problems = Vec::new();
        let default = format!("{}_API_KEY", self.id.to_uppercase());
        let name = match spec.params.get("api_key").and_then(Value::as_str) {
            Some(reference) => reference.trim_start_matches("${").trim_end_matches('}'),
            None => &default,
        };
        if environment.var(name).is_none() {
            problems.push(SpecProblem {
                key: Some("api_key".into()),
                message: format!("the variable `{name}` is not set"),
                remedy: format!("export {name}=..."),
            });
        }
        if let Some(url) =
            spec.params.get("base_url").and_then(Value::as_str).filter(|url| !url.starts_with("http"))
        {
            problems.push(SpecProblem {
                key: Some("base_url".into()),
                message: format!("`{url}` is no URL"),
                remedy: "begin it with https://".into(),
            });
        }
        let identity = ModelIdentity { vendor: self.id.into(), model: spec.model.as_str().into() };
        if problems.is_empty() { Ok(Arc::new(EchoModel(identity))) } else { Err(problems) }
    }
}

struct EchoModel(ModelIdentity);

impl ChatModel for EchoModel {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    fn generate(self: Arc<Self>, messages: Vec<Message>, _: Cx) -> Fut<AiMessage> {
        let texts: Vec<_> = messages.iter().map(|message| message.content().to_text().into_owned()).collect();
        Box::pin(std::future::ready(Ok(AiMessage::text(texts.join("/")))))
    }

    fn stream(self: Arc<Self>, _: Vec<Message>, _: Cx) -> Out<AiMessageChunk> {
        unimplemented!("no test streams")
    }
}

struct Variables;

impl Environment for Variables {
    fn var(&self, name: &str) -> Option<secrecy::SecretString> {
        ["OPENAI_API_KEY", "OTHER_KEY"].contains(&name).then(|| "sk-test".into())
    }
}

/// `openai` has a key, `anthropic` has none; there is a section `server`.
pub(crate) fn registry() -> Registry {
    let server = json!({
        "type": "object",
        "properties": {
            "listen": {"type": "string", "description": "Address and port."},
            "limits": {"anyOf": [{"$ref": "#/$defs/Limits"}, {"type": "null"}]},
            "keys": {"type": "object", "additionalProperties": {"type": "string", "writeOnly": true}},
        },
        "additionalProperties": false,
        "$defs": {"Limits": {
            "type": "object",
            "properties": {"in_flight": {"type": "integer", "minimum": 1}},
            "additionalProperties": false,
        }},
    });
    Registry {
        vendors: Vendors::new().with(Echo { id: "openai" }).with(Echo { id: "anthropic" }),
        environment: Arc::new(Variables),
        sections: vec![Section { key: "server".into(), schema: server }],
        ..Registry::default()
    }
}
