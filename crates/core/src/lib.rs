//! What a chain is: steps, messages, prompts, parsers, run events, errors. No IO.
//!
//! A step is a [`Runnable`]; `|` joins steps into a [`Chain`] whose joints the compiler checks. A file builds the
//! same steps behind a [`DynChain`], whose joints are checked when it is loaded.
//!
//! ```
//! use windlass_core::{ChatPromptTemplate, RunnableLambda, vars};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let prompt = ChatPromptTemplate::from_template("Answer concisely: {question}").unwrap();
//! let shout = RunnableLambda::quick(|prompt: windlass_core::PromptValue| Ok(prompt.to_text().to_uppercase()));
//! let chain = prompt | shout;
//! assert_eq!(chain.invoke(vars! { "question" => "Why?" }).await.unwrap(), "HUMAN: ANSWER CONCISELY: WHY?");
//! # });
//! ```

mod chain;
mod chunk;
mod completion;
mod config;
mod context;
mod dumpd;
mod dynamic;
mod echo;
mod endpoint;
mod error;
mod event;
mod exception;
mod lax;
mod message;
mod model;
mod number;
mod parser;
mod prompt;
pub mod python;
mod run;
mod run_info;
mod runnable;
mod shape;
mod step;
mod units;
mod val;
mod vendor;
mod whole;

pub use chain::{Chain, Feeds, IntoChain};
pub use chunk::{Chunk, Merge, Typed};
pub use completion::{CompletionModel, CompletionStep};
pub use config::{ConfigSpec, ConfigSpecs, RunnableConfig};
pub use context::{Buffer, Cx, CxBuilder, Pool, RunId};
pub use dumpd::dumpd;
pub use dynamic::DynChain;
pub use endpoint::{
    ConfigKey, ConversationInput, Endpoint, EndpointBuilder, EndpointError, EventsVersion, ExtraFields, Feed,
    Joints, LangServeEndpoint, LangServeRoutes, Misfit, Schemas, Signature, check_name,
};
pub use error::{
    BoxError, Error, InputProblem, ModelError, ModelErrorKind, ParseError, Phase, PromptError, Raised,
    Result, StepError, Words,
};
pub use event::{EventKind, RunEvent, StepStart, UpstreamCall, Wants};
pub use exception::Exception;
pub use lax::{LaxSchema, model_input_schema};
pub use message::{
    AiMessage, AiMessageChunk, ChatMessage, Content, FunctionMessage, HumanMessage, InvalidToolCall, Message,
    Metadata, ParsedCall, Part, SystemMessage, ToolCall, ToolCallChunk, ToolMessage, Usage,
};
pub use model::{ChatModel, ModelIdentity, ModelStep};
pub use number::Number;
pub use parser::{
    CommaSeparatedListOutputParser, JsonKeyOutputFunctionsParser, JsonOutputFunctionsParser,
    JsonOutputKeyToolsParser, JsonOutputParser, JsonOutputToolsParser, LangChainJsonOutputParser,
    LangChainStrOutputParser, MarkdownListOutputParser, ModelOutput, NumberedListOutputParser,
    OutputFunctionsParser, StrOutputParser, TypedJsonOutputParser, XMLOutputParser, make_patch,
};
pub use prompt::{
    BasePromptTemplate, ChatPromptTemplate, CoercingPrompt, ContentTemplate, DictPromptTemplate,
    FewShotChatMessagePromptTemplate, FewShotParts, FewShotPromptTemplate, FewShotPromptWithTemplates,
    FewShotTemplateParts, ImagePromptTemplate, MessageContent, MessagePromptTemplate, MessageTemplate,
    MessagesPlaceholder, PromptTemplate, PromptValue, Role, Speaker, StringPromptTemplate, StructuredPrompt,
    Template, TemplateError, TemplateFormat, messages_schema,
};
pub use run::{Run, run};
pub use run_info::{RunInfo, RunType, Telling};
pub use runnable::{Fut, OnError, Out, Runnable, gather};
pub use shape::{Joint, Kind, Node, Parts, Shape};
pub use step::{
    CLIENT_TOOLS, Chosen, ConfigurableField, ExponentialJitter, ItemGetter, Lambda, Options, Rebuild,
    RouterRunnable, RunnableAssign, RunnableBinding, RunnableBranch, RunnableClientTools,
    RunnableConfigurableAlternatives, RunnableConfigurableFields, RunnableEach, RunnableLambda,
    RunnableParallel, RunnablePassthrough, RunnablePick, RunnableRetry, RunnableWithFallbacks,
};
pub use units::{ByteCount, Span};
pub use val::{Dict, Val, Vars};
pub use vendor::{BuiltModel, Environment, ModelSpec, ModelVendor, SpecProblem, Vendors};
pub use whole::Whole;
