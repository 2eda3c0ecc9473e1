//! Endpoints whose input and output are types of Rust.

use super::{Endpoint, EndpointError};
use crate::{Chain, Chunk, Kind};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

impl Endpoint {
    /// An endpoint whose input is `I` and whose output is `O`: every variable of the chain must be a field of `I`. If the
    /// chain gives text and `O` has one field, the text is that field.
    ///
    /// Inputs are read as `I` before the chain sees them, so what its `Deserialize` refuses is refused with 422, and its
    /// defaults are filled in.
    pub fn typed<I: Serialize + DeserializeOwned + JsonSchema, O: Serialize + JsonSchema>(
        name: impl Into<String>,
        chain: Chain<impl Chunk, impl Chunk>,
    ) -> Result<Endpoint, EndpointError> {
        let name = name.into();
        let output = schema_of::<O>();
        let chain = chain.erase();
        let mut builder =
            Endpoint::builder(name.clone(), chain).input_schema(schema_of::<I>()).read_as(read::<I>);
        let text_for_object =
            builder.describe().gives.kind == Kind::TEXT && output.get("properties").is_some();
        match single_text_field(&output) {
            _ if !text_for_object => {}
            Some(key) => builder = builder.output_key(key),
            None => {
                let message =
                    "the chain gives text, but the output type is an object with other than one text field";
                return Err(EndpointError::Output { name, message: message.into() });
            }
        }
        builder.output_schema(output).build()
    }
}

/// Reads an input as a type and gives it as the type writes it.
fn read<T: Serialize + DeserializeOwned>(input: Value) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_value::<T>(input)?)
}

fn schema_of<T: JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The one field of an object schema, if it has one and that is text.
fn single_text_field(schema: &Value) -> Option<String> {
    let mut properties = schema.get("properties")?.as_object()?.iter();
    let (Some((key, field)), None) = (properties.next(), properties.next()) else { return None };
    (field.get("type")? == "string").then(|| key.clone())
}
