//! `GET /{chain}/input_schema`, `output_schema` and `config_schema`: the bare JSON Schemas, under the path's config hash.

use super::{
    config::{self, RunConfig},
    config_keys,
    place::Place,
};
use crate::{
    app::Call,
    error::ApiError,
    http::{Response, json_response},
};
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_core::{ConfigKey, Endpoint, LangServeEndpoint, Signature};

pub(super) async fn input(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    let signature = signature(&call, &place, LangServeEndpoint::InputSchema)?;
    Ok(json_response(StatusCode::OK, signature.input_schema()))
}

pub(super) async fn output(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    let signature = signature(&call, &place, LangServeEndpoint::OutputSchema)?;
    Ok(json_response(StatusCode::OK, &bare_output(&place.mounted.endpoint, &signature)))
}

pub(super) async fn config(call: Call, place: Arc<Place>) -> Result<Response, ApiError> {
    signature(&call, &place, LangServeEndpoint::ConfigSchema)?;
    Ok(json_response(StatusCode::OK, &of_config(&place.mounted.endpoint)))
}

fn signature(call: &Call, place: &Place, endpoint: LangServeEndpoint) -> Result<Arc<Signature>, ApiError> {
    let head = place.head(call, endpoint)?;
    let RunConfig { config, .. } = config::of_run(&place.mounted.endpoint, &head, &Map::new())?;
    config::signature(&place.mounted.endpoint, &config.configurable)
}

/// The schema of what the chain itself gives, for nothing is wrapped here.
pub(super) fn bare_output(endpoint: &Endpoint, signature: &Signature) -> Value {
    let schema = signature.output_schema();
    let inside = endpoint.output_key().and_then(|key| schema.get("properties")?.get(key));
    let Some(inside) = inside else { return schema.clone() };
    let mut inside = inside.clone();
    if let (Some(object), Some(definitions)) = (inside.as_object_mut(), schema.get("$defs")) {
        object.insert("$defs".into(), definitions.clone());
    }
    inside
}

/// The schema of the configuration that clients may send, as pydantic writes it.
pub(super) fn of_config(endpoint: &Endpoint) -> Value {
    let mut schema = Map::new();
    let mut properties = Map::new();
    let specs = endpoint.config_specs();
    if !specs.is_empty() {
        let (configurable, mut definitions) = specs.json_schema();
        definitions.insert("Configurable".into(), configurable);
        schema.insert("$defs".into(), Value::Object(definitions));
        properties.insert("configurable".into(), json!({"$ref": "#/$defs/Configurable", "default": null}));
    }
    for (word, key) in ConfigKey::ALL {
        let allowed = endpoint.langserve().config_keys.contains(&key);
        if let Some(mut property) = config_keys::schema(key).filter(|_| allowed) {
            property["default"] = Value::Null;
            properties.insert(word.into(), property);
        }
    }
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("title".into(), title(&endpoint.chain().run_name()).into());
    schema.insert("type".into(), "object".into());
    Value::Object(schema)
}

/// What LangChain calls a step's configuration.
fn title(name: &str) -> String {
    match name.starts_with(char::is_uppercase) {
        true => format!("{name}Config"),
        false => format!("{name}_config"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::{ConfigSpec, IntoChain, LangServeRoutes, RunnablePassthrough, Val};

    #[test]
    fn the_configuration_is_described_as_pydantic_does() {
        let config_keys = vec![ConfigKey::Tags, ConfigKey::RecursionLimit];
        let routes = LangServeRoutes { config_keys, ..LangServeRoutes::default() };
        let chain = RunnablePassthrough::<Val>::new().into_chain().erase();
        let voice = ConfigSpec::new("voice", json!({"type": "string"})).default(json!("dry"));
        let endpoint = Endpoint::builder("a", chain).langserve(routes).configurable(voice).build().unwrap();
        let properties = json!({"voice": {"type": "string", "title": "Voice", "default": "dry"}});
        let expect = json!({
            "$defs": {"Configurable": {"properties": properties, "title": "Configurable", "type": "object"}},
            "properties": {
                "configurable": {"$ref": "#/$defs/Configurable", "default": null},
                "tags": {"default": null, "items": {"type": "string"}, "title": "Tags", "type": "array"},
                "recursion_limit": {"default": null, "title": "Recursion Limit", "type": "integer"},
            },
            "title": "RunnablePassthroughConfig",
            "type": "object",
        });
        assert_eq!(of_config(&endpoint), expect);
        assert_eq!(title("add_one"), "add_one_config");
    }
}
