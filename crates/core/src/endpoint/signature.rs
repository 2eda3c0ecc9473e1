//! What an endpoint takes and gives, under a configuration.

use super::{EndpointError, accept::Read};
use crate::{
    InputProblem, LaxSchema, Val,
    echo::{shortened, shortened_text},
    lax::with_message_classes,
};
use serde_json::{Map, Value};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What an endpoint takes and gives under one configuration, and how it reads inputs in pydantic's lax mode.
#[derive(Debug)]
pub struct Signature {
    input_schema: Value,
    output_schema: Value,
    lax: LaxSchema,
    read_as: Option<Read>,
}

impl Signature {
    pub(super) fn new(schemas: (Value, Value), read_as: Option<Read>) -> Result<Self, String> {
        let (declared, output_schema) = schemas;
        let input_schema = with_message_classes(declared);
        let lax = LaxSchema::new(&input_schema)?;
        Ok(Signature { input_schema, output_schema, lax, read_as })
    }

    /// The JSON Schema of the input as it was declared, with [`messages_schema`](crate::messages_schema) as a list of
    /// LangChain's classes. Where nothing was declared, and the chain begins with a chat model, it is that of what such
    /// models take.
    pub fn input_schema(&self) -> &Value {
        &self.input_schema
    }

    /// The JSON Schema of the output.
    pub fn output_schema(&self) -> &Value {
        &self.output_schema
    }

    /// Reads an input as pydantic does in its lax mode: what almost fits is coerced, keys without a field are left out,
    /// defaults are filled in, LangChain's objects become messages and prompts. The problems are in pydantic's words, their
    /// places within the input.
    pub fn accept_lax(&self, input: &Value) -> Result<Val, Vec<InputProblem>> {
        let read = self.lax.read(input, &[])?;
        let Some(read_as) = self.read_as else { return Ok(read) };
        read_as(Value::from(read)).map(Val::from).map_err(|error| {
            let msg = format!("Value error, {}", shortened_text(&error.to_string()));
            let input = shortened(input);
            vec![InputProblem { kind: "value_error".into(), loc: Vec::new(), msg, input, ctx: None }]
        })
    }
}

/// The schemas of an endpoint under a configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Schemas {
    /// The JSON Schema of the input.
    pub input: Value,
    /// The JSON Schema of the output; `None` is the same as under no configuration.
    pub output: Option<Value>,
}

/// Says the schemas under these configurable values; `None` if they are as under none.
pub(super) type SchemasUnder = Arc<dyn Fn(&Map<String, Value>) -> Option<Schemas> + Send + Sync>;

/// The signatures of an endpoint whose schemas depend on its configuration.
pub(super) struct Signatures {
    default: Arc<Signature>,
    under: Option<SchemasUnder>,
    /// The latest first.
    made: Mutex<Vec<(Schemas, Arc<Signature>)>>,
}

/// How many signatures are kept; there are as many as alternatives that differ.
const KEPT: usize = 32;

impl Signatures {
    pub(super) fn new(default: Signature, under: Option<SchemasUnder>) -> Self {
        Signatures { default: Arc::new(default), under, made: Mutex::default() }
    }

    pub(super) fn default(&self) -> &Arc<Signature> {
        &self.default
    }

    pub(super) fn under(
        &self,
        name: &str,
        configurable: &Map<String, Value>,
    ) -> Result<Arc<Signature>, EndpointError> {
        let Some(schemas) = self.under.as_ref().and_then(|under| under(configurable)) else {
            return Ok(self.default.clone());
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = made.iter().position(|(known, _)| *known == schemas) {
            made[..=place].rotate_right(1);
            return Ok(made[0].1.clone());
        }
        drop(made);
        let output = schemas.output.clone().unwrap_or_else(|| self.default.output_schema.clone());
        let signature = Signature::new((schemas.input.clone(), output), self.default.read_as)
            .map_err(|message| EndpointError::Schema { name: name.into(), message })?;
        let signature = Arc::new(signature);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.truncate(KEPT - 1);
        made.insert(0, (schemas, signature.clone()));
        Ok(signature)
    }
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signatures").field("default", &self.default).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Endpoint, IntoChain, Message, PromptValue, RunnableLambda, Schemas, Val, model_input_schema,
    };
    use serde_json::{Map, Value, json};
    use std::sync::Arc;

