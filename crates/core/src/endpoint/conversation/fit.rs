//! Whether what a conversation feeds to a field fits its schema.

use super::{
    super::{ExtraFields, accept::Acceptor},
    ConversationInput, Feed,
};
use indexmap::IndexMap;
use serde_json::{Value, json};

/// Something of a [`ConversationInput`] that does not fit the chain's input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The input is an object, and needs its fields told.
    #[error("the input is an object, and cannot be {0}")]
    NotWhole(&'static str),
    /// The input has no fields.
    #[error("the input is no object, and has no field `{0}`")]
    NoObject(String),
    /// The input has no such field.
    #[error("the input has no field `{0}`")]
    NoField(String),
    /// A field, or the whole input, does not take what it is fed.
    #[error("{} takes no {takes_no}", field.as_ref().map_or("the input".into(), |field| format!("the field `{field}`")))]
    Wrong {
        /// The field; `None` is the whole input.
        field: Option<String>,
        /// What it does not take.
        takes_no: &'static str,
    },
    /// A required field is fed nothing.
    #[error("the field `{0}` is required, but nothing is said of it")]
    Unfed(String),
}

pub(super) fn misfits(input: &ConversationInput, schema: &Value) -> Vec<Misfit> {
    match input {
        ConversationInput::Whole(feed) if schema.get("properties").is_some() => {
            vec![Misfit::NotWhole(feed.word())]
        }
        ConversationInput::Whole(feed) => wrong(feed, None, &Part::whole(schema)).into_iter().collect(),
        ConversationInput::Fields(fields) => of_fields(fields, schema),
    }
}

fn of_fields(fields: &IndexMap<String, Feed>, schema: &Value) -> Vec<Misfit> {
    let open = schema.get("type").is_none();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut found = Vec::new();
    for (name, feed) in fields {
        match properties.and_then(|properties| properties.get(name)) {
            Some(field) => found.extend(wrong(feed, Some(name), &Part { root: schema, schema: field })),
            None if properties.is_some() => found.push(Misfit::NoField(name.clone())),
            None if !open && schema["type"] != "object" => found.push(Misfit::NoObject(name.clone())),
            None => {}
        }
    }
    let unfed = required(schema).filter(|name| !fields.contains_key(*name));
    found.extend(unfed.map(|name| Misfit::Unfed(name.into())));
    found
}

/// The fields that a caller has to send.
pub(super) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    let has_default = |name: &&str| schema["properties"][name].get("default").is_some();
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).filter(move |name| !has_default(name))
}

fn wrong(feed: &Feed, field: Option<&str>, part: &Part<'_>) -> Option<Misfit> {
    let (fits, takes_no) = match feed {
        Feed::Messages | Feed::EarlierMessages => (part.takes_messages(), "messages"),
        Feed::LastUserMessage | Feed::System => (part.takes(&json!(SAMPLE)), "text"),
        Feed::Value(value) => (part.takes(value), "such value"),
    };
    (!fits).then(|| Misfit::Wrong { field: field.map(Into::into), takes_no })
}

/// What people may say.
const SAMPLE: &str = "What is Python?";

/// A part of an input's schema, within which references lead somewhere.
pub(super) struct Part<'a> {
    pub(super) root: &'a Value,
    pub(super) schema: &'a Value,
}

impl<'a> Part<'a> {
    pub(super) fn whole(schema: &'a Value) -> Self {
        Part { root: schema, schema }
    }

    /// Whether the schema accepts this value.
    fn takes(&self, value: &Value) -> bool {
        let definitions = self.root.get("$defs").cloned().unwrap_or_else(|| json!({}));
        let schema = json!({"$defs": definitions, "allOf": [self.schema]});
        let acceptor = Acceptor::new(&schema, ExtraFields::Ignore, None);
        acceptor.is_ok_and(|acceptor| acceptor.accept(value.clone()).is_ok())
    }

    /// Whether it takes messages, and maybe anything.
    pub(super) fn takes_messages(&self) -> bool {
        let call = json!([{"name": "weather", "args": {}, "id": "1"}]);
        self.takes(&json!([
            {"type": "system", "content": "Be brief."},
            {"type": "human", "content": SAMPLE},
            {"type": "ai", "content": "", "tool_calls": call},
            {"type": "tool", "content": "sunny", "tool_call_id": "1"},
        ]))
    }

    /// Whether it takes messages and not just any list.
    pub(super) fn is_messages(&self) -> bool {
        self.takes_messages() && !self.takes(&json!([1]))
    }

    /// Whether it takes any text, and is not for messages.
    pub(super) fn is_text(&self) -> bool {
        self.takes(&json!(SAMPLE)) && !self.is_messages()
    }
}
