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

impl Merge {
    /// Adds the next piece of a stream to the whole.
    pub(crate) fn add<T: Chunk>(self, whole: &mut Option<T>, piece: T) {
        match whole {
            Some(whole) if self != Merge::Replace => whole.merge(piece),
            _ => *whole = Some(piece),
        }
    }
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

    /// From a dynamic value.
    fn from_val(val: Val) -> Result<Self>;

    /// Adds the next piece of a stream. What cannot add is replaced.
    fn merge(&mut self, next: Self) {
        *self = next;
    }

    /// About how many bytes this holds, for the limit on buffers.
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
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
    use std::error::Error as _;

    #[test]
    fn a_value_that_fits_no_type_is_not_quoted() {
        let error = Typed::<u64>::from_val(Val::from("My name is Ann")).unwrap_err();
        let source = error.source().unwrap();
        assert!(!format!("{error} {source} {error:?}").contains("Ann"));
    }
}
