//! What describes an endpoint, and checks it when it is made.

use super::{
    ConversationInput, Endpoint, EndpointError, LangServeRoutes, Schemas, Signature,
    accept::{Acceptor, Read},
    name::check_name,
    output::{schema_of_kind, wrap},
    signature::{SchemasUnder, Signatures},
};
use crate::{Chunk, ConfigSpec, ConfigSpecs, DynChain, Kind, Node, PromptValue, Shape, model_input_schema};
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc};

/// What happens to fields of an input that its schema does not name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExtraFields {
    /// They are refused, by name.
    #[default]
    Refuse,
    /// They are left out.
    Ignore,
}

/// What happens when a step may not be able to take what the one before gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Joints {
    /// The chain is refused.
    #[default]
    Checked,
    /// The chain is served, as LangChain serves it, and a run fails where the step does.
    Unchecked,
}

/// Describes an [`Endpoint`].
#[derive(Clone)]
pub struct EndpointBuilder {
    name: String,
    description: Option<String>,
    chain: DynChain,
    input_schema: Value,
    output_schema: Option<Value>,
    output_key: Option<String>,
    extra_fields: ExtraFields,
    examples: Vec<Value>,
    read_as: Option<Read>,
    joints: Joints,
    conversation: Option<ConversationInput>,
    client_tools: bool,
    langserve: LangServeRoutes,
    schemas_under: Option<SchemasUnder>,
    configurable: Vec<ConfigSpec>,
}

impl fmt::Debug for EndpointBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl EndpointBuilder {
    pub(super) fn new(name: String, chain: DynChain) -> Self {
        EndpointBuilder {
            name,
            description: None,
            chain,
            input_schema: json!({}),
            output_schema: None,
            output_key: None,
            extra_fields: ExtraFields::default(),
            examples: Vec::new(),
            read_as: None,
            joints: Joints::default(),
            conversation: None,
            client_tools: false,
            schemas_under: None,
            configurable: Vec::new(),
            langserve: LangServeRoutes::default(),
        }
    }

    /// What it does, for people.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The JSON Schema of the input. Default: anything.
    #[must_use]
    pub fn input_schema(mut self, schema: Value) -> Self {
        self.input_schema = schema;
        self
    }

    /// The JSON Schema of the output, after wrapping. Default: derived from what the chain gives.
    #[must_use]
    pub fn output_schema(mut self, schema: Value) -> Self {
        self.output_schema = Some(schema);
        self
    }

    /// Wraps the output in an object under this key.
    #[must_use]
    pub fn output_key(mut self, key: impl Into<String>) -> Self {
        self.output_key = Some(key.into());
        self
    }

    /// What reads an input after its schema has accepted it, and may still refuse it. Default: nothing.
    pub(super) fn read_as(mut self, read: Read) -> Self {
        self.read_as = Some(read);
        self
    }

    /// What happens to fields that the schema does not name. Default: they are refused.
    #[must_use]
    pub fn extra_fields(mut self, policy: ExtraFields) -> Self {
        self.extra_fields = policy;
        self
    }

    /// Inputs that work, for docs and the playground; each is checked.
    #[must_use]
    pub fn examples(mut self, examples: Vec<Value>) -> Self {
        self.examples = examples;
        self
    }

    /// What happens when the joints between steps do not fit. Default: the chain is refused.
    #[must_use]
    pub fn joints(mut self, policy: Joints) -> Self {
        self.joints = policy;
        self
    }

    /// How a conversation feeds the chain, for dialects in which clients send conversations. Default: as the input's schema
    /// tells, if it leaves one way only; else such clients cannot use the chain.
    #[must_use]
    pub fn conversation(mut self, input: ConversationInput) -> Self {
        self.conversation = Some(input);
        self
    }

    /// Gives clients' tools to the model that [`RunnableClientTools`](crate::RunnableClientTools) is around, and the model's
    /// calls of them to clients. Default: clients' tools are ignored, and the chain answers with text.
    #[must_use]
    pub fn client_tools(mut self) -> Self {
        self.client_tools = true;
        self
    }