    fn variable(name: &str) -> Value {
        json!({"type": "object", "title": "PromptInput", "properties": {name: {"type": "string"}}, "required": [name]})
    }

    #[test]
    fn the_configuration_may_change_the_schemas() {
        let chain = RunnableLambda::quick(|input: Val| Ok(input)).into_chain().erase();
        let builder = Endpoint::builder("a", chain).input_schema(variable("topic"));
        let endpoint = builder
            .schemas_under(|configurable| {
                let fact = configurable.get("prompt").is_some_and(|prompt| prompt == "fact");
                fact.then(|| Schemas { input: variable("thing"), output: None })
            })
            .build()
            .unwrap();
        let configurable = |prompt: &str| Map::from_iter([("prompt".to_string(), json!(prompt))]);
        let fact = endpoint.signature_under(&configurable("fact")).unwrap();
        assert_eq!(fact.input_schema(), &variable("thing"));
        assert_eq!(fact.accept_lax(&json!({"topic": "c"})).unwrap_err()[0].loc, ["thing"]);
        assert!(Arc::ptr_eq(&fact, &endpoint.signature_under(&configurable("fact")).unwrap()));
        let joke = endpoint.signature_under(&configurable("joke")).unwrap();
        assert!(Arc::ptr_eq(&joke, endpoint.signature()));
        assert!(endpoint.accept_lax(&json!({"topic": "c", "zzz": 1})).is_ok());
    }

    #[test]
    fn what_begins_with_a_model_takes_what_models_take() {
        let chain = RunnableLambda::quick(|prompt: PromptValue| Ok(prompt.to_text())).into_chain().erase();
        let endpoint = Endpoint::builder("a", chain).build().unwrap();
        assert_eq!(endpoint.signature().input_schema(), model_input_schema());
        let read = endpoint.accept_lax(&json!([{"type": "human", "content": "x"}])).unwrap();
        assert_eq!(read, Val::List(vec![Message::human("x").into()]));
        assert_eq!(endpoint.accept(json!({"any": 1})).unwrap(), Val::from(json!({"any": 1})));
    }

    #[test]
    fn conversations_are_lists_of_langchains_classes() {
        let chain = RunnableLambda::quick(|input: Val| Ok(input)).into_chain().erase();
        let schema = json!({"type": "object", "properties": {"history": crate::messages_schema(), "q": {"type": "string"}}});
        let endpoint = Endpoint::builder("a", chain).input_schema(schema).build().unwrap();
        let shown = endpoint.signature().input_schema();
        assert_eq!(shown["properties"]["history"]["items"]["oneOf"][0], json!({"$ref": "#/$defs/AIMessage"}));
        assert_eq!(shown["$defs"]["AIMessage"]["title"], "AIMessage");
        let read = endpoint.accept_lax(&json!({"history": [["human", "x"]]})).unwrap();
        let Val::Dict(read) = read else { panic!("no object") };
        assert_eq!(read["history"], Val::List(vec![Message::human("x").into()]));
    }

    #[test]
    fn a_typed_endpoint_reads_the_coerced_input() {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        struct In {
            count: u32,
        }
        #[derive(serde::Serialize, schemars::JsonSchema)]
        struct Out {
            text: String,
        }
        let chain = RunnableLambda::quick(|_: Val| Ok(String::new()));
        let endpoint = Endpoint::typed::<In, Out>("a", chain.into_chain()).unwrap();
        assert_eq!(endpoint.accept_lax(&json!({"count": "3"})).unwrap(), Val::from(json!({"count": 3})));
        assert_eq!(endpoint.accept_lax(&json!({"count": -1})).unwrap_err()[0].kind, "greater_than_equal");
    }
}
