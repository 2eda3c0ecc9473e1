//! What flows between steps: pieces that merge, and convert to and from [`Val`].

use crate::{Error, Kind, Result, Val};
use serde::{Serialize, de::DeserializeOwned};

/// How the chunks of a stream combine into the whole; clients see it as `x-stream-merge`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// Each chunk adds to the ones before: text concatenates, lists join, dicts merge.
    Append,
    /// Each chunk replaces the one before.
    Replace,
    /// Each chunk is an object whose keys are merged one by one.
    ByKey,
}

/// A value that can flow through a chain, whole or in pieces.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot flow through a chain",
    label = "not a `Chunk`",
    note = "wrap a serde type in `Typed<..>`, or implement `Chunk`"
)]
pub trait Chunk: Clone + Send + 'static {
    /// Whether pieces of a stream convert one by one; otherwise a conversion waits for the whole.
    const PIECEWISE: bool = false;

    /// What kinds of [`Val`] this type is made from and turns into.
    fn kind() -> Kind;

    /// As a dynamic value, for events, stores and chains that come from files.
    fn into_val(self) -> Val;

    /// As a dynamic value that is no piece: objects that add up are plain objects then.
    fn into_whole(self) -> Val {
        self.into_val()
    }

    /// From a dynamic value.
    fn from_val(val: Val) -> Result<Self>;

    /// Adds the next piece of a stream. What cannot add is replaced.
    fn merge(&mut self, next: Self) {
        *self = next;
    }

    /// Merges, and says by how many bytes [`weight`](Chunk::weight) grew or shrank.
    ///
    /// Default: weighs before and after. A type whose weight walks all it holds says it from the piece alone, because
    /// this is asked for every piece of a stream.
    fn grow(&mut self, next: Self) -> isize {
        let before = self.weight();
        self.merge(next);
        difference(self.weight(), before)
    }

    /// About how many bytes this holds, for the limit on buffers.
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

/// What came to be held, less what was held before. No value in memory is larger than an `isize`.
pub(crate) fn difference(after: usize, before: usize) -> isize {
    after.wrapping_sub(before).cast_signed()
}

impl Chunk for String {
    const PIECEWISE: bool = true;

    fn kind() -> Kind {
        Kind::TEXT
    }

    fn into_val(self) -> Val {
        Val::Text(self)
    }

    fn from_val(val: Val) -> Result<Self> {
        match val {
            Val::Text(text) => Ok(text),
            Val::Message(message) => Ok(message.content().to_text().into_owned()),
            other => Err(Error::wrong_kind("text", other.kind_name())),
        }
    }

    fn merge(&mut self, next: Self) {
        self.push_str(&next);
    }

    fn weight(&self) -> usize {
        self.len()
    }
}

/// A serde type as a value of a chain: `Typed<Question>` feeds a prompt whose variables are the fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed<T>(pub T);

impl<T: Serialize + DeserializeOwned + Clone + Send + 'static> Chunk for Typed<T> {
    fn kind() -> Kind {
        Kind::ANY
    }

    fn into_val(self) -> Val {
        serde_json::to_value(&self.0).map_or(Val::Null, Val::from)
    }

    fn from_val(val: Val) -> Result<Self> {
        let json = serde_json::Value::from(val);
        // Serde's own words quote the value, and an error's sources go to the log.
        serde_json::from_value(json)
            .map(Typed)
            .map_err(|_| Error::step(std::any::type_name::<T>(), "the value does not fit the type"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AiMessage, Message, PromptValue, ToolCallChunk, Vars};
    use serde_json::{Value, json};
    use std::error::Error as _;

    #[track_caller]
    fn check<T: Chunk>(pieces: impl IntoIterator<Item = T>) {
        let mut pieces = pieces.into_iter();
        let mut whole = pieces.next().unwrap();
        for piece in pieces {
            let before = whole.weight();
            let grown = whole.grow(piece);
            assert_eq!(grown, difference(whole.weight(), before));
        }
    }

    #[test]
    fn what_a_piece_adds_is_what_the_whole_grew_by() {
        let blocks = |blocks: Value| AiMessage {
            content: serde_json::from_value(blocks).unwrap(),
            ..AiMessage::default()
        };
        let call = |index, args: &str| {
            let chunk =
                ToolCallChunk { index: Some(index), args: Some(args.into()), ..ToolCallChunk::default() };
            AiMessage { tool_call_chunks: vec![chunk], ..AiMessage::default() }
        };
        let whole_call = json!([{"name": "f", "args": {"a": [1]}, "id": null}]);
        let calls =
            AiMessage { tool_calls: serde_json::from_value(whole_call).unwrap(), ..AiMessage::default() };
        let messages = [
            AiMessage::text("a"),
            AiMessage::text("bc"),
            call(0, "{"),
            call(0, "}"),
            call(1, ""),
            calls,
            blocks(json!([{"type": "x"}])),
            AiMessage::text("d\n"),
            AiMessage::default(),
            blocks(json!(["e"])),
        ];
        check(messages.clone());
        check(messages.clone().map(Val::from));
        check(messages.map(|message| Val::AddDict([("k".into(), Val::from(message))].into_iter().collect())));
        let json = json!(["a", "bc", [1], [2, "x"], 1, 2, {"a": "x"}, {"b": "long text"}, null, "short"]);
        let values: Vec<Val> = json.as_array().unwrap().iter().cloned().map(Val::from).collect();
        check(values.clone());
        check(values.into_iter().map(|val| Vars([("k".into(), val)].into_iter().collect())));
        let message = || PromptValue::Messages(vec![Message::human("x")]);
        check([PromptValue::Text("a".into()), PromptValue::Text("b".into()), message(), message()]);
        check(["a", "bc"].map(String::from));
        check([1_u64, 2].map(Typed));
    }

    #[test]
    fn a_value_that_fits_no_type_is_not_quoted() {
        let error = Typed::<u64>::from_val(Val::from("My name is Ann")).unwrap_err();
        let source = error.source().unwrap();
        assert!(!format!("{error} {source} {error:?}").contains("Ann"));
    }
}
