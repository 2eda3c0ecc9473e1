//! The forms that values can have.

use super::LaxSchema;
use serde_json::{Map, Number, Value};
use std::fmt;

/// What a value must be.
pub(super) enum Form {
    /// Anything, as it is.
    Any,
    Text(TextRule),
    Uuid,
    Integer(Bounds),
    Float(Bounds),
    Bool,
    Null,
    List(Box<ListForm>),
    Object(Box<ObjectForm>),
    Choice(Choice),
    /// Null, or what the form says.
    Nullable(Box<Form>),
    /// One of these, each with the name that pydantic puts into paths.
    Union(Vec<(String, Form)>),
    /// One of these objects, as a field says.
    Tagged(Box<Tagged>),
    /// What a `$ref` points to.
    Named(String),
    /// An object of LangChain's; the form tells what is wrong where none can be read.
    LangChain(Class, Box<Form>),
    /// A form of another schema.
    Of(&'static LaxSchema),
    /// What the form says, and then what else the schema asks for.
    Checked(Box<Form>, Box<jsonschema::Validator>),
}

/// Validators have no useful debug form.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")
    }
}

/// Limits of text.
#[derive(Default)]
pub(super) struct TextRule {
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
}

/// Limits of a number: pydantic's word for each, in the order in which it checks them.
#[derive(Default)]
pub(super) struct Bounds(pub(super) Vec<(Bound, Number)>);

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Bound {
    MultipleOf,
    AtMost,
    Below,
    AtLeast,
    Above,
}

pub(super) struct ListForm {
    pub(super) items: Form,
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
}

pub(super) struct ObjectForm {
    /// The name of the class; a plain dictionary has none.
    pub(super) class: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) rest: Rest,
}

pub(super) struct Field {
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) required: bool,
    pub(super) default: Option<Value>,
}

/// What happens to keys that have no field.
pub(super) enum Rest {
    /// They are left out.
    Drop,
    Keep,
    Forbid,
    Each(Form),
}

/// One of these values.
pub(super) struct Choice {
    pub(super) values: Vec<Value>,
    /// Whether they are members of a class, as those that have a definition of their own.
    pub(super) class: bool,
}

pub(super) struct Tagged {
    pub(super) property: String,
    /// How pydantic calls what reads the tag.
    pub(super) discriminator: String,
    pub(super) members: Vec<(String, Form)>,
}

/// Objects of LangChain's.
#[derive(Clone)]
pub(super) enum Class {
    /// A message, of these types where not of any.
    Message(Option<Vec<String>>),
    /// `StringPromptValue`.
    TextPrompt,
    /// `ChatPromptValueConcrete`.
    ChatPrompt,
    Document,
}

/// The definitions whose types are dictionaries in Python, although they name their keys.
pub(super) const TYPED_DICTS: [&str; 6] = [
    "InputTokenDetails",
    "InvalidToolCall",
    "OutputTokenDetails",
    "ToolCall",
    "ToolCallChunk",
    "UsageMetadata",
];

/// LangChain's classes of messages, with the word in their `type`.
pub(super) const MESSAGES: [(&str, &str); 13] = [
    ("AIMessage", "ai"),
    ("HumanMessage", "human"),
    ("ChatMessage", "chat"),
    ("SystemMessage", "system"),
    ("FunctionMessage", "function"),
    ("ToolMessage", "tool"),
    ("AIMessageChunk", "AIMessageChunk"),
    ("HumanMessageChunk", "HumanMessageChunk"),
    ("ChatMessageChunk", "ChatMessageChunk"),
    ("SystemMessageChunk", "SystemMessageChunk"),
    ("FunctionMessageChunk", "FunctionMessageChunk"),
    ("ToolMessageChunk", "ToolMessageChunk"),
    ("BaseMessage", ""),
];

/// The limit as it stands in `ctx`.
pub(super) fn context<const N: usize>(pairs: [(&str, Value); N]) -> Option<Map<String, Value>> {
    Some(pairs.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
}
