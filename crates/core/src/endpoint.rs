//! A chain with a name and a face: its schemas, and what of an input it accepts.

mod accept;
mod builder;
mod conversation;
mod error;
mod langserve;
mod name;
mod output;
mod signature;
mod typed;

pub use builder::{EndpointBuilder, ExtraFields, Joints};
pub use conversation::{ConversationInput, Feed, Misfit};
pub use error::EndpointError;
pub use langserve::{ConfigKey, EventsVersion, LangServeEndpoint, LangServeRoutes};
pub use name::check_name;
pub use signature::{Schemas, Signature};

use crate::{ConfigSpecs, DynChain, InputProblem, Merge, Node, Val};
use accept::Acceptor;
use serde_json::{Map, Value};
use signature::Signatures;
use std::{fmt, sync::Arc};

/// A chain as it is served under a name. Building one checks everything that can be checked without a request.
#[derive(Clone)]
pub struct Endpoint {
    name: String,
    description: Option<String>,
    chain: DynChain,
    input_schema: Value,
    output_schema: Value,
    output_key: Option<String>,
    examples: Vec<Value>,
    acceptor: Arc<Acceptor>,
    signatures: Arc<Signatures>,
    config_specs: Arc<ConfigSpecs>,
    picture: Node,
    conversation: Result<ConversationInput, String>,
    client_tools: bool,
    langserve: Arc<LangServeRoutes>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Describes an endpoint for a chain with erased ends.
    pub fn builder(name: impl Into<String>, chain: DynChain) -> EndpointBuilder {
        EndpointBuilder::new(name.into(), chain)
    }

    /// The name, which is also its path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, for people.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The chain.
    pub fn chain(&self) -> &DynChain {
        &self.chain
    }

    /// The JSON Schema of the input.
    pub fn input_schema(&self) -> &Value {
        &self.input_schema
    }

    /// The JSON Schema of the output.
    pub fn output_schema(&self) -> &Value {
        &self.output_schema
    }

    /// The field that the output is wrapped in, if it is.
    pub fn output_key(&self) -> Option<&str> {
        self.output_key.as_deref()
    }

    /// Inputs that work.
    pub fn examples(&self) -> &[Value] {
        &self.examples
    }

    /// How the chunks of the output combine.
    pub fn merge(&self) -> Merge {
        self.chain.merge()
    }

    /// The chain as a picture.
    pub fn picture(&self) -> &Node {
        &self.picture
    }

    /// How it is served to LangServe's clients.
    pub fn langserve(&self) -> &LangServeRoutes {
        &self.langserve
    }

    /// Checks an input and turns it into what the chain takes, defaults filled in. Nothing after this fails because of the
    /// input's form.
    pub fn accept(&self, input: Value) -> Result<Val, Vec<InputProblem>> {
        self.acceptor.accept(input).map(Val::from)
    }

    /// What it takes and gives under no configuration.
    pub fn signature(&self) -> &Arc<Signature> {
        self.signatures.default()
    }

    /// What it takes and gives under these configurable values: an alternative may have a schema of its own. The error is
    /// a schema that [`EndpointBuilder::schemas_under`] gave and that cannot be used.
    pub fn signature_under(
        &self,
        configurable: &Map<String, Value>,
    ) -> Result<Arc<Signature>, EndpointError> {
        self.signatures.under(&self.name, configurable)
    }

    /// What callers can configure.
    pub fn config_specs(&self) -> &ConfigSpecs {
        &self.config_specs
    }

    /// Reads an input in pydantic's lax mode, as [`Signature::accept_lax`] does under no configuration.
    pub fn accept_lax(&self, input: &Value) -> Result<Val, Vec<InputProblem>> {
        self.signature().accept_lax(input)
    }

    /// The output as clients get it.
    pub fn present(&self, output: Val) -> Value {
        let output = Value::from(output);
        match &self.output_key {
            Some(key) => Value::Object(Map::from_iter([(key.clone(), output)])),
            None => output,
        }
    }
}
