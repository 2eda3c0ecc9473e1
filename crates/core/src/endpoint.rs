//! A chain with a name and a face: its schemas, and what of an input it accepts.

mod accept;
mod conversation;
mod langserve;
mod signature;

use crate::{
    Chain, Chunk, ConfigSpec, ConfigSpecs, DynChain, InputProblem, Joint, Kind, Merge, Node, Parts,
    PromptValue, Shape, Val, model_input_schema,
};
use accept::{Acceptor, Read};
pub use conversation::{ConversationInput, Feed, Misfit};
pub use langserve::{ConfigKey, EventsVersion, LangServeEndpoint, LangServeRoutes};
use signature::{SchemasUnder, Signatures};

pub use signature::{Schemas, Signature};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
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

/// Why an endpoint cannot be served.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EndpointError {
    /// The name cannot be a path or is one of the server's own.
    #[error("`{name}` cannot name a chain: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The joints of the chain do not fit each other or the input.
    #[error("chain `{name}`: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Joints {
        /// The chain's name.
        name: String,
        /// What is wrong.
        problems: Vec<Joint>,
    },
    /// What a conversation feeds does not fit the input.
    #[error("chain `{name}`: how a conversation feeds it: {misfit}")]
    Conversation {
        /// The chain's name.
        name: String,
        /// What is wrong.
        misfit: Misfit,
    },
    /// The schema of the input, or of what callers can configure, cannot be used.
    #[error("chain `{name}`: the input's schema is not valid: {message}")]
    Schema {
        /// The chain's name.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// The output type does not fit what the chain gives.
    #[error("chain `{name}`: {message}")]
    Output {
        /// The chain's name.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// An example is not a valid input.
    #[error("chain `{name}`: example {index} is not a valid input: {problem}")]
    Example {
        /// The chain's name.
        name: String,
        /// Which example, from 0.
        index: usize,
        /// What is wrong with it.
        problem: Box<InputProblem>,
    },
}

/// Names that routes of the server need.
const RESERVED: [&str; 27] = [
    "ui",
    "langserve",
    "mcp",
    "v1",
    "sessions",
    "runs",
    "c",
    "playground",
    "invoke",
    "stream",
    "stream_log",
    "stream_events",
    "batch",
    "input_schema",
    "output_schema",
    "config_schema",
    "feedback",
    "token_feedback",
    "public_trace_link",
    "health",
    "livez",
    "readyz",
    "metrics",
    "docs",
    "openapi.json",
    "openapi",
    "assets",
];

/// Whether a chain can have this name; if not, why.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.' | '/');
    let parts_ok = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if name.is_empty() || name.len() > 128 {
        return Err("a name has 1 to 128 characters");
    }
    if !name.chars().all(plain) || !parts_ok {
        return Err("a name is made of letters, digits, `-`, `_` and `.`, and of such parts joined by `/`");
    }
    if name.split('/').any(|part| RESERVED.contains(&part)) {
        return Err("a route of the server has that name");
    }
    Ok(())
}

impl Endpoint {
    /// Describes an endpoint for a chain with erased ends.
    pub fn builder(name: impl Into<String>, chain: DynChain) -> EndpointBuilder {
        EndpointBuilder {
            name: name.into(),
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

    /// Adds the next piece to the output so far, as [`Endpoint::merge`] says.
    pub fn fold(&self, whole: &mut Val, piece: Val) {
        match self.merge() {
            Merge::Replace => *whole = piece,
            Merge::Append | Merge::ByKey => whole.merge(piece),
        }
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
    fn read_as(mut self, read: Read) -> Self {
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

/// Reads an input as a type and gives it as the type writes it.
fn read<T: Serialize + DeserializeOwned>(input: Value) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_value::<T>(input)?)
}

fn schema_of<T: JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of what a chain gives, as far as its kinds tell.
fn schema_of_kind(picture: &Node) -> Value {
    if let Parts::Parallel(branches) = &picture.parts
        && picture.name == "RunnableParallel"
    {
        let properties: Map<_, _> =
            branches.iter().map(|(key, node)| (key.clone(), schema_of_kind(node))).collect();
        let required: Vec<_> = properties.keys().cloned().collect();
        return json!({"type": "object", "properties": properties, "required": required});
    }
    if let Parts::Sequence(parts) = &picture.parts
        && let Some(last) = parts.last()
    {
        return schema_of_kind(last);
    }
    match picture.gives.kind {
        Kind::TEXT => json!({"type": "string"}),
        Kind::DICT | Kind::MESSAGE => json!({"type": "object"}),
        Kind::LIST => json!({"type": "array"}),
        Kind::NUMBER => json!({"type": "number"}),
        Kind::BOOL => json!({"type": "boolean"}),
        _ => json!({}),
    }
}

fn wrap(key: &str, schema: &Value) -> Value {
    json!({"type": "object", "properties": {key: schema}, "required": [key]})
}

/// The one field of an object schema, if it has one and that is text.
fn single_text_field(schema: &Value) -> Option<String> {
    let mut properties = schema.get("properties")?.as_object()?.iter();
    let (Some((key, field)), None) = (properties.next(), properties.next()) else { return None };
    (field.get("type")? == "string").then(|| key.clone())
}