    /// One more field of `configurable` that callers may set. Default: those that the chain declares; where it
    /// declares one of the same id, this one counts.
    #[must_use]
    pub fn configurable(mut self, spec: ConfigSpec) -> Self {
        self.configurable.push(spec);
        self
    }

    /// What the schemas are under configurable values, where they make the chain take or give something else: `None` if
    /// they are as under none. Default: they never change. At most 32 that differ are kept ready.
    #[must_use]
    pub fn schemas_under(
        mut self,
        under: impl Fn(&Map<String, Value>) -> Option<Schemas> + Send + Sync + 'static,
    ) -> Self {
        self.schemas_under = Some(Arc::new(under));
        self
    }

    /// How it is served to LangServe's clients. Default: as LangServe does it.
    #[must_use]
    pub fn langserve(mut self, routes: LangServeRoutes) -> Self {
        self.langserve = routes;
        self
    }

    /// The chain as a picture, with all problems of its joints.
    pub fn describe(&self) -> Node {
        self.chain.describe(&Shape::of_schema(&self.input_schema))
    }

    /// Checks everything and makes the endpoint.
    pub fn build(self) -> Result<Endpoint, EndpointError> {
        let name = self.name.clone();
        check_name(&name).map_err(|reason| EndpointError::Name { name: name.clone(), reason })?;
        let picture = self.describe();
        if self.joints == Joints::Checked && !picture.problems.is_empty() {
            return Err(EndpointError::Joints { name, problems: picture.problems });
        }
        let acceptor = Acceptor::new(&self.input_schema, self.extra_fields, self.read_as)
            .map_err(|message| EndpointError::Schema { name: name.clone(), message })?;
        for (index, example) in self.examples.iter().enumerate() {
            if let Err(problems) = acceptor.accept(example.clone()) {
                let problem = problems.into_iter().next();
                return Err(match problem {
                    Some(problem) => EndpointError::Example { name, index, problem: Box::new(problem) },
                    None => EndpointError::Schema { name, message: "it accepts nothing".into() },
                });
            }
        }
        let conversation = self.feeding()?;
        let bare = schema_of_kind(&picture);
        let wrapped = self.output_key.as_ref().map_or(bare.clone(), |key| wrap(key, &bare));
        let output_schema = self.output_schema.unwrap_or(wrapped);
        let takes_prompt = self.input_schema == json!({}) && self.chain.takes() == PromptValue::kind();
        let declared = if takes_prompt { model_input_schema().clone() } else { self.input_schema };
        let signature = Signature::new((declared, output_schema.clone()), self.read_as)
            .map_err(|message| EndpointError::Schema { name: name.clone(), message })?;
        let specs = ConfigSpecs::new(self.configurable.into_iter().chain(picture.config_specs()))
            .map_err(|message| EndpointError::Schema { name: name.clone(), message })?;
        Ok(Endpoint {
            name: self.name,
            description: self.description,
            chain: self.chain,
            input_schema: acceptor.schema().clone(),
            output_schema,
            output_key: self.output_key,
            examples: self.examples,
            acceptor: Arc::new(acceptor),
            signatures: Arc::new(Signatures::new(signature, self.schemas_under)),
            config_specs: Arc::new(specs),
            picture,
            conversation,
            client_tools: self.client_tools,
            langserve: Arc::new(self.langserve),
        })
    }

    fn feeding(&self) -> Result<Result<ConversationInput, String>, EndpointError> {
        let Some(input) = &self.conversation else {
            // A step that takes a list, but not anything, takes messages.
            let takes = self.chain.takes();
            let takes_messages = takes.meets(Kind::LIST) && takes != Kind::ANY;
            return Ok(ConversationInput::of_schema(&self.input_schema, takes_messages));
        };
        match input.misfits(&self.input_schema).into_iter().next() {
            Some(misfit) => Err(EndpointError::Conversation { name: self.name.clone(), misfit }),
            None => Ok(Ok(input.clone())),
        }
    }
}
